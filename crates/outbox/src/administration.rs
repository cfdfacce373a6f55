//! The administrators' view of the outbox, and their commands. The content of a change is not
//! shown.

use std::sync::Arc;

use raisfast_contract::PluginId;
use raisfast_db::{
    Timestamp,
    entity::{nodes, outbox},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter,
    QuerySelect, Select,
    sea_query::{Expr, Query},
};
use serde::{Deserialize, Serialize};

use crate::{
    Outbox, OutboxError,
    room::Size,
    rows::{State, bytes_of_one},
    table::Table,
};

/// The number of rows that one statement deletes.
const DISCARDED_TOGETHER: usize = 500;

/// The state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It was not tried yet.
    Waiting,
    /// It has failed, and is tried again.
    Retrying,
    /// It was tried often enough.
    Dead,
}

impl DeliveryState {
    fn condition(self) -> Condition {
        let attempts = outbox::Column::Attempts;
        let state = match self {
            Self::Waiting | Self::Retrying => State::Waiting,
            Self::Dead => State::Dead,
        };
        let condition = Condition::all().add(outbox::Column::State.eq(state.as_str()));
        match self {
            Self::Waiting => condition.add(attempts.eq(0)),
            Self::Retrying => condition.add(attempts.gt(0)),
            Self::Dead => condition,
        }
    }
}

/// Some of the deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of one plugin; `None` for all.
    pub plugin: Option<PluginId>,
    /// In one state; `None` for all.
    pub state: Option<DeliveryState>,
}

impl Selection {
    fn condition(&self) -> Condition {
        let plugin = self.plugin.as_ref();
        Condition::all()
            .add_option(plugin.map(|plugin| outbox::Column::PluginId.eq(plugin.as_str())))
            .add_option(self.state.map(DeliveryState::condition))
    }
}

/// One delivery, without what is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryStatus {
    /// The delivery's id, a UUID; the plugin is told it.
    pub id: String,
    /// The plugin to notify.
    pub plugin: String,
    /// The hook to call.
    pub hook: String,
    /// The record that the change is about.
    pub record: RecordName,
    /// The delivery's state.
    pub state: DeliveryState,
    /// The number of tries.
    pub attempts: u32,
    /// When the change was made, RFC 3339.
    pub created_at: String,
    /// When it is tried again, RFC 3339; none of a dead letter.
    pub next_attempt_at: Option<String>,
    /// The reason why the last try failed.
    pub last_error: Option<String>,
    /// The name of the server that is delivering it; none where no server has taken it, or where
    /// one server has the database for itself.
    pub claimed_by: Option<String>,
}

/// The record that a change is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordName {
    /// `post`, `comment`, `content` or `user`.
    pub kind: String,
    /// The record's id.
    pub id: String,
}

/// One page of deliveries, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryPage {
    /// The deliveries on this page.
    pub items: Vec<DeliveryStatus>,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
}

#[derive(FromQueryResult)]
struct Row {
    sequence: i64,
    delivery_id: String,
    plugin_id: String,
    hook: String,
    record_kind: String,
    record_id: String,
    created_at: Timestamp,
    attempts: i32,
    next_attempt_at: Timestamp,
    state: String,
    last_error: Option<String>,
    claimed_by: Option<String>,
}

impl From<Row> for DeliveryStatus {
    fn from(row: Row) -> Self {
        let state = if row.state == State::Dead.as_str() {
            DeliveryState::Dead
        } else if row.attempts > 0 {
            DeliveryState::Retrying
        } else {
            DeliveryState::Waiting
        };
        Self {
            id: row.delivery_id,
            plugin: row.plugin_id,
            hook: row.hook,
            record: RecordName {
                kind: row.record_kind,
                id: row.record_id,
            },
            state,
            attempts: u32::try_from(row.attempts).unwrap_or_default(),
            created_at: row.created_at.into(),
            next_attempt_at: (state != DeliveryState::Dead).then(|| row.next_attempt_at.into()),
            last_error: row.last_error,
            claimed_by: row.claimed_by,
        }
    }
}

/// Deliveries, without what is delivered.
fn selected(table: &Table) -> Select<outbox::Entity> {
    let holder = Query::select()
        .column(nodes::Column::Name)
        .from(nodes::Entity)
        .and_where(
            Expr::col((nodes::Entity, nodes::Column::Id))
                .equals((outbox::Entity, outbox::Column::ClaimedBy)),
        )
        .and_where(table.is_living())
        .to_owned();
    let columns = outbox::Entity::find().select_only().columns([
        outbox::Column::Sequence,
        outbox::Column::DeliveryId,
        outbox::Column::PluginId,
        outbox::Column::Hook,
        outbox::Column::RecordKind,
        outbox::Column::RecordId,
        outbox::Column::CreatedAt,
        outbox::Column::Attempts,
        outbox::Column::NextAttemptAt,
        outbox::Column::State,
        outbox::Column::LastError,
    ]);
    columns.column_as(Expr::SubQuery(None, Box::new(holder.into())), "claimed_by")
}

