//! The pool's contract, observed from outside.
//!
//! Futures are polled by hand where the order of events matters: a caller that is pending after one
//! poll stands in the queue, without any waiting for it.

mod allocations;
mod closing;
mod renewal;
mod stress;
mod turns;

use std::{
    future::Future,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use raisfast_pool::{Factory, Pool, PoolOptions};
use tokio::sync::watch;

/// Makes tools, unless it is broken, and only while its door is open. Clones are the same workshop.
#[derive(Clone)]
struct Workshop {
    begun: Arc<AtomicUsize>,
    broken: Arc<AtomicBool>,
    door_open: watch::Sender<bool>,
    tools: Arc<AtomicUsize>,
}

struct Tool {
    /// Counts the tools of a workshop from 0, those that failed included.
    number: usize,
    uses: u32,
    /// Counts the tools that have not been dropped.
    tools: Arc<AtomicUsize>,
}

impl Drop for Tool {
    fn drop(&mut self) {
        self.tools.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the workshop is broken")]
struct Broken;

impl Workshop {
    fn new() -> Self {
        Self {
            begun: Arc::default(),
            broken: Arc::default(),
            door_open: watch::Sender::new(true),
            tools: Arc::default(),
        }
    }

    fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }

    fn set_door_open(&self, open: bool) {
        self.door_open.send_replace(open);
    }

    fn tools(&self) -> usize {
        self.tools.load(Ordering::SeqCst)
    }

    async fn pool(&self, size: usize, max_waiting: usize, max_calls: Option<u64>) -> Pool<Self> {
        let options = PoolOptions {
            size: NonZeroUsize::new(size).unwrap(),
            max_waiting,
            max_calls,
        };
        Pool::fill(self.clone(), options).await.unwrap()
    }
}

impl Factory for Workshop {
    type Item = Tool;
    type Error = Broken;

    async fn create(&self, _slot: usize) -> Result<Tool, Broken> {
        let number = self.begun.fetch_add(1, Ordering::SeqCst);
        let mut door_open = self.door_open.subscribe();
        door_open.wait_for(|open| *open).await.unwrap();
        if self.broken.load(Ordering::SeqCst) {
            return Err(Broken);
        }
        self.tools.fetch_add(1, Ordering::SeqCst);
        Ok(Tool {
            number,
            uses: 0,
            tools: Arc::clone(&self.tools),
        })
    }
}

/// Returns the output of the future, which must come before the test's patience ends.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future)
        .await
        .expect("this resolves within 30 seconds")
}
