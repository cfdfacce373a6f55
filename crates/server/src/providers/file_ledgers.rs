//! The usage of plugins' files, which the servers of a site with one bucket count together.

use std::{
    collections::HashMap,
    fmt, mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use raisfast_cluster::{Node, NodeId};
use raisfast_contract::PluginId;
use raisfast_db::{Database, DbError, FileCount, FilesTurn};
use raisfast_host_api::{ApiError, ErrorCode};
use raisfast_vfs::{Ledgers, Turn, Usage};
use tokio::{
    sync::OwnedMutexGuard,
    time::{Instant, sleep},
};

/// The longest time that a change waits for those of other servers: more than a lease lasts.
const PATIENCE: Duration = Duration::from_secs(15);
/// The time after which a server that waits looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// The time after which the end of a turn is tried again.
const END_AGAIN: Duration = Duration::from_millis(500);

/// The ledgers of a site: the rows of `plugin_files`.
pub(super) struct SiteLedgers {
    database: Database,
    node: Node,
    queues: Mutex<HashMap<PluginId, Queue>>,
}

/// Those of this server who wait for a plugin's turn, which is asked for by the first of them only.
/// It holds true once the files were counted since the start: somebody may have put some there.
type Queue = Arc<tokio::sync::Mutex<bool>>;

impl SiteLedgers {
    pub(super) fn new(database: Database, node: Node) -> Self {
        Self {
            database,
            node,
            queues: Mutex::default(),
        }
    }

    fn queue(&self, plugin: &PluginId) -> Queue {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry(plugin.clone()).or_default())
    }
}

impl fmt::Debug for SiteLedgers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiteLedgers").finish_non_exhaustive()
    }
}

#[async_trait]
impl Ledgers for SiteLedgers {
    async fn turn(&self, plugin: &PluginId) -> Result<Box<dyn Turn>, ApiError> {
        let is_counted = self.queue(plugin).lock_owned().await;
        let mut turn = SiteTurn {
            database: self.database.clone(),
            node: self.node.clone(),
            id: self.node.id().ok_or_else(no_lease)?,
            held: None,
            is_counted: Some(is_counted),
        };
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            turn.id = self.node.id().ok_or_else(no_lease)?;
            let id = turn.id.to_string();
            match self.database.take_files_turn(plugin.as_str(), &id).await {
                Ok(Some(held)) => {
                    turn.held = Some(held);
                    return Ok(Box::new(turn));
                }
                Ok(None) => sleep(LOOK_AGAIN).await,
                Err(error) => {
                    turn.held = Some(FilesTurn::in_doubt(plugin.as_str(), &id));
                    return Err(failure(&error));
                }
            }
        }
        Err(busy(format!(
            "another server of the site has changed files of the plugin for {} s; try again",
            PATIENCE.as_secs()
        )))
    }

    async fn usage(&self, plugin: &PluginId) -> Result<Option<Usage>, ApiError> {
        let count = self.database.file_count(plugin.as_str()).await;
        Ok(count.map_err(|error| failure(&error))?.map(usage))
    }
}

/// A turn that this server has in the database. If it is dropped, it is ended in the background.
struct SiteTurn {
    database: Database,
    node: Node,
    id: NodeId,
    held: Option<FilesTurn>,
    is_counted: Option<OwnedMutexGuard<bool>>,
}

#[async_trait]
impl Turn for SiteTurn {
    fn usage(&self) -> Option<Usage> {
        let is_counted = self.is_counted.as_deref().copied().unwrap_or_default();
        let count = self.held.as_ref()?.count.filter(|_| is_counted)?;
        Some(usage(count))
    }

    fn check(&self) -> Result<(), ApiError> {
        if self.node.id() == Some(self.id) {
            return Ok(());
        }
        Err(no_lease())
    }

    async fn end(mut self: Box<Self>, usage: Option<Usage>) {
        let Some(held) = self.held.take() else { return };
        if let Some(is_counted) = &mut self.is_counted {
            **is_counted = usage.is_some();
        }
        let count = usage.map(count);
        if let Err(error) = self.database.end_files_turn(&held, count).await {
            tracing::warn!(%error, "the count of a plugin's files is not written; it is tried again");
            self.end_in_background(held, count);
        }
    }
}

impl SiteTurn {
    /// Ends the turn as soon as the database lets it. Until then nobody here begins another one.
    fn end_in_background(&mut self, held: FilesTurn, count: Option<FileCount>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let database = self.database.clone();
        let queue = mem::take(&mut self.is_counted);
        runtime.spawn(async move {
            while let Err(error) = database.end_files_turn(&held, count).await {
                tracing::debug!(%error, "the count of a plugin's files is still not written");
                sleep(END_AGAIN).await;
            }
            drop(queue);
        });
    }
}

impl Drop for SiteTurn {
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            self.end_in_background(held, None);
        }
    }
}

fn usage(count: FileCount) -> Usage {
    Usage {
        files: count.files,
        bytes: count.bytes,
    }
}

fn count(usage: Usage) -> FileCount {
    FileCount {
        files: usage.files,
        bytes: usage.bytes,
    }
}

fn no_lease() -> ApiError {
    busy(
        "this server has not reached the database for a while, and changes no files until it does; try again",
    )
}

fn busy(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::Busy, message)
}

fn failure(error: &DbError) -> ApiError {
    if error.is_busy() {
        return busy("the database, which counts the files, is busy; try again");
    }
    tracing::error!(%error, "the database failed when files of a plugin were counted");
    ApiError::new(
        ErrorCode::Internal,
        "the database failed; the server's log has the details",
    )
}
