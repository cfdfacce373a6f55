//! A database in a file of its own, in a folder that goes with it.

#![allow(dead_code, reason = "each test file uses what it needs")]

use raisfast_db::Database;
use raisfast_host_api::capability::{Row, RowLimits};
use tempfile::TempDir;

pub(crate) struct TestDatabase {
    pub(crate) database: Database,
    pub(crate) url: String,
    folder: TempDir,
}

impl TestDatabase {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db?mode=rwc", folder.path().display());
        Self {
            database: Database::connect(&url).await.unwrap(),
            url,
            folder,
        }
    }
}

/// More than any test asks for.
pub(crate) const AMPLE: RowLimits = RowLimits {
    rows: 1_000,
    bytes: 1 << 20,
};

/// Columns and values in order, which comparing maps would not show.
pub(crate) fn pairs(row: &Row) -> Vec<(&str, String)> {
    row.iter()
        .map(|(column, value)| (column.as_str(), value.to_string()))
        .collect()
}
