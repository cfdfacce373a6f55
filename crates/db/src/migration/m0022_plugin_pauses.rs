//! `plugin_pauses`: the breakers of each server.
//!
//! `plugin_breakers`, which has room for one server's, stays as it is for servers of the former
//! version that run beside this one.

use raisfast_contract::ServerTable;
use sea_orm_migration::prelude::*;

use super::{id, long_text, name, table, time};

const COLUMNS: [&str; 8] = [
    "plugin_id",
    "hook",
    "version",
    "failures",
    "paused_since",
    "paused_until",
    "pause_ms",
    "reason",
];

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ServerTable::PluginPauses)
                    .col(id("node").not_null())
                    .col(name("plugin_id", 128).not_null())
                    .col(name("hook", 64).not_null())
                    .col(name("version", 64).not_null())
                    .col(ColumnDef::new("failures").big_integer().not_null())
                    .col(time("paused_since").not_null())
                    .col(time("paused_until").not_null())
                    .col(ColumnDef::new("pause_ms").big_integer().not_null())
                    .col(long_text(manager, "reason").not_null())
                    .primary_key(Index::create().col("plugin_id").col("hook").col("node"))
                    .to_owned(),
            )
            .await?;
        // Of a server that is gone: the next one that starts takes them over.
        let mut former = Query::select();
        former
            .expr(Expr::value(""))
            .columns(COLUMNS)
            .from(ServerTable::PluginBreakers.name());
        let mut copy = Query::insert();
        copy.into_table(ServerTable::PluginPauses.name())
            .columns(["node"].into_iter().chain(COLUMNS))
            .select_from(former)
            .map_err(|error| DbErr::Custom(error.to_string()))?;
        manager.exec_stmt(copy).await
    }
}
