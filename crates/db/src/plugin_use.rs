//! The room that a plugin takes in the database.

use raisfast_contract::{PluginId, TablePrefix};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Statement,
    sea_query::{Alias, Expr, Query},
};

use crate::{Database, DbError};

/// The size of the values that a plugin keeps by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyValueUse {
    /// Keys.
    pub keys: u64,
    /// Bytes of keys and values together.
    pub bytes: u64,
}

/// A plugin's own table and the number of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableUse {
    /// The name in the database.
    pub name: String,
    /// Rows, counted up to a bound.
    pub rows: u64,
    /// True if there are more than were counted.
    pub has_more: bool,
}

/// The numbers of rows beyond which nobody counts: it takes time that grows with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowBounds {
    /// Rows of one table.
    pub of_one: u64,
    /// Rows of all tables together.
    pub of_all: u64,
}

impl Database {
    /// Returns the size of the values that a plugin keeps by key.
    pub async fn key_value_use(&self, plugin: &PluginId) -> Result<KeyValueUse, DbError> {
        Ok(KeyValueUse::of(self.connection(), plugin, None).await?)
    }

    /// Returns a plugin's own tables, at most `most` of them in the order of their names, each with
    /// its rows counted up to a bound. One more table says that there are more than `most`.
    pub async fn table_use(
        &self,
        plugin: &PluginId,
        most: usize,
        rows: RowBounds,
    ) -> Result<Vec<TableUse>, DbError> {
        let mut tables = Vec::new();
        let mut left = rows.of_all;
        for name in self.own_tables(plugin, most + 1).await? {
            let bound = rows.of_one.min(left);
            let counted = self.rows_of(&name, bound + 1).await?;
            left -= counted.min(bound);
            tables.push(TableUse {
                name,
                rows: counted.min(bound),
                has_more: counted > bound,
            });
        }
        Ok(tables)
    }

    /// The names of a plugin's own tables, in order, at most this many.
    pub(crate) async fn own_tables(
        &self,
        plugin: &PluginId,
        most: usize,
    ) -> Result<Vec<String>, DbErr> {
        let prefix = TablePrefix::of(plugin);
        let backend = self.connection().get_database_backend();
        let sql = match backend {
            DbBackend::Sqlite => {
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE ? ESCAPE '!'"
            }
            DbBackend::Postgres => {
                "SELECT table_name::text FROM information_schema.tables \
                 WHERE table_schema = 'public' AND table_type = 'BASE TABLE' \
                 AND table_name LIKE $1 ESCAPE '!'"
            }
            _ => {
                "SELECT table_name FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' \
                 AND table_name LIKE ? ESCAPE '!'"
            }
        };
        let pattern = format!("{}%", prefix.as_str().replace('_', "!_"));
        let query = Statement::from_sql_and_values(backend, sql, [pattern.into()]);
        let found = self.connection().query_all_raw(query).await?;
        let names = found.iter().map(|row| row.try_get_by_index(0));
        let mut names = names.collect::<Result<Vec<String>, _>>()?;
        names.retain(|name| prefix.owns(name));
        names.sort_unstable();
        names.truncate(most);
        Ok(names)
    }

    /// Counts the rows of a table, no further than this.
    async fn rows_of(&self, table: &str, most: u64) -> Result<u64, DbErr> {
        let some = Query::select()
            .expr(Expr::val(1))
            .from(Alias::new(table))
            .limit(most)
            .take();
        let count = Query::select()
            .expr(Expr::cust("COUNT(*)"))
            .from_subquery(some, Alias::new("some"))
            .take();
        let found = self.connection().query_one(&count).await?;
        let rows: i64 = found.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(rows.unsigned_abs())
    }
}
