//! The runs of jobs: taken, made, and written down.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use raisfast_hooks::{Bus, Hooks};
use raisfast_manifest::CronEntry;
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::{FireError, fire};
use crate::{Job, Run, RunEnd, RunOutcome, Taken, TickError, Ticks};

/// The time between two attempts to write down the end of a run.
const RETRY: Duration = Duration::from_secs(1);
/// The attempts after the first. A run whose end is not written down then counts as running, until
/// its server is gone.
const RETRIES: u32 = 60;

/// The maker of runs. Clones are the same.
#[derive(Clone)]
pub(crate) struct Runs {
    /// The bus by which plugins are called.
    pub(crate) bus: Bus,
    /// The memory of who has run what.
    pub(crate) ticks: Arc<dyn Ticks>,
    /// The runs in progress, which a server waits for at its end.
    pub(crate) in_progress: TaskTracker,
}

/// The answer to the wish to run a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It is being run, here or elsewhere, or was.
    Settled,
    /// It is not due yet.
    Early {
        /// The present time, by the shared clock.
        now: DateTime<Utc>,
    },
}

impl Runs {
    /// Takes a tick and, if it is this server's, runs it in a task of its own: a slow guest delays
    /// no later tick, and what was taken is run, even if the caller is gone by then.
    pub(crate) async fn take(
        &self,
        job: &Job,
        entry: &CronEntry,
        due: DateTime<Utc>,
    ) -> Result<Asked, TickError> {
        let (answer, answered) = oneshot::channel();
        let (runs, job, entry) = (self.clone(), job.clone(), entry.clone());
        self.in_progress.spawn(async move {
            // Of before: the version that has it now stays until the run has ended.
            let hooks = runs.bus.snapshot();
            if !hooks.is_running(&job.plugin) {
                // It was turned off in this moment: another server may run it.
                return;
            }
            // Whoever waits for the answer may be gone, as the plugin's next version waits then.
            let _ = match runs.ticks.take(&job, due).await {
                Ok(Taken::Here(run)) => {
                    let _ = answer.send(Ok(Asked::Settled));
                    // The bus has logged and counted a failure.
                    let _ = runs.run(&hooks, &run, &entry).await;
                    return;
                }
                Ok(Taken::Elsewhere) => answer.send(Ok(Asked::Settled)),
                Ok(Taken::Early { now }) => answer.send(Ok(Asked::Early { now })),
                Err(error) => answer.send(Err(error)),
            };
        });
        // Without an answer it was turned off, or has panicked as it would the next time.
        answered.await.unwrap_or(Ok(Asked::Settled))
    }

    /// Runs a job now, and returns when it has ended. It goes on to its end if the caller does not
    /// wait for that.
    pub(crate) async fn by_hand(&self, job: Job, entry: CronEntry) -> Result<(), FireError> {
        let (runs, plugin) = (self.clone(), job.plugin.clone());
        let run = async move {
            let hooks = runs.bus.snapshot();
            let run = runs.ticks.begin_by_hand(&job).await;
            let run = run.map_err(|error| FireError::NotRecorded {
                plugin: job.plugin.clone(),
                job_type: job.job_type.clone(),
                reason: error.to_string(),
            })?;
            runs.run(&hooks, &run, &entry).await
        };
        let run = self.in_progress.spawn(run.in_current_span());
        match run.await {
            Ok(fired) => fired,
            Err(panicked) => Err(FireError::Failed {
                plugin,
                reason: panicked.to_string(),
            }),
        }
    }

    async fn run(&self, hooks: &Hooks, run: &Run, entry: &CronEntry) -> Result<(), FireError> {
        let fired = fire(hooks, &run.job.plugin, entry, run.due).await;
        let end = match &fired {
            Ok(()) => RunEnd::new(RunOutcome::Ok, None),
            Err(FireError::Failed { reason, .. }) => RunEnd::new(RunOutcome::Failed, Some(reason)),
            Err(FireError::Paused { reason, .. }) => {
                RunEnd::new(RunOutcome::NotCalled, Some(reason))
            }
            Err(error) => RunEnd::new(RunOutcome::NotCalled, Some(&error.to_string())),
        };
        if let Err(error) = self.ticks.end(run, &end).await {
            tracing::warn!(
                plugin = %run.job.plugin,
                job_type = run.job.job_type,
                "the end of a cron job is not written down yet: {error}"
            );
            self.in_progress
                .spawn(self.clone().write_down(run.clone(), end));
        }
        fired
    }

    /// Writes down the end of a run as soon as that is possible.
    async fn write_down(self, run: Run, end: RunEnd) {
        for _ in 0..RETRIES {
            tokio::time::sleep(RETRY).await;
            if self.ticks.end(&run, &end).await.is_ok() {
                return;
            }
        }
    }
}
