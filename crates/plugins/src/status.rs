//! The status of a plugin, as administrators see it.

use std::collections::BTreeMap;

use raisfast_contract::timestamp;
use raisfast_contract::{HookName, PluginId};
use raisfast_health::{BreakerStatus, HookCounts};
use raisfast_manifest::{Manifest, Misfire, OnError};
use serde::Serialize;
use strum::IntoStaticStr;

use crate::{CompilingStatus, CronRun, SettingProblem, options, running::generation::Generation};

/// The state of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PluginState {
    /// It serves, and its folder is what serves.
    Running,
    /// It serves, but not as what lies in its folder now, which cannot be loaded or was rolled
    /// back: `last_error` says why.
    Outdated,
    /// The content of its folder is being loaded: where it has to be compiled, `compiling` says
    /// since when, and whether the version before it serves.
    Compiling,
    /// It is not called, because settings are missing or do not fit: `needs_settings` says which.
    NeedsSettings,
    /// An administrator turned it off.
    Disabled,
    /// It is not called, because the server was started in safe mode.
    SafeMode,
    /// It cannot be loaded: `last_error` says why.
    Failed,
}

impl PluginState {
    /// Returns the state as answers have it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// One plugin.
#[derive(Debug, Clone, Serialize)]
pub struct PluginStatus {
    /// The id; absent while the manifest cannot be read, and while the id belongs to another
    /// folder.
    pub id: Option<PluginId>,
    /// The id that its manifest names and that belongs to another folder.
    pub contested: Option<Contested>,
    /// The name of its folder.
    pub folder: String,
    /// The name, as the manifest of what runs says, else that of what lies in the folder.
    pub name: Option<String>,
    /// The version, likewise.
    pub version: Option<String>,
    /// The state.
    pub state: PluginState,
    /// The settings without which what lies in its folder is not called.
    pub needs_settings: Vec<SettingProblem>,
    /// The version that is being compiled, if one is.
    pub compiling: Option<CompilingStatus>,
    /// Counts up with each version that was put to work; absent when none was.
    pub generation: Option<u64>,
    /// The version that serves again if this one fails its first calls; absent when it has proved
    /// itself.
    pub falls_back_to: Option<String>,
    /// The hooks, in the contract's order.
    pub hooks: Vec<HookStatus>,
    /// The cron entries.
    pub cron: Vec<CronStatus>,
    /// The instances.
    pub pool: Option<PoolCounts>,
    /// Bytes one instance may have.
    pub max_memory: Option<usize>,
    /// The grants to reach out of the sandbox.
    pub permissions: Option<GrantedPermissions>,
    /// The prefix of the names of its own tables, if it makes some.
    pub own_tables: Option<String>,
    /// The amount of each capability that it may use, by the keys of the manifest's `[limits]`;
    /// empty when no version was put to work.
    pub limits: BTreeMap<&'static str, u64>,
    /// The reason why its folder cannot be loaded, else its last failed call.
    pub last_error: Option<String>,
    /// Likely mistakes that keep nothing from running.
    pub warnings: Vec<String>,
}

/// An id that a folder wants and another has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contested {
    /// The id.
    pub plugin: PluginId,
    /// The folder that has it. It may be gone.
    pub held_by: String,
}

/// The grants of a manifest's `[permissions]`, each as the manifest could write it.
#[derive(Debug, Clone, Serialize)]
pub struct GrantedPermissions {
    /// Origins, with a path prefix if only that.
    pub http: Vec<String>,
    /// Keys of the server's configuration.
    pub config: Vec<String>,
    /// Tables.
    pub database: Vec<String>,
}

impl GrantedPermissions {
    pub(crate) fn of(manifest: &Manifest) -> Self {
        fn written(grants: &[impl ToString]) -> Vec<String> {
            grants.iter().map(ToString::to_string).collect()
        }
        let grants = options::grants(manifest);
        Self {
            http: written(&grants.http),
            config: written(&grants.config),
            database: written(&grants.database),
        }
    }
}

