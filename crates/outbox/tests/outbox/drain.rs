//! The time that a backlog takes, on one node and on three. A measurement, run by hand:
//! `cargo test --package raisfast-outbox -- --ignored --nocapture a_backlog`.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use raisfast_contract::hook::OnPostDeleted;
use raisfast_db::{Timestamp, entity::outbox};
use raisfast_hooks::{Subscription, SubscriptionOptions};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    EntityTrait,
};

use crate::{
    nodes::{Site, drained, quick_to_look},
    support::{TestOutbox, patient, plugin},
};

const ROWS: usize = 10_000;

/// Rows that nobody was there to deliver.
async fn backlog(test: &TestOutbox) {
    let ids: Vec<_> = (0..ROWS).collect();
    for chunk in ids.chunks(500) {
        let now = Timestamp::now();
        let rows = chunk.iter().map(|id| outbox::ActiveModel {
            sequence: NotSet,
            delivery_id: Set(format!("delivery {id}")),
            plugin_id: Set(plugin("one").to_string()),
            hook: Set("on-post-deleted".to_owned()),
            record_kind: Set("post".to_owned()),
            record_id: Set(id.to_string()),
            params: Set(format!("[\"{id}\"]")),
            created_at: Set(now.clone()),
            attempts: Set(0),
            next_attempt_at: Set(now.clone()),
            state: Set("waiting".to_owned()),
            last_error: Set(None),
            traceparent: Set(None),
            claimed_by: Set(None),
        });
        outbox::Entity::insert_many(rows)
            .exec_without_returning(test.database.connection())
            .await
            .unwrap();
    }
}

/// Returns how many rows a second some nodes deliver, by a handler that waits for so long.
async fn rows_a_second(nodes: usize, wait: Duration) -> f64 {
    let site = Site::new();
    let mut tests = Vec::new();
    for node in 0..nodes {
        tests.push(
            site.node(&node.to_string(), quick_to_look(), patient())
                .await,
        );
    }
    backlog(&tests[0]).await;
    let begun = Instant::now();
    for test in &tests {
        let handler = move |_: (Arc<str>,)| async move {
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            Ok(())
        };
        let id = plugin("one");
        let options = SubscriptionOptions::default();
        let subscription =
            Subscription::new::<OnPostDeleted>(id.clone(), options, Arc::new(handler));
        test.bus.replace(&id, vec![subscription]);
    }
    drained(&tests[0]).await;
    #[expect(clippy::cast_precision_loss, reason = "of 10,000 none is lost")]
    let rows = ROWS as f64;
    rows / begun.elapsed().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
#[expect(
    clippy::disallowed_macros,
    reason = "a measurement is for whoever reads it"
)]
async fn a_backlog_is_drained_by_one_node_and_by_three() {
    for wait in [Duration::from_millis(5), Duration::ZERO] {
        let one = rows_a_second(1, wait).await;
        let three = rows_a_second(3, wait).await;
        println!(
            "a handler that waits {wait:?}: {one:.0} rows/s on one node, {three:.0} on three, {:.2} \
             times as many",
            three / one
        );
    }
}
