//! This server among the servers of its site.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use raisfast_db::{Database, DbError, Timestamp};
use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
    time::sleep,
};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use crate::{
    JoinError, Member, NodeOptions, Topic, lease::Lease, member, renewal::Renewal, rows::Rows,
    waking::Wakings,
};

/// The time after which a node that waits for others to be gone looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The id of a node: of one life of its lease. A UUID, written with hyphens, 36 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(Uuid);

impl NodeId {
    /// Makes an id that no node has had.
    pub(crate) fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// This server. Clones are the same node; with the last of them it stops renewing its lease.
#[derive(Clone, Debug)]
pub struct Node {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    lease: Arc<Lease>,
    ids: watch::Sender<Option<NodeId>>,
    wakings: Arc<Wakings>,
    others: Others,
}

/// The servers beside this one.
#[derive(Debug)]
enum Others {
    /// None can be, and this is what is said of the one that there is.
    None(Member),
    /// Those of the database.
    In(Joined),
}

#[derive(Debug)]
struct Joined {
    database: Database,
    name: String,
    renewal: Mutex<Option<JoinHandle<Rows>>>,
    stop: CancellationToken,
    _stop_on_drop: DropGuard,
}

impl Node {
    /// Returns a node that has its database for itself: it holds what it takes for good.
    pub fn alone() -> Self {
        Self::alone_as("this server", "", env!("CARGO_PKG_VERSION"))
    }

    /// Returns the same with what is said of it: a name, an address and a version.
    pub fn alone_as(name: &str, address: &str, version: &str) -> Self {
        let id = NodeId::new();
        Self {
            shared: Arc::new(Shared {
                lease: Arc::new(Lease::forever(id)),
                ids: watch::Sender::new(Some(id)),
                wakings: Arc::new(Wakings::new()),
                others: Others::None(Member {
                    id: id.to_string(),
                    name: name.to_owned(),
                    address: address.to_owned(),
                    version: version.to_owned(),
                    files: crate::Files::Local.as_str().to_owned(),
                    started_at: Timestamp::now(),
                    alive_until: None,
                    is_alive: true,
                }),
            }),
        }
    }

    /// Joins the servers of the site that a database has.
    ///
    /// A node whose files the others would not find, or the other way round, is refused. A server
    /// that was killed looks alive until its lease runs out: it is waited for until it renews its
    /// lease, or is gone, at most the length of a lease.
    pub async fn join(database: Database, options: NodeOptions) -> Result<Self, JoinError> {
        let (name, timing) = (options.name.clone(), options.timing);
        let former = options.former.clone();
        let mut rows = Rows::new(database.clone(), options);
        let id = NodeId::new();
        let end = join(&mut rows, id, former.as_deref()).await?;
        let lease = Arc::new(Lease::until(id, end));
        let ids = watch::Sender::new(Some(id));
        let stop = CancellationToken::new();
        let renewal = Renewal {
            rows,
            lease: lease.clone(),
            ids: ids.clone(),
            timing,
            stop: stop.clone(),
        };
        let renewal = tokio::spawn(renewal.run());
        let wakings = Arc::new(Wakings::new());
        Wakings::start(&wakings, &database, timing, &stop);
        tracing::info!(%id, name, "this server has joined the others on its database");
        let shared = Shared {
            lease,
            ids,
            wakings,
            others: Others::In(Joined {
                database,
                name,
                renewal: Mutex::new(Some(renewal)),
                _stop_on_drop: stop.clone().drop_guard(),
                stop,
            }),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Leaves the others: from now on it holds nothing, and they need not wait for the end of its
    /// lease. To be called last, when nothing acts for the site any longer.
    pub async fn leave(&self) {
        let Others::In(joined) = &self.shared.others else {
            return;
        };
        joined.stop.cancel();
        self.shared.lease.stop();
        self.shared.ids.send_replace(None);
        // A second call has nothing to do.
        let Some(renewal) = joined.renewal.lock().await.take() else {
            return;
        };
        let left = match renewal.await {
            Ok(rows) => rows.leave(self.shared.lease.last_id()).await,
            Err(error) => {
                tracing::warn!(%error, "the task that renews the lease has failed");
                return;
            }
        };
        if let Err(error) = left {
            tracing::warn!(%error, "the others will wait for the end of this server's lease");
        }
    }

    /// Returns true if no other server can use the database: nothing has to be claimed or awaited.
    pub fn is_alone(&self) -> bool {
        matches!(self.shared.others, Others::None(_))
    }

    /// Returns the name, for people.
    pub fn name(&self) -> &str {
        match &self.shared.others {
            Others::None(member) => &member.name,
            Others::In(joined) => &joined.name,
        }
    }

    /// Returns the id under which the node may act now; `None` if its lease has run out. Whoever
    /// acts asks for it right before each act; it waits for nothing.
    pub fn id(&self) -> Option<NodeId> {
        self.shared.lease.id()
    }

    /// Returns the id as it changes: a lost lease, a new one. A change may be seen here later than
    /// by [`id`](Self::id).
    pub fn ids(&self) -> watch::Receiver<Option<NodeId>> {
        self.shared.ids.subscribe()
    }

    /// Returns the nodes of the site, those that joined first before the others: those that live,
    /// and those whose lease has run out within the last hour.
    pub async fn nodes(&self) -> Result<Vec<Member>, DbError> {
        match &self.shared.others {
            Others::None(member) => Ok(vec![member.clone()]),
            Others::In(joined) => {
                let database = &joined.database;
                Ok(member::all(database, database.connection()).await?)
            }
        }
    }

    /// Wakes the other nodes, which look at the topic then. To be called after the commit. It does
    /// not wait, and may be lost.
    pub fn wake_others(&self, topic: Topic) {
        if !self.is_alone() {
            self.shared.wakings.wake_others(topic);
        }
    }

    /// Returns a count that changes when another node has called [`wake_others`], and at the latest
    /// every 2 s unless the node is alone.
    ///
    /// [`wake_others`]: Self::wake_others
    pub fn wakings(&self, topic: Topic) -> watch::Receiver<u64> {
        self.shared.wakings.count(topic)
    }
}

/// Joins, or waits for those in the way to be gone. Whoever of them renews its lease meanwhile is
/// not.
async fn join(
    rows: &mut Rows,
    id: NodeId,
    former: Option<&str>,
) -> Result<std::time::Instant, JoinError> {
    let mut seen: Option<HashMap<String, Option<Timestamp>>> = None;
    loop {
        let refused = match rows.join(id, former).await {
            Err(JoinError::FilesApart { own, others }) => (own, others),
            joined => return joined,
        };
        let (own, others) = refused;
        let ends = others
            .iter()
            .map(|other| (other.id.clone(), other.alive_until.clone()));
        match &seen {
            None => {
                let names: Vec<_> = others.iter().map(|other| other.name.as_str()).collect();
                tracing::info!(
                    others = names.join(", "),
                    "waiting for the end of the leases of other servers, which may be gone"
                );
                seen = Some(ends.collect());
            }
            Some(seen) if ends.clone().any(|(id, end)| seen.get(&id) != Some(&end)) => {
                return Err(JoinError::FilesApart { own, others });
            }
            Some(_) => {}
        }
        sleep(LOOK_AGAIN).await;
    }
}
