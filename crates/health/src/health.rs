//! The health of plugins, as their calls show it: counted, and judged by breakers.

use std::{sync::Arc, time::Duration};

use raisfast_contract::{HookName, PluginId};
use raisfast_figures::Figures;
use raisfast_hooks::{Admission, CallObserver, Gate, Gatekeeper, HandlerError, Observer};

use crate::{
    CallCounters,
    breaker::{BreakerListener, BreakerMemory, BreakerSettings, Breakers, HookBreaker},
    counters::HookCounter,
};

/// The breakers and counters of all plugins; give it to [`Bus::gated`](raisfast_hooks::Bus::gated)
/// both as the gatekeeper and as the observer.
pub struct Health {
    counters: CallCounters,
    breakers: Breakers,
    listener: Arc<dyn BreakerListener>,
}

impl Health {
    /// Nothing is counted yet, and every breaker is closed until
    /// [`Breakers::restore`] has asked the memory.
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

    /// Counts calls in these figures from now on.
    #[must_use]
    pub fn counting_in(self, figures: Figures) -> Self {
        Self {
            counters: CallCounters::of_figures(figures),
            ..self
        }
    }

    /// Returns what is counted.
    pub fn counters(&self) -> &CallCounters {
        &self.counters
    }

    /// Returns the breakers of all plugins.
    pub fn breakers(&self) -> &Breakers {
        &self.breakers
    }
}

/// With breakers as a new operator has them, which a restart forgets.
impl Default for Health {
    fn default() -> Self {
        Self::new(BreakerSettings::default(), Arc::new(()), Arc::new(()))
    }
}

impl Gatekeeper for Health {
    fn gate(&self, plugin: &PluginId, hook: HookName) -> Arc<dyn Gate> {
        Arc::new(HookGate(self.breakers.of(plugin, hook)))
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

/// The gate of one hook's calls of one plugin.
struct HookGate(Arc<HookBreaker>);

impl Gate for HookGate {
    fn admit(&self) -> Admission {
        self.0.admit()
    }
}

/// The observer of one hook's calls of one plugin.
struct HookHealth {
    counter: HookCounter,
    breaker: Arc<HookBreaker>,
    plugin: PluginId,
    hook: HookName,
    listener: Arc<dyn BreakerListener>,
}

impl CallObserver for HookHealth {
    fn called(&self, duration: Duration, outcome: Result<(), &HandlerError>) {
        if let Err(reason) = outcome {
            self.listener.failed(&self.plugin, self.hook, reason);
        }
        self.counter.called(duration, outcome);
        self.breaker.called(outcome);
    }
}
