//! The contract's functions for the length of one hook call.
//!
//! [`Session`] holds the state of a call: its hook, its delivery and an open transaction, none of
//! which survives it. The functions themselves are in [`interface`](crate::interface), a room each.
//! Guests are not trusted: what they pass is cut, counted or refused before a provider sees it.

use std::{fmt::Display, sync::Arc};

use raisfast_contract::{Call, Delivery, HookName, Refusal, Script, ScriptFailure};
#[cfg(feature = "component")]
use raisfast_figures::PluginFigures;
use raisfast_profile::InstanceProfiler;
use raisfast_recording::{CallId, Tape};
#[cfg(feature = "component")]
use raisfast_trace::Span;

use crate::{
    ApiError, ErrorCode, HostedPlugin,
    capability::{Level, Transaction},
    passage::{Passage, Profiled},
    plugin::REPORTS_PER_MINUTE,
    rate::{Allowance, Rate},
};

/// The most bytes of a key, an event's type and the like.
pub(crate) const NAME_BYTES: usize = 512;

/// Host calls of one call that have a span of their own. A guest may call the host in a loop, and
/// must not crowd out other traces.
#[cfg(feature = "component")]
const MOST_SPANS: u32 = 128;

/// One instance's view of the host, for one hook call after the other.
pub struct Session {
    pub(crate) plugin: Arc<HostedPlugin>,
    /// The hook of the call in progress, if there is one.
    hook: Option<HookName>,
    /// The call's id, where calls that fail are recorded.
    call: Option<CallId>,
    /// The delivery of the call in progress, if it delivers an action.
    pub(crate) delivery: Option<Delivery>,
    pub(crate) transaction: Option<Box<dyn Transaction>>,
    /// The reasons for which the call in progress refuses its request.
    pub(crate) refusals: Vec<Refusal>,
    /// The script that the instance runs, if it is an interpreter.
    pub(crate) script: Option<Arc<Script>>,
    /// The reason why the script failed that runs.
    pub(crate) script_failure: Option<ScriptFailure>,
    /// The way of its calls to the functions here.
    pub(crate) passage: Passage,
    /// Beside the plugin, so that a host call finds it at once.
    #[cfg(feature = "component")]
    pub(crate) figures: Arc<PluginFigures>,
    /// The host calls of the call in progress for which there was to be a span.
    #[cfg(feature = "component")]
    traced: u32,
}

impl Session {
    pub(crate) fn new(plugin: Arc<HostedPlugin>, hook: Option<HookName>) -> Self {
        Self {
            #[cfg(feature = "component")]
            figures: Arc::clone(plugin.figures()),
            plugin,
            hook,
            call: None,
            delivery: None,
            transaction: None,
            refusals: Vec::new(),
            script: None,
            script_failure: None,
            passage: Passage::Open,
            #[cfg(feature = "component")]
            traced: 0,
        }
    }

    /// Lets this session write its log records as those of a call that has begun in another.
    #[must_use]
    pub fn in_call(mut self, call: Option<CallId>) -> Self {
        self.call = call;
        self
    }

    /// Lets the instance be one of an interpreter that runs this script.
    #[must_use]
    pub fn of_script(mut self, script: Option<Arc<Script>>) -> Self {
        self.script = script;
        self
    }

    /// Lets the host calls of this session pass by a tape.
    pub(crate) fn on_tape(mut self, tape: Option<Arc<Tape>>) -> Self {
        self.passage = tape.map_or(Passage::Open, Passage::Taped);
        self
    }

    /// Lets the host calls of this session pass by a profiler, before they pass by its tape.
    pub fn profile(&mut self, profiler: Arc<InstanceProfiler>) {
        let tape = self.tape().cloned();
        self.passage = Passage::Profiled(Box::new(Profiled { tape, profiler }));
    }

    /// Returns the tape of the instance, if it has one.
    #[inline]
    pub fn tape(&self) -> Option<&Arc<Tape>> {
        self.passage.tape()
    }

    /// Begins the span of a host call, if spans are taken and the call in progress has room for it.
    #[cfg(feature = "component")]
    #[inline]
    pub(crate) fn host_call_span(&mut self, function: &'static str) -> Option<Span> {
        if !raisfast_trace::is_on() {
            return None;
        }
        self.traced = self.traced.saturating_add(1);
        if self.traced > MOST_SPANS {
            return None;
        }
        raisfast_trace::host_call(function)
    }

    /// Notes in the span of the call in progress how many host calls have none.
    #[cfg(feature = "component")]
    #[inline]
    fn end_spans(&mut self) {
        let traced = std::mem::take(&mut self.traced);
        if traced > MOST_SPANS {
            raisfast_trace::left_out(traced - MOST_SPANS);
        }
    }

    /// Begins a call, after the one before it has ended; one that delivers an action says which.
    #[inline]
    pub fn begin_call(&mut self, hook: HookName, delivery: Option<&Delivery>) {
        self.passage.begin_call(hook);
        self.hook = Some(hook);
        self.call = self.tape().map(|tape| tape.call_id());
        self.delivery = delivery.cloned();
    }

