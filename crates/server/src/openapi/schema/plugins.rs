//! Plugins.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::plugin_settings::{Setting, SettingProblem};

/// The plugins.
#[derive(ToSchema)]
pub(in crate::openapi) struct Plugins {
    items: Vec<Plugin>,
}

/// A plugin.
#[derive(ToSchema)]
pub(in crate::openapi) struct Plugin {
    /// None while the manifest cannot be read, and while the id belongs to another folder.
    #[schema(required)]
    id: Option<String>,
    #[schema(required)]
    contested: Option<Contested>,
    folder: String,
    #[schema(required)]
    name: Option<String>,
    #[schema(required)]
    version: Option<String>,
    state: PluginState,
    /// The settings without which it is not called.
    needs_settings: Vec<SettingProblem>,
    #[schema(required)]
    compiling: Option<Compiling>,
    /// Counts up with each version that was put to work.
    #[schema(required)]
    generation: Option<u64>,
    /// The version that serves again if this one fails its first calls.
    #[schema(required)]
    falls_back_to: Option<String>,
    hooks: Vec<Hook>,
    /// The servers of the site on which it is paused; only where one plugin is shown.
    pauses: Option<Vec<Pause>>,
    cron: Vec<CronEntry>,
    #[schema(required)]
    pool: Option<Pool>,
    /// Bytes one instance may have.
    #[schema(required)]
    max_memory: Option<u64>,
    #[schema(required)]
    permissions: Option<Permissions>,
    /// The prefix of the names of its own tables.
    #[schema(required)]
    own_tables: Option<String>,
    /// By the keys of the manifest's `[limits]`.
    limits: BTreeMap<String, u64>,
    #[schema(required)]
    last_error: Option<String>,
    /// Likely mistakes that keep nothing from running.
    warnings: Vec<String>,
}

/// The state of a plugin.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum PluginState {
    Running,
    Outdated,
    Compiling,
    NeedsSettings,
    Disabled,
    SafeMode,
    Failed,
}

/// An id that a folder wants and another has.
#[derive(ToSchema)]
struct Contested {
    plugin: String,
    held_by: String,
}

/// A version that is being compiled.
#[derive(ToSchema)]
struct Compiling {
    version: String,
    bytes: u64,
    #[schema(format = DateTime)]
    since: String,
    /// Others have to be compiled before it.
    waits: bool,
    /// The version before it serves meanwhile.
    former_serves: bool,
}

/// A hook that a plugin is called for.
#[derive(ToSchema)]
struct Hook {
    hook: String,
    priority: i32,
    timeout_ms: u64,
    on_error: OnError,
    calls: u64,
    errors: u64,
    total_micros: u64,
    breaker: Breaker,
}

/// A hook that a server of the site does not call.
#[derive(ToSchema)]
struct Pause {
    /// The server's id.
    node: String,
    /// The server's name.
    node_name: String,
    hook: String,
    failures: u32,
    #[schema(format = DateTime)]
    since: String,
    #[schema(format = DateTime)]
    until: String,
    reason: String,
}

/// The meaning of a failure.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum OnError {
    Continue,
    Abort,
}

/// A breaker.
#[derive(ToSchema)]
struct Breaker {
    state: BreakerState,
    /// Failures in a row.
    failures: u32,
    #[schema(required, format = DateTime)]
    since: Option<String>,
    #[schema(required, format = DateTime)]
    until: Option<String>,
    #[schema(required)]
    reason: Option<String>,
    /// Calls that were not made.
    skipped: u64,
}

/// The state of a breaker.
#[derive(ToSchema)]
#[schema(rename_all = "kebab-case")]
enum BreakerState {
    Closed,
    Open,
    HalfOpen,
}

/// A cron entry.
#[derive(ToSchema)]
struct CronEntry {
    label: String,
    job_type: String,
    cron_expr: String,
    timezone: String,
    enabled: bool,
    misfire: Misfire,
    /// When it is due next, if it is enabled.
    #[schema(required, format = DateTime)]
    next: Option<String>,
    /// The last run, by whichever server of the site.
    #[schema(required)]
    last: Option<CronRun>,
}

/// The fate of ticks that no server was there for.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum Misfire {
    Skip,
    Once,
}

/// A run of a cron entry.
#[derive(ToSchema)]
struct CronRun {
    /// Of a run by hand: when it was asked for.
    #[schema(format = DateTime)]
    due: String,
    #[schema(format = DateTime)]
    started_at: String,
    #[schema(required, format = DateTime)]
    ended_at: Option<String>,
    outcome: RunOutcome,
    /// The reason, unless all went well.
    #[schema(required)]
    error: Option<String>,
    /// The name of the server that ran it.
    node: String,
    /// An administrator asked for it.
    by_hand: bool,
}

/// The outcome of a run. The server of a run that is `lost` is gone.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum RunOutcome {
    Running,
    Ok,
    Failed,
    NotCalled,
    Lost,
}

/// The counts of a plugin's instances.
#[derive(ToSchema)]
struct Pool {
    size: u64,
    idle: u64,
    busy: u64,
    /// Callers that wait for an instance.
    waiting: u64,
    created: u64,
    discarded: u64,
}

/// The grants to reach out of the sandbox.
#[derive(ToSchema)]
struct Permissions {
    http: Vec<String>,
    config: Vec<String>,
    database: Vec<String>,
}

