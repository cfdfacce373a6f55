//! MariaDB commits with each change of the schema: a file that fails in its middle cannot be rolled
//! back.
//!
//! So the tables that a file may change are copied before it runs. A journal, in the file's record,
//! says which they are, how they were made and how far the work has come; it ends with [`settle`],
//! whoever calls it: the server that ran the file, or, when that one is gone, the next to load the
//! plugin. What is done twice for that reason does no harm.
//!
//! While the file runs, plugins of this server do not write. What those of another server write
//! into the tables meanwhile is lost when the file fails.

use std::collections::BTreeSet;

use raisfast_contract::PluginId;
use raisfast_host_api::migration::{Migration, MigrationError};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbBackend, DbErr, EntityTrait,
    IntoActiveModel, QueryResult, Statement, Value,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{failed, pending, record, records, run, unavailable};
use crate::{Connection, Database, entity::plugin_migrations};

/// The plan for a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Journal {
    #[serde(rename = "phase")]
    progress: Progress,
    /// The tables that the file may change or make.
    tables: Vec<Table>,
}

/// The steps of a file, of which the journal names the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Progress {
    /// The tables are as they were; some of them may have a copy.
    Unchanged,
    /// The file runs, or has failed. Every table that was there has its copy.
    Running,
    /// The file has run. Some tables may still have a copy.
    Ran,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Table {
    name: String,
    /// The table before the file ran; none if it did not exist.
    before: Option<Before>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Before {
    /// The statement that makes it, foreign keys included.
    definition: String,
    /// The columns that are not computed from others.
    columns: Vec<String>,
    /// The table that holds its rows.
    copy: String,
}

/// Runs the first migration that has not run, and returns its name. The caller has the turn.
pub(super) async fn run_next(
    database: &Database,
    plugin: &PluginId,
    migrations: &[Migration],
) -> Result<Option<String>, MigrationError> {
    let connection = database.connection();
    for record in records(connection, plugin).await? {
        if record.journal.is_some() {
            settle(connection, record).await?;
        }
    }
    let ran = records(connection, plugin).await?;
    let Some(migration) = pending(&ran, migrations)?.first() else {
        return Ok(None);
    };
    let pause = database
        .plugins
        .pause()
        .await
        .map_err(|error| MigrationError::Unavailable {
            reason: error.message,
        })?;
    let journal = Journal::begin(connection, migration)
        .await
        .map_err(unavailable)?;
    record(connection, plugin, migration, Some(journal.text())).await?;
    let key = (plugin.to_string(), migration.name().to_owned());
    let written = plugin_migrations::Entity::find_by_id(key)
        .one(connection)
        .await
        .map_err(unavailable)?
        .ok_or_else(|| unavailable(DbErr::RecordNotFound("the migration's record".to_owned())))?;
    let (written, outcome) = attempt(connection, migration, written, journal).await;
    settle(connection, written).await?;
    drop(pause);
    outcome.map(|()| Some(migration.name().to_owned()))
}

/// Copies and runs. Returns the record as it was last written, and what came of it.
async fn attempt(
    connection: &Connection,
    migration: &Migration,
    mut written: plugin_migrations::Model,
    mut journal: Journal,
) -> (plugin_migrations::Model, Result<(), MigrationError>) {
    let outcome = async {
        for table in &journal.tables {
            if let Some(before) = &table.before {
                before
                    .copy(connection, &table.name)
                    .await
                    // The table is the plugin's, and so is its failure.
                    .map_err(|error| failed(migration, 1, &error))?;
            }
        }
        journal.progress = Progress::Running;
        written = write(connection, written.clone(), &journal).await?;
        run(connection, migration).await?;
        journal.progress = Progress::Ran;
        written = write(connection, written.clone(), &journal).await?;
        Ok(())
    }
    .await;
    (written, outcome)
}

/// Ends what a journal tells of: puts the tables back if the file has not run as a whole, and
/// clears up.
async fn settle(
    connection: &Connection,
    mut written: plugin_migrations::Model,
) -> Result<(), MigrationError> {
    let text = written.journal.as_deref().unwrap_or_default();
    let mut journal: Journal = serde_json::from_str(text).map_err(|error| {
        unavailable(DbErr::Custom(format!(
            "the journal of {} cannot be read: {error}",
            written.name
        )))
    })?;
    if journal.progress == Progress::Running {
        journal.put_back(connection).await.map_err(unavailable)?;
        journal.progress = Progress::Unchanged;
        written = write(connection, written, &journal).await?;
    }
    for before in journal.before() {
        let sql = format!("DROP TABLE IF EXISTS `{}`", before.copy);
        execute(connection, &sql).await.map_err(unavailable)?;
    }
    if journal.progress == Progress::Ran {
        let mut done = written.into_active_model();
        done.journal = Set(None);
        done.update(connection).await.map_err(unavailable)?;
    } else {
        plugin_migrations::Entity::delete_by_id((written.plugin_id, written.name))
            .exec(connection)
            .await
            .map_err(unavailable)?;
    }
    Ok(())
}

/// Writes the journal into the file's record.
async fn write(
    connection: &Connection,
    written: plugin_migrations::Model,
    journal: &Journal,
) -> Result<plugin_migrations::Model, MigrationError> {
    let mut record = written.into_active_model();
    record.journal = Set(Some(journal.text()));
    record.update(connection).await.map_err(unavailable)
}

impl Journal {
    /// Looks at what the file may change: the tables that it names, and those whose foreign keys
    /// refer to them, because they follow when a table gets another name.
    async fn begin(connection: &Connection, migration: &Migration) -> Result<Self, DbErr> {
        let touched = migration.tables();
        let mut names: BTreeSet<String> = touched.iter().map(ToString::to_string).collect();
        for name in &touched {
            let referring = "SELECT TABLE_NAME FROM information_schema.KEY_COLUMN_USAGE \
                             WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_SCHEMA = DATABASE() \
                             AND REFERENCED_TABLE_NAME = ?";
            names.extend(texts(connection, referring, name).await?);
        }
        let mut tables = Vec::new();
        for name in names {
            let before = Before::look(connection, &name).await?;
            tables.push(Table { name, before });
        }
        Ok(Self {
            progress: Progress::Unchanged,
            tables,
        })
    }

    fn text(&self) -> String {
        serde_json::to_string(self).expect("it has texts and lists only")
    }

    fn before(&self) -> impl Iterator<Item = &Before> {
        self.tables.iter().filter_map(|table| table.before.as_ref())
    }

    async fn put_back(&self, connection: &Connection) -> Result<(), DbErr> {
        for table in &self.tables {
            let sql = format!("DROP TABLE IF EXISTS `{}`", table.name);
            execute(connection, &sql).await?;
        }
        for before in self.before() {
            execute(connection, &before.definition).await?;
        }
        for table in &self.tables {
            if let Some(before) = &table.before {
                let sql = before.all_rows(&before.copy, &table.name);
                execute(connection, &sql).await?;
            }
        }
        Ok(())
    }
}

impl Before {
    /// Reads a table as it is now; none if it does not exist.
    async fn look(connection: &Connection, table: &str) -> Result<Option<Self>, DbErr> {
        let columns = "SELECT COLUMN_NAME FROM information_schema.COLUMNS \
                       WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? \
                       AND COALESCE(GENERATION_EXPRESSION, '') = '' ORDER BY ORDINAL_POSITION";
        let columns = texts(connection, columns, table).await?;
        if columns.is_empty() {
            return Ok(None);
        }
        let show = format!("SHOW CREATE TABLE `{table}`");
        let shown = connection
            .query_one_raw(Statement::from_string(DbBackend::MySql, show))
            .await?
            .ok_or_else(|| DbErr::RecordNotFound(table.to_owned()))?;
        Ok(Some(Self {
            definition: shown.try_get_by_index(1)?,
            columns,
            copy: format!("plugin_copy_{}", Uuid::now_v7().simple()),
        }))
    }

    async fn copy(&self, connection: &Connection, table: &str) -> Result<(), DbErr> {
        let sql = format!("CREATE TABLE `{}` LIKE `{table}`", self.copy);
        execute(connection, &sql).await?;
        execute(connection, &self.all_rows(table, &self.copy)).await
    }

    fn all_rows(&self, from: &str, to: &str) -> String {
        let columns: Vec<_> = self
            .columns
            .iter()
            .map(|column| format!("`{}`", column.replace('`', "``")))
            .collect();
        let columns = columns.join(", ");
        format!("INSERT INTO `{to}` ({columns}) SELECT {columns} FROM `{from}`")
    }
}

/// Runs a statement that moves tables and rows as they are: what they refer to may be on its way,
/// and a zero in a column that counts does not ask for the next number.
async fn execute(connection: &Connection, sql: &str) -> Result<(), DbErr> {
    let sql = format!(
        "SET STATEMENT foreign_key_checks = 0, lock_wait_timeout = 60, \
         sql_mode = 'NO_AUTO_VALUE_ON_ZERO' FOR {sql}"
    );
    connection.execute_unprepared(&sql).await.map(drop)
}

/// The first column of every row that a query finds for a table.
async fn texts(
    connection: &Connection,
    query: &'static str,
    table: &str,
) -> Result<Vec<String>, DbErr> {
    let table: Value = table.into();
    let query = Statement::from_sql_and_values(DbBackend::MySql, query, [table]);
    let rows: Vec<QueryResult> = connection.query_all_raw(query).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
