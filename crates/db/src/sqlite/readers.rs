//! The connections of plugins' queries.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sea_orm::sqlx;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{limits, line::Line};
use crate::{connections::ACQUIRE_TIMEOUT, runaways::Runaways};

/// The time that a connection may take to come back after its statement was told to stop. After
/// that its place is another's.
const COME_BACK: Duration = Duration::from_secs(3);

/// Connections that look at one database and change nothing.
#[derive(Clone)]
pub(super) struct Readers(Arc<Shared>);

struct Shared {
    idle: Mutex<Vec<Line>>,
    /// As many permits as there are idle lines. Whoever waits for one is served in order.
    permits: Arc<Semaphore>,
    count: u32,
    runaways: Runaways,
}

impl Readers {
    pub(super) fn new(lines: Vec<Line>) -> Self {
        Self(Arc::new(Shared {
            permits: Arc::new(Semaphore::new(lines.len())),
            count: u32::try_from(lines.len()).unwrap_or(u32::MAX),
            idle: Mutex::new(lines),
            runaways: Runaways::default(),
        }))
    }

    /// Waits for an idle one.
    pub(super) async fn take(&self) -> Result<Reader, sqlx::Error> {
        let permit = timeout(ACQUIRE_TIMEOUT, Arc::clone(&self.0.permits).acquire_owned())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let line = self.0.idle().pop().expect("each permit stands for one");
        Ok(Reader {
            readers: self.clone(),
            taken: Some((line, permit)),
            is_settled: false,
        })
    }

    /// Waits until all of them are idle, and keeps others from them.
    pub(super) async fn take_all(&self) -> Result<OwnedSemaphorePermit, sqlx::Error> {
        let permits = Arc::clone(&self.0.permits).acquire_many_owned(self.0.count);
        timeout(ACQUIRE_TIMEOUT, permits)
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)
    }

    /// Closes all of them, those that are in use once they are idle.
    pub(super) async fn close(&self) {
        // Fails only if it is closed already.
        let _ = self.0.permits.acquire_many(self.0.count).await;
        self.0.permits.close();
        let idle = std::mem::take(&mut *self.0.idle());
        for line in idle {
            line.pool.close().await;
        }
    }

    fn give_back(&self, line: Line, permit: OwnedSemaphorePermit) {
        self.0.idle().push(line);
        drop(permit);
        limits::tidy();
    }

    /// Waits for a connection whose statement was cut off. If it does not come back in time,
    /// another one takes its place, and it is closed whenever it does.
    async fn come_back(&self, line: Line, permit: OwnedSemaphorePermit) {
        if timeout(COME_BACK, line.acquire())
            .await
            .is_ok_and(|connection| connection.is_ok())
        {
            return self.give_back(line, permit);
        }
        let Some(runaway) = self.0.runaways.one_more() else {
            line.pool.close().await;
            return self.give_back(line.another(), permit);
        };
        tracing::warn!("SQLite does not end a plugin's query; another connection takes its place");
        self.give_back(line.another(), permit);
        line.pool.close().await;
        drop(runaway);
    }
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Vec<Line>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reader that is in use.
pub(super) struct Reader {
    readers: Readers,
    taken: Option<(Line, OwnedSemaphorePermit)>,
    is_settled: bool,
}

impl Reader {
    pub(super) fn line(&self) -> &Line {
        let (line, _) = self
            .taken
            .as_ref()
            .expect("it is taken until it is dropped");
        line
    }

    /// The statement is over, however it ended.
    pub(super) fn settled(mut self) {
        self.is_settled = true;
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some((line, permit)) = self.taken.take() else {
            return;
        };
        let readers = self.readers.clone();
        match Handle::try_current() {
            Ok(runtime) if !self.is_settled => {
                runtime.spawn(async move { readers.come_back(line, permit).await });
            }
            _ => readers.give_back(line, permit),
        }
    }
}
