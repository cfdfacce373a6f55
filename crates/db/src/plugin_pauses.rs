//! The breakers that are open, of each server by its own.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter,
    sea_query::{Expr, OnConflict, Query},
};

use crate::{
    Database, DbError,
    entity::{
        nodes,
        plugin_pauses::{Column, Entity, Model},
    },
};

impl Database {
    /// Begins the pauses of a server that starts: those that any server has, or had when it ended,
    /// of each hook the one that lasts longest. The rows of servers that are gone are removed.
    pub async fn begin_pauses(&self, node: &str) -> Result<Vec<Model>, DbError> {
        let transaction = self.begin().await?;
        let mut own: BTreeMap<_, Model> = BTreeMap::new();
        for row in Entity::find().all(&transaction).await? {
            let row = Model {
                node: node.to_owned(),
                ..row
            };
            let key = (row.plugin_id.clone(), row.hook.clone());
            let known = own.entry(key).or_insert_with(|| row.clone());
            if row.paused_until > known.paused_until {
                *known = row;
            }
        }
        for row in own.values() {
            keep(&transaction, row.clone()).await?;
        }
        let alive = Query::select()
            .column(nodes::Column::Id)
            .from(nodes::Entity)
            .and_where(Expr::col(nodes::Column::AliveUntil).gt(self.now_sql(TimeDelta::zero())))
            .to_owned();
        Entity::delete_many()
            .filter(Column::Node.ne(node))
            .filter(Column::Node.not_in_subquery(alive))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(own.into_values().collect())
    }

    /// Returns the pauses of a plugin on all servers.
    pub async fn pauses_of(&self, plugin: &str) -> Result<Vec<Model>, DbError> {
        let rows = Entity::find()
            .filter(Column::PluginId.eq(plugin))
            .all(self.connection())
            .await?;
        Ok(rows)
    }

    /// Keeps a breaker that is not closed, in the place of its former state.
    pub async fn keep_pause(&self, pause: Model) -> Result<(), DbError> {
        Ok(keep(self.connection(), pause).await?)
    }

    /// Forgets a breaker that is closed again.
    pub async fn end_pause(&self, plugin: &str, hook: &str, node: &str) -> Result<(), DbError> {
        let key = (plugin.to_owned(), hook.to_owned(), node.to_owned());
        Entity::delete_by_id(key).exec(self.connection()).await?;
        Ok(())
    }

    /// Gives the pauses of a server to the id that it has now.
    pub async fn move_pauses(&self, former: &str, node: &str) -> Result<(), DbError> {
        Entity::update_many()
            .col_expr(Column::Node, Expr::value(node))
            .filter(Column::Node.eq(former))
            .exec(self.connection())
            .await?;
        Ok(())
    }
}

async fn keep(connection: &impl ConnectionTrait, pause: Model) -> Result<(), DbErr> {
    let replace = OnConflict::columns([Column::PluginId, Column::Hook, Column::Node])
        .update_columns([
            Column::Version,
            Column::Failures,
            Column::PausedSince,
            Column::PausedUntil,
            Column::PauseMs,
            Column::Reason,
        ])
        .to_owned();
    Entity::insert(pause.into_active_model().reset_all())
        .on_conflict(replace)
        .exec_without_returning(connection)
        .await?;
    Ok(())
}
