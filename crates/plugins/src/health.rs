//! What plugins' calls show of their health: counted, and judged by breakers.

use std::{sync::Arc, time::Duration};

use raisfast_contract::{HookName, PluginId};
use raisfast_hooks::{Admission, CallObserver, HandlerError, Observer};

use crate::{
    CallCounters, RememberNothing,
    breaker::{BreakerListener, BreakerMemory, BreakerSettings, Breakers, HookBreaker},
    counters::HookCounter,
};

/// Observes the calls of all plugins; give it to [`Bus::observed`](raisfast_hooks::Bus::observed).
pub struct Health {
    counters: CallCounters,
    pub(crate) breakers: Breakers,
    listener: Arc<dyn BreakerListener>,
}

impl Health {
    /// Nothing is counted yet, and every breaker is closed until [`Plugins::start`](crate::Plugins::start)
    /// has asked the memory.
    pub fn new(
        settings: BreakerSettings,
        memory: Arc<dyn BreakerMemory>,
        listener: Arc<dyn BreakerListener>,
    ) -> Self {
        Self {
            counters: CallCounters::default(),
            breakers: Breakers::new(settings, memory, Arc::clone(&listener)),
            listener,
        }
    }

    /// What is counted.
    pub fn counters(&self) -> &CallCounters {
        &self.counters
    }
}

/// With breakers as a new operator has them, which a restart forgets.
impl Default for Health {
    fn default() -> Self {
        Self::new(
            BreakerSettings::default(),
            Arc::new(RememberNothing),
            Arc::new(()),
        )
    }
}

impl Observer for Health {
    fn observe(&self, plugin: &PluginId, hook: HookName) -> Arc<dyn CallObserver> {
        Arc::new(HookHealth {
            counter: self.counters.counter(plugin, hook),
            breaker: self.breakers.of(plugin, hook),
            plugin: plugin.clone(),
            hook,
            listener: Arc::clone(&self.listener),
        })
    }
}

/// One hook's calls of one plugin.
struct HookHealth {
    counter: Arc<HookCounter>,
    breaker: Arc<HookBreaker>,
    plugin: PluginId,
    hook: HookName,
    listener: Arc<dyn BreakerListener>,
}

impl CallObserver for HookHealth {
    fn admit(&self) -> Admission {
        self.breaker.admit()
    }

    fn called(&self, duration: Duration, outcome: Result<(), &HandlerError>) {
        if let Err(reason) = outcome {
            self.listener.failed(&self.plugin, self.hook, reason);
        }
        self.counter.called(duration, outcome);
        self.breaker.called(outcome);
    }
}
