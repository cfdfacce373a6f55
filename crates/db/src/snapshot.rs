//! Looks at a database from outside the server: a copy of one moment, its schema, its clock.

use std::path::Path;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Statement,
};

#[cfg(feature = "sqlite")]
use crate::sqlite;
use crate::{
    Connection, Database, DbError,
    database::open_read_only,
    entity::{plugin_states, tokens},
};

/// The query for the steps of the schema that a database has.
pub(crate) const SCHEMA: &str = "SELECT version FROM seaql_migrations ORDER BY version";

/// A database that is only read, as it is: nothing in it changes, its schema neither.
#[derive(Debug)]
pub struct Snapshot {
    connection: Connection,
}

impl Snapshot {
    /// Opens the database to which a URL leads. One that is not there is not made: its absence is
    /// an error.
    pub async fn open(url: &str) -> Result<Self, DbError> {
        let (connection, _) = open_read_only(url).await?;
        Ok(Self { connection })
    }

    /// Returns the connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns the steps of the schema that it has, in order.
    pub async fn schema(&self) -> Result<Vec<String>, DbError> {
        self.column(SCHEMA).await
    }

    /// Returns the time by the database's own clock.
    pub async fn clock(&self) -> Result<DateTime<Utc>, DbError> {
        let sql = match self.connection.get_database_backend() {
            sea_orm::DbBackend::Sqlite => "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
            sea_orm::DbBackend::Postgres => {
                "SELECT to_char(clock_timestamp() AT TIME ZONE 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
            }
            _ => "SELECT date_format(utc_timestamp(3), '%Y-%m-%dT%H:%i:%s.%fZ')",
        };
        let found = self.column(sql).await?.pop().unwrap_or_default();
        let time = DateTime::parse_from_rfc3339(&found).map_err(|error| {
            DbErr::Custom(format!("`{found}` is not a time of the database: {error}"))
        })?;
        Ok(time.into())
    }

    /// Returns the time of the latest login that has not expired, as the server wrote it.
    pub async fn newest_login(&self) -> Result<Option<DateTime<Utc>>, DbError> {
        let newest: Option<Option<String>> = tokens::Entity::find()
            .select_only()
            .column_as(tokens::Column::CreatedAt.max(), "newest")
            .into_tuple()
            .one(&self.connection)
            .await?;
        let parsed = newest
            .flatten()
            .map(|text| DateTime::parse_from_rfc3339(&text));
        Ok(parsed.and_then(Result::ok).map(Into::into))
    }

    /// Returns the ids of the plugins that an admin has turned off.
    pub async fn disabled_plugins(&self) -> Result<Vec<String>, DbError> {
        let off = plugin_states::Entity::find()
            .filter(plugin_states::Column::Enabled.eq(false))
            .all(&self.connection)
            .await?;
        Ok(off.into_iter().map(|plugin| plugin.plugin_id).collect())
    }

    /// Returns the first column of a query's rows.
    async fn column(&self, sql: &str) -> Result<Vec<String>, DbError> {
        let query = Statement::from_string(self.connection.get_database_backend(), sql);
        let rows = self.connection.query_all_raw(query).await?;
        let texts = rows.iter().map(|row| row.try_get_by_index(0));
        Ok(texts.collect::<Result<_, DbErr>>()?)
    }

    /// Closes the connection.
    pub async fn close(self) -> Result<(), DbError> {
        Ok(self.connection.close().await?)
    }
}

impl Database {
    /// Copies the SQLite file to which a URL leads as it is at one moment, while servers use it. It
    /// takes as long as reading the file once, however much is written meanwhile. Returns the steps
    /// of the schema that the copy has.
    pub async fn copy(url: &str, to: &Path) -> Result<Vec<String>, DbError> {
        #[cfg(feature = "sqlite")]
        if let Some(file) = Self::file_of(url) {
            return sqlite::copy::copy(file, to.to_owned()).await;
        }
        let _ = to;
        Err(DbError::url(url))
    }

    /// Returns what SQLite finds to be damaged in a file that nobody else uses.
    pub async fn damage(file: &Path) -> Result<Option<String>, DbError> {
        #[cfg(feature = "sqlite")]
        return sqlite::copy::damage(file.to_owned()).await;
        #[cfg(not(feature = "sqlite"))]
        Err(DbError::not_built(
            raisfast_host_api::capability::Dialect::Sqlite,
        ))
    }

    /// Returns whether any process has the SQLite file open to which a URL leads. Of other
    /// databases it is not known, and so not.
    pub async fn is_in_use(url: &str) -> Result<bool, DbError> {
        #[cfg(feature = "sqlite")]
        if let Some(file) = Self::file_of(url).filter(|file| file.exists()) {
            return sqlite::copy::is_in_use(file).await;
        }
        let _ = url;
        Ok(false)
    }
}
