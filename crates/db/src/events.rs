//! Events, kept for a while.
//!
//! Their numbers have no gap but for events that were lost, and a number can be seen only when all
//! smaller ones can: the statement that writes takes the number after the highest that is
//! committed. Of two servers that take the same one, the second waits for the first at the primary
//! key, and tries again. So whoever reads on after the last number that it has seen misses nothing.

use chrono::TimeDelta;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder,
    QuerySelect, SqlErr,
    sea_query::{Alias, Expr, Query, SelectStatement, UnionType},
};

use crate::{
    Database, DbError, Timestamp,
    entity::events::{Column, Entity, Model},
};

/// The number of the oldest rows that are looked at when rows are removed.
const PRUNED_AT_ONCE: u64 = 500;

/// An event that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The server on which it happened.
    pub node: String,
    /// The name in the stream.
    pub name: &'static str,
    /// JSON.
    pub body: String,
}

/// The bounds of the events that are kept. The newest one is kept whatever they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventBounds {
    /// The greatest age.
    pub age: TimeDelta,
    /// The most rows.
    pub rows: i64,
    /// The most bytes of all bodies together, but for the oldest.
    pub bytes: i64,
}

impl Database {
    /// Writes events in their order, after numbers for those that were lost before them. Returns
    /// false if another server has written meanwhile, or somebody holds the database: it is to be
    /// tried again.
    pub async fn add_events(&self, lost: i64, events: &[NewEvent]) -> Result<bool, DbError> {
        let mut bytes = 0;
        let rows = (lost + 1..).zip(events).map(|(number, event)| {
            bytes += i64::try_from(event.body.len()).unwrap_or(i64::MAX);
            self.event_after_the_newest(number, bytes, event)
        });
        let Some(rows) = rows.reduce(|mut rows, row| rows.union(UnionType::All, row).to_owned())
        else {
            return Ok(true);
        };
        let mut insert = Query::insert();
        insert.into_table(Entity).columns([
            Column::Id,
            Column::BytesSoFar,
            Column::WrittenAt,
            Column::Node,
            Column::Name,
            Column::Body,
        ]);
        insert
            .select_from(rows)
            .map_err(|error| DbErr::Custom(error.to_string()))?;
        match self.connection().execute(&insert).await {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                Ok(false)
            }
            Err(error) => {
                let error = DbError::from(error);
                if error.is_busy() {
                    Ok(false)
                } else {
                    Err(error)
                }
            }
        }
    }

    fn event_after_the_newest(&self, number: i64, bytes: i64, event: &NewEvent) -> SelectStatement {
        let newest = Alias::new("newest");
        let after = |column: Column, more: i64| Expr::col((newest.clone(), column)).add(more);
        Query::select()
            .expr(after(Column::Id, number))
            .expr(after(Column::BytesSoFar, bytes))
            .expr(self.now_sql(TimeDelta::zero()))
            .expr(Expr::value(event.node.as_str()))
            .expr(Expr::value(event.name))
            .expr(Expr::value(event.body.as_str()))
            .from_subquery(
                Query::select()
                    .columns([Column::Id, Column::BytesSoFar])
                    .from(Entity)
                    .order_by(Column::Id, Order::Desc)
                    .limit(1)
                    .to_owned(),
                newest.clone(),
            )
            .to_owned()
    }

    /// Returns the number of the newest event; 0 if there was none.
    pub async fn newest_event(&self) -> Result<i64, DbError> {
        let newest = Entity::find()
            .select_only()
            .column(Column::Id)
            .order_by_desc(Column::Id)
            .into_tuple::<i64>()
            .one(self.connection())
            .await?;
        Ok(newest.unwrap_or(0))
    }

    /// Returns the events after this number, in their order.
    pub async fn events_after(&self, id: i64, most: u64) -> Result<Vec<Model>, DbError> {
        let events = Entity::find()
            .filter(Column::Id.gt(id))
            .order_by_asc(Column::Id)
            .limit(most)
            .all(self.connection())
            .await?;
        Ok(events)
    }

    /// Removes the oldest events until the rest is within the bounds. Returns true if there will be
    /// more to remove as time goes by.
    pub async fn prune_events(&self, bounds: EventBounds) -> Result<bool, DbError> {
        loop {
            let Some((newest, total)) = self.end_of_events().await? else {
                return Ok(false);
            };
            let too_old = self.moment(-bounds.age).await?;
            let oldest: Vec<(i64, i64, Timestamp)> = Entity::find()
                .select_only()
                .columns([Column::Id, Column::BytesSoFar, Column::WrittenAt])
                .order_by_asc(Column::Id)
                .limit(PRUNED_AT_ONCE)
                .into_tuple()
                .all(self.connection())
                .await?;
            let has_to_go = |(id, bytes, at): &&(i64, i64, Timestamp)| {
                *id < newest
                    && (newest - id >= bounds.rows
                        || total - bytes >= bounds.bytes
                        || *at < too_old)
            };
            let Some((last, ..)) = oldest.iter().take_while(has_to_go).last() else {
                return Ok(oldest.len() > 1);
            };
            Entity::delete_many()
                .filter(Column::Id.lte(*last))
                .exec(self.connection())
                .await?;
        }
    }

    /// Returns a moment by the database's clock.
    async fn moment(&self, offset: TimeDelta) -> Result<Timestamp, DbError> {
        let mut query = Query::select();
        query.expr(self.now_sql(offset));
        let row = self.connection().query_one(&query).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("the time".to_owned()))?;
        Ok(row.try_get_by_index(0)?)
    }

    /// Returns the newest event's number, and the bytes of all up to it.
    async fn end_of_events(&self) -> Result<Option<(i64, i64)>, DbError> {
        let end = Entity::find()
            .select_only()
            .columns([Column::Id, Column::BytesSoFar])
            .order_by_desc(Column::Id)
            .into_tuple()
            .one(self.connection())
            .await?;
        Ok(end)
    }
}
