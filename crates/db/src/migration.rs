//! The schema, step by step. A step that was released is never changed; a change is a new step.
//!
//! Written with sea-query's builder and types that every database has, so that the same steps make
//! the same schema on SQLite, PostgreSQL and MariaDB. Which tables there are, and whether plugins
//! may be granted them, [`ServerTable`] declares.

mod m0001_accounts;
mod m0002_content;
mod m0003_plugins;
mod m0004_plugin_data_locks;
mod m0005_plugin_migrations;
mod m0006_outbox;
mod m0007_breakers;
mod m0008_provenance;
mod m0009_plugin_identities;
mod m0010_plugin_records;
mod m0012_drafts;
mod m0013_disabled_users;
mod m0014_trace_of_a_change;
mod m0015_comment_status;
mod m0016_plugin_settings;
mod m0017_nodes;
mod m0018_claims;
mod m0019_cron_ticks;
mod m0020_login_counts;
mod m0021_plugin_changes;
mod m0022_plugin_pauses;
mod m0023_events;
mod m0024_releases;
mod m0025_plugin_files;

use raisfast_contract::ServerTable;
use sea_orm_migration::{
    MigrationTrait, MigratorTrait, SchemaManager, async_trait,
    sea_orm::DbBackend,
    sea_query::{Alias, ColumnDef, IntoIden, Table, TableCreateStatement},
};

/// Characters of a UUID.
const ID_LENGTH: u32 = 36;
/// Characters of a [`crate::Timestamp`].
const TIMESTAMP_LENGTH: u32 = 24;

/// All steps.
pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_accounts::Migration),
            Box::new(m0002_content::Migration),
            Box::new(m0003_plugins::Migration),
            Box::new(m0004_plugin_data_locks::Migration),
            Box::new(m0005_plugin_migrations::Migration),
            Box::new(m0006_outbox::Migration),
            Box::new(m0007_breakers::Migration),
            Box::new(m0008_provenance::Migration),
            Box::new(m0009_plugin_identities::Migration),
            Box::new(m0010_plugin_records::Migration),
            Box::new(m0012_drafts::Migration),
            Box::new(m0013_disabled_users::Migration),
            Box::new(m0014_trace_of_a_change::Migration),
            Box::new(m0015_comment_status::Migration),
            Box::new(m0016_plugin_settings::Migration),
            Box::new(m0017_nodes::Migration),
            Box::new(m0018_claims::Migration),
            Box::new(m0019_cron_ticks::Migration),
            Box::new(m0020_login_counts::Migration),
            Box::new(m0021_plugin_changes::Migration),
            Box::new(m0022_plugin_pauses::Migration),
            Box::new(m0023_events::Migration),
            Box::new(m0024_releases::Migration),
            Box::new(m0025_plugin_files::Migration),
        ]
    }
}

/// A table whose text is compared character by character, as SQLite does it. MariaDB would else
/// take `A` for
/// `a`, and drop what is not ASCII where the operator's database has an old character set.
fn table(manager: &SchemaManager<'_>, made: ServerTable) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(made.name());
    if manager.get_database_backend() == DbBackend::MySql {
        table
            .engine("InnoDB")
            .character_set("utf8mb4")
            .collate("utf8mb4_nopad_bin");
    }
    table
}

/// A UUID.
fn id(column: impl IntoIden) -> ColumnDef {
    ColumnDef::new(column).string_len(ID_LENGTH).to_owned()
}

/// A time.
fn time(column: impl IntoIden) -> ColumnDef {
    ColumnDef::new(column)
        .string_len(TIMESTAMP_LENGTH)
        .to_owned()
}

/// Text of a short, known length, which an index can hold.
fn name(column: impl IntoIden, length: u32) -> ColumnDef {
    ColumnDef::new(column).string_len(length).to_owned()
}

/// Text of any length. MariaDB's `text` ends at 64 KiB.
fn long_text(manager: &SchemaManager<'_>, column: impl IntoIden) -> ColumnDef {
    let mut definition = ColumnDef::new(column);
    match manager.get_database_backend() {
        DbBackend::MySql => definition.custom(Alias::new("longtext")),
        _ => definition.text(),
    };
    definition
}
