//! The breaker of one plugin and hook, as its calls meet it.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, Weak,
    atomic::{AtomicU8, AtomicU64, Ordering::Relaxed},
};

use chrono::{DateTime, Utc};
use raisfast_contract::{HookName, PluginId};
use raisfast_hooks::{Admission, HandlerError, PauseCause, Paused, Probe};

use super::{
    BreakerEvent, BreakerNews, BreakerSettings, BreakerStatus, OpenBreaker, Version,
    machine::{Machine, Pause, Verdict},
    registry::Registry,
};
use raisfast_contract::timestamp;

/// Closed, and the last call was answered: there is nothing to note.
const QUIET: u8 = 0;
/// Closed, after a failure: the next answer ends the row.
const FAILING: u8 = 1;
/// Open or half-open.
const PAUSED: u8 = 2;

/// A breaker that calls ask. Those of a healthy plugin read one byte, twice.
pub(crate) struct HookBreaker {
    pub(super) plugin: PluginId,
    pub(super) hook: HookName,
    /// The meaning of the machine's state for a call. Calls go by it without the lock; it may be a
    /// moment late.
    gate: AtomicU8,
    machine: Mutex<Machine>,
    skipped: AtomicU64,
    registry: Weak<Registry>,
}

impl HookBreaker {
    pub(super) fn new(
        plugin: PluginId,
        hook: HookName,
        settings: BreakerSettings,
        registry: Weak<Registry>,
    ) -> Self {
        Self::with(plugin, hook, Machine::closed(settings), registry)
    }

    /// A breaker as it was written down.
    pub(super) fn restored(
        written: OpenBreaker,
        settings: BreakerSettings,
        registry: Weak<Registry>,
    ) -> Self {
        let pause = Pause {
            since: written.since,
            until: written.until,
            length: std::time::Duration::from_millis(written.pause_ms),
        };
        let machine = Machine::restored(
            settings,
            written.failures,
            written.reason,
            pause,
            Utc::now(),
        );
        Self::with(written.plugin, written.hook, machine, registry)
    }

    fn with(plugin: PluginId, hook: HookName, machine: Machine, registry: Weak<Registry>) -> Self {
        Self {
            plugin,
            hook,
            gate: AtomicU8::new(gate(&machine)),
            machine: Mutex::new(machine),
            skipped: AtomicU64::new(0),
            registry,
        }
    }

    pub(crate) fn status(&self) -> BreakerStatus {
        self.status_of(&self.lock())
    }

    fn status_of(&self, machine: &Machine) -> BreakerStatus {
        let pause = machine.pause();
        BreakerStatus {
            state: machine.state(),
            failures: machine.failures(),
            since: pause.map(|pause| timestamp(pause.since)),
            until: pause.map(|pause| timestamp(pause.until)),
            reason: machine.reason().map(str::to_owned),
            skipped: self.skipped.load(Relaxed),
        }
    }

    /// Returns the state to write down; none while it is closed.
    pub(super) fn written(&self, version: Version) -> Option<OpenBreaker> {
        let machine = self.lock();
        let pause = machine.pause()?;
        Some(OpenBreaker {
            plugin: self.plugin.clone(),
            hook: self.hook,
            version,
            failures: machine.failures(),
            since: pause.since,
            until: pause.until,
            pause_ms: u64::try_from(pause.length.as_millis()).unwrap_or(u64::MAX),
            reason: machine.reason().unwrap_or_default().to_owned(),
        })
    }

    /// Asked before each call.
    pub(crate) fn admit(self: &Arc<Self>) -> Admission {
        if self.gate.load(Relaxed) != PAUSED {
            return Admission::Call;
        }
        let now = Utc::now();
        let mut machine = self.lock();
        match machine.admit(now) {
            Verdict::Call => Admission::Call,
            Verdict::Probe { number, first } => {
                let event = first.then_some(BreakerEvent::Probing);
                self.settle(machine, event);
                Admission::Probe(Box::new(Trial {
                    breaker: Arc::clone(self),
                    number: Some(number),
                }))
            }
            Verdict::Skip { pause, ask_again } => {
                drop(machine);
                self.skipped.fetch_add(1, Relaxed);
                Admission::Pause(Arc::new(self.paused(pause, ask_again)))
            }
        }
    }

