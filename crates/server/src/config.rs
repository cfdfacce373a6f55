//! The configuration: built-in defaults, then `raisfast.toml`, then the environment, then flags,
//! each stronger than the one before.
//!
//! A [`Config`] is complete and valid; nothing behind it asks for a default or checks a range
//! again. Every setting is a line in `config/settings.rs`, and nowhere else.

mod error;
mod file;
mod flags;
mod flat_table;
mod limits;
mod list;
mod log_format;
mod pool_size;
mod resolve;
mod secret;
mod setting;
mod settings;
mod spelling;
mod values;

pub use error::ConfigError;
pub(crate) use file::File;
pub(crate) use flags::{Flags, environment_secret, secret};
pub use flat_table::FlatTable;
pub use limits::{InvalidLimits, LimitCeilings};
pub(crate) use list::{example, list};
pub use log_format::LogFormat;
pub use pool_size::{InvalidPoolSize, PoolSize};
pub use secret::Secret;
pub(crate) use setting::{Setting, Settings, Value, Visitor};
pub(crate) use settings::DEFAULT_PLUGIN_DIR;
pub use settings::{
    CommentSettings, Config, ConnectionSettings, LogSettings, NodeSettings, OutboxSettings,
    PluginSettings,
};
pub(crate) use spelling::nearest;

/// The file that is read when no other is named.
pub(crate) const DEFAULT_FILE: &str = "raisfast.toml";
