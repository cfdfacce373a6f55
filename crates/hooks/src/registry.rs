//! Everything subscribed at one moment. A registry never changes: a new one takes its place.

use std::{collections::BTreeMap, sync::Arc};

use raisfast_types::{HookName, PluginId};

use crate::{
    Observer, Subscription,
    action_queue::{ActionQueue, UnfinishedActions},
};

pub(crate) struct Registry {
    plugins: BTreeMap<PluginId, Plugin>,
    /// For each hook, by its position in the contract, who is called, in order.
    called: [Vec<Entry>; HookName::ALL.len()],
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) unfinished: UnfinishedActions,
}

#[derive(Clone)]
struct Plugin {
    subscriptions: Arc<[Arc<Subscription>]>,
    queue: Arc<ActionQueue>,
}

#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) subscription: Arc<Subscription>,
    pub(crate) queue: Arc<ActionQueue>,
}

impl Registry {
    pub(crate) fn empty(observer: Arc<dyn Observer>) -> Self {
        Self {
            plugins: BTreeMap::new(),
            called: Default::default(),
            observer,
            unfinished: UnfinishedActions::none(),
        }
    }

    pub(crate) fn called(&self, hook: HookName) -> &[Entry] {
        &self.called[hook as usize]
    }

    /// This registry with other subscriptions for one plugin, whose queue stays.
    pub(crate) fn with(&self, plugin: &PluginId, subscriptions: &Arc<[Arc<Subscription>]>) -> Self {
        let mut plugins = self.plugins.clone();
        let queue = plugins
            .remove(plugin)
            .map(|plugin| plugin.queue)
            .unwrap_or_default();
        let subscriptions = Arc::clone(subscriptions);
        plugins.insert(
            plugin.clone(),
            Plugin {
                subscriptions,
                queue,
            },
        );
        self.with_plugins(plugins)
    }

    /// This registry without one plugin and its queue.
    pub(crate) fn without(&self, plugin: &PluginId) -> Self {
        let mut plugins = self.plugins.clone();
        plugins.remove(plugin);
        self.with_plugins(plugins)
    }

    fn with_plugins(&self, plugins: BTreeMap<PluginId, Plugin>) -> Self {
        let mut called: [Vec<Entry>; HookName::ALL.len()] = Default::default();
        for plugin in plugins.values() {
            for subscription in &*plugin.subscriptions {
                called[subscription.hook as usize].push(Entry {
                    subscription: Arc::clone(subscription),
                    queue: Arc::clone(&plugin.queue),
                });
            }
        }
        for entries in &mut called {
            // Stable: equal priorities keep the map's order, which is that of the plugins' ids.
            entries.sort_by_key(|entry| entry.subscription.priority);
        }
        Self {
            plugins,
            called,
            observer: Arc::clone(&self.observer),
            unfinished: self.unfinished.clone(),
        }
    }
}
