//! The count of each plugin's files, which all servers of a site share.
//!
//! Files are changed in turns: whoever has the turn for a plugin looks at the storage, decides,
//! changes it and ends the turn with the new count. The turn counts as long as the lease of the
//! server that holds it, so one that is killed keeps nobody waiting for longer, and what it left
//! half done is counted anew.

use chrono::TimeDelta;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, UpdateMany,
    sea_query::{Expr, OnConflict},
};

use crate::{
    Database, DbError,
    entity::{
        nodes,
        plugin_files::{ActiveModel, Column, Entity, Model},
    },
};

/// The time for which a server that waits is the next, without saying so again. Others wait so long
/// at most for one that has given up.
const WANTED: TimeDelta = TimeDelta::milliseconds(500);

/// The files of one plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileCount {
    /// Files.
    pub files: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// A server's turn to change a plugin's files. It is to be ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesTurn {
    /// The count; none if the files have to be counted in the storage.
    pub count: Option<FileCount>,
    plugin: String,
    node: String,
    disturbances: i64,
}

impl FilesTurn {
    /// Returns the turn that a server may have, if the database has given it one and could not say
    /// so. It is only good to be ended.
    pub fn in_doubt(plugin: &str, node: &str) -> Self {
        Self {
            count: None,
            plugin: plugin.to_owned(),
            node: node.to_owned(),
            disturbances: 0,
        }
    }
}

impl Database {
    /// Returns the count of a plugin's files, if it is known.
    pub async fn file_count(&self, plugin: &str) -> Result<Option<FileCount>, DbError> {
        let row = Entity::find_by_id(plugin.to_owned());
        let row = row.one(self.connection()).await?;
        Ok(row.as_ref().and_then(count))
    }

    /// Takes the turn to change a plugin's files for a server; `None` if it is another's, which is
    /// asked again a moment later. A server asks for one turn at a time of each plugin.
    pub async fn take_files_turn(
        &self,
        plugin: &str,
        node: &str,
    ) -> Result<Option<FilesTurn>, DbError> {
        let is_free = Condition::all()
            .add(Column::HeldBy.is_null())
            .add(self.is_next(node));
        if self.change(hold(plugin, node).filter(is_free)).await? {
            return self.given_turn(plugin, node).await;
        }
        let row = Entity::find_by_id(plugin.to_owned());
        let Some(row) = row.one(self.connection()).await? else {
            self.begin_file_count(plugin).await?;
            return Ok(None);
        };
        if let Some(holder) = row.held_by
            && (holder == node || !self.is_alive(&holder).await?)
        {
            // Nobody knows how far it came. The dead do not come back, so whoever is named here
            // still is the one that was looked for.
            let take_over = forget(hold(plugin, node)).filter(Column::HeldBy.eq(holder));
            if self.change(take_over).await? {
                return self.given_turn(plugin, node).await;
            }
        }
        let want = Entity::update_many()
            .col_expr(Column::WantedBy, Expr::value(node))
            .col_expr(Column::WantedUntil, self.now_sql(WANTED))
            .filter(Column::PluginId.eq(plugin))
            .filter(self.is_next(node));
        self.change(want).await?;
        Ok(None)
    }

    /// Ends a turn, with the count that there is now, or none where it is not known. A turn that is
    /// another's meanwhile leaves a mark: what this server has changed may not be in any count.
    pub async fn end_files_turn(
        &self,
        turn: &FilesTurn,
        count: Option<FileCount>,
    ) -> Result<(), DbError> {
        let held = |update: UpdateMany<Entity>| {
            update
                .col_expr(Column::HeldBy, Expr::value(None::<String>))
                .filter(Column::PluginId.eq(&turn.plugin))
                .filter(Column::HeldBy.eq(&turn.node))
        };
        if let Some(count) = count {
            let keep = held(Entity::update_many())
                .col_expr(Column::Files, Expr::value(stored(count.files)))
                .col_expr(Column::Bytes, Expr::value(stored(count.bytes)))
                .filter(Column::Disturbances.eq(turn.disturbances));
            if self.change(keep).await? {
                return Ok(());
            }
        }
        if self.change(held(forget(Entity::update_many()))).await? {
            return Ok(());
        }
        let disturb = forget(Entity::update_many())
            .col_expr(Column::Disturbances, Expr::col(Column::Disturbances).add(1))
            .filter(Column::PluginId.eq(&turn.plugin));
        self.change(disturb).await?;
        Ok(())
    }

    async fn given_turn(&self, plugin: &str, node: &str) -> Result<Option<FilesTurn>, DbError> {
        let row = Entity::find_by_id(plugin.to_owned());
        let row = row.one(self.connection()).await?;
        let held = row.filter(|row| row.held_by.as_deref() == Some(node));
        Ok(held.map(|row| FilesTurn {
            count: count(&row),
            disturbances: row.disturbances,
            plugin: row.plugin_id,
            node: node.to_owned(),
        }))
    }

    /// Makes the row of a plugin, whose files are not counted yet, where there is none.
    async fn begin_file_count(&self, plugin: &str) -> Result<(), DbError> {
        let row = ActiveModel {
            plugin_id: Set(plugin.to_owned()),
            disturbances: Set(0),
            ..ActiveModel::default()
        };
        let leave = OnConflict::column(Column::PluginId)
            .do_nothing_on([Column::PluginId])
            .to_owned();
        match Entity::insert(row)
            .on_conflict(leave)
            .exec_without_returning(self.connection())
            .await
        {
            Ok(_) | Err(DbErr::RecordNotInserted) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Nobody else waits, or they have not said so for a while.
    fn is_next(&self, node: &str) -> Condition {
        Condition::any()
            .add(Column::WantedBy.is_null())
            .add(Column::WantedBy.eq(node))
            .add(Expr::col(Column::WantedUntil).lt(self.now_sql(TimeDelta::zero())))
    }

    async fn is_alive(&self, node: &str) -> Result<bool, DbError> {
        let now = self.now_sql(TimeDelta::zero());
        let alive = nodes::Entity::find_by_id(node.to_owned())
            .filter(Expr::col(nodes::Column::AliveUntil).gt(now))
            .count(self.connection())
            .await?;
        Ok(alive > 0)
    }

    async fn change(&self, update: UpdateMany<Entity>) -> Result<bool, DbError> {
        Ok(update.exec(self.connection()).await?.rows_affected > 0)
    }
}

/// Gives a turn to a server, which no longer waits for it.
fn hold(plugin: &str, node: &str) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::HeldBy, Expr::value(node))
        .col_expr(Column::WantedBy, Expr::value(None::<String>))
        .filter(Column::PluginId.eq(plugin))
}

/// Lets whoever comes next count in the storage.
fn forget(update: UpdateMany<Entity>) -> UpdateMany<Entity> {
    update
        .col_expr(Column::Files, Expr::value(None::<i64>))
        .col_expr(Column::Bytes, Expr::value(None::<i64>))
}

fn count(row: &Model) -> Option<FileCount> {
    Some(FileCount {
        files: row.files?.unsigned_abs(),
        bytes: row.bytes?.unsigned_abs(),
    })
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
