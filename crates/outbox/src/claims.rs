//! Rows that a node claims: it alone delivers them for as long as its lease lasts.
//!
//! A row can be claimed if nobody has, and no earlier row of its record waits, claimed or not: so
//! one row of a record is claimed at a time. The question if an earlier one waits is put to a state
//! of the database in which the row itself is: earlier rows of its record were committed before it.
//! A claim of a node whose lease has ended is taken back first, by any node that looks.

use raisfast_cluster::NodeId;
use raisfast_db::{
    DbError,
    entity::{nodes, outbox},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait, FromQueryResult,
    QueryFilter, QuerySelect,
    sea_query::{
        CommonTableExpression, Expr, LockBehavior, LockType, Order, Query, SelectStatement,
        WithClause,
        extension::mysql::{IndexHintScope, MySqlSelectStatementExt},
    },
};

use crate::{
    rows::{Rows, State, claimed_under},
    table::{Right, Table},
};

/// The name of what is about to be claimed, within the statement.
const FREE: &str = "free";

impl Rows {
    /// Claims the first row of each record that is due and nobody's, at most `most`; without the
    /// hooks of `paused`. What another node is claiming at the moment is passed over.
    pub(crate) async fn claim<'a>(
        &self,
        id: NodeId,
        paused: impl Iterator<Item = &'a str>,
        most: u64,
    ) -> Result<Vec<outbox::Model>, DbError> {
        let backend = self.table.database.connection().get_database_backend();
        let free = self.free(paused, most, backend);
        let mut claimed = match backend {
            DbBackend::MySql => self.claim_in_steps(id, &free).await?,
            _ => self.claim_at_once(id, free).await?,
        };
        claimed.sort_unstable_by(|one, other| {
            let key = |row: &outbox::Model| (row.next_attempt_at.clone(), row.sequence);
            key(one).cmp(&key(other))
        });
        Ok(claimed)
    }

    /// The rows that can be claimed, locked one by one.
    fn free<'a>(
        &self,
        paused: impl Iterator<Item = &'a str>,
        most: u64,
        backend: DbBackend,
    ) -> SelectStatement {
        let mut free = Query::select();
        free.column((outbox::Entity, outbox::Column::Sequence))
            .from(outbox::Entity)
            .cond_where(self.waiting())
            .and_where(outbox::Column::ClaimedBy.is_null())
            .and_where(Expr::col(outbox::Column::NextAttemptAt).lte(self.table.now()))
            .and_where(Expr::exists(self.earlier_row_by_row()).not())
            .order_by(outbox::Column::NextAttemptAt, Order::Asc)
            .order_by(outbox::Column::Sequence, Order::Asc)
            .limit(most)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let mut paused = paused.peekable();
        if paused.peek().is_some() {
            free.and_where(outbox::Column::Hook.is_not_in(paused));
        }
        if backend == DbBackend::MySql {
            // A sort would lock all rows of the plugin.
            free.force_index("outbox_due", IndexHintScope::All);
        }
        free
    }

    /// A database that read all earlier rows at once would do so for a few rows.
    fn earlier_row_by_row(&self) -> SelectStatement {
        self.earlier().limit(1).offset(0).to_owned()
    }

    /// One statement sees one state of the database.
    async fn claim_at_once(
        &self,
        id: NodeId,
        free: SelectStatement,
    ) -> Result<Vec<outbox::Model>, DbErr> {
        let free = CommonTableExpression::new()
            .query(free)
            .column(outbox::Column::Sequence)
            .table_name(FREE)
            .materialized(true)
            .to_owned();
        let chosen = Query::select()
            .column(outbox::Column::Sequence)
            .from(FREE)
            .to_owned();
        let claim = Query::update()
            .table(outbox::Entity)
            .value(outbox::Column::ClaimedBy, id.to_string())
            .and_where(outbox::Column::Sequence.in_subquery(chosen))
            .returning_all()
            .to_owned()
            .with(WithClause::new().cte(free).to_owned());
        let rows = self.table.database.connection().query_all(&claim).await?;
        rows.iter()
            .map(|row| outbox::Model::from_query_result(row, ""))
            .collect()
    }

    /// A row that is locked is read as it is at that moment, and the earlier ones as they were at
    /// the beginning of the statement. So a second statement looks again for those that have come
    /// between.
    async fn claim_in_steps(
        &self,
        id: NodeId,
        free: &SelectStatement,
    ) -> Result<Vec<outbox::Model>, DbError> {
        let transaction = self.table.database.begin().await?;
        let locked = transaction.query_all(free).await?;
        let locked = locked.iter().map(|row| row.try_get_by_index::<i64>(0));
        let locked = locked.collect::<Result<Vec<_>, _>>()?;
        let mut claimed = Vec::new();
        if !locked.is_empty() {
            claimed = outbox::Entity::find()
                .filter(outbox::Column::Sequence.is_in(locked))
                .filter(Expr::exists(self.earlier_row_by_row()).not())
                .all(&transaction)
                .await?;
            let sequences = claimed.iter().map(|row| row.sequence);
            outbox::Entity::update_many()
                .col_expr(outbox::Column::ClaimedBy, id.to_string().into())
                .filter(outbox::Column::Sequence.is_in(sequences))
                .exec(&transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(claimed)
    }

    /// Takes claims back that were made under the right, so that any node can claim the rows.
    pub(crate) async fn release(
        &self,
        sequences: impl Iterator<Item = i64>,
        right: Right,
    ) -> Result<(), DbErr> {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::ClaimedBy, Expr::val(None::<String>))
            .filter(outbox::Column::Sequence.is_in(sequences))
            .filter(claimed_under(right))
            .exec(self.table.database.connection())
            .await?;
        Ok(())
    }

    /// Takes all claims of the plugin's rows back that were made under the right, but for the
    /// `known` ones: the answer to a claim was lost.
    pub(crate) async fn release_but(
        &self,
        known: impl Iterator<Item = i64>,
        right: Right,
    ) -> Result<(), DbErr> {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::ClaimedBy, Expr::val(None::<String>))
            .filter(outbox::Column::PluginId.eq(self.plugin.as_str()))
            .filter(outbox::Column::Sequence.is_not_in(known))
            .filter(claimed_under(right))
            .exec(self.table.database.connection())
            .await?;
        Ok(())
    }
}

