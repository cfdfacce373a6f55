//! The content server's database: its schema, and the providers of the capabilities `Db`,
//! `Migrations`, `Kv` and `Content`.
//!
//! [`Database::connect`] opens it and brings the schema up to date; [`entity`] holds one sea-orm
//! entity a table. This crate does not know what a post may contain (`raisfast-content` does) or
//! which table a plugin may touch (`raisfast-host-api` does): a statement that arrives here has
//! passed the gate.
//!
//! The database is SQLite, PostgreSQL or MariaDB, and what stands in front of it behaves the same:
//! each has a module for what is particular to it, and `transaction` holds what the two servers
//! share.
//!
//! Times are [`Timestamp`]s: RFC 3339 text in UTC with milliseconds. Text of that form sorts as
//! time does, and a plugin's `db-query` sees the same characters on every database; a native column
//! type would come back in each database's own format, and SQLite has none.
//!
//! Each database is a feature of this crate, all on by default: `sqlite`, `postgres` and `mariadb`.
//!
//! ```
//! use raisfast_db::{Database, entity::users};
//! use sea_orm::{EntityTrait, PaginatorTrait};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let database = Database::connect("sqlite::memory:").await?;
//! assert_eq!(users::Entity::find().count(database.connection()).await?, 0);
//! # Ok(())
//! # }
//! ```

#![cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mariadb")),
    allow(
        dead_code,
        reason = "what the databases share, one alone does not use in full"
    )
)]

mod clock;
mod columns;
mod connection;
mod connections;
mod cron;
mod database;
mod driver_error;
pub mod entity;
mod error;
mod events;
mod failure;
mod login_counts;
#[cfg(feature = "mariadb")]
mod mariadb;
mod migration;
mod notifications;
mod own_tables;
mod plugin_changes;
mod plugin_files;
mod plugin_pauses;
mod plugin_records;
mod plugin_releases;
mod plugin_removal;
mod plugin_settings;
mod plugin_state;
mod plugin_use;
#[cfg(feature = "postgres")]
mod postgres;
mod provider;
mod release;
mod rows;
mod runaways;
mod snapshot;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statements;
mod timestamp;
#[cfg(any(feature = "postgres", feature = "mariadb"))]
mod transaction;
mod upgrade;

pub use connection::Connection;
pub use cron::{RUNS_KEPT, TickTaken};
pub use database::Database;
pub use error::DbError;
pub use events::{EventBounds, NewEvent};
pub use login_counts::CountRule;
pub use notifications::Notifications;
pub use plugin_files::{FileCount, FilesTurn};
pub use plugin_records::{NewRecord, RecordBounds};
pub use plugin_removal::PluginRows;
pub use plugin_use::{KeyValueUse, RowBounds, TableUse};
pub use snapshot::Snapshot;
pub use timestamp::Timestamp;
