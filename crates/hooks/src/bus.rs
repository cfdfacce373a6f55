//! The bus: one registry at a time, swapped as a whole.

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use raisfast_contract::PluginId;
use tokio::sync::watch;

use crate::{Hooks, Observer, Subscription, registry::Registry, subscription::Subscriber};

/// All plugins' subscriptions. Clones are the same bus.
///
/// Changes swap the whole registry in one step: a snapshot sees all of a change or nothing of it.
/// Snapshots taken before a change keep working, with the handlers they were taken with.
#[derive(Clone)]
pub struct Bus {
    registry: Arc<ArcSwap<Registry>>,
    observer: Arc<dyn Observer>,
    changed: watch::Sender<()>,
}

impl Bus {
    /// A bus without subscriptions that nobody observes.
    pub fn new() -> Self {
        Self::observed(Arc::new(()))
    }

    /// A bus without subscriptions that tells `observer` of every call.
    pub fn observed(observer: Arc<dyn Observer>) -> Self {
        Self {
            registry: Arc::new(ArcSwap::from_pointee(Registry::empty())),
            observer,
            changed: watch::Sender::new(()),
        }
    }

    /// Puts these subscriptions in the place of all that `plugin` had; none silences it.
    ///
    /// # Panics
    ///
    /// When a subscription is another plugin's.
    pub fn replace(&self, plugin: &PluginId, subscriptions: Vec<Subscription>) {
        let subscribers = subscriptions.into_iter().map(|subscription| {
            assert_eq!(
                &subscription.plugin, plugin,
                "a plugin's subscriptions are its own"
            );
            let observer = self.observer.observe(plugin, subscription.hook);
            Arc::new(Subscriber {
                subscription,
                observer,
            })
        });
        let subscribers = subscribers.collect();
        self.registry
            .rcu(|registry| registry.with(plugin, &subscribers));
        self.changed.send_replace(());
    }

    /// Forgets `plugin`.
    pub fn remove(&self, plugin: &PluginId) {
        self.registry.rcu(|registry| registry.without(plugin));
        self.changed.send_replace(());
    }

    /// What is subscribed now.
    pub fn snapshot(&self) -> Hooks {
        Hooks {
            registry: self.registry.load_full(),
        }
    }

    /// Tells those who follow [`changes`](Self::changes) that a plugin that was paused may be called again.
    pub fn resume(&self) {
        self.changed.send_replace(());
    }

    /// Hears of every later change.
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
