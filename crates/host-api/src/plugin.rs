//! One plugin as the host API sees it.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
};

use raisfast_contract::{HookName, PluginId};
use raisfast_figures::PluginFigures;
use raisfast_recording::{CallId, Recorder, Tape};
use raisfast_sql_gate::Gate;
use tokio::sync::Semaphore;

use crate::{
    Capabilities, Grants, LiveSettings, Quotas, Session,
    capability::{Level, LogRecord},
    rate::Rate,
};

/// The host's records of what one plugin's guests do, in any minute. No manifest changes it: a
/// plugin could hide its denials.
pub(crate) const REPORTS_PER_MINUTE: u64 = 600;

/// A plugin's rights and the providers behind them. Made once a generation, shared by its
/// instances.
pub struct HostedPlugin {
    pub(crate) id: PluginId,
    pub(crate) grants: Grants,
    pub(crate) quotas: Quotas,
    pub(crate) config: LiveSettings,
    pub(crate) capabilities: Capabilities,
    pub(crate) gate: Gate,
    /// The right to have the gate read a long statement: one thread of the server's for each
    /// plugin.
    pub(crate) long_statements: Arc<Semaphore>,
    pub(crate) rates: Rates,
    recorder: Arc<Recorder>,
    figures: Arc<PluginFigures>,
    /// The tape that answers in the host's place, for the first instance to take.
    played: Mutex<Option<Arc<Tape>>>,
}

/// The quantities that are counted by the minute.
pub(crate) struct Rates {
    pub(crate) http_requests: Rate,
    /// The guest's own log records.
    pub(crate) log_records: Rate,
    /// The host's records of what the guest did: denials and failures.
    pub(crate) reports: Rate,
    pub(crate) events: Rate,
    pub(crate) rows_read: Rate,
    pub(crate) rows_written: Rate,
    /// The rate of log records about a key-value store that is full.
    pub(crate) kv_full: Rate,
    /// The rate of log records about files that take all the room there is.
    pub(crate) files_full: Rate,
}

impl HostedPlugin {
    /// A plugin with its rights. `config` are the values of its own settings, which may change
    /// while it runs.
    pub fn new(
        id: PluginId,
        grants: Grants,
        quotas: Quotas,
        config: impl Into<LiveSettings>,
        capabilities: Capabilities,
    ) -> Self {
        let gate = Gate::new(capabilities.db.dialect());
        let rates = Rates {
            http_requests: Rate::per_minute(quotas.http_requests_per_minute),
            log_records: Rate::per_minute(quotas.log_records_per_minute),
            reports: Rate::per_minute(REPORTS_PER_MINUTE),
            events: Rate::per_minute(quotas.events_per_minute),
            rows_read: Rate::per_minute(quotas.db_rows_read_per_minute),
            rows_written: Rate::per_minute(quotas.db_rows_written_per_minute),
            kv_full: Rate::per_minute(1),
            files_full: Rate::per_minute(1),
        };
        let recorder = capabilities.recorders.of(&id);
        let figures = capabilities.figures.of(&id);
        Self {
            recorder,
            figures,
            played: Mutex::default(),
            id,
            grants,
            quotas,
            config: config.into(),
            capabilities,
            gate,
            long_statements: Arc::new(Semaphore::new(1)),
            rates,
        }
    }

    /// With a tape that answers the host calls of the first instance, in place of the providers.
    #[must_use]
    pub fn played_from(mut self, tape: Arc<Tape>) -> Self {
        self.played = Mutex::new(Some(tape));
        self
    }

    /// Returns the recorder of its calls.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Returns what its calls are counted in.
    pub fn figures(&self) -> &Arc<PluginFigures> {
        &self.figures
    }

    /// The plugin's id.
    pub fn id(&self) -> &PluginId {
        &self.id
    }

    /// The most bytes that a guest has reason to hand over at once: as an answer, or as the largest
    /// file, value or request that its quotas allow.
    pub fn most_handed_over(&self) -> usize {
        const ANSWER: u64 = 16 << 20;
        let Quotas {
            kv_bytes,
            vfs_file_bytes,
            http_request_bytes,
            ..
        } = self.quotas;
        let largest = kv_bytes.max(vfs_file_bytes).max(http_request_bytes);
        usize::try_from(largest.max(ANSWER)).unwrap_or(usize::MAX)
    }

    /// The largest body of an answer that the host collects for a guest, in bytes.
    pub(crate) fn most_received(&self) -> u64 {
        let quotas = &self.quotas;
        quotas.http_response_bytes.min(quotas.collected_bytes)
    }

    /// The largest body of a request, in bytes.
    pub fn http_request_bytes(&self) -> u64 {
        let quotas = &self.quotas;
        quotas.http_request_bytes.min(quotas.collected_bytes)
    }

    /// A session in which a call of this hook has begun; `None` for what is not a call of a hook,
    /// such as instantiation.
    pub fn session(self: &Arc<Self>, hook: Option<HookName>) -> Session {
        Session::new(Arc::clone(self), hook)
    }

    /// A session for a new instance, whose calls are recorded if somebody wants them.
    pub fn session_of_instance(self: &Arc<Self>) -> Session {
        let played = self
            .played
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let tape = played.or_else(|| self.recorder.tape(self.config.mask()));
        self.session(None).on_tape(tape)
    }

    /// Returns the text without the secrets of the plugin's settings in it.
    pub fn masked<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.config.masked(text)
    }

    /// Writes a record about the plugin, without the secrets of its settings; it counts against no
    /// limit.
    pub fn report(&self, hook: Option<HookName>, level: Level, message: &str) {
        self.record(hook, None, level, message, &[]);
    }

    /// Writes the same kind of record about the plugin's limits of these keys.
    pub fn report_limits(&self, hook: Option<HookName>, message: &str, limits: &[&str]) {
        self.record(hook, None, Level::Warn, message, limits);
    }

    /// Writes a record about a call of the plugin.
    pub(crate) fn record(
        &self,
        hook: Option<HookName>,
        call: Option<CallId>,
        level: Level,
        message: &str,
        limits: &[&str],
    ) {
        self.capabilities.log.record(LogRecord {
            plugin: &self.id,
            hook,
            call,
            level,
            message: &self.masked(message),
            limits,
        });
    }
}
