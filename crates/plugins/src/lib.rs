//! Plugin folders: what is installed, what runs, and what is called when.
//!
//! A plugin is a folder with a `manifest.toml` and the wasm that it names. [`Plugins`] loads every folder
//! of one directory, subscribes each plugin to the hook bus, fires its cron entries, and follows what
//! happens to the folders while the server runs.
//!
//! A plugin that was loaded is a *generation*: a manifest, a pool of instances and their subscriptions,
//! which are swapped as one. A new generation is made beside the running one and takes its place only
//! when it is ready; a request that began with the old one ends with it. If the guest wants it, instances
//! hand their state on; if the operator wants it, a version that fails from the start is rolled back. A folder that cannot be loaded
//! leaves the generation before it serving, and other plugins alone.
//!
//! Small plugins are compiled while their load is waited for, large ones in the background; where the server has just
//! started, their places on the bus are kept meanwhile.
//!
//! What hooks mean is the bus's, what plugins may do the host API's, and HTTP the server's business.
//!
//! ```no_run
//! use std::sync::Arc;
//! use raisfast_health::Health;
//! use raisfast_hooks::Bus;
//! use raisfast_plugins::{Plugins, PluginsOptions, RememberNothing};
//! use raisfast_runtime::{Runtime, RuntimeOptions};
//!
//! # async fn example(capabilities: raisfast_host_api::Capabilities) -> Result<(), Box<dyn std::error::Error>> {
//! let health = Arc::new(Health::default());
//! let plugins = Plugins::start(PluginsOptions {
//!     folder: "extensions/plugins".into(),
//!     hot_reload: true,
//!     runtime: Runtime::new(RuntimeOptions::default())?,
//!     bus: Bus::gated(health.clone(), health.clone()),
//!     health,
//!     capabilities,
//!     switches: Arc::new(RememberNothing),
//!     identities: Arc::new(RememberNothing),
//!     ceilings: Default::default(),
//!     succession: Default::default(),
//!     patience: std::time::Duration::from_secs(3),
//!     config: Default::default(),
//! })
//! .await?;
//! for plugin in plugins.list() {
//!     println!("{}: {:?}", plugin.folder, plugin.state);
//! }
//! # Ok(())
//! # }
//! ```

mod cron;
mod files;
mod identities;
mod load_error;
mod options;
mod plugins;
mod running;
mod status;
mod switches;

pub use cron::{FireError, tick_payload};
pub use files::{
    check::{Checked, Ungranted, check, left_to_defaults, written_in_vain},
    migrations::migrations,
};
pub use identities::{Identities, IdentityError};
pub use load_error::PluginLoadError;
pub use options::{Ceilings, PluginsOptions, grants, quotas};
pub use plugins::{AdminError, Plugins, StartError};
pub use raisfast_manifest::{Manifest, OnError};
pub use running::{compiling::CompilingStatus, succession::Succession};
pub use status::{
    Contested, CronStatus, GrantedPermissions, HookStatus, PluginState, PluginStatus, PoolCounts,
};
pub use switches::{RememberNothing, SwitchError, Switches};
