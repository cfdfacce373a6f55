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
    ActiveValue::{NotSet, Set},
    DatabaseTransaction, EntityTrait,
};
use uuid::Uuid;

use crate::{OutboxError, lane::Lane, room::Size, rows::State};

/// The room of one change: a place for each plugin that receives it.
pub struct Places {
    places: Vec<Place>,
    is_written: bool,
}

impl Places {
    pub(crate) fn new(places: Vec<Place>) -> Self {
        Self {
            places,
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
        if self.places.is_empty() {
            return Ok(());
        }
        let mut text = Vec::new();
        params.serialize(&mut serde_json::Serializer::new(&mut text))?;
        let text = String::from_utf8(text).expect("JSON is UTF-8");
        for place in &mut self.places {
            place.lengthen(text.len() as u64);
        }
        let now = Timestamp::now();
        let traceparent = raisfast_trace::current().map(|place| place.to_string());
        let rows = self.places.iter().map(|place| outbox::ActiveModel {
            sequence: NotSet,
            delivery_id: Set(Uuid::now_v7().to_string()),
            plugin_id: Set(place.lane.plugin().to_string()),
            hook: Set(H::NAME.as_str().to_owned()),
            record_kind: Set(H::ABOUT.to_owned()),
            record_id: Set(record.to_owned()),
            params: Set(text.clone()),
            created_at: Set(now.clone()),
            attempts: Set(0),
            next_attempt_at: Set(now.clone()),
            state: Set(State::Waiting.as_str().to_owned()),
            last_error: Set(None),
            traceparent: Set(traceparent.clone()),
        });
        self.is_written = true;
        outbox::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
        Ok(())
    }

    /// The change is committed: the rows keep their room, and are delivered from now on.
    pub fn committed(mut self) {
        for place in &mut self.places {
            place.is_kept = self.is_written;
        }
    }

    /// The plugins that receive the change.
    pub fn plugins(&self) -> impl Iterator<Item = &PluginId> {
        self.places.iter().map(|place| place.lane.plugin())
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        if self.is_written {
            // Without a commit, too: a connection that broke in it does not say whether the rows
            // are there.
            for place in &self.places {
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
        lane.room().take().await?;
        Ok(Self::taken(lane))
    }

    /// `None` where there is no room: the plugin is not told.
    pub(crate) fn take_or_drop(lane: Arc<Lane>) -> Option<Self> {
        let taken = lane.room().take_or_drop();
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
        if !self.is_kept {
            self.lane.room().give_back(Size {
                rows: 1,
                bytes: self.bytes,
            });
        }
    }
}
