//! Plugin folders: what is installed, what runs, and how one follows the other.
//!
//! A plugin is a folder with a `manifest.toml` and the wasm that it names. [`Plugins`] loads every
//! folder of one directory, subscribes each plugin to the hook bus, fires its cron entries, and
//! follows what happens to the folders while the server runs.
//!
//! A plugin that was loaded is a *generation*: a manifest, a pool of instances and their
//! subscriptions, which are swapped as one. A new generation is made beside the running one and
//! takes its place only when it is ready; a request that began with the old one ends with it. If
//! the guest wants it, instances hand their state on; if the operator wants it, a version that
//! fails from the start is rolled back. A folder that cannot be loaded leaves the generation before
//! it serving, and other plugins alone.
//!
//! Small plugins are compiled while their load is waited for, large ones in the background; where
//! the server has just started, their subscriptions are reserved meanwhile.
//!
//! ```text
//!  folder ─ look ─► plan ─ read ─► Source ─ load ─► Compiled ─ assemble ─► Generation
//!                    │            (files)          (Program)       (HostedPlugin and Plugin)
//!                    ▼                                                    │ begin
//!  InstalledPlugin: what is known of the folder                           ▼
//!    compiling: Compiling, a Source on its way                         Running, on the bus
//!    running:   Running, a Generation and the one                         │ end
//!               that it falls back to                                     ▼
//!                                                                  drained, then closed
//! ```
//!
//! | type | state |
//! |---|---|
//! | `Source` | the files of a folder, read |
//! | `Compiled` | the same with its `Program`: code that fits the contract and the manifest |
//! | `HostedPlugin` | the grants and limits of one version, as the host functions see them |
//! | `Plugin` | the pool of its instances, all made |
//! | `Generation` | a `Plugin` with its number, manifest and subscriptions |
//! | `Running` | the `Generation` that serves, and the one that it falls back to on probation |
//! | `InstalledPlugin` | what is known of one folder, with what runs of it or is on its way |
//!
//! The bus decides what hooks mean, the host API what plugins may do, and the server what HTTP is.
//!
//! ```no_run
//! use std::sync::Arc;
//! use raisfast_health::Health;
//! use raisfast_hooks::Bus;
//! use raisfast_plugins::{Plugins, PluginsOptions, RememberNothing};
//! use raisfast_runtime::{Runtime, RuntimeOptions};
//!
//! # use raisfast_host_api::Capabilities;
//! # async fn example(capabilities: Capabilities) -> Result<(), Box<dyn std::error::Error>> {
//! let health = Arc::new(Health::default());
//! let plugins = Plugins::start(PluginsOptions {
//!     folder: "extensions/plugins".into(),
//!     hot_reload: true,
//!     runtime: Runtime::new(RuntimeOptions::default())?,
//!     bus: Bus::gated(health.clone(), health.clone()),
//!     health,
//!     capabilities,
//!     releases: Arc::new(RememberNothing),
//!     switches: Arc::new(RememberNothing),
//!     identities: Arc::new(RememberNothing),
//!     ticks: Arc::new(RememberNothing),
//!     settings: Arc::new(RememberNothing),
//!     ceilings: Default::default(),
//!     succession: Default::default(),
//!     patience: std::time::Duration::from_secs(3),
//!     config: Default::default(),
//!     safe_mode: Default::default(),
//!     way_out: |_| None,
//! })
//! .await?;
//! for plugin in plugins.list() {
//!     println!("{}: {:?}", plugin.folder, plugin.state);
//! }
//! # Ok(())
//! # }
//! ```

mod assemble;
mod cron;
mod files;
mod identities;
mod load_error;
mod options;
mod plugins;
mod releases;
mod running;
mod settings;
mod status;
mod switches;
mod terms;
mod ticks;

pub use assemble::{Terms, assemble};
pub use cron::{FireError, tick_payload};
pub use files::{
    archive::{ArchiveError, MAX_ARCHIVE_BYTES, PackError, pack, unpack},
    check::{Checked, Ungranted, check, left_to_defaults, written_in_vain},
    migrations::migrations,
    source::{Code, code},
    staging::Staging,
};
pub use identities::{Identities, IdentityError};
pub use load_error::PluginLoadError;
pub use options::{Ceilings, Exceeded, PluginsOptions, SafeMode, WayOut, grants, quotas};
pub use plugins::{AdminError, FollowError, Plugins, StartError};
pub use raisfast_manifest::{Manifest, Misfire, OnError};
pub use releases::{
    Desired, NodeRelease, PluginReleases, Release, ReleaseDigest, ReleaseError, Releases,
};
pub use running::{
    compiling::CompilingStatus,
    install::{InstallError, Installation},
    loader::Playable,
    removal::{Absence, RemovalError},
    staged::Staged,
    succession::Succession,
};
pub use settings::{
    InvalidSetting, PluginSettings, SettingChange, SettingOrigin, SettingProblem, SettingProblems,
    SettingStatus, SettingsError, SettingsMemory, SettingsMemoryError, StoredSetting,
    resolve as resolve_settings,
};
pub use status::{
    Contested, CronStatus, GrantedPermissions, HookStatus, PluginState, PluginStatus, PoolCounts,
};
pub use switches::{RememberNothing, SwitchError, Switches};
pub use terms::{HookTerms, PluginTerms};
pub use ticks::{
    Awaited, CronRun, Job, MAX_RUN_ERROR, Run, RunEnd, RunOutcome, Taken, TickError, Ticks,
};
