//! Notifying plugins of what is read.
//!
//! A reader never waits for a plugin: views wait in a queue for each plugin, which is called for
//! one after the other. A view that finds the queue full is dropped, so that a slow plugin costs a
//! bounded amount of memory, and no other plugin anything.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use raisfast_contract::{Hook, PluginId, hook::OnContentViewed};
use raisfast_hooks::Hooks;
use raisfast_outbox::Changes;

/// The most views that wait for one plugin.
const MOST_WAITING: usize = 256;

/// The content type that plugins see of a post.
pub(crate) const POST: &str = "post";

type View = <OnContentViewed as Hook>::Params;

/// The views that plugins have not been notified of yet. Cloning shares them.
#[derive(Clone)]
pub(crate) struct ViewNotices(Arc<Shared>);

struct Shared {
    changes: Changes,
    /// A queue for each plugin that is being called.
    queues: Mutex<BTreeMap<PluginId, Queue>>,
}

#[derive(Default)]
struct Queue {
    views: VecDeque<View>,
    dropped: u64,
}

impl ViewNotices {
    pub(crate) fn new(changes: Changes) -> Self {
        Self(Arc::new(Shared {
            changes,
            queues: Mutex::default(),
        }))
    }

    /// Notifies each plugin that subscribes to views of this type, in a moment.
    pub(crate) fn notify(&self, hooks: &Hooks, content_type: &str, id: &str) {
        for plugin in hooks.subscribers(OnContentViewed::NAME, Some(content_type)) {
            let view: View = (content_type.into(), id.into());
            let mut queues = self.0.queues();
            if let Some(queue) = queues.get_mut(plugin) {
                queue.add(plugin, view);
            } else {
                queues.insert(plugin.clone(), Queue::default());
                tokio::spawn(Arc::clone(&self.0).call(plugin.clone(), view));
            }
        }
    }
}

impl Queue {
    fn add(&mut self, plugin: &PluginId, view: View) {
        if self.views.len() < MOST_WAITING {
            self.views.push_back(view);
            return;
        }
        if self.dropped == 0 {
            tracing::warn!(%plugin, "views come faster than the plugin takes them: some are not reported to it");
        }
        self.dropped += 1;
    }
}

impl Shared {
    fn queues(&self) -> MutexGuard<'_, BTreeMap<PluginId, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls the plugin for this view, and for those that have come meanwhile.
    async fn call(self: Arc<Self>, plugin: PluginId, view: View) {
        let mut next = Some(view);
        while let Some(view) = next {
            // A failure is counted and logged where the plugin is called; a view is not reported
            // again for it.
            let hooks = self.changes.hooks();
            hooks.call_on::<OnContentViewed>(&plugin, view, None).await;
            next = self.next(&plugin);
        }
    }

    /// Takes the next view from the plugin's queue, which ends when it is empty.
    fn next(&self, plugin: &PluginId) -> Option<View> {
        let mut queues = self.queues();
        let queue = queues.get_mut(plugin)?;
        let view = queue.views.pop_front();
        if view.is_none() {
            let dropped = queue.dropped;
            queues.remove(plugin);
            if dropped > 0 {
                tracing::info!(%plugin, dropped, "the plugin takes views again; some were not reported to it");
            }
        }
        view
    }
}