    /// Ends the call: a transaction that is still open is rolled back, and the log says so. With
    /// the output its locks are free, and nothing of the call is left for the next one. A call that
    /// could not wait could not begin a transaction either, and has ended when this returns.
    #[inline]
    pub fn end_call(&mut self) -> Call<impl Future<Output = ()> + Send> {
        #[cfg(feature = "component")]
        self.end_spans();
        if self.transaction.is_none() {
            self.forget_call();
            return Call::Ready(());
        }
        Call::Running(self.roll_back())
    }

    /// Ends a call whose transaction is open.
    async fn roll_back(&mut self) {
        if let Some(open) = self.transaction.take() {
            self.report_open_transaction();
            if let Err(error) = open.rollback().await {
                self.report(Level::Error, &format!("the rollback failed: {error}"));
            }
        }
        self.forget_call();
    }

    #[inline]
    fn forget_call(&mut self) {
        self.hook = None;
        self.call = None;
        self.delivery = None;
    }

    /// The hook whose call is in progress, if one is.
    pub fn hook(&self) -> Option<HookName> {
        self.hook
    }

    /// The id of the call in progress, if there is one and calls that fail are recorded.
    pub fn call(&self) -> Option<CallId> {
        self.call
    }

    /// Writes the host's own record of what the guest did. A guest could ask for what is denied in
    /// a loop, so these have a limit too.
    pub(crate) fn report(&self, level: Level, message: &str) {
        match self.plugin.rates.reports.take() {
            Allowance::Granted => self.record(level, message),
            Allowance::FirstRefusal => self.record(
                Level::Warn,
                &format!(
                    "the host has written {REPORTS_PER_MINUTE} records about what this plugin asked for; the rest of this minute's are left out"
                ),
            ),
            Allowance::Refused => {}
        }
    }

    pub(crate) fn record(&self, level: Level, message: &str) {
        self.record_limits(level, message, &[]);
    }

    fn record_limits(&self, level: Level, message: &str, limits: &[&str]) {
        self.plugin
            .record(self.hook, self.call, level, message, limits);
    }

    /// Says what was asked and the manifest line that would allow it.
    pub(crate) fn report_denial(&self, asked: &str, manifest_line: &str) {
        self.report(
            Level::Warn,
            &format!("denied: {asked}; to allow it, write in manifest.toml, under {manifest_line}"),
        );
    }

    /// Refuses what is not allowed any more in this minute, and tells the log so once.
    pub(crate) fn within(
        &self,
        allowance: Allowance,
        what: &str,
        key: &str,
        limit: u64,
    ) -> Result<(), ApiError> {
        if allowance == Allowance::FirstRefusal {
            self.report_limit(what, key, limit);
        }
        if allowance == Allowance::Granted {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::Quota,
            format!("the limit of {limit} {what} is reached"),
        ))
    }

    /// Returns whether something was stored. Where a limit is reached, which `told` counts, the log
    /// is told once a minute, with the keys that may raise it.
    pub(crate) fn stored(
        &self,
        function: &str,
        keys: [&str; 2],
        told: &Rate,
        result: Result<(), ApiError>,
    ) -> bool {
        match result {
            Err(error) if error.code == ErrorCode::Quota => {
                if told.take() == Allowance::Granted {
                    let message = format!(
                        "{function} failed: {error}; to raise the limit, write in manifest.toml, under \
                         [limits], {} or {}",
                        keys[0], keys[1]
                    );
                    self.record_limits(Level::Warn, &message, &keys);
                }
                false
            }
            result => self.logged(function, result).is_some(),
        }
    }

    /// Once in each limit's minute, so it counts against none itself.
    pub(crate) fn report_limit(&self, what: &str, key: &str, limit: u64) {
        let raised = limit.saturating_mul(2).max(1);
        let message = format!(
            "the limit of {limit} {what} is reached; to raise it, write in manifest.toml, under [limits]: \
             {key} = {raised}"
        );
        self.record_limits(Level::Warn, &message, &[key]);
    }

    fn report_open_transaction(&self) {
        self.report(
            Level::Warn,
            "the call ended with an open transaction, which is rolled back; call db-commit before the hook returns",
        );
    }

    /// For functions whose failure value has no room for a reason: the log has.
    pub(crate) fn logged<T>(&self, function: &str, result: Result<T, impl Display>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.report(Level::Warn, &format!("{function} failed: {error}"));
                None
            }
        }
    }
}

impl Drop for Session {
    /// The call was cut off; the transaction's own drop rolls it back.
    fn drop(&mut self) {
        if self.transaction.is_some() {
            self.report_open_transaction();
        }
    }
}

/// A result as the contract's JSON text.
pub(crate) fn answer(result: Result<serde_json::Value, ApiError>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(error) => serde_json::json!({"error": error.message, "code": error.code}).to_string(),
    }
}
