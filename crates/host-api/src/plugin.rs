//! One plugin as the host API sees it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use raisfast_contract::{HookName, PluginId};
use raisfast_recording::{Mask, Recorder, Tape};
use raisfast_sql_gate::Gate;
use tokio::sync::Semaphore;

use crate::{
    Capabilities, Grants, Quotas, Session,
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
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) capabilities: Capabilities,
    pub(crate) gate: Gate,
    /// The right to have the gate read a long statement: one thread of the server's for each
    /// plugin.
    pub(crate) long_statements: Arc<Semaphore>,
    pub(crate) rates: Rates,
    recorder: Arc<Recorder>,
    mask: Arc<Mask>,
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
    /// A plugin with its rights. `config` is the plugin's own `[config]`, the operator's overrides
    /// already applied.
    pub fn new(
        id: PluginId,
        grants: Grants,
        quotas: Quotas,
        config: BTreeMap<String, String>,
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
        Self {
            recorder,
            mask: Arc::default(),
            played: Mutex::default(),
            id,
            grants,
            quotas,
            config,
            capabilities,
            gate,
            long_statements: Arc::new(Semaphore::new(1)),
            rates,
        }
    }

    /// With settings of its `[config]` that no recording may hold.
    #[must_use]
    pub fn with_secrets(mut self, settings: BTreeMap<String, String>) -> Self {
        self.mask = Arc::new(Mask::new(settings));
        self
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
        let tape = played.or_else(|| self.recorder.tape(&self.mask));
        self.session(None).on_tape(tape)
    }

    /// Writes a record about the plugin on the host's behalf; it counts against no limit.
    pub fn report(&self, hook: Option<HookName>, level: Level, message: &str) {
        self.capabilities.log.record(LogRecord {
            plugin: &self.id,
            hook,
            level,
            message,
            limits: &[],
        });
    }

    /// Writes the same kind of record about the plugin's limits of these keys.
    pub fn report_limits(&self, hook: Option<HookName>, message: &str, limits: &[&str]) {
        self.capabilities.log.record(LogRecord {
            plugin: &self.id,
            hook,
            level: Level::Warn,
            message,
            limits,
        });
    }
}
