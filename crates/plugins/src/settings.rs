//! Settings of plugins: what the manifest says of them, what the operator has set, and what the
//! plugin reads.
//!
//! A value comes from the first of these that has one: the server's configuration, what was set
//! while it ran, the manifest's default. A plugin of which a required setting has no value, or one
//! has a value that it does not take, *needs settings*: it is not called until somebody corrects
//! that.

mod change;
mod memory;
mod resolve;
mod source;
mod status;

pub use change::{InvalidSetting, SettingsError};
pub use memory::{SettingChange, SettingsMemory, SettingsMemoryError, StoredSetting};
pub use resolve::{SettingProblem, SettingProblems, resolve};
pub(crate) use source::SettingsSource;
pub use status::{PluginSettings, SettingOrigin, SettingStatus};
