//! A database for each test, which goes with it.

use raisfast_db::Database;
use raisfast_host_api::{
    ApiError,
    capability::{Db, Dialect, Row, RowLimits, Scalar},
};
use raisfast_test_databases::Server;
use serde_json::Value;
use tempfile::TempDir;

/// Makes three tests of each function: one a database.
macro_rules! on_every_database {
    ($($(#[$attribute:meta])* async fn $name:ident($test:ident: &TestDatabase) $body:block)*) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "each test uses what it needs")]
            use super::*;
            use crate::support::TestDatabase;

            async fn check($test: &TestDatabase) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                check(&TestDatabase::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                check(&TestDatabase::postgres().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn mariadb() {
                check(&TestDatabase::mariadb().await).await;
            }
        }
    )*};
}
pub(crate) use on_every_database;

pub(crate) struct TestDatabase {
    pub(crate) database: Database,
    pub(crate) url: String,
    /// The folder of a database that is a file.
    _folder: Option<TempDir>,
}

impl TestDatabase {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db?mode=rwc", folder.path().display());
        Self::open(url, Some(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::open(Server::Postgres.fresh_database(), None).await
    }

    pub(crate) async fn mariadb() -> Self {
        Self::open(Server::Mariadb.fresh_database(), None).await
    }

    async fn open(url: String, folder: Option<TempDir>) -> Self {
        Self {
            database: Database::connect(&url).await.unwrap(),
            url,
            _folder: folder,
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.database.dialect()
    }

    /// Makes the table `things`.
    pub(crate) async fn with_table(&self, columns: &str) {
        self.execute(&format!("CREATE TABLE things ({columns})"), &[])
            .await
            .unwrap();
    }

    pub(crate) async fn execute(&self, sql: &str, params: &[Scalar]) -> Result<u64, ApiError> {
        Db::execute(&self.database, &self.own_form(sql), params).await
    }

    pub(crate) async fn query(
        &self,
        sql: &str,
        params: &[Scalar],
        limits: RowLimits,
    ) -> Result<Vec<Row>, ApiError> {
        Db::query(&self.database, &self.own_form(sql), params, limits).await
    }

    pub(crate) async fn rows(&self, sql: &str, params: &[Scalar]) -> Vec<Value> {
        let rows = self.query(sql, params, AMPLE).await.unwrap();
        rows.into_iter()
            .map(|row| Value::Object(row.into_json()))
            .collect()
    }

    /// The statement with its placeholders as the gate writes them for this database.
    pub(crate) fn own_form(&self, sql: &str) -> String {
        if self.dialect() != Dialect::Postgres {
            return sql.to_owned();
        }
        let mut numbered = String::new();
        for (index, piece) in sql.split('?').enumerate() {
            if index > 0 {
                numbered.extend(["$", &index.to_string()]);
            }
            numbered.push_str(piece);
        }
        numbered
    }
}

pub(crate) fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

/// More than any test asks for.
pub(crate) const AMPLE: RowLimits = RowLimits {
    rows: 1_000,
    bytes: 1 << 20,
    memory: 4 << 20,
};

/// Columns and values in order, which comparing maps would not show.
pub(crate) fn pairs(row: &Row) -> Vec<(&str, String)> {
    row.columns()
        .iter()
        .map(|(column, value)| (column.as_str(), value.clone().into_json().to_string()))
        .collect()
}

/// A column's value as JSON.
pub(crate) fn cell(row: &Row, name: &str) -> Value {
    row.clone().into_json()[name].clone()
}