/// A plugin as it would be installed, under the operator's ceilings.
#[derive(ToSchema)]
pub(in crate::openapi) struct PluginTerms {
    id: String,
    name: String,
    version: String,
    /// The SHA-256 of its manifest and its wasm, in hexadecimal.
    digest: String,
    /// The version that it would replace.
    #[schema(required)]
    replaces: Option<String>,
    /// In the contract's order.
    hooks: Vec<HookTerms>,
    cron: Vec<CronEntry>,
    /// Bytes one instance may have.
    max_memory: u64,
    permissions: Permissions,
    /// The prefix of the names of its own tables, if it makes some.
    #[schema(required)]
    own_tables: Option<String>,
    /// The names of its migrations, in order. Those that have run do not run again.
    migrations: Vec<String>,
    /// By the keys of the manifest's `[limits]`.
    limits: BTreeMap<String, u64>,
    /// Each thing that it asks for and does not get.
    exceeded: Vec<String>,
    /// In the manifest's order, with the values that they would have now.
    settings: Vec<Setting>,
    /// The settings without which it would not be called.
    needs_settings: Vec<SettingProblem>,
}

/// The room that a plugin takes.
#[derive(ToSchema)]
pub(in crate::openapi) struct PluginStorage {
    plugin: String,
    /// Keys of its key-value store.
    keys: Amount,
    /// Bytes of keys and values together.
    key_value_bytes: Amount,
    files: Amount,
    /// Bytes of all files.
    file_bytes: Amount,
    /// The own tables, in the order of their names; 50 at most.
    tables: Vec<OwnTable>,
    /// There are tables beyond those that are shown.
    more_tables: bool,
    /// Records of migrations that have run.
    migrations: u64,
    /// Settings that differ from their defaults.
    settings: u64,
    /// Deliveries that wait, dead letters among them.
    deliveries: u64,
}

/// The storage of plugins that are no longer installed.
#[derive(ToSchema)]
pub(in crate::openapi) struct RemovedPlugins {
    items: Vec<PluginStorage>,
}

/// A plugin that is removed.
#[derive(ToSchema)]
pub(in crate::openapi) struct RemovedPlugin {
    plugin: String,
    /// True if all that it has stored is deleted.
    data_deleted: bool,
    /// The storage that it had when it was removed.
    storage: PluginStorage,
    /// The same in words, and how to delete what stays.
    message: String,
}

/// An amount.
#[derive(ToSchema)]
struct Amount {
    used: u64,
    /// The most that there may be; null where no version has run.
    #[schema(required)]
    limit: Option<u64>,
}

/// One of a plugin's own tables.
#[derive(ToSchema)]
struct OwnTable {
    name: String,
    /// Counted up to 100,000, and 1,000,000 in all tables together.
    rows: u64,
    /// There are rows beyond those that were counted.
    more_rows: bool,
}

/// A hook that a plugin would be called for.
#[derive(ToSchema)]
struct HookTerms {
    hook: String,
    /// Lower is called first.
    priority: i32,
    /// A call's deadline.
    timeout_ms: u64,
    on_error: OnError,
}

/// A plugin that was installed.
#[derive(ToSchema)]
pub(in crate::openapi) struct InstalledPlugin {
    plugin: Plugin,
    /// The version before it.
    #[schema(required)]
    replaced: Option<String>,
    /// The release that it is: a SHA-256.
    release: String,
    /// Every server of the site; empty where there can be only one.
    nodes: Vec<NodeRelease>,
}

/// A server of the site, and how far it is with a plugin's release.
#[derive(ToSchema)]
struct NodeRelease {
    /// The server's name.
    node: String,
    /// The revision of the desired release that it has taken.
    #[schema(required)]
    revision: Option<i64>,
    /// The reason why that does not serve there, if it does not.
    #[schema(required)]
    problem: Option<String>,
}

/// The releases of a plugin.
#[derive(ToSchema)]
pub(in crate::openapi) struct PluginReleases {
    /// The release that every server has to run.
    #[schema(required)]
    desired: Option<String>,
    /// Counts the changes of the desired release.
    #[schema(required)]
    revision: Option<i64>,
    /// The last that was installed first.
    releases: Vec<Release>,
    /// Every server of the site; empty where there can be only one.
    nodes: Vec<NodeRelease>,
}

/// A version of a plugin that was installed.
#[derive(ToSchema)]
struct Release {
    /// A SHA-256.
    digest: String,
    plugin: String,
    version: String,
    bytes: u64,
    #[schema(format = DateTime)]
    installed_at: String,
    /// It can be installed again.
    is_kept: bool,
}

/// Records of a plugin's log, the oldest first.
#[derive(ToSchema)]
pub(in crate::openapi) struct LogRecords {
    items: Vec<LogRecord>,
}

/// A record of a plugin's log.
#[derive(ToSchema)]
struct LogRecord {
    plugin: String,
    #[schema(required)]
    hook: Option<String>,
    /// The `id` of the recorded call in which it was written; null where no call is recorded, and
    /// after a restart.
    #[schema(required)]
    call: Option<String>,
    level: LogLevel,
    message: String,
    #[schema(format = DateTime)]
    at: String,
}

/// The level of a record.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}
