//! The deliveries of one plugin.
//!
//! They begin with the plugin's first row, or with the outbox where rows are left from before, and
//! end with the outbox. While nothing is due they sleep: a commit wakes them, a change of the bus,
//! the time of the next try, or another node's row. Where the plugin is paused in a hook, that
//! hook's rows are left alone until the pause is over or the bus changes; one of them is then the
//! call that tries the plugin.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use raisfast_db::{DbError, entity::outbox};
use raisfast_hooks::Bus;
use sea_orm::DbErr;
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    OutboxOptions, TRIES,
    deliver::{Outcome, deliver},
    lane::Lane,
    retry::wait_after,
    room::Size,
    round::Round,
    rows::Rows,
    table::{Right, Table},
};

/// Rows that were delivered are deleted together: when enough have come together, or after a moment
/// without a new one.
const DELETED_TOGETHER: usize = 64;
const LINGER: Duration = Duration::from_millis(10);
/// The same where the next row of a record waits until this one is deleted.
const SHORT_LINGER: Duration = Duration::from_millis(2);
/// Rows are claimed for this many rounds of calls side by side: few enough that others get some.
const ROUNDS_CLAIMED: usize = 4;
/// The most rows that are claimed at once.
const MOST_CLAIMED: usize = 64;
/// The time that a lane waits after the database has failed.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);
/// The longest sleep, after which the wall clock is asked again: it may have been set.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// The reason why nothing more is delivered for now.
enum Rest {
    /// Nothing is due before this time, or at all.
    Until(Option<DateTime<Utc>>),
    /// The plugin does not run.
    NotRunning,
    /// The node's lease has run out.
    NoRight,
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
        let mut woken = self.lane.wakings();
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
                () = self.over(rest) => {}
            }
        }
    }

    fn table(&self) -> &Arc<Table> {
        &self.rows.table
    }

    /// Resolves when it is time to look again.
    async fn over(&self, rest: Rest) {
        match rest {
            Rest::Until(Some(due)) => {
                let left = (due - Utc::now()).to_std().unwrap_or_default();
                sleep(left.min(LONGEST_SLEEP)).await;
            }
            Rest::NoRight => {
                let mut ids = self.table().node.ids();
                while self.table().right().is_none() {
                    // The table holds the node: it cannot be gone.
                    let _ = ids.changed().await;
                }
            }
            Rest::Until(None) | Rest::NotRunning => std::future::pending().await,
        }
    }

    /// Delivers until nothing is due, and deletes what was delivered.
    async fn deliver_due(&self, woken: &mut watch::Receiver<u64>, pauses: &mut Pauses) -> Rest {
        let mut waking = *woken.borrow_and_update();
        let mut ids = self.table().node.ids();
        let Some(right) = self.table().right() else {
            self.lane.settled_after(waking);
            return Rest::NoRight;
        };
        let mut round = Round::new(right, self.lane.discards());
        loop {
            let is_stopping = self.stop.is_cancelled();
            let is_running = self.bus.snapshot().is_running(self.lane.plugin());
            let has_right = self.table().has(right);
            let is_ending = is_stopping || !has_right;
            let may_begin = !is_ending && is_running;
            if !may_begin {
                round.put_back();
            }
            self.release(&mut round).await;
            let has_room = round.calls.len() < self.options.side_by_side.get();
            if may_begin
                && round.look
                && has_room
                && round.backlog.is_empty()
                && let Err(error) = self.fetch(&mut round, pauses).await
            {
                failed(&error);
                round.is_unsure = true;
                self.pause().await;
                continue;
            }
            while round.calls.len() < self.options.side_by_side.get()
                && let Some(row) = round.backlog.pop_front()
            {
                round.calls.spawn(self.call(row, right));
            }
            let is_idle = round.calls.is_empty() && (!round.look || !may_begin);
            if round.delivered.len() >= DELETED_TOGETHER || (is_idle && is_ending) {
                self.delete(&mut round).await;
            }
            if is_idle && round.delivered.is_empty() && round.left.is_empty() {
                self.lane.settled_after(waking);
                return self.rest(has_right, is_running, pauses).await;
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
                _ = ids.changed(), if has_right => {}
                () = sleep(linger(right)), if is_idle => self.delete(&mut round).await,
            }
        }
    }

    /// Returns the reason for which nothing is due.
    async fn rest(&self, has_right: bool, is_running: bool, pauses: &Pauses) -> Rest {
        if !has_right {
            return Rest::NoRight;
        }
        if !is_running {
            return Rest::NotRunning;
        }
        let tried = pauses.values().min().copied();
        Rest::Until(self.next_due().await.into_iter().chain(tried).min())
    }

    /// Delivers a row, unless the right to it has ended: it is asked last of all.
    fn call(
        &self,
        row: outbox::Model,
        right: Right,
    ) -> impl Future<Output = (outbox::Model, Outcome)> + use<> {
        let (table, bus) = (Arc::clone(self.table()), self.bus.clone());
        let plugin = self.lane.plugin().clone();
        async move {
            let outcome = if table.has(right) {
                deliver(&bus, &plugin, &row).await
            } else {
                Outcome::NotMine
            };
            (row, outcome)
        }
    }

    /// Takes what is due into the backlog.
    async fn fetch(&self, round: &mut Round, pauses: &mut Pauses) -> Result<(), DbError> {
        let now = Utc::now();
        pauses.retain(|_, until| *until > now);
        let at_rest = pauses.keys().map(String::as_str);
        let rows = match round.right {
            Right::Alone => {
                let busy = round.busy.iter().map(String::as_str);
                let delivered = round.delivered.keys().copied();
                let due = self.rows.due(busy, at_rest, delivered).await?;
                round.look = !due.is_empty();
                due
            }
            Right::Leased(id) => {
                if round.is_unsure {
                    self.rows.release_but(round.claimed(), round.right).await?;
                    round.is_unsure = false;
                }
                let most = self.options.side_by_side.get() * ROUNDS_CLAIMED;
                let most = most.min(MOST_CLAIMED);
                let due = self.rows.claim(id, at_rest, most as u64).await?;
                round.look = due.len() == most;
                if round.look {
                    self.table().wake_others();
                }
                due
            }
        };
        round.take(rows);
        Ok(())
    }

    /// When to look again, if nothing happens before.
    async fn next_due(&self) -> Option<DateTime<Utc>> {
        match self.rows.next_due().await {
            Ok(time) => time,
            Err(error) => {
                failed(&error.into());
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
                round.delivered(row);
            }
            Outcome::NotRunning | Outcome::NotMine => {
                round.leave(row);
                round.look = true;
            }
            Outcome::Paused(until) => {
                pauses.insert(row.hook.clone(), until.into());
                round.leave(row);
                round.look = true;
            }
            Outcome::Failed(reason) if tries < TRIES => {
                let wait = wait_after(tries, self.options.first_retry);
                self.failed(round, &row, Some(wait), &reason).await;
            }
            Outcome::Failed(reason) | Outcome::Undeliverable(reason) => {
                tracing::error!(
                    plugin = %self.lane.plugin(),
                    hook = row.hook,
                    record = row.record_id,
                    delivery = row.delivery_id,
                    tries,
                    reason,
                    problem = "dead-letter",
                    "a delivery is a dead letter"
                );
                self.failed(round, &row, None, &reason).await;
            }
        }
    }

    /// Deletes what was delivered. It is tried until the database answers: what is not deleted is
    /// delivered again.
    async fn delete(&self, round: &mut Round) {
        while !round.delivered.is_empty() {
            match self.delete_once(round).await {
                Ok(()) => round.forget_delivered(),
                Err(error) => {
                    failed(&error.into());
                    self.pause().await;
                    if self.is_over(round.right) {
                        round.forget_delivered();
                    }
                }
            }
        }
    }

    async fn delete_once(&self, round: &mut Round) -> Result<(), DbErr> {
        let _turn = self.lane.turn_to_delete().await;
        if round.right == Right::Alone && self.lane.discards() != round.discards {
            // The room of what was discarded has been given back.
            let present = self.rows.present(round.delivered.keys().copied()).await?;
            round
                .delivered
                .retain(|sequence, _| present.contains(sequence));
        }
        let delivered = round.delivered.keys().copied();
        let rows = self.rows.delete(delivered, round.right).await?;
        let bytes = round.delivered.values().map(|row| row.bytes).sum();
        self.lane.give_back(Size { rows, bytes });
        Ok(())
    }

    /// Gives claimed rows up that are left to later or to others. If the database does not answer,
    /// it is tried again in a moment, until the claims end by themselves.
    async fn release(&self, round: &mut Round) {
        if round.left.is_empty() {
            return;
        }
        let left = round.left.keys().copied();
        if let Err(error) = self.rows.release(left, round.right).await {
            failed(&error.into());
            self.pause().await;
            if !self.is_over(round.right) {
                return;
            }
        }
        round.forget_left();
    }

    async fn failed(
        &self,
        round: &mut Round,
        row: &outbox::Model,
        wait: Option<Duration>,
        reason: &str,
    ) {
        while let Err(error) = self.rows.failed(row, wait, reason, round.right).await {
            failed(&error.into());
            self.pause().await;
            if self.is_over(round.right) {
                break;
            }
        }
        round.failed(row);
    }

    /// Returns true if the outbox stops, or others may have taken over what was claimed.
    fn is_over(&self, right: Right) -> bool {
        self.stop.is_cancelled() || !self.table().has(right)
    }

    async fn pause(&self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = sleep(DATABASE_PAUSE) => {}
        }
    }
}

fn failed(error: &DbError) {
    tracing::warn!(%error, "the outbox cannot use the database; it tries again in a moment");
}

/// Returns the time for which a lane that has nothing to do waits before it deletes what it has
/// delivered.
fn linger(right: Right) -> Duration {
    match right {
        Right::Alone => LINGER,
        Right::Leased(_) => SHORT_LINGER,
    }
}
