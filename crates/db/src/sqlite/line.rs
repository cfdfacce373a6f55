//! A connection whose statement can be told to stop.
//!
//! SQLite works on a thread of its own, and goes on when nobody waits for its answer any longer: a query that
//! was cut off would keep its connection, and a change the lock of all writers. So SQLite asks, every now
//! and then, whether it is to go on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sea_orm::sqlx::{
    self, Sqlite, SqlitePool,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

/// Steps of SQLite's machine between two questions: well below a millisecond.
const STEPS: i32 = 10_000;

/// A pool of one connection.
pub(super) struct Line {
    pub(super) pool: SqlitePool,
    stop: Stop,
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
        Ok(Self { pool, stop })
    }

    pub(super) async fn acquire(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.pool.acquire().await
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
