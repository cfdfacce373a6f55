//! The rows of one plugin: what is due, and what becomes of it.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use raisfast_contract::PluginId;
use raisfast_db::{Timestamp, entity::outbox};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, Query, SelectStatement, SimpleExpr},
};

use crate::table::{Right, Table};

/// The number of rows that are read at once where no other node delivers.
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
    pub(crate) table: Arc<Table>,
    pub(crate) plugin: PluginId,
}

impl Rows {
    /// The first row of each record that is due, at most [`BATCH`]; without the records of `busy`
    /// and the hooks of `paused`. The rows of `delivered` are as good as deleted. For a node that
    /// delivers alone.
    pub(crate) async fn due<'a>(
        &self,
        busy: impl Iterator<Item = &'a str>,
        paused: impl Iterator<Item = &'a str>,
        delivered: impl Iterator<Item = i64> + Clone,
    ) -> Result<Vec<outbox::Model>, DbErr> {
        let mut earlier = self.earlier();
        earlier.and_where(
            Expr::col(("earlier", outbox::Column::Sequence)).is_not_in(delivered.clone()),
        );
        outbox::Entity::find()
            .filter(self.waiting())
            .filter(outbox::Column::NextAttemptAt.lte(Timestamp::now()))
            .filter(outbox::Column::Sequence.is_not_in(delivered))
            .filter(outbox::Column::RecordId.is_not_in(busy))
            .filter(outbox::Column::Hook.is_not_in(paused))
            .filter(Expr::exists(earlier).not())
            .order_by_asc(outbox::Column::NextAttemptAt)
            .order_by_asc(outbox::Column::Sequence)
            .limit(BATCH)
            .all(self.table.database.connection())
            .await
    }

    /// The condition of a row that is to be delivered.
    pub(crate) fn waiting(&self) -> Condition {
        Condition::all()
            .add(outbox::Column::PluginId.eq(self.plugin.as_str()))
            .add(outbox::Column::State.eq(State::Waiting.as_str()))
    }

    /// The waiting rows of a row's record that come before it.
    pub(crate) fn earlier(&self) -> SelectStatement {
        let column = |column: outbox::Column| Expr::col(("earlier", column));
        Query::select()
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
            .to_owned()
    }

    /// When the next row is due that is not yet, by this machine's clock.
    pub(crate) async fn next_due(&self) -> Result<Option<DateTime<Utc>>, DbErr> {
        let next: Option<(Timestamp, Timestamp)> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::NextAttemptAt)
            .column_as(self.table.now(), "now")
            .filter(self.waiting())
            .filter(Expr::col(outbox::Column::NextAttemptAt).gt(self.table.now()))
            .order_by_asc(outbox::Column::NextAttemptAt)
            .limit(1)
            .into_tuple()
            .one(self.table.database.connection())
            .await?;
        let wait = next.and_then(|(next, now)| {
            let [next, now] = [next, now].map(|time| time.as_str().parse::<DateTime<Utc>>());
            Some(next.ok()? - now.ok()?)
        });
        Ok(wait.map(|wait| Utc::now() + wait))
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
            .all(self.table.database.connection())
            .await
    }

    /// Deletes what was delivered, and returns how many rows were still there. What another node
    /// has taken over is left to it.
    pub(crate) async fn delete(
        &self,
        delivered: impl Iterator<Item = i64>,
        right: Right,
    ) -> Result<u64, DbErr> {
        let deleted = outbox::Entity::delete_many()
            .filter(outbox::Column::Sequence.is_in(delivered))
            .filter(claimed_under(right))
            .exec(self.table.database.connection())
            .await?;
        Ok(deleted.rows_affected)
    }

    /// Notes a try that failed: the row is due again after `wait`, or dead where there is none. It
    /// is claimed no longer.
    pub(crate) async fn failed(
        &self,
        row: &outbox::Model,
        wait: Option<Duration>,
        reason: &str,
        right: Right,
    ) -> Result<(), DbErr> {
        let state = if wait.is_some() {
            State::Waiting
        } else {
            State::Dead
        };
        let mut update = outbox::Entity::update_many()
            .col_expr(outbox::Column::Attempts, (row.attempts + 1).into())
            .col_expr(outbox::Column::State, state.as_str().into())
            .col_expr(outbox::Column::LastError, reason.into())
            .filter(outbox::Column::Sequence.eq(row.sequence))
            .filter(claimed_under(right));
        if let Some(wait) = wait {
            update = update.col_expr(outbox::Column::NextAttemptAt, self.table.after(wait));
        }
        if right != Right::Alone {
            update = update.col_expr(outbox::Column::ClaimedBy, Expr::val(None::<String>));
        }
        update.exec(self.table.database.connection()).await?;
        Ok(())
    }
}

/// The condition that a row is still claimed under the right.
pub(crate) fn claimed_under(right: Right) -> Condition {
    let condition = Condition::all();
    match right {
        Right::Alone => condition,
        Right::Leased(id) => condition.add(outbox::Column::ClaimedBy.eq(id.to_string())),
    }
}
