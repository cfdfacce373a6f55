//! The content of the outbox, in numbers.

use raisfast_contract::PluginId;
use raisfast_db::{Timestamp, entity::outbox};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QuerySelect};

use crate::{Outbox, OutboxError, rows::State};

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

#[derive(FromQueryResult)]
struct Group {
    plugin_id: String,
    state: String,
    rows: i64,
    oldest: Timestamp,
}

impl Outbox {
    /// Returns the figures of each plugin that has or had deliveries.
    pub async fn figures(&self) -> Result<Vec<PluginFigures>, OutboxError> {
        let groups: Vec<Group> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::PluginId)
            .column(outbox::Column::State)
            .column_as(outbox::Column::Sequence.count(), "rows")
            .column_as(outbox::Column::CreatedAt.min(), "oldest")
            .group_by(outbox::Column::PluginId)
            .group_by(outbox::Column::State)
            .into_model()
            .all(self.shared.database.connection())
            .await?;
        let lanes = self.shared.lanes();
        let figures = lanes.iter().map(|(plugin, lane)| {
            let of = |state: State| {
                groups.iter().find(|group| {
                    group.plugin_id == plugin.as_str() && group.state == state.as_str()
                })
            };
            let rows = |state| of(state).map_or(0, |group| group.rows.unsigned_abs());
            PluginFigures {
                plugin: plugin.clone(),
                waiting: rows(State::Waiting),
                dead: rows(State::Dead),
                oldest: of(State::Waiting).map(|group| group.oldest.clone()),
                bytes: lane.room().used().bytes,
                refused: lane.room().refused(),
                dropped: lane.room().dropped(),
            }
        });
        Ok(figures.collect())
    }
}
