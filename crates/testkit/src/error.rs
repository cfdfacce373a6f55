//! The reasons why a plugin cannot be tested, or a call of it failed.

use std::{io, path::PathBuf};

use raisfast_contract::{HookName, Refusal};
use raisfast_db::DbError;
use raisfast_host_api::{ApiError, migration::MigrationError};
use raisfast_manifest::ManifestErrors;
use raisfast_plugins::PluginLoadError;
use raisfast_runtime::RuntimeError;
use raisfast_vfs::VfsError;

use crate::PostError;

/// The plugin, or what the test puts around it, cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The manifest or the wasm is not there.
    #[error(
        "{} cannot be read: {source}; build the plugin first (`cargo xtask build-plugins` for the samples)",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestErrors),
    /// Settings are missing or do not fit.
    #[error("{0}; a test sets them with `with_config`, a case under `world.config`")]
    Settings(#[from] raisfast_plugins::SettingProblems),
    /// The wasm does not fit the contract or the manifest, or its instances cannot be made.
    #[error(transparent)]
    Wasm(#[from] raisfast_runtime::LoadError),
    /// The files of the plugin's script cannot be read.
    #[error(transparent)]
    Script(PluginLoadError),
    /// The plugin's migrations cannot be read, or may not run.
    #[error(transparent)]
    Migrations(PluginLoadError),
    /// A migration did not run.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// This machine cannot run plugins.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A recorded HTTP answer is for no URL.
    #[error("`{found}` is not a URL: {reason}; expected one such as `https://api.example.com/v1`")]
    Url {
        /// The text of the test.
        found: String,
        /// The reason why it is not valid.
        reason: String,
    },
    /// A post of the test's cannot be stored.
    #[error(transparent)]
    Post(#[from] PostError),
    /// A file or a value of the test's cannot be stored.
    #[error("`{name}` cannot be stored for the plugin: {source}")]
    Store {
        /// The file's path or the value's key.
        name: String,
        /// The store's reason.
        source: ApiError,
    },
    /// The database in memory cannot be made.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The file store in memory cannot be made.
    #[error(transparent)]
    Files(#[from] VfsError),
}

impl From<PluginLoadError> for LoadError {
    fn from(error: PluginLoadError) -> Self {
        match error {
            PluginLoadError::Wasm { source, .. } => Self::Wasm(source),
            PluginLoadError::Migration(source) => Self::Migration(source),
            error => Self::Migrations(error),
        }
    }
}

/// A call that a server would not have made, or that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// A server would not call this plugin: its manifest does not ask for the hook.
    #[error("manifest.toml does not subscribe to {hook}, so no server calls it; add {}", subscription(*hook))]
    NotSubscribed {
        /// The hook.
        hook: HookName,
    },
    /// A server would not call this plugin for content of that type.
    #[error(
        "manifest.toml has no `{found}` among the content_types of [hooks.{hook}], so no server calls it for that; add it, or remove the key for all types"
    )]
    OtherContentType {
        /// The hook.
        hook: HookName,
        /// The content's type.
        found: String,
    },
    /// The manifest has no such cron entry.
    #[error(
        "manifest.toml has no [[cron]] entry with job_type `{found}`; it has {}",
        listed(known)
    )]
    UnknownJob {
        /// The name that the test asked for.
        found: String,
        /// The manifest's own.
        known: Vec<String>,
    },
    /// A server would refuse this value before a plugin sees it.
    #[error("no server hands this to {hook}: {reason}")]
    InvalidInput {
        /// The hook.
        hook: HookName,
        /// The fields, and what they may hold.
        reason: String,
    },
    /// A server would not take the answer, and count it as the plugin's failure.
    #[error("its answer is invalid: {reason}")]
    InvalidAnswer {
        /// The fields, and what they may hold.
        reason: String,
    },
    /// The call failed: a trap, the deadline.
    #[error(transparent)]
    Failed(#[from] raisfast_runtime::CallError),
}

impl CallError {
    /// Returns the reasons for which the plugin refuses the request, in its own words; none where
    /// the call was not made, or failed.
    pub fn refusals(&self) -> &[Refusal] {
        match self {
            Self::Failed(raisfast_runtime::CallError::Refused(refusals)) => refusals,
            _ => &[],
        }
    }
}

fn subscription(hook: HookName) -> String {
    if hook == HookName::OnCronTick {
        "an enabled [[cron]] entry".to_owned()
    } else {
        format!("[hooks.{hook}]")
    }
}

fn listed(known: &[String]) -> String {
    if known.is_empty() {
        "none".to_owned()
    } else {
        format!("`{}`", known.join("`, `"))
    }
}
