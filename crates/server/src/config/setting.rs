//! One setting: its names, and what is said of it.
//!
//! [`settings!`] makes a struct and a list of its settings from the same lines. All that is done
//! with settings, from parsing the file to writing the documentation, is a [`Visitor`] that walks
//! the list.

use std::{ffi::OsStr, path::Path, time::Duration};

use toml::de::ValueDeserializer;

/// The names of a setting, and the words about it. Its type and its default stand with its field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// The key in the file, after the tables that it stands in: `plugins.breaker.failures`.
    pub(crate) key: &'static str,
    /// Lines of a sentence without a full stop.
    about: &'static [&'static str],
    /// The flag, without dashes, and the name of the flag's value.
    pub(crate) flag: Option<(&'static str, &'static str)>,
    /// The environment variable.
    pub(crate) variable: Option<&'static str>,
    /// The default in words, where it depends on other things.
    default: Option<&'static str>,
    /// The words for a value of nothing: an empty list, a zero that means no limit.
    pub(crate) nothing: Option<&'static str>,
    /// A value for the example file, as TOML; the default where there is none.
    pub(crate) example: Option<&'static str>,
    /// The longest time that it may be.
    pub(crate) longest: Option<Duration>,
}

/// Begins to describe the setting with this key.
pub(crate) const fn key(key: &'static str) -> Setting {
    Setting {
        key,
        about: &[],
        flag: None,
        variable: None,
        default: None,
        nothing: None,
        example: None,
        longest: None,
    }
}

impl Setting {
    pub(crate) const fn about(mut self, lines: &'static [&'static str]) -> Self {
        self.about = lines;
        self
    }

    pub(crate) const fn flag(mut self, long: &'static str, value: &'static str) -> Self {
        self.flag = Some((long, value));
        self
    }

    pub(crate) const fn variable(mut self, name: &'static str) -> Self {
        self.variable = Some(name);
        self
    }

    pub(crate) const fn default(mut self, words: &'static str) -> Self {
        self.default = Some(words);
        self
    }

    pub(crate) const fn nothing(mut self, words: &'static str) -> Self {
        self.nothing = Some(words);
        self
    }

    pub(crate) const fn example(mut self, toml: &'static str) -> Self {
        self.example = Some(toml);
        self
    }

    pub(crate) const fn longest(mut self, time: Duration) -> Self {
        self.longest = Some(time);
        self
    }

    /// Returns what it is for, in lines of a comment's width.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &'static str> {
        self.about.iter().map(|line| line.trim())
    }

    /// Returns what it is for, as one line.
    pub(crate) fn sentence(&self) -> String {
        self.lines().collect::<Vec<_>>().join(" ")
    }

    /// Returns the default in words; `value` is the default itself.
    pub(crate) fn default_in_words(&self, value: &impl Value) -> String {
        match self.default {
            Some(words) => words.to_owned(),
            None => self.in_words(value),
        }
    }

    /// Returns a value as operators see it.
    pub(crate) fn in_words(&self, value: &impl Value) -> String {
        let shown = value.shown();
        match self.nothing {
            Some(words) if shown.is_empty() || shown == "0" => words.to_owned(),
            _ => shown,
        }
    }

    /// Returns the table of the file that it stands in, and its key there.
    pub(crate) fn place(&self) -> (Option<&'static str>, &'static str) {
        match self.key.rsplit_once('.') {
            Some((table, key)) => (Some(table), key),
            None => (None, self.key),
        }
    }
}

/// A value of a setting: how it is read, and how it is shown.
pub(crate) trait Value: Clone + Send + Sync + 'static {
    /// Set if help texts leave out the value of a variable.
    const HIDDEN: bool = false;

    /// Reads a flag or a variable. The error says what to write.
    fn from_text(text: &str) -> Result<Self, String>;

    /// Reads a flag or a variable that need not be UTF-8.
    fn from_os_text(text: &OsStr) -> Result<Self, String> {
        let text = text
            .to_str()
            .ok_or_else(|| "it is not valid UTF-8".to_owned())?;
        Self::from_text(text)
    }

    /// Reads a value of the file.
    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, toml::de::Error>;

    /// Refuses what this setting, unlike others of the type, does not take.
    fn check(&self, _setting: &Setting) -> Result<(), String> {
        Ok(())
    }

    /// Takes a value of the file that is relative to the file's folder.
    fn below(self, _folder: &Path) -> Self {
        self
    }

    /// Lays the value over one from a weaker source.
    fn over(self, _weaker: Self) -> Self {
        self
    }

    /// Returns whether the value holds a secret.
    fn has_secret(&self) -> bool {
        false
    }

    /// Returns the value as operators see it, without secrets; empty for nothing.
    fn shown(&self) -> String;
}

/// Does something with each setting.
pub(crate) trait Visitor {
    fn visit<V: Value>(&mut self, setting: &'static Setting, value: &mut V);
}

/// A struct of settings.
pub(crate) trait Settings: Sized {
    /// Returns the defaults; what the server keeps lies in the folder.
    fn defaults(data_dir: &Path) -> Self;

    /// Shows each setting to the visitor, in the order of the list.
    fn visit(&mut self, visitor: &mut impl Visitor);
}

/// Makes a struct of settings and their list.
///
/// A line is `field: Type = default, key("…")…;` under the sentence that the file, the flags and
/// the documentation say. Below `parts` stand other structs of settings, below `fixed` what no
/// operator can set. The second form lists settings of a struct that another crate owns.
macro_rules! settings {
    (
        $(#[doc = $intro:literal])+
        struct $name:ident in $data_dir:ident;
        $( $(#[doc = $about:literal])+ $field:ident: $type:ty = $default:expr, $setting:expr; )*
        $( parts { $( $(#[doc = $part_about:literal])+ $part:ident: $part_type:ty; )* } )?
        $( fixed { $( $(#[doc = $fixed_about:literal])+ $fixed:ident: $fixed_type:ty = $fixed_default:expr; )* } )?
    ) => {
        $(#[doc = $intro])+
        #[derive(Debug, Clone)]
        pub struct $name {
            $( $(#[doc = $about])+ pub $field: $type, )*
            $($( $(#[doc = $part_about])+ pub $part: $part_type, )*)?
            $($( $(#[doc = $fixed_about])+ pub $fixed: $fixed_type, )*)?
        }

        impl $crate::config::setting::Settings for $name {
            fn defaults($data_dir: &std::path::Path) -> Self {
                Self {
                    $( $field: $default, )*
                    $($( $part: $crate::config::setting::Settings::defaults($data_dir), )*)?
                    $($( $fixed: $fixed_default, )*)?
                }
            }

            fn visit(&mut self, visitor: &mut impl $crate::config::setting::Visitor) {
                $( visitor.visit(const { &$setting.about(&[$($about),+]) }, &mut self.$field); )*
                $($( self.$part.visit(visitor); )*)?
            }
        }
    };
    (
        of $name:ty;
        $( $(#[doc = $about:literal])+ $field:ident, $setting:expr; )*
    ) => {
        impl $crate::config::setting::Settings for $name {
            fn defaults(_: &std::path::Path) -> Self {
                Self::default()
            }

            fn visit(&mut self, visitor: &mut impl $crate::config::setting::Visitor) {
                $( visitor.visit(const { &$setting.about(&[$($about),+]) }, &mut self.$field); )*
            }
        }
    };
}
pub(super) use settings;
