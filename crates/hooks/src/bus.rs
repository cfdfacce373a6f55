//! The bus: one registry at a time, swapped as a whole.

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use raisfast_contract::PluginId;
use tokio::sync::watch;

use crate::{
    Gatekeeper, Hooks, Observer, Subscription, registry::Registry, subscription::Subscriber,
};

/// The subscriptions of all plugins. Clones are the same bus.
///
/// Changes swap the whole registry in one step: a snapshot sees all of a change or nothing of it.
/// Snapshots taken before a change keep working, with the handlers they were taken with.
#[derive(Clone)]
pub struct Bus {
    registry: Arc<ArcSwap<Registry>>,
    gatekeeper: Arc<dyn Gatekeeper>,
    observer: Arc<dyn Observer>,
    changed: watch::Sender<()>,
}

impl Bus {
    /// Creates a bus without subscriptions, without gates and observers.
    pub fn new() -> Self {
        Self::gated(Arc::new(()), Arc::new(()))
    }

    /// Creates a bus without subscriptions, each of whose calls has to pass the subscription's gate
    /// and is reported to its observer.
    pub fn gated(gatekeeper: Arc<dyn Gatekeeper>, observer: Arc<dyn Observer>) -> Self {
        Self {
            registry: Arc::new(ArcSwap::from_pointee(Registry::empty())),
            gatekeeper,
            observer,
            changed: watch::Sender::new(()),
        }
    }

    /// Replaces all subscriptions of `plugin` by these; an empty list silences it.
    ///
    /// # Panics
    ///
    /// Panics if a subscription is another plugin's.
    pub fn replace(&self, plugin: &PluginId, subscriptions: Vec<Subscription>) {
        let subscribers = subscriptions.into_iter().map(|subscription| {
            assert_eq!(
                &subscription.plugin, plugin,
                "a plugin's subscriptions are its own"
            );
            let gate = self.gatekeeper.gate(plugin, subscription.hook);
            let observer = self.observer.observe(plugin, subscription.hook);
            Arc::new(Subscriber {
                subscription,
                gate,
                observer,
            })
        });
        let subscribers = subscribers.collect();
        self.registry
            .rcu(|registry| registry.with(plugin, &subscribers));
        self.notify_followers();
    }

    /// Removes `plugin` and its subscriptions.
    pub fn remove(&self, plugin: &PluginId) {
        self.registry.rcu(|registry| registry.without(plugin));
        self.notify_followers();
    }

    /// Returns the present subscriptions.
    #[inline]
    pub fn snapshot(&self) -> Hooks {
        Hooks {
            registry: self.registry.load_full(),
        }
    }

    /// Wakes those who follow [`changes`](Self::changes), as a change of subscriptions does. Gates
    /// change by themselves: call this when one has opened.
    pub fn notify_followers(&self) {
        self.changed.send_replace(());
    }

    /// Returns a receiver that is notified of every later change.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

impl Default for Bus {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}
