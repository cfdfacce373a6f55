//! The memory of the runs of plugins' jobs, which the servers of one site share.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use raisfast_contract::PluginId;
use serde::Serialize;
use strum::{EnumString, IntoStaticStr};

use crate::RememberNothing;

/// The most bytes of the reason that is kept of a run.
pub const MAX_RUN_ERROR: usize = 2_000;

/// A memory of who has run which job when. A tick belongs to the server that writes it down first.
#[async_trait]
pub trait Ticks: Send + Sync {
    /// Returns the time by the clock that all servers of the site share and, of a job that makes up
    /// for what it has missed, the time since which nothing of it was done. A job whose schedule
    /// is not known is waited for from now on.
    async fn wait_for(&self, job: &Job, schedule: Option<&str>) -> Result<Awaited, TickError>;

    /// Takes a tick, if it is due by the shared clock and no server has taken it.
    async fn take(&self, job: &Job, due: DateTime<Utc>) -> Result<Taken, TickError>;

    /// Writes down a run that an administrator has asked for.
    async fn begin_by_hand(&self, job: &Job) -> Result<Run, TickError>;

    /// Writes down the end of a run.
    async fn end(&self, run: &Run, end: &RunEnd) -> Result<(), TickError>;

    /// Counts as done what a plugin's jobs have missed until now.
    async fn pass_over(&self, plugin: &PluginId) -> Result<(), TickError>;

    /// Forgets the runs of a plugin's jobs.
    async fn forget(&self, plugin: &PluginId) -> Result<(), TickError>;

    /// Returns the last run of each job that has had one, of a plugin or of all.
    async fn last(&self, plugin: Option<&PluginId>) -> Result<BTreeMap<Job, CronRun>, TickError>;
}

/// A job of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Job {
    /// The plugin.
    pub plugin: PluginId,
    /// The job's name in the manifest.
    pub job_type: String,
}

/// The times from which on a job is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    /// The present time, by the shared clock.
    pub now: DateTime<Utc>,
    /// The time of the last tick, or since which the job was waited for at all.
    pub since: DateTime<Utc>,
}

/// The answer to who takes a tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is this server's to run.
    Here(Run),
    /// Another server has it, or had it.
    Elsewhere,
    /// It is not due yet.
    Early {
        /// The present time, by the shared clock.
        now: DateTime<Utc>,
    },
}

/// A run that has begun on this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The job.
    pub job: Job,
    /// When it was due; of a run that was asked for, when that was.
    pub due: DateTime<Utc>,
    /// An administrator asked for it.
    pub by_hand: bool,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    /// The outcome.
    pub outcome: RunOutcome,
    /// The reason, unless all went well; at most [`MAX_RUN_ERROR`] bytes.
    pub error: Option<String>,
}

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RunOutcome {
    /// It has not ended.
    Running,
    /// The plugin has done it.
    Ok,
    /// The plugin has failed.
    Failed,
    /// The plugin was not called: it was paused, or was turned off in that moment.
    NotCalled,
    /// The server that ran it is gone, and it is not known how far it came.
    Lost,
}

impl RunOutcome {
    /// Returns the outcome as answers have it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A run, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CronRun {
    /// When it was due, RFC 3339; of a run that was asked for, when that was.
    pub due: String,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// The outcome.
    pub outcome: RunOutcome,
    /// The reason, unless all went well.
    pub error: Option<String>,
    /// The name of the server that ran it.
    pub node: String,
    /// An administrator asked for it.
    pub by_hand: bool,
}

/// The memory of runs cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("which server has run which cron job cannot be read or kept: {0}")]
pub struct TickError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The one server that there is takes each tick.
#[async_trait]
impl Ticks for RememberNothing {
    async fn wait_for(&self, _job: &Job, _schedule: Option<&str>) -> Result<Awaited, TickError> {
        let now = Utc::now();
        Ok(Awaited { now, since: now })
    }

    async fn take(&self, job: &Job, due: DateTime<Utc>) -> Result<Taken, TickError> {
        let now = Utc::now();
        if now < due {
            return Ok(Taken::Early { now });
        }
        Ok(Taken::Here(Run {
            job: job.clone(),
            due,
            by_hand: false,
        }))
    }

    async fn begin_by_hand(&self, job: &Job) -> Result<Run, TickError> {
        Ok(Run {
            job: job.clone(),
            due: Utc::now(),
            by_hand: true,
        })
    }

    async fn end(&self, _run: &Run, _end: &RunEnd) -> Result<(), TickError> {
        Ok(())
    }

    async fn pass_over(&self, _plugin: &PluginId) -> Result<(), TickError> {
        Ok(())
    }

    async fn forget(&self, _plugin: &PluginId) -> Result<(), TickError> {
        Ok(())
    }

    async fn last(&self, _plugin: Option<&PluginId>) -> Result<BTreeMap<Job, CronRun>, TickError> {
        Ok(BTreeMap::new())
    }
}

impl RunEnd {
    /// Returns the end of a run, with a reason of bounded length.
    pub(crate) fn new(outcome: RunOutcome, error: Option<&str>) -> Self {
        let error = error.map(|error| {
            let end = error.floor_char_boundary(MAX_RUN_ERROR);
            error[..end].to_owned()
        });
        Self { outcome, error }
    }
}
