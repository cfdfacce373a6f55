//! A node's share of the room for one plugin's rows, where several nodes fill it.
//!
//! The bound holds for all nodes together, and exactly: rows that are in the database and the
//! shares of the nodes that live are never more than it. A node that needs a share holds the
//! plugin's row of `outbox_shares`, counts the rows, and writes down how many it may add, those
//! included for which it has not committed yet: a fraction of what is left, so that the others get
//! some too. Until it does so again, others count its share as taken, filled or not. A node that no
//! longer needs its share gives it back when it next follows the others.
//!
//! A node whose lease has ended has no share. What it commits all the same, in the moment until it
//! notices, is beyond the bound.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use raisfast_cluster::NodeId;
use raisfast_contract::PluginId;
use raisfast_db::entity::{outbox, outbox_shares};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QuerySelect,
    sea_query::{LockType, OnConflict},
};
use tokio::{sync::Mutex, time::sleep};

use crate::{
    OutboxError,
    room::{PATIENCE, Room, Size},
    rows::bytes_of_all,
    table::Table,
};

/// A node takes the room that is left, divided by the number of nodes and by this, at a time.
const PARTS: u64 = 4;
/// The only node that lives leaves one of these parts to one that joins.
const PARTS_ALONE: u64 = 2;
/// The shortest time between two counts of a room that is full.
const BETWEEN_COUNTS: Duration = Duration::from_millis(50);
/// Between them is this many times the time that counting takes.
const COUNTING: u32 = 10;

/// The share of this node.
pub(crate) struct Share {
    table: Arc<Table>,
    plugin: PluginId,
    most: Size,
    state: Mutex<State>,
}

/// The share as this node knows it.
#[derive(Default)]
struct State {
    /// The id under which it is written down.
    id: Option<NodeId>,
    /// True if there may be one.
    has_one: bool,
    /// The size of what was not committed at the last count.
    open: Size,
    /// The earliest time of the next count.
    next_count: Option<Instant>,
}

/// The shares in the database, by the nodes' ids.
type Shares = BTreeMap<String, Size>;

impl State {
    fn is_due(&self) -> bool {
        self.next_count.is_none_or(|time| time <= Instant::now())
    }
}

impl Share {
    pub(crate) fn new(table: Arc<Table>, plugin: PluginId, most: Size) -> Self {
        Self {
            table,
            plugin,
            most,
            state: Mutex::default(),
        }
    }

    /// Takes room for one row, and waits shortly where there is none.
    pub(crate) async fn take(&self, room: &Room) -> Result<(), OutboxError> {
        let begun = Instant::now();
        while room.try_take().is_err() {
            self.enlarge(room).await?;
            if room.try_take().is_ok() {
                break;
            }
            if begun.elapsed() >= PATIENCE {
                return Ok(room.take_at_last()?);
            }
            sleep(BETWEEN_COUNTS).await;
        }
        Ok(())
    }

    /// Looks for a larger share of the room in which there is none for this node, unless it has
    /// just done so.
    pub(crate) async fn enlarge(&self, room: &Room) -> Result<(), OutboxError> {
        let mut state = self.state.lock().await;
        // Somebody else may have done it while this one waited.
        if state.is_due() && !room.has_some() {
            self.renew(&mut state, room, true).await?;
        }
        Ok(())
    }

    /// Counts the rows anew if this node has added some, and gives the share back if it has not and
    /// others may need it.
    pub(crate) async fn follow(&self, room: &Room, has_company: bool) -> Result<(), OutboxError> {
        let mut state = self.state.lock().await;
        let has_added = room.used() != state.open;
        if state.is_due() && (has_added || (has_company && state.has_one)) {
            self.renew(&mut state, room, has_added).await?;
        }
        Ok(())
    }

