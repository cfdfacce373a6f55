//! The outbox is bounded, and drops nothing but what logins tell.

use raisfast_contract::HookName;
use raisfast_outbox::{OutboxError, OutboxOptions};

use crate::support::{TestOutbox, Told, patient, plugin, soon};

fn room_for(rows: u64) -> OutboxOptions {
    OutboxOptions {
        max_waiting: rows,
        ..patient()
    }
}

/// Returns the refusal of one change more, if there is no room.
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
    for part in ["com.example.one", "2 deliveries"] {
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

fn room_for_bytes(bytes: u64) -> OutboxOptions {
    OutboxOptions {
        max_waiting_bytes: bytes,
        ..patient()
    }
}

async fn bytes(test: &TestOutbox) -> u64 {
    let figures = test.outbox.figures().await.unwrap();
    figures.iter().map(|plugin| plugin.bytes).sum()
}

/// A change that tells 100 kB, which the plugin does not take.
async fn large_change(test: &TestOutbox, told: &Told, id: &str) {
    let large = "x".repeat(100_000);
    told.clone().failing(&format!("deleted {large} {id}"), 1);
    test.delete_content(&large, id).await;
}

#[tokio::test]
async fn what_rows_deliver_is_bounded_in_bytes_too() {
    let test = TestOutbox::with(room_for_bytes(1 << 20)).await;
    let told = Told::default();
    test.plugin("one", &told);
    for id in 0..10 {
        large_change(&test, &told, &id.to_string()).await;
        assert_eq!(refusal(&test).await, None, "{id}");
    }
    large_change(&test, &told, "last").await;
    test.settled().await;
    let refused = refusal(&test).await.expect("more than 1 MiB waits");
    for part in ["com.example.one", "deliveries of 1 MiB"] {
        assert!(refused.contains(part), "{refused}");
    }
    let full = bytes(&test).await;
    assert!((1_100_000..1_102_000).contains(&full), "{full}");

    // The bytes are counted anew from what the database holds.
    let test = test.restart().await;
    test.plugin("one", &told);
    assert!(refusal(&test).await.is_some());
    assert_eq!(bytes(&test).await, full);

    let discarded = test.outbox.discard_all(&plugin("one"), None).await.unwrap();
    assert_eq!(discarded, 11);
    assert_eq!(bytes(&test).await, 0);
    assert_eq!(refusal(&test).await, None);
}

#[tokio::test]
async fn what_is_delivered_takes_no_bytes() {
    let test = TestOutbox::with(room_for_bytes(1 << 20)).await;
    let told = Told::default();
    test.plugin("one", &told);
    for id in 0..40 {
        test.delete_content(&"x".repeat(100_000), &id.to_string())
            .await;
    }
    test.settled().await;
    assert_eq!(told.entries().len(), 40);
    assert_eq!(bytes(&test).await, 0);
}

#[tokio::test]
async fn a_discard_beside_deliveries_gives_each_byte_back_once() {
    let test = TestOutbox::with(patient()).await;
    let told = Told::default();
    test.plugin("one", &told);
    for round in 0..10 {
        for id in 0..20 {
            test.delete_post(&format!("{round}.{id}")).await;
        }
        test.outbox.discard_all(&plugin("one"), None).await.unwrap();
    }
    test.settled().await;
    assert_eq!(test.rows().await, (0, 0));
    assert_eq!(bytes(&test).await, 0);
}

#[tokio::test]
async fn a_login_neither_waits_nor_is_refused_and_what_is_dropped_is_counted() {
    let test = TestOutbox::with(room_for(1)).await;
    let told = Told::default().failing("deleted 1", usize::MAX);
    test.plugin("one", &told);
    test.delete_post("1").await;
    test.settled().await;
    assert!(refusal(&test).await.is_some());

    let hooks = test.bus.snapshot();
    let told_of = |places: raisfast_outbox::Places| places.plugins().count();
    let dropped = async || {
        let figures = test.outbox.figures().await.unwrap();
        figures.iter().map(|plugin| plugin.dropped).sum::<u64>()
    };
    let login = HookName::OnLogin;
    assert_eq!(told_of(test.outbox.places_or_none(&hooks, login).await), 0);
    assert_eq!(told_of(test.outbox.places_or_none(&hooks, login).await), 0);
    assert_eq!(dropped().await, 2);

    test.outbox.discard_all(&plugin("one"), None).await.unwrap();
    assert_eq!(told_of(test.outbox.places_or_none(&hooks, login).await), 1);
    assert_eq!(dropped().await, 2);
}
