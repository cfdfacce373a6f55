//! The deliveries of one plugin.
//!
//! A lane begins with the plugin's first row, or with the outbox where rows are left from before,
//! and ends with the outbox. While nothing is due it sleeps: a commit wakes it, a change of the
//! bus, or the time of the next try. Where the plugin is paused in a hook, that hook's rows are
//! left alone until the pause is over or the bus changes; one of them is then the call that tries
//! the plugin.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use raisfast_contract::PluginId;
use raisfast_db::entity::outbox;
use raisfast_hooks::Bus;
use sea_orm::DbErr;
use tokio::{
    sync::{Mutex, MutexGuard, watch},
    task::JoinSet,
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use crate::{
    OutboxOptions, TRIES,
    deliver::{Outcome, deliver},
    retry::wait_after,
    room::{Room, Size},
    rows::Rows,
};

/// Rows that were delivered are deleted together: when enough have come together, or after a moment
/// without a new one.
const DELETED_TOGETHER: usize = 64;
const LINGER: Duration = Duration::from_millis(10);
/// The time that a lane waits after the database has failed.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);
/// The longest sleep, after which the wall clock is asked again: it may have been set.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// The part of a lane that others see.
pub(crate) struct Lane {
    plugin: PluginId,
    room: Room,
    /// Whoever deletes rows holds it: each row's room is given back once.
    deleting: Mutex<()>,
    /// Counts discards by administrators.
    discards: AtomicU64,
    /// Counts wakings.
    woken: watch::Sender<u64>,
    /// The waking after which nothing due was left.
    settled: watch::Sender<u64>,
}

impl Lane {
    pub(crate) fn new(plugin: PluginId, used: Size, most: Size) -> Self {
        Self {
            room: Room::new(plugin.clone(), used, most),
            plugin,
            deleting: Mutex::new(()),
            discards: AtomicU64::new(0),
            woken: watch::Sender::new(0),
            settled: watch::Sender::new(0),
        }
    }

    pub(crate) fn plugin(&self) -> &PluginId {
        &self.plugin
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    /// Resolves when it is the caller's turn to delete rows.
    pub(crate) async fn turn_to_delete(&self) -> MutexGuard<'_, ()> {
        self.deleting.lock().await
    }

    /// Gives the room of rows back that an administrator has discarded; some of them may be on
    /// their way.
    pub(crate) fn discarded(&self, size: Size) {
        self.discards.fetch_add(1, Relaxed);
        self.room.give_back(size);
    }

    /// Makes the lane look for due deliveries.
    pub(crate) fn wake(&self) {
        self.woken.send_modify(|count| *count += 1);
    }

    /// Resolves when nothing is left of what is due now.
    pub(crate) async fn settled(&self) {
        self.wake();
        let waking = *self.woken.borrow();
        let mut settled = self.settled.subscribe();
        // The sender is borrowed: it cannot be gone.
        let _ = settled.wait_for(|settled| *settled >= waking).await;
    }
}

/// The reason why nothing more is delivered for now.
enum Rest {
    /// Nothing is due before this time, or at all.
    Until(Option<DateTime<Utc>>),
    /// The plugin does not run.
    NotRunning,
}

impl Rest {
    /// Resolves when it is time to look again.
    async fn over(self) {
        match self {
            Self::Until(Some(due)) => {
                let left = (due - Utc::now()).to_std().unwrap_or_default();
                sleep(left.min(LONGEST_SLEEP)).await;
            }
            Self::Until(None) | Self::NotRunning => std::future::pending().await,
        }
    }
}

/// The hooks in which the plugin is paused, and until when.
type Pauses = BTreeMap<String, DateTime<Utc>>;

/// Delivers one plugin's rows.
pub(crate) struct Deliveries {
    pub(crate) lane: Arc<Lane>,
    pub(crate) rows: Rows,
    pub(crate) bus: Bus,
    pub(crate) options: OutboxOptions,
    pub(crate) stop: CancellationToken,
}

impl Deliveries {
    pub(crate) async fn run(self) {
        let mut woken = self.lane.woken.subscribe();
        // From before the first look: no change after it is missed.
        let mut bus = self.bus.changes();
        let mut pauses = Pauses::new();
        while !self.stop.is_cancelled() {
            let rest = self.deliver_due(&mut woken, &mut pauses).await;
            tokio::select! {
                () = self.stop.cancelled() => {}
                _ = woken.changed() => {}
                // The lane holds the bus: it cannot be gone.
                _ = bus.changed() => pauses.clear(),
                () = rest.over() => {}
            }
        }
    }

    /// Delivers until nothing is due, and deletes what was delivered.
    async fn deliver_due(&self, woken: &mut watch::Receiver<u64>, pauses: &mut Pauses) -> Rest {
        let mut round = Round::new(self.lane.discards.load(Relaxed));
        let mut waking = *woken.borrow_and_update();
        loop {
            let is_stopping = self.stop.is_cancelled();
            let is_running = self.bus.snapshot().is_running(&self.lane.plugin);
            let has_room = round.calls.len() < self.options.side_by_side.get();
            if is_stopping || !is_running {
                round.put_back();
            } else if round.look
                && has_room
                && round.backlog.is_empty()
                && let Err(error) = self.fetch(&mut round, pauses).await
            {
                failed(&error);
                self.pause().await;
                continue;
            }
            while round.calls.len() < self.options.side_by_side.get()
                && let Some(row) = round.backlog.pop_front()
            {
                let (bus, plugin) = (self.bus.clone(), self.lane.plugin.clone());
                round.calls.spawn(async move {
                    let outcome = deliver(&bus, &plugin, &row).await;
                    (row, outcome)
                });
            }
            let is_idle = round.calls.is_empty() && (!round.look || is_stopping || !is_running);
            if round.delivered.len() >= DELETED_TOGETHER || (is_idle && is_stopping) {
                self.delete(&mut round).await;
            }
            if is_idle && round.delivered.is_empty() {
                self.lane.settled.send_replace(waking);
                return if is_running {
                    let tried = pauses.values().min().copied();
                    Rest::Until(self.next_due().await.into_iter().chain(tried).min())
                } else {
                    Rest::NotRunning
                };
            }
            tokio::select! {
                Some(ended) = round.calls.join_next() => {
                    let (row, outcome) = ended.expect("a call neither panics nor is aborted");
                    self.note(&mut round, pauses, row, outcome).await;
                }
                _ = woken.changed() => {
                    waking = *woken.borrow_and_update();
                    round.look = true;
                }
                () = self.stop.cancelled(), if !is_stopping => {}
                () = sleep(LINGER), if is_idle => self.delete(&mut round).await,
            }
        }
    }

    async fn fetch(&self, round: &mut Round, pauses: &mut Pauses) -> Result<(), DbErr> {
        let now = Utc::now();
        pauses.retain(|_, until| *until > now);
        let busy = round.busy.iter().map(String::as_str);
        let at_rest = pauses.keys().map(String::as_str);
        let delivered = round.delivered.keys().copied();
        let due = self.rows.due(busy, at_rest, delivered).await?;
        round.look = !due.is_empty();
        round
            .busy
            .extend(due.iter().map(|row| row.record_id.clone()));
        round.backlog.extend(due);
        Ok(())
    }

    /// When to look again, if nothing happens before.
    async fn next_due(&self) -> Option<DateTime<Utc>> {
        match self.rows.next_due().await {
            Ok(time) => time?.as_str().parse().ok(),
            Err(error) => {
                failed(&error);
                Some(Utc::now() + DATABASE_PAUSE)
            }
        }
    }

    /// Notes how a try ended.
    async fn note(
        &self,
        round: &mut Round,
        pauses: &mut Pauses,
        row: outbox::Model,
        outcome: Outcome,
    ) {
        let tries = u32::try_from(row.attempts).unwrap_or_default() + 1;
        match outcome {
            Outcome::Delivered => {
                pauses.remove(&row.hook);
                round
                    .delivered
                    .insert(row.sequence, row.params.len() as u64);
            }
            Outcome::NotRunning => {}
            Outcome::Paused(until) => {
                pauses.insert(row.hook.clone(), until.into());
            }
            Outcome::Failed(reason) if tries < TRIES => {
                let wait = wait_after(tries, self.options.first_retry);
                self.failed(&row, Some(Utc::now() + wait), &reason).await;
            }
            Outcome::Failed(reason) | Outcome::Undeliverable(reason) => {
                tracing::error!(
                    plugin = %self.lane.plugin,
                    hook = row.hook,
                    record = row.record_id,
                    delivery = row.delivery_id,
                    tries,
                    reason,
                    problem = "dead-letter",
                    "a delivery is a dead letter"
                );
                self.failed(&row, None, &reason).await;
            }
        }
        round.busy.remove(&row.record_id);
        round.look = true;
    }

    /// Deletes what was delivered. It is tried until the database answers: what is not deleted is
    /// delivered again.
    async fn delete(&self, round: &mut Round) {
        while !round.delivered.is_empty() {
            match self.delete_once(round).await {
                Ok(()) => round.delivered.clear(),
                Err(error) => {
                    failed(&error);
                    self.pause().await;
                    if self.stop.is_cancelled() {
                        round.delivered.clear();
                    }
                }
            }
        }
    }

    async fn delete_once(&self, round: &mut Round) -> Result<(), DbErr> {
        let _turn = self.lane.turn_to_delete().await;
        if self.lane.discards.load(Relaxed) != round.discards {
            // The room of what was discarded has been given back.
            let present = self.rows.present(round.delivered.keys().copied()).await?;
            round
                .delivered
                .retain(|sequence, _| present.contains(sequence));
        }
        let rows = self.rows.delete(round.delivered.keys().copied()).await?;
        let bytes = round.delivered.values().sum();
        self.lane.room.give_back(Size { rows, bytes });
        Ok(())
    }

    async fn failed(&self, row: &outbox::Model, next: Option<DateTime<Utc>>, reason: &str) {
        while let Err(error) = self.rows.failed(row, next, reason).await {
            failed(&error);
            self.pause().await;
            if self.stop.is_cancelled() {
                return;
            }
        }
    }

    async fn pause(&self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = sleep(DATABASE_PAUSE) => {}
        }
    }
}

/// The knowledge of a lane while something is due.
struct Round {
    /// True if there may be rows that are due and not known.
    look: bool,
    /// Rows to be delivered, of different records.
    backlog: VecDeque<outbox::Model>,
    calls: JoinSet<(outbox::Model, Outcome)>,
    /// The records of the two.
    busy: BTreeSet<String>,
    /// Rows that were delivered and are not deleted yet, with their lengths.
    delivered: BTreeMap<i64, u64>,
    /// The number of discards when it began.
    discards: u64,
}

impl Round {
    fn new(discards: u64) -> Self {
        Self {
            look: true,
            backlog: VecDeque::new(),
            calls: JoinSet::new(),
            busy: BTreeSet::new(),
            delivered: BTreeMap::new(),
            discards,
        }
    }

    /// Leaves what was not begun to later.
    fn put_back(&mut self) {
        for row in self.backlog.drain(..) {
            self.busy.remove(&row.record_id);
        }
    }
}

fn failed(error: &DbErr) {
    tracing::warn!(%error, "the outbox cannot use the database; it tries again in a moment");
}
