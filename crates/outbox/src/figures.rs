//! The content of the outbox, in numbers.

use std::collections::BTreeMap;

use raisfast_contract::PluginId;
use raisfast_db::{Connection, Timestamp, entity::outbox};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QuerySelect};

use crate::{
    Outbox, OutboxError,
    room::Size,
    rows::{State, bytes_of_all},
};

/// The content of the outbox for one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginFigures {
    /// Whose rows these are.
    pub plugin: PluginId,
    /// Rows that are to be delivered.
    pub waiting: u64,
    /// Dead letters.
    pub dead: u64,
    /// Bytes of what all of these deliver.
    pub bytes: u64,
    /// When the change was made that waits for the longest time.
    pub oldest: Option<Timestamp>,
    /// The number of changes that were refused for want of room, since the outbox began.
    pub refused: u64,
    /// The number of logins that the plugin was not notified of for want of room, since then.
    pub dropped: u64,
}

/// The rows of one plugin, counted in the database itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Rows that are to be delivered.
    pub waiting: u64,
    /// Dead letters.
    pub dead: u64,
    /// Bytes of what all of these deliver.
    pub bytes: u64,
}

#[derive(FromQueryResult)]
struct Group {
    plugin_id: String,
    state: String,
    rows: i64,
    bytes: i64,
    oldest: Timestamp,
}

/// Returns what is in the outbox of a database, by the plugins' ids, whether or not a server
/// delivers it.
pub async fn backlog(connection: &Connection) -> Result<BTreeMap<String, Backlog>, OutboxError> {
    let mut backlogs = BTreeMap::<_, Backlog>::new();
    for group in groups(connection).await? {
        let backlog = backlogs.entry(group.plugin_id).or_default();
        let rows = group.rows.unsigned_abs();
        if group.state == State::Dead.as_str() {
            backlog.dead += rows;
        } else {
            backlog.waiting += rows;
        }
        backlog.bytes += group.bytes.unsigned_abs();
    }
    Ok(backlogs)
}

async fn groups(connection: &Connection) -> Result<Vec<Group>, DbErr> {
    outbox::Entity::find()
        .select_only()
        .column(outbox::Column::PluginId)
        .column(outbox::Column::State)
        .column_as(outbox::Column::Sequence.count(), "rows")
        .column_as(bytes_of_all(connection.get_database_backend()), "bytes")
        .column_as(outbox::Column::CreatedAt.min(), "oldest")
        .group_by(outbox::Column::PluginId)
        .group_by(outbox::Column::State)
        .into_model()
        .all(connection)
        .await
}

impl Outbox {
    /// Returns the figures of each plugin that has or had deliveries.
    pub async fn figures(&self) -> Result<Vec<PluginFigures>, OutboxError> {
        let groups = groups(self.shared.table.database.connection()).await?;
        for group in &groups {
            // Another node may have written what this one has no lane for.
            let used = Size::default();
            drop(self.shared.lane_named(&group.plugin_id, used));
        }
        let lanes = self.shared.lanes();
        let figures = lanes.iter().map(|(plugin, lane)| {
            let of = |state: State| {
                groups.iter().find(|group| {
                    group.plugin_id == plugin.as_str() && group.state == state.as_str()
                })
            };
            let rows = |state| of(state).map_or(0, |group| group.rows.unsigned_abs());
            let bytes = |state| of(state).map_or(0, |group| group.bytes.unsigned_abs());
            PluginFigures {
                plugin: plugin.clone(),
                waiting: rows(State::Waiting),
                dead: rows(State::Dead),
                oldest: of(State::Waiting).map(|group| group.oldest.clone()),
                bytes: if self.shared.table.is_shared() {
                    bytes(State::Waiting) + bytes(State::Dead)
                } else {
                    lane.room().used().bytes
                },
                refused: lane.room().refused(),
                dropped: lane.room().dropped(),
            }
        });
        Ok(figures.collect())
    }
}
