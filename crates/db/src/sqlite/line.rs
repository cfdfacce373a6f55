//! A connection whose statement can be told to stop.
//!
//! SQLite works on a thread of its own, and goes on when nobody waits for its answer any longer: a query that
//! was cut off would keep its connection, and a change the lock of all writers. So SQLite asks, every now
//! and then, whether it is to go on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use sea_orm::sqlx::{
    self, Connection, Sqlite, SqliteConnection, SqlitePool,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

/// Steps of SQLite's machine between two questions: well below a millisecond.
const STEPS: i32 = 10_000;

/// A pool of one connection.
pub(super) struct Line {
    pub(super) pool: SqlitePool,
    stop: Stop,
    /// The schema for which the connection has prepared its statements.
    schema: AtomicU64,
}

impl Line {
    pub(super) async fn open(
        pool: SqlitePoolOptions,
        options: SqliteConnectOptions,
    ) -> Result<Self, sqlx::Error> {
        let stop = Stop::default();
        let asked = stop.clone();
        let pool = pool
            .max_connections(1)
            .after_connect(move |connection, _| {
                let asked = asked.clone();
                Box::pin(async move {
                    let mut handle = connection.lock_handle().await?;
                    // Once: what follows is the connection's way back to order.
                    handle.set_progress_handler(STEPS, move || {
                        !asked.0.swap(false, Ordering::Relaxed)
                    });
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self {
            pool,
            stop,
            schema: AtomicU64::default(),
        })
    }

    pub(super) async fn acquire(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.pool.acquire().await
    }

    /// Forgets what the connection has prepared for another schema than this one, and has it read the new
    /// one: SQLite prepares for the schema that it remembers, and looks again when the statement runs. The
    /// driver takes a statement's columns for those that it had at first, and fails where there are others.
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

    pub(super) fn stop(&self) -> Stop {
        self.stop.clone()
    }
}

/// Tells a line's statement to stop.
#[derive(Clone, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// A statement begins. It is told to stop if the answer is dropped before it is done.
    pub(super) fn unless_done(&self) -> UnlessDone {
        self.0.store(false, Ordering::Relaxed);
        UnlessDone {
            stop: self.clone(),
            is_done: false,
        }
    }
}

/// See [`Stop::unless_done`].
pub(super) struct UnlessDone {
    stop: Stop,
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
            self.stop.0.store(true, Ordering::Relaxed);
        }
    }
}