    /// Writes a new share down: what is not committed yet, and more if `more` is wanted.
    async fn renew(&self, state: &mut State, room: &Room, more: bool) -> Result<(), OutboxError> {
        let Some(id) = self.table.node.id() else {
            // The next lease brings the next share.
            return Ok(());
        };
        let begun = Instant::now();
        let open = room.close();
        state.has_one = true;
        let (share, counted) = self.renewed(state.id, id, open, more).await?;
        let is_more = share != open;
        let pause = BETWEEN_COUNTS.max(begun.elapsed() * COUNTING);
        *state = State {
            id: Some(id),
            has_one: share != Size::default(),
            open,
            next_count: (more && !is_more).then(|| Instant::now() + pause),
        };
        room.reopen(share, counted);
        Ok(())
    }

    /// Returns the new share, and the size of the rows in the database.
    async fn renewed(
        &self,
        former: Option<NodeId>,
        id: NodeId,
        open: Size,
        more: bool,
    ) -> Result<(Size, Size), OutboxError> {
        let transaction = self.table.database.begin().await?;
        let mut shares = self.held(&transaction).await?;
        let living = self.living(&transaction).await?;
        let is_other = |node: &str| Some(node) != former.map(|id| id.to_string()).as_deref();
        shares.retain(|node, _| living.contains(node) && is_other(node) && *node != id.to_string());
        let counted = self.counted(&transaction).await?;
        let others = shares.values().copied().fold(Size::default(), Size::plus);
        let left = self.most.minus(counted).minus(others).minus(open);
        let parts = match living.len() {
            0 | 1 => PARTS_ALONE,
            nodes => (nodes as u64).saturating_mul(PARTS),
        };
        let part = |left: u64| left.div_ceil(parts);
        let mut share = open;
        if more && left.rows > 0 && left.bytes > 0 {
            share = share.plus(Size {
                rows: part(left.rows),
                bytes: part(left.bytes),
            });
        }
        if share != Size::default() {
            shares.insert(id.to_string(), share);
        }
        outbox_shares::Entity::update_many()
            .col_expr(
                outbox_shares::Column::Shares,
                serde_json::to_string(&shares)?.into(),
            )
            .filter(outbox_shares::Column::PluginId.eq(self.plugin.as_str()))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok((share, counted))
    }

    /// Locks the plugin's row, which is made if it is not there.
    async fn held(&self, transaction: &DatabaseTransaction) -> Result<Shares, OutboxError> {
        let locked = async || {
            outbox_shares::Entity::find_by_id(self.plugin.as_str())
                .lock(LockType::Update)
                .one(transaction)
                .await
        };
        let mut row = locked().await?;
        if row.is_none() {
            let empty = outbox_shares::Model {
                plugin_id: self.plugin.to_string(),
                shares: "{}".to_owned(),
            };
            let nothing = OnConflict::column(outbox_shares::Column::PluginId)
                .do_nothing_on([outbox_shares::Column::PluginId])
                .to_owned();
            outbox_shares::Entity::insert(outbox_shares::ActiveModel::from(empty))
                .on_conflict(nothing)
                .exec_without_returning(transaction)
                .await?;
            row = locked().await?;
        }
        Ok(match row {
            Some(row) => serde_json::from_str(&row.shares)?,
            None => Shares::new(),
        })
    }

    async fn living(&self, transaction: &DatabaseTransaction) -> Result<BTreeSet<String>, DbErr> {
        let rows = transaction.query_all(&self.table.living()).await?;
        rows.iter().map(|row| row.try_get_by_index(0)).collect()
    }

    /// Returns the size of the plugin's rows. They are counted after the row was locked: what
    /// others have committed since their last count is in their shares.
    async fn counted(&self, transaction: &DatabaseTransaction) -> Result<Size, DbErr> {
        let counted: Option<(i64, i64)> = outbox::Entity::find()
            .select_only()
            .column_as(outbox::Column::Sequence.count(), "rows")
            .column_as(bytes_of_all(transaction.get_database_backend()), "bytes")
            .filter(outbox::Column::PluginId.eq(self.plugin.as_str()))
            .into_tuple()
            .one(transaction)
            .await?;
        let (rows, bytes) = counted.unwrap_or_default();
        Ok(Size {
            rows: rows.unsigned_abs(),
            bytes: bytes.unsigned_abs(),
        })
    }
}
