//! All subscriptions at one moment. A registry never changes: a new one replaces it.

use std::{collections::BTreeMap, sync::Arc};

use raisfast_contract::{HookName, PluginId};

use crate::subscription::Subscriber;

pub(crate) struct Registry {
    plugins: BTreeMap<PluginId, Arc<[Arc<Subscriber>]>>,
    /// The subscribers of each hook, by its position in the contract, in the order of calling.
    called: [Vec<Arc<Subscriber>>; HookName::ALL.len()],
}

impl Registry {
    pub(crate) fn empty() -> Self {
        Self {
            plugins: BTreeMap::new(),
            called: Default::default(),
        }
    }

    pub(crate) fn called(&self, hook: HookName) -> &[Arc<Subscriber>] {
        &self.called[hook as usize]
    }

    /// Returns true if the plugin subscribes to anything itself.
    pub(crate) fn is_subscribed(&self, plugin: &PluginId) -> bool {
        let subscribers = self.plugins.get(plugin);
        subscribers.is_some_and(|subscribers| {
            let mut subscribers = subscribers.iter();
            subscribers.any(|subscriber| !subscriber.subscription.is_stand_in())
        })
    }

    /// Returns this registry with other subscriptions for one plugin.
    pub(crate) fn with(&self, plugin: &PluginId, subscribers: &Arc<[Arc<Subscriber>]>) -> Self {
        let mut plugins = self.plugins.clone();
        plugins.insert(plugin.clone(), Arc::clone(subscribers));
        Self::of(plugins)
    }

    /// Returns this registry without one plugin.
    pub(crate) fn without(&self, plugin: &PluginId) -> Self {
        let mut plugins = self.plugins.clone();
        plugins.remove(plugin);
        Self::of(plugins)
    }

    fn of(plugins: BTreeMap<PluginId, Arc<[Arc<Subscriber>]>>) -> Self {
        let mut called: [Vec<Arc<Subscriber>>; HookName::ALL.len()] = Default::default();
        for subscriber in plugins.values().flat_map(|subscribers| &**subscribers) {
            called[subscriber.subscription.hook as usize].push(Arc::clone(subscriber));
        }
        for subscribers in &mut called {
            // Stable: equal priorities keep the map's order, which is that of the plugins' ids.
            subscribers.sort_by_key(|subscriber| subscriber.subscription.options.priority);
        }
        Self { plugins, called }
    }
}
