//! The runs of plugins' jobs, in the database that the servers of a site share.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use raisfast_cluster::Node;
use raisfast_contract::PluginId;
use raisfast_db::{
    Database, TickTaken, Timestamp,
    entity::cron_ticks::{BY_HAND, Model, RUNNING, TICK},
};
use raisfast_plugins::{Awaited, CronRun, Job, Run, RunEnd, RunOutcome, Taken, TickError, Ticks};

/// The tables `cron_ticks` and `cron_jobs`.
pub(crate) struct StoredTicks {
    pub(crate) database: Database,
    /// This server among those of the site.
    pub(crate) node: Node,
}

/// This server could not renew its lease: another may act in its place.
#[derive(Debug, thiserror::Error)]
#[error(
    "this server has not reached the database for a while, and so acts for nobody until it does"
)]
struct NoLease;

#[async_trait]
impl Ticks for StoredTicks {
    async fn wait_for(&self, job: &Job, schedule: Option<&str>) -> Result<Awaited, TickError> {
        let plugin = job.plugin.as_str();
        let since = match schedule {
            Some(schedule) => {
                let since = self.database.await_job(plugin, &job.job_type, schedule);
                Some(time(since.await.map_err(failed)?)?)
            }
            None => None,
        };
        let now = time(self.database.now().await.map_err(failed)?)?;
        Ok(Awaited {
            now,
            since: since.unwrap_or(now),
        })
    }

    async fn take(&self, job: &Job, due: DateTime<Utc>) -> Result<Taken, TickError> {
        let run = Run {
            job: job.clone(),
            due,
            by_hand: false,
        };
        let row = self.row(&run)?;
        let taken = self.database.take_tick(&row);
        Ok(match taken.await.map_err(failed)? {
            TickTaken::Here => Taken::Here(run),
            TickTaken::Elsewhere => Taken::Elsewhere,
            TickTaken::Early { now } => Taken::Early { now: time(now)? },
        })
    }

    async fn begin_by_hand(&self, job: &Job) -> Result<Run, TickError> {
        let mut run = Run {
            job: job.clone(),
            due: Utc::now(),
            by_hand: true,
        };
        let begun = self.database.begin_run_by_hand(self.row(&run)?);
        run.due = time(begun.await.map_err(failed)?.due)?;
        Ok(run)
    }

    async fn end(&self, run: &Run, end: &RunEnd) -> Result<(), TickError> {
        let due = run.due.into();
        let ended = self.database.end_run(
            run.job.plugin.as_str(),
            &run.job.job_type,
            kind(run),
            &due,
            (end.outcome.as_str(), end.error.as_deref()),
        );
        ended.await.map_err(failed)
    }

    async fn pass_over(&self, plugin: &PluginId) -> Result<(), TickError> {
        let passed = self.database.await_jobs_anew(plugin.as_str());
        passed.await.map_err(failed)
    }

    async fn forget(&self, plugin: &PluginId) -> Result<(), TickError> {
        let forgotten = self.database.forget_jobs(plugin.as_str());
        forgotten.await.map_err(failed)
    }

    async fn last(&self, plugin: Option<&PluginId>) -> Result<BTreeMap<Job, CronRun>, TickError> {
        let rows = self.database.last_runs(plugin.map(PluginId::as_str));
        let rows = rows.await.map_err(failed)?;
        let is_running = |row: &Model| row.outcome == RUNNING;
        let alive = if rows.iter().any(is_running) {
            self.alive().await?
        } else {
            HashSet::new()
        };
        let runs = rows.into_iter().map(|row| {
            let job = Job {
                plugin: row.plugin_id.parse().map_err(failed)?,
                job_type: row.job_type.clone(),
            };
            let is_lost = is_running(&row) && !alive.contains(&row.node_id);
            Ok((job, seen(row, is_lost)))
        });
        runs.collect()
    }
}

impl StoredTicks {
    /// The row of a run that begins on this server, if it may act.
    fn row(&self, run: &Run) -> Result<Model, TickError> {
        let id = self.node.id().ok_or_else(|| failed(NoLease))?;
        let due = Timestamp::from(run.due);
        Ok(Model {
            plugin_id: run.job.plugin.to_string(),
            job_type: run.job.job_type.clone(),
            kind: kind(run).to_owned(),
            due: due.clone(),
            node_id: id.to_string(),
            node_name: self.node.name().to_owned(),
            started_at: due,
            ended_at: None,
            outcome: RUNNING.to_owned(),
            error: None,
        })
    }

    /// Returns the ids of the servers that live.
    async fn alive(&self) -> Result<HashSet<String>, TickError> {
        let nodes = self.node.nodes().await.map_err(failed)?.into_iter();
        let alive = nodes.filter(|node| node.is_alive);
        Ok(alive.map(|node| node.id).collect())
    }
}

fn kind(run: &Run) -> &'static str {
    if run.by_hand { BY_HAND } else { TICK }
}

fn seen(row: Model, is_lost: bool) -> CronRun {
    let outcome = match row.outcome.parse() {
        Ok(outcome) if !is_lost => outcome,
        // What a later version has written and this one does not know is lost on it.
        _ => RunOutcome::Lost,
    };
    CronRun {
        due: row.due.into(),
        started_at: row.started_at.into(),
        ended_at: row.ended_at.map(Into::into),
        outcome,
        error: row.error,
        node: row.node_name,
        by_hand: row.kind == BY_HAND,
    }
}

fn time(text: Timestamp) -> Result<DateTime<Utc>, TickError> {
    String::from(text).parse().map_err(failed)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> TickError {
    TickError(Box::new(error))
}
