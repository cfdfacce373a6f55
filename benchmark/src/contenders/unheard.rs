//! A hook that no plugin subscribes to.

use std::{
    future::Future,
    hint::black_box,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use raisfast_contract::{PostInput, hook::OnPostCreating};
use raisfast_health::Health;
use raisfast_hooks::{Bus, Hooks};

use crate::Contender;

/// Calls a filter on a bus without plugins.
pub struct Unheard {
    bus: Bus,
    post: Arc<PostInput>,
    snapshot: Snapshot,
}

/// The snapshot of the bus that a call goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshot {
    /// One that is there: a request takes one for all its hooks.
    OfRequest,
    /// One that is taken for the call.
    OfCall,
}

impl Unheard {
    /// A bus that counts calls, as a server's does.
    pub fn new(snapshot: Snapshot) -> Self {
        let health = Arc::new(Health::default());
        Self {
            snapshot,
            bus: Bus::gated(health.clone(), health),
            post: Arc::new(PostInput::default()),
        }
    }

    /// Takes a snapshot and calls the hook on it once.
    pub fn call(&self) -> Result<Arc<PostInput>> {
        filtered(&self.bus.snapshot(), Arc::clone(&self.post))
    }
}

fn filtered(hooks: &Hooks, post: Arc<PostInput>) -> Result<Arc<PostInput>> {
    // Where it was made, as `.await` does it.
    let filtered = pin!(hooks.filter::<OnPostCreating>(post, |_| Ok(())));
    match filtered.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(post) => Ok(post?),
        Poll::Pending => bail!("there is nobody to wait for"),
    }
}

impl Contender for Unheard {
    fn answer(&mut self) -> Result<String> {
        Ok(super::post_as_json(&*self.call()?))
    }

    fn run(&mut self, times: u64) -> Result<Duration> {
        // The value goes from call to call, as from hook to hook: sharing it is not part of a call.
        let mut post = Arc::clone(&self.post);
        let hooks = self.bus.snapshot();
        let began = Instant::now();
        match self.snapshot {
            Snapshot::OfRequest => {
                for _ in 0..times {
                    post = filtered(black_box(&hooks), black_box(post))?;
                }
            }
            Snapshot::OfCall => {
                for _ in 0..times {
                    post = filtered(&black_box(&self.bus).snapshot(), black_box(post))?;
                }
            }
        }
        black_box(post);
        Ok(began.elapsed())
    }
}
