//! A connection whose statement can be told to stop.
//!
//! SQLite works on a thread of its own, and goes on when nobody waits for its answer any longer: a
//! query that was cut off would keep its connection, and a change the lock of all writers. So
//! SQLite asks, every now and then, whether it is to go on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};

use sea_orm::sqlx::{
    self, Connection, Sqlite, SqliteConnection, SqlitePool, pool::PoolConnection,
    sqlite::SqliteConnectOptions,
};

use super::{limits, pool};

/// A pool of one connection.
pub(super) struct Line {
    pub(super) pool: SqlitePool,
    options: SqliteConnectOptions,
    watch: Watch,
    /// The schema for which the connection has prepared its statements.
    schema: AtomicU64,
}

impl Line {
    /// Opens the connection at its first use.
    pub(super) fn new(options: SqliteConnectOptions) -> Self {
        let watch = Watch::default();
        let watched = watch.clone();
        let pool = pool()
            .max_connections(1)
            .after_connect(move |connection, _| {
                let watch = watched.clone();
                Box::pin(async move {
                    let rolled_back = watch.clone();
                    let mut handle = connection.lock_handle().await?;
                    handle.set_rollback_hook(move || {
                        rolled_back.0.is_rolled_back.store(true, Ordering::Relaxed);
                    });
                    drop(handle);
                    limits::apply(connection, watch).await
                })
            })
            .connect_lazy_with(options.clone());
        Self {
            pool,
            options,
            watch,
            schema: AtomicU64::default(),
        }
    }

    /// Opens the connection.
    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let line = Self::new(options);
        line.acquire().await?;
        Ok(line)
    }

    /// Another line to the same database.
    pub(super) fn another(&self) -> Self {
        Self::new(self.options.clone())
    }

    pub(super) async fn acquire(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.pool.acquire().await
    }

    /// Forgets what the connection has prepared for another schema than this one, and has it read
    /// the new one: SQLite prepares for the schema that it remembers, and looks again when the
    /// statement runs. The driver takes a statement's columns for those that it had at first, and
    /// fails where there are others.
    pub(super) async fn follow(
        &self,
        connection: &mut SqliteConnection,
        schema: u64,
    ) -> Result<(), sqlx::Error> {
        if self.schema.load(Ordering::Relaxed) != schema {
            connection.clear_cached_statements().await?;
            sqlx::raw_sql("SELECT 1 FROM sqlite_schema LIMIT 1")
                .execute(&mut *connection)
                .await?;
            self.schema.store(schema, Ordering::Relaxed);
        }
        Ok(())
    }

    pub(super) fn watch(&self) -> Watch {
        self.watch.clone()
    }
}

/// The state that a line shares with its connection, which is on SQLite's thread.
#[derive(Clone, Default)]
pub(super) struct Watch(Arc<Signals>);

#[derive(Default)]
struct Signals {
    stop: AtomicBool,
    /// The number of times that SQLite has asked since the statement began.
    looks: AtomicU32,
    is_rolled_back: AtomicBool,
}

impl Watch {
    /// A statement begins. It is told to stop if the answer is dropped before it is done.
    pub(super) fn unless_done(&self) -> UnlessDone {
        self.0.stop.store(false, Ordering::Relaxed);
        self.0.looks.store(0, Ordering::Relaxed);
        UnlessDone {
            watch: self.clone(),
            is_done: false,
        }
    }

    /// SQLite asks. Returns how often it has done so before, since the statement began.
    pub(super) fn look(&self) -> u32 {
        self.0.looks.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns true once: what follows is the connection's way back to order.
    pub(super) fn is_told_to_stop(&self) -> bool {
        self.0.stop.swap(false, Ordering::Relaxed)
    }

    /// A transaction begins.
    pub(super) fn begin(&self) {
        self.0.is_rolled_back.store(false, Ordering::Relaxed);
    }

    /// SQLite has rolled back as a whole what began last, as it does by itself after some failures.
    pub(super) fn is_rolled_back(&self) -> bool {
        self.0.is_rolled_back.load(Ordering::Relaxed)
    }
}

/// See [`Watch::unless_done`].
pub(super) struct UnlessDone {
    watch: Watch,
    is_done: bool,
}

impl UnlessDone {
    pub(super) fn done(mut self) {
        self.is_done = true;
    }
}

impl Drop for UnlessDone {
    fn drop(&mut self) {
        if !self.is_done {
            self.watch.0.stop.store(true, Ordering::Relaxed);
        }
    }
}
