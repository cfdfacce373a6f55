//! Plugins' log records: to the server's log, and the latest of each plugin to its admin page and
//! the database.

mod stored;

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use raisfast_contract::{HookName, PluginId, Printable};
use raisfast_db::Database;
use raisfast_host_api::capability::{Level, Log, LogRecord};
use raisfast_recording::CallId;
use serde::Serialize;
use stored::StoredRecords;
use tokio::{sync::broadcast, time::sleep};
use tokio_util::task::AbortOnDropHandle;

use crate::advice;

/// The number of records of one plugin that are kept.
pub(crate) const KEPT: usize = 200;
/// The most bytes of their texts together.
const KEPT_BYTES: usize = 512 << 10;

/// The number of failed calls of one plugin that are recorded in a minute.
const FAILURES_PER_MINUTE: u32 = 600;

/// The interval at which records are written to the database.
const WRITTEN_EVERY: Duration = Duration::from_secs(1);

/// The most records that a subscriber may be behind.
const BACKLOG: usize = 1024;

/// One record as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginLogRecord {
    /// The plugin that wrote it.
    pub plugin: PluginId,
    /// In which hook; absent outside of hooks.
    pub hook: Option<HookName>,
    /// In which call, by the id in its record; absent where no record is kept, and after a restart,
    /// which forgets the records of calls.
    pub call: Option<CallId>,
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    /// The text, control characters escaped.
    pub message: String,
    /// When, RFC 3339.
    pub at: String,
}

/// Writes each record to the server's log and keeps the latest. Cloning is cheap and gives the same
/// log.
#[derive(Clone)]
pub struct PluginLog(Arc<Inner>);

struct Inner {
    latest: Mutex<HashMap<PluginId, Kept>>,
    /// Of those, what the database does not have yet. No plugin's push another's out.
    unwritten: Mutex<HashMap<PluginId, Kept>>,
    failures: Mutex<HashMap<PluginId, Minute>>,
    live: broadcast::Sender<PluginLogRecord>,
    stored: OnceLock<(StoredRecords, AbortOnDropHandle<()>)>,
    /// Held while records are written, and while a plugin's are removed.
    writing: tokio::sync::Mutex<()>,
    /// The database did not take the last ones, and the log says so.
    is_failing: AtomicBool,
}

/// A plugin's latest records, within a bound.
#[derive(Default)]
struct Kept {
    records: VecDeque<PluginLogRecord>,
    bytes: usize,
}

impl Kept {
    fn push(&mut self, record: PluginLogRecord) {
        self.bytes += record.message.len();
        self.records.push_back(record);
        while self.records.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.records.pop_front() else {
                return;
            };
            self.bytes -= oldest.message.len();
        }
    }

    fn iter(&self) -> impl Iterator<Item = &PluginLogRecord> {
        self.records.iter()
    }
}

/// Failed calls in the minute that began then.
struct Minute {
    began: Instant,
    failures: u32,
}

