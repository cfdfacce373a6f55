//! The runs of plugins' jobs: taken by one server each, and the latest kept.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait as _, DbBackend, DbErr, EntityTrait, ExprTrait as _,
    FromQueryResult, Order, QueryFilter, QuerySelect, SqlErr,
    sea_query::{Expr, OnConflict, Query, SelectStatement},
};

use crate::{
    Database, DbError, Timestamp,
    entity::{
        cron_jobs,
        cron_ticks::{self, BY_HAND, Column, Entity, TICK},
    },
};

/// The runs of a job that are kept, of its ticks and of those by hand each.
pub const RUNS_KEPT: u64 = 20;

/// Tries to find a moment in which nobody else has asked for the same job.
const TRIES: u32 = 100;

/// The outcome of taking a tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TickTaken {
    /// The row was written by this call: the tick is the caller's.
    Here,
    /// Somebody has taken it before.
    Elsewhere,
    /// It is not due by the database's clock.
    Early {
        /// The time by that clock.
        now: Timestamp,
    },
}

impl Database {
    /// Takes a tick, if it is due by the database's clock and nobody has taken it. `started_at` of
    /// the row is the database's time, whatever it says.
    pub async fn take_tick(&self, tick: &cron_ticks::Model) -> Result<TickTaken, DbError> {
        for _ in 1..TRIES {
            match self.take_tick_once(tick).await {
                // On MariaDB servers that insert the same row at once can fail so. Whoever tries
                // again finds the row of the one that did not.
                Err(error) if error.is_conflict() => {}
                taken => return taken,
            }
        }
        self.take_tick_once(tick).await
    }

