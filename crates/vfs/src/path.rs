//! Paths as plugins write them.

use std::{fmt, str::FromStr};

/// A path inside of a plugin's tree: names joined by `/`. The empty path is the tree's root.
///
/// Each name is taken as it is: percent signs are not decoded, and two Unicode spellings of the same
/// letter are two names. What any storage or system could read as another place, or as another name, is
/// refused, so that a tree can move between systems.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PluginPath(String);

/// The text is no [`PluginPath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a path inside of the plugin's files: {reason}; write it like `cache/posts/hello.json`", .found.escape_debug())]
pub struct InvalidPath {
    /// The text that was refused, cut to 100 characters.
    pub found: String,
    /// Which rule it breaks.
    pub reason: &'static str,
}

impl PluginPath {
    /// Bytes of a path.
    pub const MAX_BYTES: usize = 1024;
    /// Bytes of one name. File systems take 255; the rest is for the suffix of a file being written.
    pub const MAX_NAME_BYTES: usize = 240;
    /// Names in a path.
    pub const MAX_NAMES: usize = 16;

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the tree's root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The folders above it, the nearest first, without the root.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(self.0.rsplit_once('/'), |(folder, _)| {
            folder.rsplit_once('/')
        })
        .map(|(folder, _)| folder)
    }
}

impl FromStr for PluginPath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match broken_rule(text) {
            None => Ok(Self(text.to_owned())),
            Some(reason) => Err(InvalidPath {
                found: text.chars().take(100).collect(),
                reason,
            }),
        }
    }
}

impl fmt::Display for PluginPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn broken_rule(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return None;
    }
    if text.len() > PluginPath::MAX_BYTES {
        return Some("it is longer than 1024 bytes");
    }
    if text.starts_with('/') {
        return Some("it begins with a slash");
    }
    if text.ends_with('/') {
        return Some("it ends with a slash");
    }
    if text.split('/').count() > PluginPath::MAX_NAMES {
        return Some("it has more than 16 levels");
    }
    text.split('/').find_map(rule_broken_by_name)
}

fn rule_broken_by_name(name: &str) -> Option<&'static str> {
    match name {
        "" => return Some("a name in it is empty"),
        "." | ".." => return Some("`.` and `..` are no names"),
        _ => {}
    }
    if name.len() > PluginPath::MAX_NAME_BYTES {
        return Some("a name in it is longer than 240 bytes");
    }
    if name.contains(char::is_control) {
        return Some("it holds a control character");
    }
    if name.contains(['\\', ':']) {
        return Some("it holds a backslash or a colon");
    }
    // Windows drops both, and some storages trim.
    if name.ends_with('.')
        || name.ends_with(char::is_whitespace)
        || name.starts_with(char::is_whitespace)
    {
        return Some("a name in it begins or ends with white space, or ends with a dot");
    }
    is_device(name).then_some("a name in it is a device on Windows")
}

/// Whether Windows takes the name for a device, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or(name)
        .trim_end()
        .to_ascii_lowercase();
    if ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"].contains(&stem.as_str()) {
        return true;
    }
    let port = stem
        .strip_prefix("com")
        .or_else(|| stem.strip_prefix("lpt"));
    port.is_some_and(|port| {
        matches!(
            port,
            "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_as_they_are() {
        for good in [
            "",
            "a",
            "a.txt",
            "cache/posts/hello-world.json",
            ".hidden",
            "a..b",
            "..a",
            "...a",
            "%2e%2e",
            "%2e%2e%2fetc",
            "größe/日本.txt",
            "a b/c d",
            "com10",
            "console",
            "common.txt",
            "null",
            "com.example",
            "~",
            "$HOME",
            "*",
            "a'b\"c",
            "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p",
        ] {
            assert_eq!(good.parse::<PluginPath>().unwrap().as_str(), good);
        }
        assert!("x".repeat(240).parse::<PluginPath>().is_ok());
    }

    #[test]
    fn refuses_what_could_mean_another_place() {
        let long_name = "x".repeat(241);
        let long_path = format!("{0}/{0}/{0}/{0}/{0}", "x".repeat(220));
        for (bad, reason) in [
            ("..", "no names"),
            (".", "no names"),
            ("../x", "no names"),
            ("a/..", "no names"),
            ("a/../b", "no names"),
            ("a/./b", "no names"),
            ("./a", "no names"),
            ("../../etc/passwd", "no names"),
            ("a/../../b", "no names"),
            ("a/b/../../../c", "no names"),
            ("../com.example.other/secret", "no names"),
            ("a/.", "no names"),
            ("/", "begins with a slash"),
            ("/etc/passwd", "begins with a slash"),
            ("//a", "begins with a slash"),
            ("//server/share", "begins with a slash"),
            ("/..", "begins with a slash"),
            ("a/", "ends with a slash"),
            ("a//", "ends with a slash"),
            ("../", "ends with a slash"),
            ("a//b", "is empty"),
            ("a///b", "is empty"),
            ("\\", "backslash"),
            ("..\\x", "backslash"),
            ("a\\..\\b", "backslash"),
            ("a\\b", "backslash"),
            ("\\\\server\\share", "backslash"),
            ("\\\\?\\C:\\x", "backslash"),
            ("C:\\x", "backslash"),
            ("C:/x", "colon"),
            ("C:", "colon"),
            ("c:x", "colon"),
            ("a:stream", "colon"),
            ("a.txt::$DATA", "colon"),
            ("file:x", "colon"),
            ("a\0b", "control"),
            ("\0", "control"),
            ("a/\0", "control"),
            ("..\0/x", "control"),
            ("a\nb", "control"),
            ("a\rb", "control"),
            ("a\tb", "control"),
            ("\u{1b}[31m", "control"),
            ("a\u{7f}", "control"),
            ("a\u{85}b", "control"),
            ("a.", "ends with a dot"),
            ("...", "ends with a dot"),
            ("a/b./c", "ends with a dot"),
            (".. ", "white space"),
            (" ..", "white space"),
            ("a ", "white space"),
            (" a", "white space"),
            ("a/ b", "white space"),
            ("a\u{a0}", "white space"),
            ("\u{3000}", "white space"),
            ("con", "device"),
            ("CON", "device"),
            ("Nul.txt", "device"),
            ("a/aux/b", "device"),
            ("prn.tar.gz", "device"),
            ("com1", "device"),
            ("COM9.log", "device"),
            ("lpt0", "device"),
            ("LPT³", "device"),
            ("conin$", "device"),
            ("nul .txt", "device"),
            ("a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", "16 levels"),
            (&long_name, "240 bytes"),
            (&long_path, "1024 bytes"),
        ] {
            let error = bad.parse::<PluginPath>().expect_err(bad);
            assert!(error.reason.contains(reason), "{bad:?}: {error}");
        }
    }

    #[test]
    fn a_refusal_is_short_and_shows_control_characters() {
        let error = format!("{}\0", "\u{1b}".repeat(5000))
            .parse::<PluginPath>()
            .unwrap_err();
        assert!(error.to_string().len() < 1000);
        assert!(!error.to_string().contains('\u{1b}'));
    }

    #[test]
    fn knows_the_folders_above() {
        let path: PluginPath = "a/b/c.txt".parse().unwrap();
        assert_eq!(path.folders().collect::<Vec<_>>(), ["a/b", "a"]);
        assert_eq!("c.txt".parse::<PluginPath>().unwrap().folders().count(), 0);
    }
}
