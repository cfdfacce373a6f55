//! Failed deliveries are tried again, and those that fail too often are put aside.

use raisfast_outbox::{DeliveryState, Selection, TRIES};

use crate::support::{TestOutbox, Told, patient, plugin, quick, soon};

const TRIES_AS_USIZE: usize = TRIES as usize;

/// Waits until nothing waits: retries that come at once are not due yet when they are written.
async fn all_done(test: &TestOutbox) {
    soon(async {
        while test.rows().await.0 > 0 {
            test.settled().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_delivery_that_fails_is_tried_again_under_the_same_id() {
    let test = TestOutbox::with(quick()).await;
    let told = Told::default().failing("deleted 1", 3);
    test.plugin("one", &told);
    test.delete_post("1").await;
    all_done(&test).await;
    assert_eq!(told.entries(), ["deleted 1"]);
    let deliveries = told.deliveries();
    let attempts: Vec<_> = deliveries.iter().map(|delivery| delivery.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4]);
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.id == deliveries[0].id)
    );
    assert_eq!(test.rows().await, (0, 0));
}

#[tokio::test]
async fn a_record_waits_for_its_failed_delivery_and_the_others_do_not() {
    let test = TestOutbox::with(patient()).await;
    let told = Told::default().failing("login ann", 1);
    test.plugin("one", &told);
    test.login("a-record", "ann").await;
    test.settled().await;
    test.login("a-record", "bob").await;
    test.login("another", "eve").await;
    test.settled().await;
    assert_eq!(told.entries(), ["login eve"]);
    let all = Selection::default();
    let deliveries = test.outbox.list(&all, None, 10).await.unwrap().items;
    let states: Vec<_> = deliveries.iter().map(|delivery| delivery.state).collect();
    assert_eq!(states, [DeliveryState::Retrying, DeliveryState::Waiting]);
    let next = deliveries[0].next_attempt_at.as_ref().unwrap();
    assert!(next > &deliveries[1].created_at, "{deliveries:?}");
    assert_eq!(
        deliveries[0].last_error.as_deref(),
        Some("login ann is too much")
    );
}

#[tokio::test]
async fn after_the_last_try_it_is_a_dead_letter_with_the_reason_and_the_record_goes_on() {
    let test = TestOutbox::with(quick()).await;
    let told = Told::default().failing("login ann", usize::MAX);
    test.plugin("one", &told);
    test.login("a-record", "ann").await;
    test.login("a-record", "bob").await;
    all_done(&test).await;
    assert_eq!(told.entries(), ["login bob"]);
    assert_eq!(told.deliveries().len(), TRIES_AS_USIZE + 1);
    assert_eq!(test.rows().await, (0, 1));
    let all = Selection::default();
    let [delivery] = test
        .outbox
        .list(&all, None, 10)
        .await
        .unwrap()
        .items
        .try_into()
        .unwrap();
    assert_eq!(
        (delivery.state, delivery.attempts),
        (DeliveryState::Dead, TRIES)
    );
    assert_eq!(
        delivery.last_error.as_deref(),
        Some("login ann is too much")
    );
    assert_eq!(delivery.next_attempt_at, None);
}

#[tokio::test]
async fn what_the_plugin_no_longer_subscribes_to_is_a_dead_letter_at_once() {
    let test = TestOutbox::with(patient()).await;
    let told = Told::default();
    test.plugin("one", &told);
    test.outbox.stop().await;
    test.delete_content("page", "1").await;

    let test = test.restart().await;
    let id = plugin("one");
    test.bus.replace(&id, told.subscriptions(&id, &["recipe"]));
    test.settled().await;
    assert_eq!(test.rows().await, (0, 1));
    let all = Selection::default();
    let [delivery] = test
        .outbox
        .list(&all, None, 10)
        .await
        .unwrap()
        .items
        .try_into()
        .unwrap();
    let reason = delivery.last_error.unwrap();
    assert!(
        reason.contains("does not subscribe to on-content-deleted"),
        "{reason}"
    );
}
