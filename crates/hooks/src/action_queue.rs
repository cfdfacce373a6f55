//! The queue that keeps one plugin's actions in order and off the caller's path.
//!
//! It begins with the plugin's first action and survives the replacement of the plugin's subscriptions:
//! an action runs with the handler of the snapshot that queued it. It ends when the bus, or the
//! plugin's place in it, and all snapshots that know the plugin are gone and what was queued has run.

use std::sync::{Arc, OnceLock};

use futures::future::BoxFuture;
use tokio::sync::{mpsc, watch};

/// How many actions may wait for one plugin before the next one makes its caller wait.
pub const ACTION_QUEUE_CAPACITY: usize = 1024;

struct Action {
    run: BoxFuture<'static, ()>,
    _unfinished: UnfinishedAction,
}

#[derive(Default)]
pub(crate) struct ActionQueue {
    /// Empty until the first action: a plugin without actions has no task, and subscribing needs no
    /// runtime.
    sender: OnceLock<mpsc::Sender<Action>>,
}

impl ActionQueue {
    /// Queues an action that cannot panic; waits while the queue is full.
    pub(crate) async fn push(&self, run: BoxFuture<'static, ()>, unfinished: &UnfinishedActions) {
        let action = Action {
            run,
            _unfinished: unfinished.begin(),
        };
        let sender = self.sender.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(ACTION_QUEUE_CAPACITY);
            tokio::spawn(drain(receiver));
            sender
        });
        if sender.send(action).await.is_err() {
            // Only a runtime that is shutting down ends the worker before its senders.
            tracing::warn!("an action was dropped: its queue's runtime has shut down");
        }
    }
}

async fn drain(mut actions: mpsc::Receiver<Action>) {
    while let Some(action) = actions.recv().await {
        action.run.await;
    }
}

/// Counts the actions of all plugins that were queued and have not run yet.
#[derive(Clone)]
pub(crate) struct UnfinishedActions(Arc<watch::Sender<usize>>);

impl UnfinishedActions {
    pub(crate) fn none() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    fn begin(&self) -> UnfinishedAction {
        self.0.send_modify(|count| *count += 1);
        UnfinishedAction(self.clone())
    }

    pub(crate) async fn settled(&self) {
        self.0
            .subscribe()
            .wait_for(|count| *count == 0)
            .await
            .expect("the sender is borrowed");
    }
}

/// Counts until it is dropped: by the worker, or by whoever gives up on queueing.
struct UnfinishedAction(UnfinishedActions);

impl Drop for UnfinishedAction {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}
