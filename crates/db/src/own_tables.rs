//! Plugins' own tables: each migration runs once, and as a whole or not at all.
//!
//! Whoever runs migrations has its turn: SQLite's write lock, or a row that it holds. SQLite and
//! PostgreSQL run a file and the record that it has run in one transaction. MariaDB commits with
//! every change of the schema; [`mariadb`] says what it does instead.
//!
//! The connections of plugins have prepared statements that know the tables as they were. They are
//! made to forget them at the moment when the change becomes visible, and no query of this server
//! runs at that moment.

mod mariadb;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use raisfast_contract::PluginId;
use raisfast_host_api::{
    ApiError, ErrorCode,
    capability::Migrations,
    migration::{Migration, MigrationError},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, QueryFilter, QueryOrder, QuerySelect, RuntimeErr,
};

use crate::{
    Database, DbError, Timestamp,
    driver_error::api_error,
    entity::{plugin_migration_locks, plugin_migrations},
};

/// The time that a server waits for its turn. Another one may have long files to run.
const PATIENCE: Duration = Duration::from_mins(1);

#[async_trait]
impl Migrations for Database {
    async fn apply(
        &self,
        plugin: &PluginId,
        migrations: &[Migration],
    ) -> Result<Vec<String>, MigrationError> {
        let ran = self.run_pending(plugin, migrations).await;
        // Part of them may have run, here or on another server.
        self.columns.forget();
        ran
    }
}

impl Database {
    async fn run_pending(
        &self,
        plugin: &PluginId,
        migrations: &[Migration],
    ) -> Result<Vec<String>, MigrationError> {
        let records = records(self.connection(), plugin).await?;
        let is_settled = records.iter().all(|record| record.journal.is_none());
        if is_settled && pending(&records, migrations)?.is_empty() {
            // Another server may have run them.
            if !migrations.is_empty() {
                self.plugins.forget();
            }
            return Ok(Vec::new());
        }
        let mut ran = Vec::new();
        while let Some(name) = self.run_next(plugin, migrations).await? {
            tracing::info!(%plugin, name, "migration of a plugin has run");
            ran.push(name);
        }
        Ok(ran)
    }

    /// Runs the first migration that has not run, and returns its name.
    async fn run_next(
        &self,
        plugin: &PluginId,
        migrations: &[Migration],
    ) -> Result<Option<String>, MigrationError> {
        let turn = self.turn().await.map_err(unavailable)?;
        if turn.get_database_backend() == DbBackend::MySql {
            // What runs below commits by itself; the turn's transaction only holds the lock.
            let done = mariadb::run_next(self, plugin, migrations).await;
            turn.rollback().await.map_err(unavailable)?;
            return done;
        }
        let records = records(&turn, plugin).await?;
        let Some(migration) = pending(&records, migrations)?.first() else {
            return Ok(None);
        };
        run(&turn, migration).await?;
        record(&turn, plugin, migration, None).await?;
        let pause = self
            .plugins
            .pause()
            .await
            .map_err(|error| MigrationError::Unavailable {
                reason: error.message,
            })?;
        self.plugins.forget();
        let last = migration.statements().last().map_or(1, |last| last.line);
        turn.commit()
            .await
            .map_err(|error| failed(migration, last, &error))?;
        drop(pause);
        Ok(Some(migration.name().to_owned()))
    }

    /// Waits until nobody else runs migrations on this database.
    pub(crate) async fn turn(&self) -> Result<DatabaseTransaction, DbError> {
        let begun = Instant::now();
        loop {
            match self.turn_soon().await {
                // It has waited by itself.
                Err(error) if error.is_busy() && begun.elapsed() < PATIENCE => {}
                turn => return turn,
            }
        }
    }

    async fn turn_soon(&self) -> Result<DatabaseTransaction, DbError> {
        let turn = self.begin().await?;
        // SQLite has one writer at a time anyway.
        if turn.get_database_backend() != DbBackend::Sqlite {
            plugin_migration_locks::Entity::find_by_id(plugin_migration_locks::ROW)
                .lock_exclusive()
                .one(&turn)
                .await?;
        }
        Ok(turn)
    }
}

/// Returns the records of a plugin's migrations that have run, in the order of their names.
async fn records(
    connection: &impl ConnectionTrait,
    plugin: &PluginId,
) -> Result<Vec<plugin_migrations::Model>, MigrationError> {
    let mut records = plugin_migrations::Entity::find()
        .filter(plugin_migrations::Column::PluginId.eq(plugin.as_str()))
        .order_by_asc(plugin_migrations::Column::Name)
        .all(connection)
        .await
        .map_err(unavailable)?;
    // PostgreSQL sorts as people of its locale do.
    records.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(records)
}

/// The migrations that have not run, if those that have are as they were and come before them.
fn pending<'a>(
    records: &[plugin_migrations::Model],
    migrations: &'a [Migration],
) -> Result<&'a [Migration], MigrationError> {
    for record in records {
        let found = migrations
            .iter()
            .find(|migration| migration.name() == record.name)
            .ok_or_else(|| MigrationError::Missing {
                file: record.name.clone(),
            })?;
        if !found.has_checksum(&record.checksum) {
            return Err(MigrationError::Changed {
                file: record.name.clone(),
                ran: record.checksum.clone(),
                found: found.checksum().to_owned(),
            });
        }
    }
    let (before, new) = migrations.split_at(records.len());
    for (migration, record) in before.iter().zip(records) {
        if migration.name() != record.name {
            let last = records.last().expect("there is this one");
            return Err(MigrationError::TooLate {
                file: migration.name().to_owned(),
                last: last.name.clone(),
            });
        }
    }
    Ok(new)
}

/// Runs a file's statements.
async fn run(
    connection: &impl ConnectionTrait,
    migration: &Migration,
) -> Result<(), MigrationError> {
    for statement in migration.statements() {
        connection
            .execute_unprepared(&statement.sql)
            .await
            .map_err(|error| failed(migration, statement.line, &error))?;
    }
    Ok(())
}

/// Remembers that a migration has run, or on MariaDB that it is about to.
async fn record(
    connection: &impl ConnectionTrait,
    plugin: &PluginId,
    migration: &Migration,
    journal: Option<String>,
) -> Result<(), MigrationError> {
    plugin_migrations::Entity::insert(plugin_migrations::ActiveModel {
        plugin_id: Set(plugin.to_string()),
        name: Set(migration.name().to_owned()),
        checksum: Set(migration.checksum().to_owned()),
        ran_at: Set(Timestamp::now()),
        journal: Set(journal),
    })
    .exec_without_returning(connection)
    .await
    .map_err(unavailable)?;
    Ok(())
}

/// A statement of the plugin did not run.
fn failed(migration: &Migration, line: u64, error: &DbErr) -> MigrationError {
    let ApiError { message, code } = words(error);
    match code {
        ErrorCode::Busy | ErrorCode::Internal => MigrationError::Unavailable { reason: message },
        _ => MigrationError::Failed {
            file: migration.name().to_owned(),
            line,
            reason: message,
        },
    }
}

/// A statement of the server did not run.
fn unavailable(error: impl Into<DbError>) -> MigrationError {
    MigrationError::Unavailable {
        reason: error.into().to_string(),
    }
}

/// Returns the database's words, as the plugin's authors may read them.
fn words(error: &DbErr) -> ApiError {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => api_error(cause),
        other => ApiError::new(ErrorCode::Sql, other.to_string()),
    }
}
