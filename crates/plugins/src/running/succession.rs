//! The succession of a plugin's generations.
//!
//! 1. The new one is complete, its instances made, before anything changes.
//! 2. It takes the other's place on the bus in one step. If it takes over state, its instances are
//!    held back until then, and each serves as soon as it has the state of one before it.
//! 3. The former is *drained*: when the last request that began with it has ended, or the
//!    operator's deadline has passed, its instances are told and it ends.
//! 4. If the operator wants probation, the former is not drained before the new one has proved
//!    itself, and takes its place back if it does not.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::{
    cron::{runs::Runs, ticking::Ticking},
    running::generation::Generation,
    running::probation::{Probation, Trial},
};

/// The longest time for the hand-over of state. Meanwhile the new version's callers wait.
const HAND_OVER: Duration = Duration::from_secs(10);

/// The operator's options for the succession of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Succession {
    /// The time for which requests that began with a former version may go on with it. Default: 30
    /// s.
    pub drain_timeout: Duration,
    /// Roll back to the version before if this many first calls of one hook all fail. Default:
    /// `None`, no rollback.
    pub rollback_after: Option<NonZeroU32>,
}

impl Default for Succession {
    fn default() -> Self {
        Self {
            drain_timeout: Duration::from_secs(30),
            rollback_after: None,
        }
    }
}

/// The generation that serves.
pub(crate) struct Running {
    pub(crate) generation: Arc<Generation>,
    /// The one that takes its place back if it fails its first calls.
    pub(crate) former: Option<Arc<Generation>>,
    /// Dropping it stops the ticks.
    ticking: Ticking,
}

impl Running {
    /// Puts a generation on the bus in the place of the one before it, of the same plugin, if there
    /// is one. The trial is the new one's, if it is on probation.
    pub(crate) fn begin(
        runs: &Runs,
        generation: Arc<Generation>,
        before: Option<Self>,
        succession: Succession,
        draining: &TaskTracker,
    ) -> (Self, Option<Trial>) {
        let hand_over = before.as_ref().and_then(|_| {
            let plugin = Arc::clone(&generation.instances).plugin()?;
            plugin.hold()
        });
        let (probation, trial) = before
            .as_ref()
            .and(succession.rollback_after)
            .map(|calls| Probation::begin(calls, generation.hooks.len()))
            .unzip();
        let ticking = before.as_ref().map(|before| &before.ticking);
        let running = Self::put(runs, generation, probation.as_ref(), ticking);
        let Some(before) = before else {
            return (running, trial);
        };
        let Self {
            generation: replaced,
            former: proven,
            ..
        } = before;
        // A version that has not proved itself is nothing to go back to.
        let (former, drained) = match (trial.is_some(), proven) {
            (true, Some(proven)) => (Some(proven), Some(Arc::clone(&replaced))),
            (true, None) => (Some(Arc::clone(&replaced)), None),
            (false, Some(proven)) => {
                drain(proven, succession.drain_timeout, draining);
                (None, Some(Arc::clone(&replaced)))
            }
            (false, None) => (None, Some(Arc::clone(&replaced))),
        };
        let tracked = draining.clone();
        draining.spawn(async move {
            let former = Arc::clone(&replaced.instances).plugin();
            if let (Some(hand_over), Some(former)) = (hand_over, former) {
                let plugin = replaced.id().clone();
                let states = hand_over.run(&former, HAND_OVER).await;
                tracing::info!(%plugin, instances = states, "state handed over");
            }
            if let Some(drained) = drained {
                drain(drained, succession.drain_timeout, &tracked);
            }
        });
        (Self { former, ..running }, trial)
    }

    /// Puts a generation on the bus, whoever was there before.
    fn put(
        runs: &Runs,
        generation: Arc<Generation>,
        probation: Option<&Arc<Probation>>,
        former: Option<&Ticking>,
    ) -> Self {
        let subscriptions = generation.subscriptions(probation);
        runs.bus.replace(generation.id(), subscriptions);
        Self {
            ticking: Ticking::start(runs, &generation, former),
            generation,
            former: None,
        }
    }

    /// Ends the generation's probation well.
    pub(crate) fn prove(&mut self, succession: Succession, draining: &TaskTracker) {
        if let Some(former) = self.former.take() {
            drain(former, succession.drain_timeout, draining);
        }
    }

    /// Gives the place back to the one before it, if that is still there.
    pub(crate) fn roll_back(
        self,
        runs: &Runs,
        succession: Succession,
        draining: &TaskTracker,
    ) -> Self {
        match self.former {
            Some(former) => {
                let running = Self::put(runs, former, None, Some(&self.ticking));
                drain(self.generation, succession.drain_timeout, draining);
                running
            }
            None => self,
        }
    }

    /// Ends all of it. The plugin is off the bus.
    pub(crate) fn end(self, succession: Succession, draining: &TaskTracker) {
        for generation in [Some(self.generation), self.former].into_iter().flatten() {
            drain(generation, succession.drain_timeout, draining);
        }
    }
}

/// Ends a generation that is off the bus, when those who still use it have ended or the time is
/// over.
fn drain(generation: Arc<Generation>, limit: Duration, draining: &TaskTracker) {
    draining.spawn(async move {
        if timeout(limit, generation.released()).await.is_err() {
            tracing::warn!(
                plugin = %generation.id(),
                generation = generation.number,
                "requests that began with a former version are not through after {} s and go on without it",
                limit.as_secs_f32()
            );
        }
        Arc::clone(&generation.instances).close().await;
    });
}

#[cfg(test)]
mod tests;