    /// Counts each call that ended; probes report their results by themselves.
    pub(crate) fn called(&self, outcome: Result<(), &HandlerError>) {
        match outcome {
            Ok(()) => {
                if self.gate.load(Relaxed) != QUIET {
                    let mut machine = self.lock();
                    let event = machine.answered();
                    self.settle(machine, event);
                }
            }
            Err(error) if error.was_reached() => {
                let mut machine = self.lock();
                let event = machine.failed(Utc::now(), &error.message, error.is_suspicion());
                self.settle(machine, event);
            }
            Err(_) => {}
        }
    }

    pub(super) fn reset(&self) {
        let mut machine = self.lock();
        let event = machine.reset();
        self.settle(machine, event);
    }

    /// Ends a change: the gate follows the machine, and others are told.
    fn settle(&self, machine: MutexGuard<'_, Machine>, event: Option<BreakerEvent>) {
        self.gate.store(gate(&machine), Relaxed);
        let Some(event) = event else { return };
        let status = self.status_of(&machine);
        drop(machine);
        if let Some(registry) = self.registry.upgrade() {
            registry.changed(self, &self.news(event, status));
        }
    }

    pub(super) fn news(&self, event: BreakerEvent, status: BreakerStatus) -> BreakerNews {
        BreakerNews {
            plugin: self.plugin.clone(),
            hook: self.hook,
            event,
            message: self.message(event, &status),
            status,
        }
    }

    /// The change in words, with what to do next.
    fn message(&self, event: BreakerEvent, status: &BreakerStatus) -> String {
        let hook = self.hook;
        let reason = status.reason.as_deref().unwrap_or("no reason");
        let until = status.until.as_deref().unwrap_or_default();
        let next = format!(
            "It is not called until {until}; then one call tries it. {}",
            self.way_out()
        );
        match event {
            BreakerEvent::Paused => format!(
                "the plugin is paused in {hook}: {} calls in a row failed, the last with: {reason}. {next}",
                status.failures
            ),
            BreakerEvent::Probing => {
                format!("the plugin's pause in {hook} is over: this call tries it")
            }
            BreakerEvent::PausedAgain => format!(
                "the plugin stays paused in {hook}: the call that tried it failed with: {reason}. {next}"
            ),
            BreakerEvent::Recovered => {
                format!("the plugin is called in {hook} again: it has answered a call")
            }
            BreakerEvent::Reset => {
                format!("the plugin is called in {hook} again: an admin ended its pause")
            }
            BreakerEvent::NewVersion => {
                format!("the plugin is called in {hook} again: this is another version of it")
            }
        }
    }

    /// Returns the message for a caller who was not served. Visitors are among them, so it lacks
    /// the reason.
    fn paused(&self, pause: Pause, ask_again: DateTime<Utc>) -> Paused {
        Paused {
            cause: PauseCause::Failing,
            until: ask_again.into(),
            message: format!(
                "the plugin has failed too often and is paused since {} until {}; {}",
                timestamp(pause.since),
                timestamp(pause.until),
                self.way_out()
            ),
        }
    }

    fn way_out(&self) -> String {
        let registry = self.registry.upgrade();
        registry.map_or_else(String::new, |registry| registry.way_out(&self.plugin))
    }

    /// A breaker is as good as it was before a panic.
    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gate(machine: &Machine) -> u8 {
    if machine.pause().is_some() {
        PAUSED
    } else if machine.failures() > 0 {
        FAILING
    } else {
        QUIET
    }
}

/// A call that tries the plugin.
struct Trial {
    breaker: Arc<HookBreaker>,
    /// The number of the call, until it has ended.
    number: Option<u64>,
}

impl Probe for Trial {
    fn ended(mut self: Box<Self>, outcome: Result<(), &HandlerError>) {
        if outcome.is_err_and(|error| !error.was_reached()) {
            // It has tried nothing: dropping this gives the place to another call.
            return;
        }
        let Some(number) = self.number.take() else {
            return;
        };
        let mut machine = self.breaker.lock();
        let event = match outcome {
            Ok(()) => machine.probe_answered(number),
            Err(error) => machine.probe_failed(number, Utc::now(), &error.message),
        };
        self.breaker.settle(machine, event);
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.breaker.lock().probe_given_up(number);
        }
    }
}
