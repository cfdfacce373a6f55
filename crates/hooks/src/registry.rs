//! Everything subscribed at one moment. A registry never changes: a new one takes its place.

use std::{collections::BTreeMap, sync::Arc};

use raisfast_types::{HookName, PluginId};

use crate::{
    action_queue::{ActionQueue, UnfinishedActions},
    subscription::Subscriber,
};

pub(crate) struct Registry {
    plugins: BTreeMap<PluginId, Plugin>,
    /// For each hook, by its position in the contract, who is called, in order.
    called: [Vec<Entry>; HookName::ALL.len()],
    pub(crate) unfinished: UnfinishedActions,
}

#[derive(Clone)]
struct Plugin {
    subscribers: Arc<[Arc<Subscriber>]>,
    queue: Arc<ActionQueue>,
}

#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) subscriber: Arc<Subscriber>,
    pub(crate) queue: Arc<ActionQueue>,
}

impl Registry {
    pub(crate) fn empty() -> Self {
        Self {
            plugins: BTreeMap::new(),
            called: Default::default(),
            unfinished: UnfinishedActions::none(),
        }
    }

    pub(crate) fn called(&self, hook: HookName) -> &[Entry] {
        &self.called[hook as usize]
    }

    /// Whether the plugin subscribes to anything.
    pub(crate) fn is_subscribed(&self, plugin: &PluginId) -> bool {
        let plugin = self.plugins.get(plugin);
        plugin.is_some_and(|plugin| !plugin.subscribers.is_empty())
    }

    /// This registry with other subscriptions for one plugin, whose queue stays.
    pub(crate) fn with(&self, plugin: &PluginId, subscribers: &Arc<[Arc<Subscriber>]>) -> Self {
        let mut plugins = self.plugins.clone();
        let queue = plugins
            .remove(plugin)
            .map(|plugin| plugin.queue)
            .unwrap_or_default();
        let subscribers = Arc::clone(subscribers);
        plugins.insert(plugin.clone(), Plugin { subscribers, queue });
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
            for subscriber in &*plugin.subscribers {
                called[subscriber.subscription.hook as usize].push(Entry {
                    subscriber: Arc::clone(subscriber),
                    queue: Arc::clone(&plugin.queue),
                });
            }
        }
        for entries in &mut called {
            // Stable: equal priorities keep the map's order, which is that of the plugins' ids.
            entries.sort_by_key(|entry| entry.subscriber.subscription.priority);
        }
        Self {
            plugins,
            called,
            unfinished: self.unfinished.clone(),
        }
    }
}