    async fn take_tick_once(&self, tick: &cron_ticks::Model) -> Result<TickTaken, DbError> {
        if self.insert_tick(tick).await? {
            return Ok(TickTaken::Here);
        }
        let mut query = Query::select();
        query.expr(self.now_sql(TimeDelta::zero()));
        query.expr(subquery(taken(tick)));
        let row = self.connection().query_one(&query).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("the time".to_owned()))?;
        let now: Timestamp = row.try_get_by_index(0)?;
        let taken: Option<String> = row.try_get_by_index(1)?;
        if taken.is_some() {
            return Ok(TickTaken::Elsewhere);
        }
        if now < tick.due {
            return Ok(TickTaken::Early { now });
        }
        // It has become due in between, or is older than what is kept.
        Ok(if self.insert_tick(tick).await? {
            TickTaken::Here
        } else {
            TickTaken::Elsewhere
        })
    }

    /// Inserts the row of a tick, and returns true if it was inserted. A tick that is older than
    /// all that are kept may have had a row: it is left alone.
    async fn insert_tick(&self, tick: &cron_ticks::Model) -> Result<bool, DbError> {
        let newer = Query::select()
            .column(Column::Due)
            .from(Entity)
            .cond_where(of_job(&tick.plugin_id, &tick.job_type, &tick.kind))
            .and_where(Column::Due.gt(tick.due.clone()))
            .order_by(Column::Due, Order::Desc)
            .offset(RUNS_KEPT - 1)
            .limit(1)
            .to_owned();
        let now = || self.now_sql(TimeDelta::zero());
        // MariaDB asks for a table where there is a condition.
        let one = Query::select().expr_as(Expr::val(1), "one").to_owned();
        let row = Query::select()
            .exprs([
                Expr::val(tick.plugin_id.as_str()),
                Expr::val(tick.job_type.as_str()),
                Expr::val(tick.kind.as_str()),
                Expr::val(tick.due.clone()),
                Expr::val(tick.node_id.as_str()),
                Expr::val(tick.node_name.as_str()),
                now(),
                Expr::val(tick.outcome.as_str()),
            ])
            .from_subquery(one, "one")
            .and_where(Expr::val(tick.due.clone()).lte(now()))
            .and_where(Expr::exists(newer).not())
            .to_owned();
        let mut insert = Query::insert();
        insert
            .into_table(Entity)
            .columns([
                Column::PluginId,
                Column::JobType,
                Column::Kind,
                Column::Due,
                Column::NodeId,
                Column::NodeName,
                Column::StartedAt,
                Column::Outcome,
            ])
            .select_from(row)
            .map_err(|error| DbErr::Custom(error.to_string()))?;
        // MariaDB has no such clause; there the second row is an error, and nothing else.
        if self.connection().get_database_backend() != DbBackend::MySql {
            insert.on_conflict(OnConflict::new().do_nothing().to_owned());
        }
        match self.connection().execute(&insert).await {
            Ok(done) => Ok(done.rows_affected() == 1),
            Err(error) if is_taken(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes down a run that was asked for now, and returns it.
    pub async fn begin_run_by_hand(
        &self,
        run: cron_ticks::Model,
    ) -> Result<cron_ticks::Model, DbError> {
        let asked: DateTime<Utc> = String::from(self.now().await?)
            .parse()
            .map_err(|error: chrono::ParseError| DbErr::Type(error.to_string()))?;
        let mut run = cron_ticks::Model {
            kind: BY_HAND.to_owned(),
            ..run
        };
        for later in 0..TRIES {
            run.due = (asked + TimeDelta::milliseconds(later.into())).into();
            run.started_at = run.due.clone();
            let row = cron_ticks::ActiveModel::from(run.clone());
            match Entity::insert(row)
                .exec_without_returning(self.connection())
                .await
            {
                Ok(_) => return Ok(run),
                Err(error) if is_taken(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(DbErr::Custom(format!("{TRIES} runs were asked for at once")).into())
    }

    /// Notes the outcome of a run and, unless all went well, the reason. What is older than the
    /// runs that are kept is deleted.
    pub async fn end_run(
        &self,
        plugin: &str,
        job: &str,
        kind: &str,
        due: &Timestamp,
        (outcome, error): (&str, Option<&str>),
    ) -> Result<(), DbError> {
        Entity::update_many()
            .col_expr(Column::EndedAt, self.now_sql(TimeDelta::zero()))
            .col_expr(Column::Outcome, outcome.into())
            .col_expr(Column::Error, Expr::val(error.map(str::to_owned)))
            .filter(of_job(plugin, job, kind))
            .filter(Column::Due.eq(due.clone()))
            .exec(self.connection())
            .await?;
        let mut kept = Query::select();
        kept.column(Column::Due)
            .from(Entity)
            .cond_where(of_job(plugin, job, kind))
            .order_by(Column::Due, Order::Desc)
            .offset(RUNS_KEPT)
            .limit(1);
        // MariaDB deletes from a table that it reads only where that is a table of its own.
        let oldest = Query::select()
            .column("due")
            .from_subquery(kept, "kept")
            .to_owned();
        Entity::delete_many()
            .filter(of_job(plugin, job, kind))
            .filter(Expr::col(Column::Due).lte(subquery(oldest)))
            .exec(self.connection())
            .await?;
        Ok(())
    }

    /// Returns the last run of each job that has had one, of a plugin or of all.
    pub async fn last_runs(&self, plugin: Option<&str>) -> Result<Vec<cron_ticks::Model>, DbError> {
        let column = |column: Column| Expr::col(("later", column));
        let same = |of: Column| column(of).equals((Entity, of));
        let later = Query::select()
            .expr(Expr::val(1))
            .from_as(Entity, "later")
            .and_where(same(Column::PluginId))
            .and_where(same(Column::JobType))
            .and_where(column(Column::StartedAt).gt(Expr::col((Entity, Column::StartedAt))))
            .to_owned();
        let mut rows = Entity::find().filter(Expr::exists(later).not());
        if let Some(plugin) = plugin {
            rows = rows.filter(Column::PluginId.eq(plugin));
        }
        Ok(rows.all(self.connection()).await?)
    }

    /// Notes that a job is waited for, and returns the time since which that was so, or the last
    /// tick that was taken if that is later. A schedule that is new is waited for from now on.
    pub async fn await_job(
        &self,
        plugin: &str,
        job: &str,
        schedule: &str,
    ) -> Result<Timestamp, DbError> {
        let known = cron_jobs::Entity::find_by_id((plugin.to_owned(), job.to_owned()))
            .one(self.connection())
            .await?;
        if let Some(known) = known
            && known.schedule == schedule
        {
            let last = Last::of(self, plugin, job).await?;
            return Ok(match last {
                Some(last) if last > known.since => last,
                _ => known.since,
            });
        }
        let since = self.now().await?;
        let row = cron_jobs::ActiveModel {
            plugin_id: Set(plugin.to_owned()),
            job_type: Set(job.to_owned()),
            schedule: Set(schedule.to_owned()),
            since: Set(since.clone()),
        };
        let replace =
            OnConflict::columns([cron_jobs::Column::PluginId, cron_jobs::Column::JobType])
                .update_columns([cron_jobs::Column::Schedule, cron_jobs::Column::Since])
                .to_owned();
        cron_jobs::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(self.connection())
            .await?;
        Ok(since)
    }

    /// Lets all jobs of a plugin be waited for from now on: what was missed before counts as done.
    pub async fn await_jobs_anew(&self, plugin: &str) -> Result<(), DbError> {
        cron_jobs::Entity::update_many()
            .col_expr(cron_jobs::Column::Since, self.now_sql(TimeDelta::zero()))
            .filter(cron_jobs::Column::PluginId.eq(plugin))
            .exec(self.connection())
            .await?;
        Ok(())
    }

    /// Deletes the runs of a plugin's jobs, and what is known of these.
    pub async fn forget_jobs(&self, plugin: &str) -> Result<(), DbError> {
        Entity::delete_many()
            .filter(Column::PluginId.eq(plugin))
            .exec(self.connection())
            .await?;
        cron_jobs::Entity::delete_many()
            .filter(cron_jobs::Column::PluginId.eq(plugin))
            .exec(self.connection())
            .await?;
        Ok(())
    }
}

/// The last tick of a job.
#[derive(FromQueryResult)]
struct Last {
    due: Option<Timestamp>,
}

impl Last {
    async fn of(
        database: &Database,
        plugin: &str,
        job: &str,
    ) -> Result<Option<Timestamp>, DbError> {
        let last = Entity::find()
            .select_only()
            .column_as(Column::Due.max(), "due")
            .filter(of_job(plugin, job, TICK))
            .into_model::<Self>()
            .one(database.connection())
            .await?;
        Ok(last.and_then(|last| last.due))
    }
}

fn of_job(plugin: &str, job: &str, kind: &str) -> Condition {
    Condition::all()
        .add(Column::PluginId.eq(plugin))
        .add(Column::JobType.eq(job))
        .add(Column::Kind.eq(kind))
}

/// The row of a tick, if somebody has inserted one.
fn taken(tick: &cron_ticks::Model) -> SelectStatement {
    Query::select()
        .column(Column::Due)
        .from(Entity)
        .cond_where(of_job(&tick.plugin_id, &tick.job_type, &tick.kind))
        .and_where(Column::Due.eq(tick.due.clone()))
        .to_owned()
}

fn subquery(select: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(select.into()))
}

/// Returns true if the row is there already.
fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