impl Outbox {
    /// One delivery.
    pub async fn get(&self, id: &str) -> Result<DeliveryStatus, OutboxError> {
        let found = selected(&self.shared.table)
            .filter(outbox::Column::DeliveryId.eq(id))
            .into_model::<Row>()
            .one(self.shared.table.database.connection())
            .await?;
        let row = found.ok_or_else(|| OutboxError::NotFound(id.to_owned()))?;
        Ok(row.into())
    }

    /// A page of at most `limit` deliveries that begins after `cursor`.
    pub async fn list(
        &self,
        selection: &Selection,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<DeliveryPage, OutboxError> {
        let after = match cursor {
            Some(text) => text
                .parse::<i64>()
                .map_err(|_| OutboxError::Cursor(text.to_owned()))?,
            None => 0,
        };
        let mut rows = selected(&self.shared.table)
            .filter(selection.condition())
            .cursor_by(outbox::Column::Sequence)
            .into_model::<Row>();
        let mut rows = rows
            .after(after)
            .first(limit + 1)
            .all(self.shared.table.database.connection())
            .await?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_more = rows.len() > most;
        rows.truncate(most);
        let last = rows.last().filter(|_| is_more);
        Ok(DeliveryPage {
            next: last.map(|row| row.sequence.to_string()),
            items: rows.into_iter().map(DeliveryStatus::from).collect(),
        })
    }

    /// Tries a delivery again, now, and 7 times more if it has to be.
    pub async fn retry(&self, id: &str) -> Result<(), OutboxError> {
        let found = outbox::Column::DeliveryId.eq(id);
        match self.retry_where(Condition::all().add(found)).await? {
            0 => Err(OutboxError::NotFound(id.to_owned())),
            _ => Ok(()),
        }
    }

    /// The same for all of these that have failed, dead letters included; returns their number.
    pub async fn retry_all(&self, selection: &Selection) -> Result<u64, OutboxError> {
        let failed = outbox::Column::Attempts.gt(0);
        self.retry_where(selection.condition().add(failed)).await
    }

    async fn retry_where(&self, condition: Condition) -> Result<u64, OutboxError> {
        let retried = outbox::Entity::update_many()
            .col_expr(outbox::Column::State, State::Waiting.as_str().into())
            .col_expr(outbox::Column::Attempts, 0.into())
            .col_expr(outbox::Column::NextAttemptAt, self.shared.table.now())
            .filter(condition)
            .exec(self.shared.table.database.connection())
            .await?;
        for lane in self.shared.lanes().values() {
            lane.wake();
        }
        self.shared.table.wake_others();
        Ok(retried.rows_affected)
    }

    /// Gives a delivery up: the plugin is never told.
    pub async fn discard(&self, id: &str) -> Result<(), OutboxError> {
        let plugin: Option<String> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::PluginId)
            .filter(outbox::Column::DeliveryId.eq(id))
            .into_tuple()
            .one(self.shared.table.database.connection())
            .await?;
        let not_found = || OutboxError::NotFound(id.to_owned());
        let plugin = plugin.ok_or_else(not_found)?;
        let one = Condition::all().add(outbox::Column::DeliveryId.eq(id));
        match self.discard_where(&plugin, one).await? {
            0 => Err(not_found()),
            _ => Ok(()),
        }
    }

    /// Gives all deliveries of a plugin up, or those in one state; returns their number.
    pub async fn discard_all(
        &self,
        plugin: &PluginId,
        state: Option<DeliveryState>,
    ) -> Result<u64, OutboxError> {
        let selection = Selection {
            plugin: Some(plugin.clone()),
            state,
        };
        self.discard_where(plugin.as_str(), selection.condition())
            .await
    }

    async fn discard_where(&self, plugin: &str, condition: Condition) -> Result<u64, OutboxError> {
        let database = &self.shared.table.database;
        let lane = {
            let lanes = self.shared.lanes();
            let mut lanes = lanes.values();
            lanes
                .find(|lane| lane.plugin().as_str() == plugin)
                .map(Arc::clone)
        };
        let turn = match &lane {
            Some(lane) => Some(lane.turn_to_delete().await),
            None => None,
        };
        let found: Vec<(i64, i64)> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::Sequence)
            .column_as(
                bytes_of_one(database.connection().get_database_backend()),
                "bytes",
            )
            .filter(condition)
            .into_tuple()
            .all(database.connection())
            .await?;
        let mut discarded = 0;
        for rows in found.chunks(DISCARDED_TOGETHER) {
            let size = Size {
                rows: outbox::Entity::delete_many()
                    .filter(outbox::Column::Sequence.is_in(rows.iter().map(|row| row.0)))
                    .exec(database.connection())
                    .await?
                    .rows_affected,
                bytes: rows.iter().map(|row| row.1.unsigned_abs()).sum(),
            };
            discarded += size.rows;
            if let Some(lane) = &lane {
                lane.discarded(size);
            }
        }
        drop(turn);
        tracing::info!(plugin, discarded, "an admin has discarded deliveries");
        if let Some(lane) = lane {
            // A record may have waited for what is gone.
            lane.wake();
        }
        self.shared.table.wake_others();
        Ok(discarded)
    }
}
