//! Paths as plugins write them.

use std::{fmt, str::FromStr};

/// A path inside of a plugin's tree: names joined by `/`. The empty path is the tree's root.
///
/// There is no other root that a plugin could mean, so one slash before the first name is left
/// away: `/reports/daily.json` is `reports/daily.json`.
///
/// Each name is taken as it is: percent signs are not decoded, and two Unicode spellings of the
/// same letter are two names. What any storage or system could read as another place, or as another
/// name, is refused, so that a tree can move between systems.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PluginPath(String);

/// The text is no [`PluginPath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a path inside of the plugin's files: {reason}; write it like `cache/posts/hello.json`", .found.escape_debug())]
pub struct InvalidPath {
    /// The text that was refused, cut to 100 characters.
    pub found: String,
    /// The rule that it breaks.
    pub reason: &'static str,
}

impl PluginPath {
    /// Bytes of a path. S3 takes keys of 1,024; the rest is for the plugin's id and a prefix.
    pub const MAX_BYTES: usize = 768;
    /// Bytes of one name. File systems take 255; the rest is for the suffix of a file being
    /// written.
    pub const MAX_NAME_BYTES: usize = 240;
    /// Names in a path.
    pub const MAX_NAMES: usize = 16;

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether it is the tree's root.
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
        let inside = text.strip_prefix('/').unwrap_or(text);
        match broken_rule(inside) {
            None => Ok(Self(inside.to_owned())),
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
        return Some("it is longer than 768 bytes");
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
        "." | ".." => return Some("`.` and `..` are not names"),
        _ => {}
    }
    if name.len() > PluginPath::MAX_NAME_BYTES {
        return Some("a name in it is longer than 240 bytes");
    }
    if name.contains(char::is_control) {
        return Some("it holds a control character");
    }
    // S3 lists names in XML, which has no way to write these two.
    if name.contains(['\u{fffe}', '\u{ffff}']) {
        return Some("it holds U+FFFE or U+FFFF, which are not characters");
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

/// Returns whether Windows takes the name for a device, with any extension.
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
    fn a_refusal_is_short_and_shows_control_characters() {
        let error = format!("{}\0", "\u{1b}".repeat(5000))
            .parse::<PluginPath>()
            .unwrap_err();
        assert!(error.to_string().len() < 1000);
        assert!(!error.to_string().contains('\u{1b}'));
    }

    #[test]
    fn one_slash_before_a_path_is_the_plugins_own_root() {
        let path = |text: &str| text.parse::<PluginPath>().map(|path| path.0);
        assert_eq!(path("/reports/daily.json"), path("reports/daily.json"));
        assert_eq!(path("/").as_deref(), Ok(""));
        for other in ["//", "//a", "/../a", "/./a", "/a/", "/a/../b", "/\\a"] {
            assert!(path(other).is_err(), "{other}");
        }
        let names = ["a", "b", "c", "d"].map(|name| name.repeat(191)).join("/");
        let longest = format!("/{names}x");
        assert_eq!(path(&longest).map(|path| path.len()), Ok(768));
    }

    #[test]
    fn knows_the_folders_above() {
        let path: PluginPath = "a/b/c.txt".parse().unwrap();
        assert_eq!(path.folders().collect::<Vec<_>>(), ["a/b", "a"]);
        assert_eq!("c.txt".parse::<PluginPath>().unwrap().folders().count(), 0);
    }
}
