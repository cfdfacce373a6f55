//! The rules that texts of the manifest follow.

use std::{fmt, path::Path, str::FromStr};

use raisfast_contract::{
    PluginId, ScriptLanguage,
    grant::{ConfigGrant, HttpGrant, InvalidGrant, TableGrant},
};
use semver::{Version, VersionReq};
use serde::Serialize;

use crate::{
    error::quoted,
    shape::{Refusal, Text},
    suggestion::did_you_mean,
};

/// The path of the plugin's code, relative to the plugin's folder: plain names joined by `/`. It
/// can name no place outside that folder; what a symbolic link there points to is the loader's to
/// check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct EntryPath(String);

impl EntryPath {
    /// The path as the manifest writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file that a plugin has when its manifest names none.
    pub(crate) fn usual() -> Self {
        Self("plugin.wasm".to_owned())
    }

    /// The file that a script in this language has then.
    pub(crate) fn usual_script(language: ScriptLanguage) -> Self {
        Self(language.usual_entry().to_owned())
    }
}

impl AsRef<Path> for EntryPath {
    fn as_ref(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) const ENTRY: Text<EntryPath> = Text {
    what: "a path inside the plugin's folder",
    example: "plugin.wasm",
    pattern: r"^(?!(.*/)?\.{1,2}(/|$))[^/\\:\x00-\x1f\x7f]+(/[^/\\:\x00-\x1f\x7f]+)*$",
    parse: |text| match broken_path_rule(text) {
        None => Ok(EntryPath(text.to_owned())),
        Some(reason) => Err(Refusal {
            message: format!("{} cannot be the entry: {reason}", quoted(text)),
            help: inner_path(text).map(|path| did_you_mean(&path)),
        }),
    },
};

fn broken_path_rule(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it names no file");
    }
    if text.len() > 255 {
        return Some("it is longer than 255 bytes");
    }
    if text.starts_with(['/', '\\']) {
        return Some("it begins at the root, outside of the plugin's folder");
    }
    if text.contains(':') {
        return Some("a colon names a drive or a stream");
    }
    if text.contains('\\') {
        return Some("folders are separated by `/`, not by a backslash");
    }
    if text.contains(char::is_control) {
        return Some("it contains a control character");
    }
    for name in text.split('/') {
        match name {
            "" => return Some("a name between slashes is empty"),
            "." => return Some("it contains `.`, which is not needed"),
            ".." => return Some("it contains `..`, which leads out of the folder"),
            _ => {}
        }
    }
    None
}

/// Returns the path that was probably meant: the same path in the accepted notation, else the file
/// in the folder itself.
fn inner_path(text: &str) -> Option<String> {
    let plain = text.replace('\\', "/");
    let plain = plain.strip_prefix("./").unwrap_or(&plain);
    let file = plain.rsplit('/').next().unwrap_or_default();
    [plain, file]
        .into_iter()
        .find(|path| broken_path_rule(path).is_none())
        .map(str::to_owned)
}

/// The version of the interpreter that a script insists on: `5` is any `5.x`, `5.4` any `5.4.x`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterpreterPin {
    text: String,
    accepted: VersionReq,
}

impl InterpreterPin {
    /// Returns whether an interpreter of this version (`major.minor.patch`) will do.
    pub fn accepts(&self, version: &str) -> bool {
        Version::parse(version).is_ok_and(|version| self.accepted.matches(&version))
    }
}

impl fmt::Display for InterpreterPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for InterpreterPin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

pub(crate) const INTERPRETER: Text<InterpreterPin> = Text {
    what: "a version of one to three numbers",
    example: "5.4",
    pattern: r"^[0-9]+(\.[0-9]+){0,2}$",
    parse: |text| {
        pinned(text).ok_or_else(|| {
            let plain = text
                .trim()
                .trim_start_matches(['v', 'V', '^', '~', '=', ' ']);
            Refusal {
                message: format!("{} is not a version of an interpreter", quoted(text)),
                help: pinned(plain).map(|pin| did_you_mean(&pin.text)),
            }
        })
    },
};

fn pinned(text: &str) -> Option<InterpreterPin> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !text.split('.').all(is_number) {
        return None;
    }
    Some(InterpreterPin {
        text: text.to_owned(),
        accepted: VersionReq::parse(&format!("={text}")).ok()?,
    })
}

pub(crate) const ID: Text<PluginId> = Text {
    what: "a reverse-domain name of lower-case letters, digits and hyphens",
    example: "com.example.my-plugin",
    pattern: r"^[a-z]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
    parse: |text| {
        text.parse::<PluginId>().map_err(|error| {
            let plain = text.trim().to_lowercase().replace(['_', ' '], "-");
            Refusal {
                message: format!(
                    "{} is not a reverse-domain name: {}",
                    quoted(text),
                    error.reason
                ),
                help: plain
                    .parse()
                    .ok()
                    .map(|id: PluginId| did_you_mean(id.as_str())),
            }
        })
    },
};

