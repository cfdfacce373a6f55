//! The task that renews the lease, and takes another one when it is over.

use std::sync::Arc;

use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{JoinError, NodeId, lease::Lease, options::Timing, rows::Rows};

/// The number of renewals after which rows of nodes that are long gone are deleted.
const TO_CLEAN_UP: u32 = 30;

/// The renewal of one node's lease.
pub(crate) struct Renewal {
    pub(crate) rows: Rows,
    pub(crate) lease: Arc<Lease>,
    pub(crate) ids: watch::Sender<Option<NodeId>>,
    pub(crate) timing: Timing,
    pub(crate) stop: CancellationToken,
}

impl Renewal {
    /// Renews until it is stopped, and returns the table then.
    pub(crate) async fn run(mut self) -> Rows {
        let mut renewals = interval(self.timing.renewal);
        renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first is at once, and the node has just joined.
        renewals.tick().await;
        let mut until_cleaned_up = TO_CLEAN_UP;
        loop {
            let end = self.lease.end().map(Instant::from_std);
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return self.rows,
                () = reached(end) => {}
                _ = renewals.tick() => {
                    self.renew().await;
                    until_cleaned_up -= 1;
                    if until_cleaned_up == 0 {
                        until_cleaned_up = TO_CLEAN_UP;
                        self.clean_up().await;
                    }
                }
            }
            self.say();
        }
    }

    async fn renew(&mut self) {
        if let Some(id) = self.lease.id() {
            match self.rows.renew(id).await {
                Ok(Some(end)) => self.lease.extend(end),
                Ok(None) => self.lease.stop(),
                Err(error) => tracing::warn!(%error, "the lease of this server is not renewed"),
            }
        }
        if self.lease.id().is_none() {
            self.say();
            self.join_anew().await;
        }
    }

    async fn join_anew(&mut self) {
        let (former, id) = (self.lease.last_id(), NodeId::new());
        match self.rows.join(id, Some(&former.to_string())).await {
            Ok(end) => {
                self.lease.begin(id, end);
                tracing::info!(%former, %id, "this server has a lease again");
            }
            Err(error @ JoinError::FilesApart { .. }) => {
                tracing::error!(%error, "this server cannot join the others again");
            }
            Err(error) => tracing::warn!(%error, "this server has not joined the others again"),
        }
    }

    /// Tells those who follow the id that it has changed.
    fn say(&self) {
        let id = self.lease.id();
        let changed = self.ids.send_if_modified(|known| {
            let former = std::mem::replace(known, id);
            former != id
        });
        if changed && id.is_none() {
            tracing::warn!(
                former = %self.lease.last_id(),
                "the lease of this server is over: it holds nothing until the database answers"
            );
        }
    }

    async fn clean_up(&self) {
        if let Err(error) = self.rows.forget_the_gone().await {
            tracing::debug!(%error, "the rows of servers that are long gone stay");
        }
    }
}

/// Waits for the end, where there is one.
async fn reached(end: Option<Instant>) {
    match end {
        Some(end) => sleep_until(end).await,
        None => std::future::pending().await,
    }
}
