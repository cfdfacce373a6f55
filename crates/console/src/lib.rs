//! The console: the operators' page in the browser, as files that are part of the program.
//!
//! Its source is in `web`; `cargo xtask console` builds it with npm. A program that is built
//! without it has no files, and its server says how to get them.
//!
//! ```
//! if let Some(page) = raisfast_console::page() {
//!     assert_eq!(page.media_type(), "text/html; charset=utf-8");
//! }
//! assert!(raisfast_console::file("assets/../index.html").is_none());
//! ```

/// One file, with its compressed twins where they are smaller.
#[derive(Debug)]
pub struct File {
    /// The path below the console's own, without a slash before it.
    pub path: &'static str,
    /// The entity tag, in its quotes: another content has another one.
    pub tag: &'static str,
    /// The content.
    pub plain: &'static [u8],
    /// The content as gzip.
    pub gzip: Option<&'static [u8]>,
    /// The content as brotli.
    pub brotli: Option<&'static [u8]>,
}

/// Every file, by its path.
static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Returns the file at a path.
pub fn file(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}

/// Returns the page that shows everything else; `None` in a program without the console.
pub fn page() -> Option<&'static File> {
    file("index.html")
}

impl File {
    /// Returns whether the path is another one when the content is, so that it can be kept for
    /// good.
    pub fn is_immutable(&self) -> bool {
        self.path.starts_with("assets/")
    }

    /// Returns the type of the content, for `Content-Type`.
    pub fn media_type(&self) -> &'static str {
        match self.path.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("txt") => "text/plain; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "application/octet-stream",
        }
    }
}
