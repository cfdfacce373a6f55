//! `releases`, `release_parts`, `plugin_releases` and `release_reports`.

use raisfast_contract::ServerTable;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use super::{id, long_text, name, table, time};

/// Characters of a SHA-256 in hexadecimal.
const DIGEST_LENGTH: u32 = 64;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ServerTable::Releases)
                    .col(name("digest", DIGEST_LENGTH).not_null().primary_key())
                    .col(name("plugin_id", 128).not_null())
                    .col(long_text(manager, "version").not_null())
                    .col(ColumnDef::new("bytes").big_integer().not_null())
                    .col(time("installed_at").not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("releases_of_a_plugin")
                    .table("releases")
                    .col("plugin_id")
                    .col("installed_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, ServerTable::ReleaseParts)
                    .col(name("digest", DIGEST_LENGTH).not_null())
                    .col(ColumnDef::new("part").integer().not_null())
                    .col(part(manager, "content").not_null())
                    .primary_key(Index::create().col("digest").col("part"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, ServerTable::PluginReleases)
                    .col(name("plugin_id", 128).not_null().primary_key())
                    .col(name("digest", DIGEST_LENGTH))
                    .col(ColumnDef::new("revision").big_integer().not_null())
                    .col(time("changed_at").not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, ServerTable::ReleaseReports)
                    .col(name("plugin_id", 128).not_null())
                    .col(id("node_id").not_null())
                    .col(ColumnDef::new("revision").big_integer().not_null())
                    .col(long_text(manager, "problem"))
                    .col(time("reported_at").not_null())
                    .primary_key(Index::create().col("plugin_id").col("node_id"))
                    .to_owned(),
            )
            .await
    }
}

/// A piece of an archive: 1 MiB at most, for which MariaDB's `blob` is too small.
fn part(manager: &SchemaManager<'_>, column: impl IntoIden) -> ColumnDef {
    let mut definition = ColumnDef::new(column);
    match manager.get_database_backend() {
        DbBackend::MySql => definition.custom(Alias::new("mediumblob")),
        _ => definition.blob(),
    };
    definition
}
