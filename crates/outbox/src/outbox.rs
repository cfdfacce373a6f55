//! The outbox as a whole.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::future::join_all;
use raisfast_cluster::Node;
use raisfast_contract::{HookName, PluginId};
use raisfast_db::{Database, entity::outbox};
use raisfast_hooks::{Bus, Hooks};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QuerySelect};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    OutboxError, Places,
    deliveries::Deliveries,
    lane::Lane,
    places::Place,
    room::Size,
    rows::{Rows, bytes_of_all},
    table::Table,
};

/// The operator's options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxOptions {
    /// Deliveries to one plugin at a time, each of another record. Default 4.
    pub side_by_side: NonZeroUsize,
    /// Rows that one plugin may have, dead letters included. Default 100,000.
    pub max_waiting: u64,
    /// Bytes of what those rows deliver. Default 1 GiB.
    pub max_waiting_bytes: u64,
    /// The time after its first failure at which a delivery is tried again; each further wait is
    /// four times as long. Default 1 s.
    pub first_retry: Duration,
}

impl Default for OutboxOptions {
    fn default() -> Self {
        Self {
            side_by_side: NonZeroUsize::MIN.saturating_add(3),
            max_waiting: 100_000,
            max_waiting_bytes: 1 << 30,
            first_retry: Duration::from_secs(1),
        }
    }
}

/// The outbox of one database. Clones are the same one.
///
/// It begins with [`Outbox::start`], which takes up what was left, and ends with [`Outbox::stop`]
/// or its last clone; what is not delivered then stays in the database.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) shared: Arc<Shared>,
    _stop_on_drop: Arc<DropGuard>,
}

pub(crate) struct Shared {
    pub(crate) table: Arc<Table>,
    bus: Bus,
    options: OutboxOptions,
    lanes: Mutex<BTreeMap<PluginId, Arc<Lane>>>,
    deliveries: TaskTracker,
    pub(crate) stop: CancellationToken,
}

impl Outbox {
    /// Begins to deliver what is in the database to whoever subscribes to the bus, now or later;
    /// with others, unless the node is alone.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start(
        database: Database,
        bus: Bus,
        node: Node,
        options: OutboxOptions,
    ) -> Result<Self, OutboxError> {
        let left: Vec<(String, i64, i64)> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::PluginId)
            .column_as(outbox::Column::Sequence.count(), "rows")
            .column_as(
                bytes_of_all(database.connection().get_database_backend()),
                "bytes",
            )
            .group_by(outbox::Column::PluginId)
            .into_tuple()
            .all(database.connection())
            .await?;
        let stop = CancellationToken::new();
        let outbox = Self {
            shared: Arc::new(Shared {
                table: Arc::new(Table::new(database, node)),
                bus,
                options,
                lanes: Mutex::default(),
                deliveries: TaskTracker::new(),
                stop: stop.clone(),
            }),
            _stop_on_drop: Arc::new(stop.drop_guard()),
        };
        for (plugin, rows, bytes) in left {
            let used = Size {
                rows: rows.unsigned_abs(),
                bytes: bytes.unsigned_abs(),
            };
            outbox.shared.lane_named(&plugin, used);
        }
        if outbox.shared.table.is_shared() {
            let shared = Arc::clone(&outbox.shared);
            outbox.shared.deliveries.spawn(shared.follow_others());
        }
        Ok(outbox)
    }

    /// Takes the room that a change needs which calls `hook`: before its transaction begins.
    /// `content_type` is that of typed content.
    ///
    /// # Errors
    ///
    /// [`OutboxError::Full`] where a plugin's room has stayed full for half a second.
    pub async fn places(
        &self,
        hooks: &Hooks,
        hook: HookName,
        content_type: Option<&str>,
    ) -> Result<Places, OutboxError> {
        let mut places = Vec::new();
        for plugin in hooks.subscribers(hook, content_type) {
            let lane = self.shared.lane_with(plugin, Size::default());
            places.push(Place::take(lane).await?);
        }
        Ok(Places::new(Arc::clone(&self.shared.table), places))
    }

    /// The same for a change that neither waits nor is refused, whatever plugins have not taken
    /// yet. A plugin that has no room left is not notified of it: that is counted, and logged.
    pub async fn places_or_none(&self, hooks: &Hooks, hook: HookName) -> Places {
        let mut places = Vec::new();
        for plugin in hooks.subscribers(hook, None) {
            let lane = self.shared.lane_with(plugin, Size::default());
            places.extend(Place::take_or_drop(lane).await);
        }
        Places::new(Arc::clone(&self.shared.table), places)
    }

    /// Resolves when nothing is left that is due now and that this node could deliver. What waits
    /// for a plugin that does not run, or for its next try, is not due; what another node has
    /// claimed is that node's.
    pub async fn settled(&self) {
        if self.shared.table.is_shared() {
            self.shared.look_around().await;
        }
        let lanes: Vec<_> = self.shared.lanes().values().cloned().collect();
        join_all(lanes.iter().map(|lane| lane.settled())).await;
    }

    /// Begins no further delivery, and waits for those in progress. What the node has claimed and
    /// not begun it leaves to others.
    pub async fn stop(&self) {
        self.shared.stop.cancel();
        self.shared.deliveries.close();
        self.shared.deliveries.wait().await;
    }
}

impl Shared {
    pub(crate) fn lanes(&self) -> MutexGuard<'_, BTreeMap<PluginId, Arc<Lane>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lane of the plugin that a row names; one that is new has rows of this size.
    pub(crate) fn lane_named(&self, plugin: &str, used: Size) -> Option<Arc<Lane>> {
        match plugin.parse() {
            Ok(plugin) => Some(self.lane_with(&plugin, used)),
            Err(error) => {
                tracing::error!(plugin, %error, "rows of the outbox are nobody's");
                None
            }
        }
    }

    /// The lane of a plugin; one that is new has rows of this size.
    fn lane_with(&self, plugin: &PluginId, used: Size) -> Arc<Lane> {
        let mut lanes = self.lanes();
        if let Some(lane) = lanes.get(plugin) {
            return Arc::clone(lane);
        }
        let most = Size {
            rows: self.options.max_waiting,
            bytes: self.options.max_waiting_bytes,
        };
        let lane = Arc::new(Lane::new(&self.table, plugin.clone(), used, most));
        lanes.insert(plugin.clone(), Arc::clone(&lane));
        let deliveries = Deliveries {
            lane: Arc::clone(&lane),
            rows: Rows {
                table: Arc::clone(&self.table),
                plugin: plugin.clone(),
            },
            bus: self.bus.clone(),
            options: self.options,
            stop: self.stop.clone(),
        };
        self.deliveries.spawn(deliveries.run());
        lane
    }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lanes = self.shared.lanes();
        f.debug_struct("Outbox")
            .field("plugins", &lanes.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