impl Table {
    /// Takes claims back whose nodes' leases have ended. Two statements, because an id that is not
    /// among the living is dead for good, while a node may join during a statement and claim.
    pub(crate) async fn release_claims_of_the_dead(&self) -> Result<(), DbErr> {
        let connection = self.database.connection();
        let dead: Vec<String> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::ClaimedBy)
            .distinct()
            .filter(outbox::Column::ClaimedBy.is_not_null())
            .filter(outbox::Column::ClaimedBy.not_in_subquery(self.living()))
            .into_tuple()
            .all(connection)
            .await?;
        if dead.is_empty() {
            return Ok(());
        }
        let released = outbox::Entity::update_many()
            .col_expr(outbox::Column::ClaimedBy, Expr::val(None::<String>))
            .filter(outbox::Column::ClaimedBy.is_in(&dead))
            .exec(connection)
            .await?;
        tracing::info!(
            nodes = dead.join(" "),
            deliveries = released.rows_affected,
            "deliveries of servers whose lease has ended are taken over"
        );
        Ok(())
    }

    /// The ids of the nodes whose lease lasts.
    pub(crate) fn living(&self) -> SelectStatement {
        Query::select()
            .column(nodes::Column::Id)
            .from(nodes::Entity)
            .and_where(self.is_living())
            .to_owned()
    }

    /// The condition that a node's lease lasts.
    pub(crate) fn is_living(&self) -> Expr {
        Expr::col((nodes::Entity, nodes::Column::AliveUntil)).gt(self.now())
    }

    /// Returns the ids of the plugins for which something is due.
    pub(crate) async fn plugins_with_due_rows(&self) -> Result<Vec<String>, DbErr> {
        outbox::Entity::find()
            .select_only()
            .column(outbox::Column::PluginId)
            .distinct()
            .filter(outbox::Column::State.eq(State::Waiting.as_str()))
            .filter(Expr::col(outbox::Column::NextAttemptAt).lte(self.now()))
            .into_tuple()
            .all(self.database.connection())
            .await
    }
}
