//! The table `nodes`, as one node changes it. Every time in it is the database's.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use raisfast_db::{
    Connection, Database,
    entity::{
        node_locks,
        nodes::{Column, Entity},
    },
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    RuntimeErr,
    sea_query::{Expr, Query},
};
use tokio::time::timeout;

use crate::{Files, JoinError, Member, NodeId, NodeOptions, member};

/// The time for which the row of a node that is gone is kept, so that people can see it.
const KEPT: TimeDelta = TimeDelta::hours(1);

/// The longest time in which the database may let a node join, or leave.
const PATIENCE: Duration = Duration::from_secs(5);

/// The table, as one node uses it.
#[derive(Debug)]
pub(crate) struct Rows {
    database: Database,
    options: NodeOptions,
    /// A connection of the node's own: a renewal does not queue behind requests. After a failure it
    /// is replaced by another one: what went wrong may last as long as the connection does.
    connection: Connection,
}

impl Rows {
    pub(crate) fn new(database: Database, options: NodeOptions) -> Self {
        let connection = database.apart(options.timing.patience);
        Self {
            database,
            options,
            connection,
        }
    }

    /// Inserts the row of a node, unless that node and those which live would not find each other's
    /// files, and returns the end until which the node may count on it. The lease of the former id
    /// ends in the same moment.
    pub(crate) async fn join(
        &mut self,
        id: NodeId,
        former: Option<&str>,
    ) -> Result<Instant, JoinError> {
        let begun = Instant::now();
        let joined = timeout(PATIENCE, self.try_join(id, former)).await;
        let joined = joined.unwrap_or_else(|_| Err(late().into()));
        if let Err(JoinError::Database(_)) = joined {
            self.reconnect();
        }
        joined.map(|()| self.end_of_one_that_began(begun))
    }

    async fn try_join(&self, id: NodeId, former: Option<&str>) -> Result<(), JoinError> {
        let transaction = self.connection.begin().await?;
        // Nobody else looks and inserts meanwhile.
        node_locks::Entity::find_by_id(node_locks::ROW)
            .lock_exclusive()
            .one(&transaction)
            .await?;
        if let Some(former) = former {
            self.end(&transaction, former).await?;
        }
        let mut others = member::all(&self.database, &transaction).await?;
        others.retain(|other| other.is_alive);
        let own = self.options.files;
        if !others.is_empty() && (own == Files::Local || others.iter().any(Member::has_local_files))
        {
            return Err(JoinError::FilesApart { own, others });
        }
        self.insert(&transaction, id).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn insert(&self, connection: &impl ConnectionTrait, id: NodeId) -> Result<(), DbErr> {
        let options = &self.options;
        let mut row = Query::insert();
        row.into_table(Entity)
            .columns([
                Column::Id,
                Column::Name,
                Column::Address,
                Column::Version,
                Column::Files,
                Column::StartedAt,
                Column::AliveUntil,
            ])
            .values_panic([
                id.to_string().into(),
                options.name.as_str().into(),
                options.address.as_str().into(),
                options.version.as_str().into(),
                options.files.as_str().into(),
                self.database.now_sql(TimeDelta::zero()),
                self.end_of_lease(),
            ]);
        connection.execute(&row).await?;
        Ok(())
    }

    /// Moves the end of a lease that is not over, and returns the end until which the node may
    /// count on it; `None` if the lease is over, or the row gone.
    pub(crate) async fn renew(&mut self, id: NodeId) -> Result<Option<Instant>, DbErr> {
        let begun = Instant::now();
        let renewed = Entity::update_many()
            .col_expr(Column::AliveUntil, self.end_of_lease())
            .filter(Column::Id.eq(id.to_string()))
            .filter(self.is_alive())
            .exec(&self.connection);
        let renewed = timeout(self.options.timing.patience, renewed).await;
        let renewed = renewed.unwrap_or_else(|_| Err(late()));
        if renewed.is_err() {
            self.reconnect();
        }
        Ok((renewed?.rows_affected > 0).then(|| self.end_of_one_that_began(begun)))
    }

    /// Ends a lease and keeps the row.
    async fn end(&self, connection: &impl ConnectionTrait, id: &str) -> Result<(), DbErr> {
        let now = self.database.now_sql(TimeDelta::zero());
        Entity::update_many()
            .col_expr(Column::AliveUntil, now)
            .filter(Column::Id.eq(id))
            .filter(self.is_alive())
            .exec(connection)
            .await?;
        Ok(())
    }

    /// Deletes a row.
    pub(crate) async fn leave(&self, id: NodeId) -> Result<(), DbErr> {
        let delete = Entity::delete_by_id(id.to_string()).exec(&self.connection);
        let deleted = timeout(PATIENCE, delete).await;
        deleted.unwrap_or_else(|_| Err(late())).map(|_| ())
    }

    /// Deletes the rows of those that are long gone.
    pub(crate) async fn forget_the_gone(&self) -> Result<(), DbErr> {
        let long_ago = self.database.now_sql(-KEPT);
        let delete = Entity::delete_many()
            .filter(Expr::col(Column::AliveUntil).lt(long_ago))
            .exec(&self.connection);
        let deleted = timeout(self.options.timing.patience, delete).await;
        deleted.unwrap_or_else(|_| Err(late())).map(|_| ())
    }

    fn is_alive(&self) -> Expr {
        let now = self.database.now_sql(TimeDelta::zero());
        Expr::col(Column::AliveUntil).gt(now)
    }

    /// The end of a lease that begins now, by the database's clock.
    fn end_of_lease(&self) -> Expr {
        let lease = TimeDelta::from_std(self.options.timing.lease);
        self.database.now_sql(lease.unwrap_or(TimeDelta::zero()))
    }

    /// The end of a lease, by this node's clock. The statement began before the database ran it.
    fn end_of_one_that_began(&self, begun: Instant) -> Instant {
        let timing = &self.options.timing;
        begun + timing.lease.saturating_sub(timing.margin)
    }

    fn reconnect(&mut self) {
        self.connection = self.database.apart(self.options.timing.patience);
    }
}

/// The error of a statement that took longer than it may.
fn late() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(
        "the database does not answer in time".to_owned(),
    ))
}
