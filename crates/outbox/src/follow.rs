//! The rows and the claims of other nodes, as one of them follows them.

use std::sync::Arc;

use raisfast_cluster::Topic;
use sea_orm::ConnectionTrait;

use crate::{OutboxError, outbox::Shared, room::Size};

impl Shared {
    /// Looks around whenever another node says so, and every 2 s; and when this one has got a new
    /// lease, because rows are claimed under the former one.
    pub(crate) async fn follow_others(self: Arc<Self>) {
        let mut wakings = self.table.node.wakings(Topic::Outbox);
        let mut ids = self.table.node.ids();
        loop {
            self.look_around().await;
            // The table holds the node: it cannot be gone.
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = wakings.changed() => {}
                _ = ids.changed() => {}
            }
        }
    }

    /// Takes over what nodes held whose lease has ended, wakes the lanes for which something is
    /// due, and counts anew what all nodes have written.
    pub(crate) async fn look_around(&self) {
        if let Err(error) = self.try_to_look_around().await {
            tracing::warn!(%error, "the outbox cannot look for other servers' deliveries; it does so again in 2 s");
        }
    }

    async fn try_to_look_around(&self) -> Result<(), OutboxError> {
        self.table.release_claims_of_the_dead().await?;
        for plugin in self.table.plugins_with_due_rows().await? {
            if let Some(lane) = self.lane_named(&plugin, Size::default()) {
                lane.wake();
            }
        }
        let connection = self.table.database.connection();
        let living = connection.query_all(&self.table.living()).await?;
        let lanes: Vec<_> = self.lanes().values().cloned().collect();
        for lane in lanes {
            lane.follow(living.len() > 1).await?;
        }
        Ok(())
    }
}