pub(crate) const VERSION: Text<Version> = Text {
    what: "a semantic version: major.minor.patch",
    example: "0.1.0",
    pattern: r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$",
    parse: |text| {
        Version::parse(text).map_err(|error| {
            let number = text.trim().trim_start_matches(['v', 'V']);
            let meant = ["", ".0", ".0.0"]
                .iter()
                .find_map(|end| Version::parse(&format!("{number}{end}")).ok());
            Refusal {
                message: format!("{} is not a semantic version: {error}", quoted(text)),
                help: meant.map(|version| did_you_mean(&version.to_string())),
            }
        })
    },
};

/// Text for people, on one line: it ends up in logs, lists and headers.
pub(crate) const fn line(what: &'static str, example: &'static str) -> Text<String> {
    Text {
        what,
        example,
        pattern: r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
        parse: |text| {
            if text.trim().is_empty() {
                return Err("this text is empty".into());
            }
            if text.contains(char::is_control) {
                return Err("this text has a line break or another control character".into());
            }
            if text.chars().count() > MAX_LINE {
                return Err(format!("this text is longer than {MAX_LINE} characters").into());
            }
            Ok(text.to_owned())
        },
    }
}

const MAX_LINE: usize = 500;

pub(crate) const HOMEPAGE: Text<String> = Text {
    what: "an http or https address",
    example: "https://example.com/my-plugin",
    pattern: r"^https?://[^/\s]+\S*$",
    parse: |text| {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let address = rest.is_some_and(|rest| !rest.starts_with('/') && !rest.is_empty());
        if address && !text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Ok(text.to_owned());
        }
        let scheme_missing = rest.is_none() && text.contains('.') && !text.contains([':', ' ']);
        Err(Refusal {
            message: format!("{} is not an http or https address", quoted(text)),
            help: scheme_missing.then(|| did_you_mean(&format!("https://{text}"))),
        })
    },
};

pub(crate) const JOB_TYPE: Text<String> = Text {
    what: "a name of 1 to 64 letters, digits, `_` and `-`",
    example: "my_task",
    pattern: "^[A-Za-z0-9_-]{1,64}$",
    parse: |text| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
        if !text.is_empty() && text.len() <= 64 && text.bytes().all(allowed) {
            return Ok(text.to_owned());
        }
        Err(format!(
            "{} cannot name a job: it stands in URLs and commands",
            quoted(text)
        )
        .into())
    },
};

pub(crate) const CONTENT_TYPE: Text<String> = Text {
    what: "a name of lower-case letters, digits, `_` and `-` that begins with a letter, at most 64",
    example: "product",
    pattern: "^[a-z][a-z0-9_-]{0,63}$",
    parse: |text| {
        if is_content_type(text) {
            return Ok(text.to_owned());
        }
        let plain = text.trim().to_lowercase().replace([' ', '.', '/'], "-");
        Err(Refusal {
            message: format!("{} is not a content type", quoted(text)),
            help: is_content_type(&plain).then(|| did_you_mean(&plain)),
        })
    },
};

fn is_content_type(text: &str) -> bool {
    let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 64
        && text.bytes().all(letters)
}

pub(crate) const HTTP_GRANT: Text<HttpGrant> = Text {
    what: "an origin, with or without a path prefix",
    example: "https://api.example.com",
    pattern: "",
    parse: grant,
};

pub(crate) const TABLE_GRANT: Text<TableGrant> = Text {
    what: "a table, `prefix_*` or `*`, with `read:` or `write:` before it to allow only that",
    example: "read:posts",
    pattern: r"^((read|write):)?([a-z0-9_]+\*?|\*)$",
    parse: grant,
};

pub(crate) const CONFIG_GRANT: Text<ConfigGrant> = Text {
    what: "a key of the server's configuration, `prefix.*` or `*`",
    example: "site.*",
    pattern: r"^([a-z0-9_.-]+\*?|\*)$",
    parse: grant,
};

fn grant<T: FromStr<Err = InvalidGrant>>(text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|InvalidGrant { kind, reason, .. }| {
        format!(
            "{} is not an entry of `permissions.{kind}`: {reason}",
            quoted(text)
        )
        .into()
    })
}

pub(crate) const ANY: Text<String> = Text {
    what: "any text",
    example: r#"{"limit": 10}"#,
    pattern: "",
    parse: |text| Ok(text.to_owned()),
};
