//! The outbox is bounded, and drops nothing.

use raisfast_outbox::{OutboxError, OutboxOptions};
use raisfast_types::HookName;

use crate::support::{TestOutbox, Told, patient, plugin, soon};

fn room_for(rows: u64) -> OutboxOptions {
    OutboxOptions {
        max_waiting: rows,
        ..patient()
    }
}

/// Whether there is room for one change more.
async fn refusal(test: &TestOutbox) -> Option<String> {
    let hooks = test.bus.snapshot();
    match soon(test.outbox.places(&hooks, HookName::OnPostDeleted, None)).await {
        Ok(_) => None,
        Err(OutboxError::Full(full)) => {
            assert_eq!(full.plugin, plugin("one"));
            Some(full.to_string())
        }
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_change_beyond_the_limit_is_refused_with_the_plugin_and_what_to_do() {
    let test = TestOutbox::with(room_for(2)).await;
    let told = Told::default()
        .failing("deleted 1", 1)
        .failing("deleted 2", 1);
    test.plugin("one", &told);
    test.delete_post("1").await;
    test.delete_post("2").await;
    test.settled().await;
    let refusal = refusal(&test).await.expect("two of two rows are there");
    for part in [
        "com.example.one",
        "2 deliveries",
        "raisfast outbox list",
        "max_waiting",
    ] {
        assert!(refusal.contains(part), "{refusal}");
    }
    let [figures] = test.outbox.figures().await.unwrap().try_into().unwrap();
    assert_eq!((figures.waiting, figures.dead, figures.refused), (2, 0, 1));
    assert!(figures.oldest.is_some());
}

#[tokio::test]
async fn a_delivery_that_ends_while_a_change_waits_makes_room_for_it() {
    let test = TestOutbox::with(room_for(1)).await;
    let told = Told::default();
    test.plugin("one", &told);
    for id in 0..20 {
        test.delete_post(&id.to_string()).await;
    }
    test.settled().await;
    assert_eq!(told.entries().len(), 20);
    assert_eq!(refusal(&test).await, None);
}

#[tokio::test]
async fn a_change_that_is_given_up_gives_its_room_back() {
    let test = TestOutbox::with(room_for(1)).await;
    test.plugin("one", &Told::default());
    for _ in 0..3 {
        assert_eq!(refusal(&test).await, None);
    }
}

#[tokio::test]
async fn what_is_left_from_before_takes_room_too() {
    let test = TestOutbox::with(room_for(1)).await;
    let told = Told::default().failing("deleted 1", usize::MAX);
    test.plugin("one", &told);
    test.delete_post("1").await;
    test.settled().await;

    let test = test.restart().await;
    test.plugin("one", &told);
    assert!(refusal(&test).await.is_some());
    let discarded = test.outbox.discard_all(&plugin("one"), None).await.unwrap();
    assert_eq!(discarded, 1);
    assert_eq!(refusal(&test).await, None);
}

#[tokio::test]
async fn the_room_of_one_plugin_is_not_that_of_another() {
    let test = TestOutbox::with(room_for(1)).await;
    let told = Told::default().failing("deleted 1", usize::MAX);
    test.plugin("one", &told);
    test.delete_post("1").await;
    test.settled().await;
    test.bus.remove(&plugin("one"));
    let other = Told::default();
    test.plugin("two", &other);
    test.delete_post("2").await;
    test.settled().await;
    assert_eq!(other.entries(), ["deleted 2"]);
}