impl PluginLog {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            latest: Mutex::default(),
            unwritten: Mutex::default(),
            failures: Mutex::default(),
            live: broadcast::Sender::new(BACKLOG),
            stored: OnceLock::new(),
            writing: tokio::sync::Mutex::default(),
            is_failing: AtomicBool::new(false),
        }))
    }

    /// Reads what was kept before the server started, and keeps records in the database from now
    /// on.
    pub(crate) async fn keep_in(&self, database: &Database) {
        let stored = StoredRecords(database.clone());
        match stored.all().await {
            Ok(kept) => *lock(&self.0.latest) = kept,
            Err(error) => {
                tracing::warn!(%error, "plugins' log records from before this start cannot be read");
            }
        }
        let writer = tokio::spawn(write_now_and_then(Arc::downgrade(&self.0)));
        let _ = self.0.stored.set((stored, AbortOnDropHandle::new(writer)));
    }

    /// Returns when the database has all records so far, if it takes them.
    pub(crate) async fn written(&self) {
        self.0.write().await;
    }

    /// The latest records of one plugin, oldest first; at most 200, of 512 KiB together.
    pub fn latest(&self, plugin: &PluginId) -> Vec<PluginLogRecord> {
        lock(&self.0.latest)
            .get(plugin)
            .map(|kept| kept.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// The latest records of one plugin, and those of every plugin that follow them.
    pub(crate) fn follow(
        &self,
        plugin: &PluginId,
    ) -> (Vec<PluginLogRecord>, broadcast::Receiver<PluginLogRecord>) {
        let latest = lock(&self.0.latest);
        let records = latest.get(plugin).into_iter().flat_map(Kept::iter);
        (records.cloned().collect(), self.0.live.subscribe())
    }

    /// The latest records of all plugins, oldest first, and those that follow them.
    pub(crate) fn follow_all(
        &self,
    ) -> (Vec<PluginLogRecord>, broadcast::Receiver<PluginLogRecord>) {
        let latest = lock(&self.0.latest);
        let mut records: Vec<_> = latest.values().flat_map(Kept::iter).cloned().collect();
        let live = self.0.live.subscribe();
        drop(latest);
        // Of the same millisecond, a plugin's own order stays.
        records.sort_by(|one, other| one.at.cmp(&other.at));
        (records, live)
    }

    /// Records from now on, of every plugin.
    pub fn subscribe(&self) -> broadcast::Receiver<PluginLogRecord> {
        self.0.live.subscribe()
    }

    /// Records that a call of a plugin has failed. The server's log has been told.
    pub(crate) fn failed(&self, plugin: &PluginId, hook: HookName, reason: &str) {
        let message = match self.count_failure(plugin) {
            0..FAILURES_PER_MINUTE => format!("the call failed: {reason}"),
            FAILURES_PER_MINUTE => format!(
                "{FAILURES_PER_MINUTE} calls have failed within a minute; the rest of this minute's are left out"
            ),
            _ => return,
        };
        self.keep(record(plugin, Some(hook), Level::Error, &message));
    }

    /// Returns the number of a plugin's failed calls in this minute before this one.
    fn count_failure(&self, plugin: &PluginId) -> u32 {
        let mut failures = lock(&self.0.failures);
        let now = Instant::now();
        let minute = failures.entry(plugin.clone()).or_insert(Minute {
            began: now,
            failures: 0,
        });
        if now.duration_since(minute.began) >= Duration::from_mins(1) {
            *minute = Minute {
                began: now,
                failures: 0,
            };
        }
        let before = minute.failures;
        minute.failures = before.saturating_add(1);
        before
    }

    /// Records what has happened on another server, which keeps it in the database.
    pub(crate) fn elsewhere(&self, plugin: &PluginId, hook: Option<HookName>, message: &str) {
        let record = record(plugin, hook, Level::Warn, message);
        to_server_log(&record);
        self.show(record);
    }

    fn keep(&self, record: PluginLogRecord) {
        lock(&self.0.unwritten)
            .entry(record.plugin.clone())
            .or_default()
            .push(record.clone());
        self.show(record);
    }

    /// Adds a record to the latest, for those who look and those who follow.
    fn show(&self, record: PluginLogRecord) {
        // Sent under the lock: who begins to follow gets each record once.
        let mut latest = lock(&self.0.latest);
        latest
            .entry(record.plugin.clone())
            .or_default()
            .push(record.clone());
        // An error only says that nobody listens.
        let _ = self.0.live.send(record);
    }

    /// Forgets the records of a plugin that is removed.
    pub(crate) async fn forget(&self, plugin: &PluginId) {
        let _writing = self.0.writing.lock().await;
        lock(&self.0.latest).remove(plugin);
        lock(&self.0.unwritten).remove(plugin);
        lock(&self.0.failures).remove(plugin);
        if let Some((stored, _)) = self.0.stored.get()
            && let Err(error) = stored.remove(plugin).await
        {
            tracing::warn!(%plugin, %error, "the log records of a plugin that was removed are still in the database");
        }
    }
}

impl Inner {
    /// Writes what the database does not have yet.
    async fn write(&self) {
        let Some((stored, _)) = self.stored.get() else {
            return;
        };
        let _writing = self.writing.lock().await;
        let unwritten = std::mem::take(&mut *lock(&self.unwritten));
        for (plugin, records) in unwritten {
            match stored.add(&plugin, &records).await {
                Ok(()) => self.is_failing.store(false, Relaxed),
                Err(error) => {
                    if !self.is_failing.swap(true, Relaxed) {
                        tracing::warn!(%error, "the database does not take plugins' log records; a restart forgets them");
                    }
                }
            }
        }
    }
}

/// Writes records as long as there is the log.
async fn write_now_and_then(log: Weak<Inner>) {
    loop {
        sleep(WRITTEN_EVERY).await;
        let Some(log) = log.upgrade() else {
            return;
        };
        log.write().await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn record(
    plugin: &PluginId,
    hook: Option<HookName>,
    level: Level,
    message: &str,
) -> PluginLogRecord {
    PluginLogRecord {
        plugin: plugin.clone(),
        hook,
        call: None,
        level: level.as_str(),
        message: Printable::new(message).to_string(),
        at: now(),
    }
}

impl Log for PluginLog {
    fn record(&self, written: LogRecord<'_>) {
        let LogRecord {
            plugin,
            hook,
            call,
            level,
            message,
            limits,
        } = written;
        let record = match advice::of_limits(limits) {
            Some(advice) => record(plugin, hook, level, &format!("{message}; {advice}")),
            None => record(plugin, hook, level, message),
        };
        let record = PluginLogRecord { call, ..record };
        to_server_log(&record);
        self.keep(record);
    }
}

/// A level's word as it was kept.
fn word_of(kept: &str) -> &'static str {
    Level::from_contract(kept).as_str()
}

fn to_server_log(record: &PluginLogRecord) {
    let plugin = record.plugin.as_str();
    let hook = record.hook.map(HookName::as_str);
    let message = record.message.as_str();
    match record.level {
        "trace" => tracing::trace!(target: "plugin", plugin, hook, "{message}"),
        "debug" => tracing::debug!(target: "plugin", plugin, hook, "{message}"),
        "warn" => tracing::warn!(target: "plugin", plugin, hook, "{message}"),
        "error" => tracing::error!(target: "plugin", plugin, hook, "{message}"),
        _ => tracing::info!(target: "plugin", plugin, hook, "{message}"),
    }
}

/// Returns the time as RFC 3339 text with milliseconds.
pub(super) fn now() -> String {
    raisfast_contract::timestamp(chrono::Utc::now())
}

#[cfg(test)]
mod tests {
    use raisfast_contract::{HookName, PluginId};
    use raisfast_db::Database;
    use raisfast_host_api::capability::{Level, Log, LogRecord};

    use super::{FAILURES_PER_MINUTE, KEPT, KEPT_BYTES, PluginLog};

    fn write(log: &PluginLog, plugin: &PluginId, message: &str) {
        log.record(LogRecord {
            plugin,
            hook: Some(HookName::OnLogin),
            call: None,
            level: Level::Warn,
            message,
            limits: &[],
        });
    }

    fn plugins() -> [PluginId; 2] {
        ["com.example.one", "com.example.two"].map(|id| id.parse().unwrap())
    }

    #[tokio::test]
    async fn the_latest_records_of_each_plugin_are_kept_apart() {
        let log = PluginLog::new();
        let [one, two] = plugins();
        for n in 0..=KEPT {
            write(&log, &one, &n.to_string());
        }
        write(&log, &two, "hello");

        let latest = log.latest(&one);
        assert_eq!(latest.len(), KEPT);
        assert_eq!(latest.first().unwrap().message, "1");
        assert_eq!(latest.last().unwrap().message, KEPT.to_string());
        assert_eq!(log.latest(&two).len(), 1);
        assert_eq!(log.latest(&two)[0].level, "warn");
        assert_eq!(log.latest(&two)[0].hook, Some(HookName::OnLogin));

        log.forget(&one).await;
        assert_eq!(log.latest(&one), []);
    }

    #[tokio::test]
    async fn a_restart_finds_what_was_written_and_not_what_was_removed() {
        let database = Database::connect("sqlite::memory:").await.unwrap();
        let [one, two] = plugins();
        let log = PluginLog::new();
        log.keep_in(&database).await;
        write(&log, &one, "first");
        log.failed(&one, HookName::OnLogin, "no answer within 5 ms");
        write(&log, &two, "gone");
        log.written().await;
        log.forget(&two).await;
        let before = log.latest(&one);
        assert_eq!(before[1].message, "the call failed: no answer within 5 ms");
        assert_eq!(before[1].level, "error");
        drop(log);

        let log = PluginLog::new();
        log.keep_in(&database).await;
        assert_eq!(log.latest(&one), before);
        assert_eq!(log.latest(&two), []);
    }

    #[tokio::test]
    async fn the_database_holds_no_more_than_the_bound_of_each_plugin() {
        let database = Database::connect("sqlite::memory:").await.unwrap();
        let [one, two] = plugins();
        let log = PluginLog::new();
        log.keep_in(&database).await;
        write(&log, &two, "stays");
        let large = "x".repeat(8 << 10);
        for round in 0..4 {
            for _ in 0..KEPT {
                write(&log, &one, if round == 3 { &large } else { "small" });
            }
            log.written().await;
        }
        let rows = database.plugin_records().await.unwrap();
        let (noisy, quiet): (Vec<_>, Vec<_>) =
            rows.iter().partition(|row| row.plugin_id == one.as_str());
        assert!(noisy.len() <= KEPT, "{}", noisy.len());
        let bytes: usize = noisy.iter().map(|row| row.message.len()).sum();
        assert!(bytes <= KEPT_BYTES, "{bytes}");
        assert_eq!(log.latest(&one).len(), noisy.len());
        assert_eq!(quiet.len(), 1);
        assert_eq!(log.latest(&two)[0].message, "stays");
    }

    #[tokio::test]
    async fn a_flood_of_failures_is_said_to_be_one() {
        let log = PluginLog::new();
        let [one, _] = plugins();
        for _ in 0..FAILURES_PER_MINUTE + 50 {
            log.failed(&one, HookName::OnLogin, "it trapped");
        }
        let latest = log.latest(&one);
        let last = &latest.last().unwrap().message;
        assert!(
            last.contains("the rest of this minute's are left out"),
            "{last}"
        );
    }

    #[tokio::test]
    async fn a_database_that_is_away_hinders_nobody() {
        let database = Database::connect("sqlite::memory:").await.unwrap();
        let [one, _] = plugins();
        let log = PluginLog::new();
        log.keep_in(&database).await;
        database.close().await;
        write(&log, &one, "kept in memory");
        log.written().await;
        assert_eq!(log.latest(&one).len(), 1);
        assert!(database.plugin_records().await.is_err());
    }

    #[tokio::test]
    async fn a_record_cannot_pretend_to_be_two_or_drive_a_terminal() {
        let log = PluginLog::new();
        let [plugin, _] = plugins();
        write(&log, &plugin, "grün\n2026 ERROR\x1b[2J\r\0 \u{202e}txt");
        let message = &log.latest(&plugin)[0].message;
        assert_eq!(message, r"grün\n2026 ERROR\u{1b}[2J\r\u{0} \u{202e}txt");
    }

    #[tokio::test]
    async fn subscribers_get_records_from_then_on() {
        let log = PluginLog::new();
        let [plugin, _] = plugins();
        write(&log, &plugin, "before");
        let mut records = log.subscribe();
        write(&log, &plugin, "after");
        assert_eq!(records.recv().await.unwrap().message, "after");
    }
}
