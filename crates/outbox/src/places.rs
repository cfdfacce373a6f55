//! The room that one change takes in the outbox.
//!
//! It begins before the change's transaction, because a change that waits for room must not hold
//! what the deliveries need to make some. It ends with [`Places::committed`], which leaves the room
//! to the rows, or by being dropped, which gives it back.

use std::sync::Arc;

use raisfast_contract::{
    PluginId,
    hook::{Action, StoredParams},
};
use raisfast_db::{Timestamp, entity::outbox};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{OutboxError, lane::Lane, room::Size, rows::State, table::Table};

/// The columns of a new row.
const COLUMNS: [outbox::Column; 11] = [
    outbox::Column::DeliveryId,
    outbox::Column::PluginId,
    outbox::Column::Hook,
    outbox::Column::RecordKind,
    outbox::Column::RecordId,
    outbox::Column::Params,
    outbox::Column::CreatedAt,
    outbox::Column::Attempts,
    outbox::Column::NextAttemptAt,
    outbox::Column::State,
    outbox::Column::Traceparent,
];

/// The room of one change: a place for each plugin that receives it.
pub struct Places {
    table: Arc<Table>,
    of_plugins: Vec<Place>,
    is_written: bool,
}

impl Places {
    pub(crate) fn new(table: Arc<Table>, places: Vec<Place>) -> Self {
        Self {
            table,
            of_plugins: places,
            is_written: false,
        }
    }

    /// Writes what each of the plugins has to be told, as part of the change of the record with
    /// this id: a UUID, so no two records of any kind have the same. Where nobody subscribes it
    /// does nothing.
    pub async fn write<H: Action>(
        &mut self,
        transaction: &DatabaseTransaction,
        record: &str,
        params: &H::Params,
    ) -> Result<(), OutboxError> {
        if self.of_plugins.is_empty() {
            return Ok(());
        }
        let mut text = Vec::new();
        params.serialize(&mut serde_json::Serializer::new(&mut text))?;
        let text = String::from_utf8(text).expect("JSON is UTF-8");
        for place in &mut self.of_plugins {
            place.lengthen(text.len() as u64);
        }
        let traceparent = raisfast_trace::current().map(|place| place.to_string());
        let mut insert = Query::insert();
        insert.into_table(outbox::Entity).columns(COLUMNS);
        for place in &self.of_plugins {
            insert.values_panic([
                Uuid::now_v7().to_string().into(),
                place.lane.plugin().as_str().into(),
                H::NAME.as_str().into(),
                H::ABOUT.into(),
                record.into(),
                text.as_str().into(),
                Expr::val(Timestamp::now()),
                0.into(),
                self.table.now(),
                State::Waiting.as_str().into(),
                traceparent.clone().into(),
            ]);
        }
        self.is_written = true;
        transaction.execute(&insert).await?;
        Ok(())
    }

    /// The change is committed: the rows keep their room, and are delivered from now on.
    pub fn committed(mut self) {
        for place in &mut self.of_plugins {
            place.is_kept = self.is_written;
        }
    }

    /// The plugins that receive the change.
    pub fn plugins(&self) -> impl Iterator<Item = &PluginId> {
        self.of_plugins.iter().map(|place| place.lane.plugin())
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        if self.is_written {
            // Without a commit, too: a connection that broke in it does not say whether the rows
            // are there.
            for place in &self.of_plugins {
                place.lane.wake();
            }
        }
    }
}

/// Room for one row.
pub(crate) struct Place {
    lane: Arc<Lane>,
    bytes: u64,
    is_kept: bool,
}

impl Place {
    pub(crate) async fn take(lane: Arc<Lane>) -> Result<Self, OutboxError> {
        lane.take().await?;
        Ok(Self::taken(lane))
    }

    /// `None` where there is no room: the plugin is not told.
    pub(crate) async fn take_or_drop(lane: Arc<Lane>) -> Option<Self> {
        let taken = lane.take_or_drop().await;
        taken.then(|| Self::taken(lane))
    }

    fn taken(lane: Arc<Lane>) -> Self {
        Self {
            lane,
            bytes: 0,
            is_kept: false,
        }
    }

    fn lengthen(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.lane.room().lengthen(bytes);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let size = Size {
            rows: 1,
            bytes: self.bytes,
        };
        if self.is_kept {
            self.lane.room().committed(size);
        } else {
            self.lane.room().given_up(size);
        }
    }
}
