//! A SQLite database that tells which tables a statement touches.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{
    Connection,
    hooks::{AuthAction, AuthContext, Authorization},
};

/// The tables that statements are made of. All have the same columns. `code` stands in the column
/// lists of ON CONFLICT and in no expression.
pub(crate) const TABLES: [&str; 5] = ["posts", "users", "comments", "tags", "likes"];

/// The questions that SQLite asks its authorizer while it prepares a statement.
#[derive(Debug, Default, Clone)]
pub(crate) struct Touched {
    /// Columns by table. The empty name stands for a table that is read, though none of its columns
    /// is.
    pub(crate) reads: BTreeMap<String, BTreeSet<String>>,
    pub(crate) writes: BTreeSet<String>,
    /// Anything but the reading and writing of tables and the calling of functions.
    pub(crate) other: BTreeSet<String>,
}

pub(crate) struct Database {
    connection: Connection,
    touched: Arc<Mutex<Touched>>,
}

impl Database {
    pub(crate) fn new() -> Self {
        Self::with_columns("")
    }

    /// Tables that have more columns, whose definitions each begin with a comma.
    pub(crate) fn with_columns(more: &str) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        for table in TABLES {
            let columns = "id integer primary key, title text, views integer, code text unique";
            connection
                .execute_batch(&format!("create table {table} ({columns}{more})"))
                .unwrap();
        }
        let touched = Arc::new(Mutex::new(Touched::default()));
        let log = Arc::clone(&touched);
        connection
            .authorizer(Some(move |context: AuthContext<'_>| {
                let mut touched = log.lock().unwrap_or_else(PoisonError::into_inner);
                touched.note(&context.action);
                Authorization::Allow
            }))
            .unwrap();
        Self {
            connection,
            touched,
        }
    }

    /// The tables of a statement, which is prepared and not run.
    pub(crate) fn touched(&self, sql: &str) -> rusqlite::Result<Touched> {
        *self.log() = Touched::default();
        self.connection.prepare(sql)?;
        Ok(self.log().clone())
    }

    fn log(&self) -> MutexGuard<'_, Touched> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Touched {
    fn note(&mut self, action: &AuthAction<'_>) {
        match action {
            AuthAction::Read {
                table_name,
                column_name,
            } => {
                self.reads
                    .entry(table_name.to_ascii_lowercase())
                    .or_default()
                    .insert(column_name.to_ascii_lowercase());
            }
            AuthAction::Insert { table_name }
            | AuthAction::Update { table_name, .. }
            | AuthAction::Delete { table_name } => {
                self.writes.insert(table_name.to_ascii_lowercase());
            }
            AuthAction::Select | AuthAction::Recursive | AuthAction::Function { .. } => {}
            other => {
                self.other.insert(format!("{other:?}"));
            }
        }
    }
}
