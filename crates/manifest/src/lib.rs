//! A plugin's `manifest.toml`: parse it, validate it, describe it as JSON Schema.
//!
//! [`Manifest::parse`] finds everything that is wrong in one go, each with its line and what to
//! write instead; what it returns needs no further checks. [`json_schema`] describes the same keys
//! to editors. The crate opens no files, loads no wasm and grants nothing: it says what the author
//! wrote.
//!
//! ```
//! use raisfast_manifest::Manifest;
//! use raisfast_contract::HookName;
//!
//! let manifest = Manifest::parse(
//!     "manifest.toml",
//!     r#"
//!     [plugin]
//!     id = "com.example.my-plugin"
//!     name = "My WASM Plugin"
//!     version = "0.1.0"
//!
//!     [hooks.on-post-creating]
//!     priority = 10
//!     "#,
//! )?;
//! assert_eq!(manifest.plugin.entry.as_str(), "plugin.wasm");
//! assert_eq!(manifest.hooks[&HookName::OnPostCreating].priority, 10);
//! # Ok::<(), raisfast_manifest::ManifestErrors>(())
//! ```
//!
//! A mistake is shown where it stands:
//!
//! ```
//! # use raisfast_manifest::Manifest;
//! let text = "[plugin]\nid = \"com.example.x\"\nname = \"X\"\nversion = \"1.0\"";
//! let errors = Manifest::parse("manifest.toml", text).unwrap_err();
//! assert_eq!(
//!     errors.errors()[0].to_string(),
//!     "manifest.toml:4:11: `1.0` is not a semantic version: unexpected end of input while \
//!      parsing minor version number
//!   |
//! 4 | version = \"1.0\"
//!   |           ^^^^^
//!   = expected: a semantic version: major.minor.patch, such as `0.1.0`
//!   = help: did you mean `1.0.0`?"
//! );
//! ```

mod cron;
mod error;
mod foreign;
mod hooks;
mod manifest;
mod parse;
mod rules;
mod script;
mod setting;
mod setting_entries;
mod settings;
mod shape;
mod suggestion;
mod syntax;
mod table;

pub use cron::Schedule;
pub use error::{ManifestError, ManifestErrors};
pub use foreign::{ForeignKey, foreign_keys};
pub use manifest::{
    CronEntry, HookEntry, Limits, Manifest, Misfire, OnError, Permissions, Plugin, Pool, Runtime,
};
pub use parse::json_schema;
pub use rules::{EntryPath, InterpreterPin};
pub use script::script_language;
pub use setting::{Pattern, Setting, SettingKind, SettingType, TextBounds};
