//! The table `outbox`: what is due, and what becomes of it.

use chrono::{DateTime, Utc};
use raisfast_contract::PluginId;
use raisfast_db::{Database, Timestamp, entity::outbox};
use sea_orm::{
    ColumnTrait, DbBackend, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query, SimpleExpr},
};

/// The number of rows that are read at once.
pub(crate) const BATCH: u64 = 32;

/// The fate of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It is delivered when it is due.
    Waiting,
    /// It was tried often enough.
    Dead,
}

impl State {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Dead => "dead",
        }
    }
}

/// The length of what a row delivers, in bytes.
pub(crate) fn bytes_of_one(backend: DbBackend) -> SimpleExpr {
    as_integer(backend, "octet_length(params)")
}

/// The same of all rows together.
pub(crate) fn bytes_of_all(backend: DbBackend) -> SimpleExpr {
    as_integer(backend, "coalesce(sum(octet_length(params)), 0)")
}

/// MariaDB sums into a decimal number, and has a word of its own for an integer.
fn as_integer(backend: DbBackend, expression: &str) -> SimpleExpr {
    let word = match backend {
        DbBackend::MySql => "signed",
        _ => "bigint",
    };
    Expr::cust(format!("cast({expression} as {word})"))
}

/// The rows of one plugin.
pub(crate) struct Rows {
    pub(crate) database: Database,
    pub(crate) plugin: PluginId,
}

impl Rows {
    /// The first row of each record that is due, at most [`BATCH`]; without the records of `busy`
    /// and the hooks of `paused`. The rows of `delivered` are as good as deleted.
    pub(crate) async fn due<'a>(
        &self,
        busy: impl Iterator<Item = &'a str>,
        paused: impl Iterator<Item = &'a str>,
        delivered: impl Iterator<Item = i64> + Clone,
    ) -> Result<Vec<outbox::Model>, DbErr> {
        let column = |column: outbox::Column| Expr::col(("earlier", column));
        let earlier = Query::select()
            .expr(Expr::val(1))
            .from_as(outbox::Entity, "earlier")
            .and_where(column(outbox::Column::PluginId).eq(self.plugin.as_str()))
            .and_where(column(outbox::Column::State).eq(State::Waiting.as_str()))
            .and_where(
                column(outbox::Column::RecordId).equals((outbox::Entity, outbox::Column::RecordId)),
            )
            .and_where(
                column(outbox::Column::Sequence)
                    .lt(Expr::col((outbox::Entity, outbox::Column::Sequence))),
            )
            .and_where(column(outbox::Column::Sequence).is_not_in(delivered.clone()))
            .to_owned();
        self.waiting()
            .filter(outbox::Column::NextAttemptAt.lte(Timestamp::now()))
            .filter(outbox::Column::Sequence.is_not_in(delivered))
            .filter(outbox::Column::RecordId.is_not_in(busy))
            .filter(outbox::Column::Hook.is_not_in(paused))
            .filter(Expr::exists(earlier).not())
            .order_by_asc(outbox::Column::NextAttemptAt)
            .order_by_asc(outbox::Column::Sequence)
            .limit(BATCH)
            .all(self.database.connection())
            .await
    }

    /// When the next row is due that is not yet.
    pub(crate) async fn next_due(&self) -> Result<Option<Timestamp>, DbErr> {
        self.waiting()
            .select_only()
            .column(outbox::Column::NextAttemptAt)
            .filter(outbox::Column::NextAttemptAt.gt(Timestamp::now()))
            .order_by_asc(outbox::Column::NextAttemptAt)
            .limit(1)
            .into_tuple()
            .one(self.database.connection())
            .await
    }

    /// Returns those of these rows that are still there.
    pub(crate) async fn present(
        &self,
        sequences: impl Iterator<Item = i64>,
    ) -> Result<Vec<i64>, DbErr> {
        outbox::Entity::find()
            .select_only()
            .column(outbox::Column::Sequence)
            .filter(outbox::Column::Sequence.is_in(sequences))
            .into_tuple()
            .all(self.database.connection())
            .await
    }

    /// Deletes what was delivered, and returns how many rows were still there.
    pub(crate) async fn delete(&self, delivered: impl Iterator<Item = i64>) -> Result<u64, DbErr> {
        let deleted = outbox::Entity::delete_many()
            .filter(outbox::Column::Sequence.is_in(delivered))
            .exec(self.database.connection())
            .await?;
        Ok(deleted.rows_affected)
    }

    /// Notes a try that failed: the row is due again at `next`, or dead where there is none.
    pub(crate) async fn failed(
        &self,
        row: &outbox::Model,
        next: Option<DateTime<Utc>>,
        reason: &str,
    ) -> Result<(), DbErr> {
        let state = if next.is_some() {
            State::Waiting
        } else {
            State::Dead
        };
        let next = next.map_or_else(|| row.next_attempt_at.clone(), Timestamp::from);
        outbox::Entity::update_many()
            .col_expr(outbox::Column::Attempts, (row.attempts + 1).into())
            .col_expr(outbox::Column::State, state.as_str().into())
            .col_expr(outbox::Column::NextAttemptAt, next.as_str().into())
            .col_expr(outbox::Column::LastError, reason.into())
            .filter(outbox::Column::Sequence.eq(row.sequence))
            .exec(self.database.connection())
            .await?;
        Ok(())
    }

    fn waiting(&self) -> sea_orm::Select<outbox::Entity> {
        outbox::Entity::find()
            .filter(outbox::Column::PluginId.eq(self.plugin.as_str()))
            .filter(outbox::Column::State.eq(State::Waiting.as_str()))
    }
}
