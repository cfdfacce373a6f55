//! A hook that no plugin subscribes to.

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use futures::FutureExt;
use raisfast_hooks::Bus;
use raisfast_plugins::CallCounters;
use raisfast_types::{PostInput, hook::OnPostCreating};

use crate::Contender;

/// Calls a filter on a bus without plugins.
pub struct Unheard {
    bus: Bus,
    post: Arc<PostInput>,
}

impl Unheard {
    /// A bus that counts calls, as a server's does.
    pub fn new() -> Self {
        Self {
            bus: Bus::observed(Arc::new(CallCounters::default())),
            post: Arc::new(PostInput::default()),
        }
    }

    /// Takes a snapshot, as a request does, and calls the hook on it once.
    pub fn call(&self) -> Result<Arc<PostInput>> {
        let hooks = self.bus.snapshot();
        let filtered = hooks.filter::<OnPostCreating>(Arc::clone(&self.post), |_| Ok(()));
        Ok(filtered
            .now_or_never()
            .context("there is nobody to wait for")??)
    }
}

impl Contender for Unheard {
    fn answer(&mut self) -> Result<String> {
        Ok(super::post_as_json(&*self.call()?))
    }

    fn run(&mut self, times: u64) -> Result<Duration> {
        let began = Instant::now();
        for _ in 0..times {
            black_box(black_box(&*self).call()?);
        }
        Ok(began.elapsed())
    }
}
