//! The administrators' view, and their commands.

use raisfast_outbox::{DeliveryState, OutboxError, Selection};

use crate::support::{TestOutbox, Told, one_at_a_time, patient, plugin};

/// Three deliveries of one plugin that have failed once, and one of another.
async fn four_failed(told: &Told) -> TestOutbox {
    let test = TestOutbox::with(one_at_a_time(patient())).await;
    test.plugin("one", told);
    for id in ["1", "2", "3"] {
        test.delete_post(id).await;
        test.settled().await;
    }
    test.bus.remove(&plugin("one"));
    test.plugin("two", told);
    test.delete_post("4").await;
    test.settled().await;
    test.plugin("one", told);
    test
}

fn once() -> Told {
    ["1", "2", "3", "4"]
        .iter()
        .fold(Told::default(), |told, id| {
            told.failing(&format!("deleted {id}"), 1)
        })
}

fn of(plugin_name: &str) -> Selection {
    Selection {
        plugin: Some(plugin(plugin_name)),
        state: None,
    }
}

#[tokio::test]
async fn deliveries_are_listed_by_the_page_by_plugin_and_by_state() {
    let test = four_failed(&once()).await;
    let all = Selection::default();
    let first = test.outbox.list(&all, None, 3).await.unwrap();
    assert_eq!(first.items.len(), 3);
    let second = test
        .outbox
        .list(&all, first.next.as_deref(), 3)
        .await
        .unwrap();
    assert_eq!((second.items.len(), second.next), (1, None));
    let delivery = &second.items[0];
    assert_eq!(delivery.plugin, "com.example.two");
    assert_eq!(delivery.hook, "on-post-deleted");
    assert_eq!(
        (delivery.record.kind.as_str(), delivery.record.id.as_str()),
        ("post", "4")
    );
    assert_eq!(delivery.attempts, 1);

    let ones = test.outbox.list(&of("one"), None, 100).await.unwrap();
    assert_eq!(ones.items.len(), 3);
    for (state, expected) in [
        (DeliveryState::Waiting, 0),
        (DeliveryState::Retrying, 4),
        (DeliveryState::Dead, 0),
    ] {
        let selection = Selection {
            plugin: None,
            state: Some(state),
        };
        let found = test.outbox.list(&selection, None, 100).await.unwrap();
        assert_eq!(found.items.len(), expected, "{state:?}");
    }
    let refused = test.outbox.list(&all, Some("next"), 3).await.unwrap_err();
    assert!(matches!(refused, OutboxError::Cursor(_)), "{refused}");
}

#[tokio::test]
async fn one_delivery_is_tried_again_now() {
    let told = once();
    let test = four_failed(&told).await;
    let deliveries = test.outbox.list(&of("one"), None, 10).await.unwrap().items;
    test.outbox.retry(&deliveries[1].id).await.unwrap();
    test.settled().await;
    assert_eq!(told.entries(), ["deleted 2"]);
    let gone = test.outbox.retry(&deliveries[1].id).await.unwrap_err();
    assert!(matches!(gone, OutboxError::NotFound(_)), "{gone}");
}

#[tokio::test]
async fn all_deliveries_of_a_plugin_are_tried_again_now() {
    let told = once();
    let test = four_failed(&told).await;
    assert_eq!(test.outbox.retry_all(&of("one")).await.unwrap(), 3);
    test.settled().await;
    assert_eq!(told.entries(), ["deleted 1", "deleted 2", "deleted 3"]);
    assert_eq!(test.rows().await, (1, 0));
}

#[tokio::test]
async fn what_is_discarded_is_never_told_and_its_record_goes_on() {
    let told = Told::default().failing("login ann", 1);
    let test = TestOutbox::with(patient()).await;
    test.plugin("one", &told);
    test.login("a-record", "ann").await;
    test.settled().await;
    test.login("a-record", "bob").await;
    test.settled().await;
    assert!(told.entries().is_empty());
    let deliveries = test.outbox.list(&of("one"), None, 10).await.unwrap().items;
    test.outbox.discard(&deliveries[0].id).await.unwrap();
    test.settled().await;
    assert_eq!(told.entries(), ["login bob"]);
    let gone = test.outbox.discard(&deliveries[0].id).await.unwrap_err();
    assert!(matches!(gone, OutboxError::NotFound(_)), "{gone}");
}

#[tokio::test]
async fn all_deliveries_of_a_plugin_in_a_state_are_discarded() {
    let test = four_failed(&once()).await;
    let one = plugin("one");
    let discard = |state| test.outbox.discard_all(&one, Some(state));
    assert_eq!(discard(DeliveryState::Dead).await.unwrap(), 0);
    assert_eq!(discard(DeliveryState::Retrying).await.unwrap(), 3);
    assert_eq!(test.rows().await, (1, 0));
}
