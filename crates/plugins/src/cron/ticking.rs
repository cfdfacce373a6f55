//! The waiting for what is due: one task for each entry that is enabled.
//!
//! All servers of a site wait for each tick, and the one that writes it down first runs it
//! ([`Ticks`](crate::Ticks)). A server's own clock only decides when it asks; how far that clock is
//! from the shared one, it learns from the answers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use raisfast_manifest::{CronEntry, Misfire};
use tokio_util::task::AbortOnDropHandle;

use super::{
    plan::{self, Position},
    runs::{Asked, Runs},
};
use crate::{Job, TickError, running::generation::Generation};

/// The longest sleep, after which the wall clock is asked again: it may have been set.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// The time between two attempts while the database does not answer.
const RETRY: Duration = Duration::from_secs(1);

/// The ticking entries of one generation; they stop when it is dropped.
pub(crate) struct Ticking {
    places: BTreeMap<String, Arc<Place>>,
    _tasks: Vec<AbortOnDropHandle<()>>,
}

/// The progress of one job, for the version after this one.
struct Place {
    schedule: String,
    reached: Mutex<Option<Reached>>,
}

#[derive(Debug, Clone, Copy)]
struct Reached {
    position: Position,
    /// The distance from this server's clock to the shared one.
    ahead: TimeDelta,
}

impl Ticking {
    /// Begins to wait for the entries of a generation. Those that the version before it had go on
    /// where that one ended.
    pub(crate) fn start(runs: &Runs, generation: &Generation, former: Option<&Self>) -> Self {
        let mut places = BTreeMap::new();
        let mut tasks = Vec::new();
        for entry in generation.manifest.cron.iter().filter(|it| it.enabled) {
            let schedule = schedule_of(entry);
            let former = former.and_then(|former| former.places.get(&entry.job_type));
            let reached = former
                .filter(|former| former.schedule == schedule)
                .and_then(|former| former.reached());
            let place = Arc::new(Place {
                schedule,
                reached: Mutex::new(reached),
            });
            places.insert(entry.job_type.clone(), Arc::clone(&place));
            let waiting = Waiting {
                runs: runs.clone(),
                job: Job {
                    plugin: generation.id().clone(),
                    job_type: entry.job_type.clone(),
                },
                entry: entry.clone(),
                place,
                is_failing: false,
            };
            tasks.push(AbortOnDropHandle::new(tokio::spawn(waiting.run())));
        }
        Self {
            places,
            _tasks: tasks,
        }
    }
}

/// Returns the text that differs between two schedules.
fn schedule_of(entry: &CronEntry) -> String {
    format!("{} {}", entry.schedule, entry.timezone)
}

impl Place {
    fn reached(&self) -> Option<Reached> {
        *self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reach(&self, reached: Reached) {
        *self.reached.lock().unwrap_or_else(PoisonError::into_inner) = Some(reached);
    }
}

/// The wait for one job.
struct Waiting {
    runs: Runs,
    job: Job,
    entry: CronEntry,
    place: Arc<Place>,
    /// The last attempt has failed, and the log says so.
    is_failing: bool,
}

impl Waiting {
    async fn run(mut self) {
        let mut reached = match self.place.reached() {
            Some(reached) => reached,
            None => self.begin().await,
        };
        loop {
            self.place.reach(reached);
            let next = self.entry.next_after(reached.position.settled);
            let Some(next) = next else { return };
            sleep_until(next, reached.ahead).await;
            match self.settle(&mut reached).await {
                Ok(()) => self.is_failing = false,
                Err(error) => self.failed(&error).await,
            }
        }
    }

    /// Learns where the job stands.
    async fn begin(&mut self) -> Reached {
        let place = Arc::clone(&self.place);
        let schedule = (self.entry.misfire == Misfire::Once).then_some(&*place.schedule);
        loop {
            match self.runs.ticks.wait_for(&self.job, schedule).await {
                Ok(awaited) => {
                    let settled = match schedule {
                        Some(_) => awaited.since,
                        None => awaited.now,
                    };
                    return Reached {
                        position: Position {
                            settled,
                            here_since: awaited.now,
                        },
                        ahead: awaited.now - Utc::now(),
                    };
                }
                Err(error) => self.failed(&error).await,
            }
        }
    }

    /// Does what is to be done by now.
    async fn settle(&self, reached: &mut Reached) -> Result<(), TickError> {
        let mut now = Utc::now() + reached.ahead;
        if plan::has_gap(&self.entry, reached.position, now) {
            // Before anything is given up, the shared clock is asked: this one may have been set.
            let awaited = self.runs.ticks.wait_for(&self.job, None).await?;
            reached.ahead = awaited.now - Utc::now();
            now = awaited.now;
        }
        for due in plan::due(&self.entry, reached.position, now) {
            match self.runs.take(&self.job, &self.entry, due).await? {
                Asked::Settled => reached.position.settled = due,
                Asked::Early { now } => {
                    reached.ahead = now - Utc::now();
                    return Ok(());
                }
            }
        }
        reached.position.settled = reached.position.settled.max(now);
        Ok(())
    }

    async fn failed(&mut self, error: &TickError) {
        if !self.is_failing {
            self.is_failing = true;
            tracing::warn!(
                plugin = %self.job.plugin,
                job_type = self.job.job_type,
                "cron waits: {error}"
            );
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Sleeps until a time by the shared clock.
async fn sleep_until(due: DateTime<Utc>, ahead: TimeDelta) {
    while let Ok(left) = (due - (Utc::now() + ahead)).to_std() {
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
    }
}

#[cfg(test)]
mod tests;