/// One hook that a plugin is called for.
#[derive(Debug, Clone, Serialize)]
pub struct HookStatus {
    /// The hook.
    pub hook: HookName,
    /// The priority: lower is called first.
    pub priority: i32,
    /// A call's deadline, in milliseconds.
    pub timeout_ms: u64,
    /// The meaning of its failure.
    pub on_error: OnError,
    /// The counts of its calls.
    #[serde(flatten)]
    pub counts: HookCounts,
    /// The breaker, which pauses it when it has failed too often.
    pub breaker: BreakerStatus,
}

/// One cron entry.
#[derive(Debug, Clone, Serialize)]
pub struct CronStatus {
    /// For people.
    pub label: String,
    /// For the guest and for firing by hand.
    pub job_type: String,
    /// As the manifest writes it.
    pub cron_expr: String,
    /// The zone whose clocks count.
    pub timezone: String,
    /// The entry ticks.
    pub enabled: bool,
    /// The fate of ticks that no server was there for.
    pub misfire: Misfire,
    /// The time at which it is due next, if it ticks.
    pub next: Option<String>,
    /// The last run, by whichever server of the site.
    pub last: Option<CronRun>,
}

impl CronStatus {
    /// Returns the entries of a manifest.
    pub(crate) fn all(manifest: &Manifest) -> Vec<Self> {
        let now = chrono::Utc::now();
        let entries = manifest.cron.iter();
        entries
            .map(|entry| Self {
                label: entry.label.clone(),
                job_type: entry.job_type.clone(),
                cron_expr: entry.schedule.to_string(),
                timezone: entry.timezone.to_string(),
                enabled: entry.enabled,
                misfire: entry.misfire,
                last: None,
                next: entry
                    .enabled
                    .then(|| entry.next_after(now))
                    .flatten()
                    .map(timestamp),
            })
            .collect()
    }
}

/// A pool's counts.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PoolCounts {
    /// Instances that there are to be.
    pub size: usize,
    /// Waiting for a call.
    pub idle: usize,
    /// In a call.
    pub busy: usize,
    /// Callers that wait for an instance.
    pub waiting: usize,
    /// Instances made since this generation began.
    pub created: u64,
    /// Instances thrown away after a call that ended abnormally.
    pub discarded: u64,
}

impl PluginStatus {
    pub(crate) fn new(
        id: Option<PluginId>,
        folder: String,
        state: PluginState,
        last_error: Option<String>,
    ) -> Self {
        Self {
            id,
            contested: None,
            folder,
            name: None,
            version: None,
            state,
            needs_settings: Vec::new(),
            compiling: None,
            generation: None,
            falls_back_to: None,
            hooks: Vec::new(),
            cron: Vec::new(),
            pool: None,
            max_memory: None,
            permissions: None,
            own_tables: None,
            limits: BTreeMap::new(),
            last_error,
            warnings: Vec::new(),
        }
    }

    pub(crate) fn describe(
        &mut self,
        generation: &Generation,
        health: impl Fn(HookName) -> (HookCounts, BreakerStatus),
    ) {
        let plugin = &generation.manifest.plugin;
        self.id = Some(plugin.id.clone());
        self.name = Some(plugin.name.clone());
        self.version = Some(plugin.version.to_string());
        self.generation = Some(generation.number);
        self.max_memory = Some(generation.limits.max_memory);
        self.permissions = Some(GrantedPermissions::of(&generation.manifest));
        self.own_tables = generation.own_tables.as_ref().map(ToString::to_string);
        self.limits = generation.quotas.by_key().into_iter().collect();
        self.hooks = generation
            .hooks
            .iter()
            .map(|(&hook, subscribed)| (hook, subscribed, health(hook)))
            .map(|(hook, subscribed, (counts, breaker))| HookStatus {
                hook,
                priority: subscribed.entry.priority,
                timeout_ms: u64::try_from(subscribed.timeout.as_millis()).unwrap_or(u64::MAX),
                on_error: subscribed.entry.on_error,
                counts,
                breaker,
            })
            .collect();
        self.cron = CronStatus::all(&generation.manifest);
        let pool = generation.instances.pool();
        self.pool = Some(PoolCounts {
            size: pool.size,
            idle: pool.idle,
            busy: pool.busy,
            waiting: pool.waiting,
            created: pool.created,
            discarded: pool.discarded,
        });
    }
}
