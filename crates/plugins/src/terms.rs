//! The terms on which a plugin would run, before it is installed.

use std::collections::BTreeMap;

use raisfast_contract::{HookName, PluginId, TablePrefix};
use raisfast_manifest::{Manifest, OnError};
use serde::Serialize;

use crate::{
    Ceilings, CronStatus, GrantedPermissions, PluginSettings, SettingProblem, SettingStatus,
};

/// The terms on which a plugin would run, under the operator's ceilings.
#[derive(Debug, Clone, Serialize)]
pub struct PluginTerms {
    /// The id.
    pub id: PluginId,
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The SHA-256 of its manifest and its wasm, in hexadecimal.
    pub digest: String,
    /// The version that it would replace.
    pub replaces: Option<String>,
    /// The hooks, in the contract's order.
    pub hooks: Vec<HookTerms>,
    /// The cron entries.
    pub cron: Vec<CronStatus>,
    /// Bytes one instance may have.
    pub max_memory: usize,
    /// The grants to reach out of the sandbox.
    pub permissions: GrantedPermissions,
    /// The prefix of the names of its own tables, if it makes some.
    pub own_tables: Option<String>,
    /// The names of its migrations, in order. Those that have run do not run again.
    pub migrations: Vec<String>,
    /// The amount of each capability that it may use, by the keys of the manifest's `[limits]`.
    pub limits: BTreeMap<&'static str, u64>,
    /// Each thing that it asks for and does not get.
    pub exceeded: Vec<String>,
    /// The settings, in the manifest's order, with the values that they would have now.
    pub settings: Vec<SettingStatus>,
    /// The settings without which it would not be called.
    pub needs_settings: Vec<SettingProblem>,
}

/// One hook that a plugin would be called for.
#[derive(Debug, Clone, Serialize)]
pub struct HookTerms {
    /// The hook.
    pub hook: HookName,
    /// The priority: lower is called first.
    pub priority: i32,
    /// A call's deadline, in milliseconds.
    pub timeout_ms: u64,
    /// The meaning of its failure.
    pub on_error: OnError,
}

impl PluginTerms {
    pub(crate) fn new(
        manifest: &Manifest,
        digest: String,
        replaces: Option<String>,
        own_tables: Option<&TablePrefix>,
        migrations: Vec<String>,
        ceilings: &Ceilings,
        settings: PluginSettings,
    ) -> Self {
        let hooks = manifest.subscriptions().into_iter();
        Self {
            id: manifest.plugin.id.clone(),
            name: manifest.plugin.name.clone(),
            version: manifest.plugin.version.to_string(),
            digest,
            replaces,
            hooks: hooks
                .map(|(hook, entry)| HookTerms {
                    hook,
                    priority: entry.priority,
                    timeout_ms: u64::try_from(ceilings.timeout(manifest, &entry).as_millis())
                        .unwrap_or(u64::MAX),
                    on_error: entry.on_error,
                })
                .collect(),
            cron: CronStatus::all(manifest),
            max_memory: ceilings.limits(manifest).max_memory,
            permissions: GrantedPermissions::of(manifest),
            own_tables: own_tables.map(ToString::to_string),
            migrations,
            limits: ceilings.quotas(manifest).by_key().into_iter().collect(),
            exceeded: ceilings
                .exceeded(manifest)
                .iter()
                .map(ToString::to_string)
                .collect(),
            settings: settings.settings,
            needs_settings: settings.needs_settings,
        }
    }
}
