//! Committed changes are delivered: to each subscriber, in order, at least once.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use raisfast_contract::{
    Hook, PostOutput,
    hook::{Action, OnPostCreated, OnPostDeleted},
};
use raisfast_hooks::{Subscription, SubscriptionOptions};
use tokio::sync::{Barrier, Semaphore};

use crate::support::{TestOutbox, Told, patient, plugin, soon};

#[tokio::test(flavor = "multi_thread")]
async fn each_subscriber_is_told_of_each_change_and_nothing_is_left() {
    let test = TestOutbox::with(patient()).await;
    let (one, two) = (Told::default(), Told::default());
    test.plugin("one", &one);
    test.plugin("two", &two);
    for id in 0..100 {
        test.delete_post(&id.to_string()).await;
    }
    test.settled().await;
    let expected: BTreeSet<_> = (0..100).map(|id| format!("deleted {id}")).collect();
    for told in [one, two] {
        let entries = told.entries();
        assert_eq!(entries.len(), 100, "{entries:?}");
        assert_eq!(entries.into_iter().collect::<BTreeSet<_>>(), expected);
    }
    assert_eq!(test.rows().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_records_changes_are_told_in_order_whatever_the_hook() {
    let test = TestOutbox::with(patient()).await;
    let told = Told::default();
    test.plugin("one", &told);
    let mut expected = Vec::new();
    for user in 0..40 {
        test.login("a-record", &user.to_string()).await;
        test.delete_post("a-record").await;
        expected.push(format!("login {user}"));
        expected.push("deleted a-record".to_owned());
    }
    test.settled().await;
    assert_eq!(told.entries(), expected);
}

#[tokio::test]
async fn a_plugin_is_told_exactly_what_was_changed() {
    let test = TestOutbox::with(patient()).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    let handler = move |(post,): (Arc<PostOutput>,)| {
        sink.lock().unwrap().push(PostOutput::clone(&post));
        async { Ok(()) }
    };
    let id = plugin("one");
    let options = SubscriptionOptions::default();
    let subscription = Subscription::new::<OnPostCreated>(id.clone(), options, Arc::new(handler));
    test.bus.replace(&id, vec![subscription]);
    let post = PostOutput {
        id: "a-post".to_owned(),
        title: "„Grüße“ \u{1f600} \\ \" \n\u{7f}".to_owned(),
        content: "x".repeat(1 << 20),
        excerpt: Some(String::new()),
        view_count: i64::MIN,
        ..PostOutput::default()
    };
    let params = (Arc::new(post.clone()),);
    test.change::<OnPostCreated>("a-post", params).await;
    test.settled().await;
    assert_eq!(*told.lock().unwrap(), [post]);
}

#[tokio::test(flavor = "multi_thread")]
async fn different_records_are_delivered_side_by_side() {
    let test = TestOutbox::with(patient()).await;
    // Nobody gets further before there are three.
    let meeting = Arc::new(Barrier::new(3));
    let handler = move |_: (Arc<str>,)| {
        let meeting = Arc::clone(&meeting);
        async move {
            meeting.wait().await;
            Ok(())
        }
    };
    subscribe::<OnPostDeleted, _>(&test, "one", handler);
    for id in ["1", "2", "3"] {
        test.delete_post(id).await;
    }
    test.settled().await;
    assert_eq!(test.rows().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_plugin_delays_neither_the_change_nor_the_other_plugins() {
    let test = TestOutbox::with(patient()).await;
    let gate = Arc::new(Semaphore::new(0));
    let closed = Arc::clone(&gate);
    let handler = move |_: (Arc<str>,)| {
        let closed = Arc::clone(&closed);
        async move {
            closed.acquire().await.unwrap().forget();
            Ok(())
        }
    };
    subscribe::<OnPostDeleted, _>(&test, "slow", handler);
    let quick = Told::default();
    test.plugin("quick", &quick);
    test.delete_post("1").await;
    soon(async {
        while test.rows().await != (1, 0) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(quick.entries(), ["deleted 1"]);
    gate.add_permits(1);
    test.settled().await;
    assert_eq!(test.rows().await, (0, 0));
}

#[tokio::test]
async fn a_change_that_is_not_committed_is_not_told() {
    let test = TestOutbox::with(patient()).await;
    let told = Told::default();
    test.plugin("one", &told);
    let hooks = test.bus.snapshot();
    {
        let places = test.outbox.places(&hooks, OnPostDeleted::NAME, None);
        let mut places = places.await.unwrap();
        let transaction = test.database.begin().await.unwrap();
        let params = ("1".into(),);
        places
            .write::<OnPostDeleted>(&transaction, "1", &params)
            .await
            .unwrap();
    }
    test.settled().await;
    assert!(told.entries().is_empty());
    assert_eq!(test.rows().await, (0, 0));
}

#[tokio::test]
async fn what_nobody_subscribes_to_writes_nothing() {
    let test = TestOutbox::with(patient()).await;
    let told = Told::default();
    let id = plugin("recipes");
    test.bus.replace(&id, told.subscriptions(&id, &["recipe"]));
    test.delete_content("page", "1").await;
    test.delete_content("recipe", "2").await;
    test.bus.remove(&id);
    test.delete_post("3").await;
    assert_eq!(test.rows().await, (1, 0), "the recipe waits");
    test.bus.replace(&id, told.subscriptions(&id, &["recipe"]));
    test.settled().await;
    assert_eq!(told.entries(), ["deleted recipe 2"]);
}

#[tokio::test]
async fn what_is_left_is_delivered_after_a_restart() {
    let test = TestOutbox::with(patient()).await;
    let told = Told::default();
    test.plugin("one", &told);
    test.outbox.stop().await;
    for user in ["ann", "bob"] {
        test.login("a-record", user).await;
    }
    assert!(told.entries().is_empty(), "nobody delivers");

    let test = test.restart().await;
    test.plugin("one", &told);
    test.settled().await;
    assert_eq!(told.entries(), ["login ann", "login bob"]);
    assert_eq!(test.rows().await, (0, 0));
}

#[tokio::test]
async fn a_plugin_that_does_not_run_is_told_when_it_does_and_that_counts_as_no_try() {
    let test = TestOutbox::with(patient()).await;
    let told = Told::default();
    test.plugin("one", &told);
    let hooks = test.bus.snapshot();
    test.bus.remove(&plugin("one"));
    // A request that began while it ran.
    let places = test.outbox.places(&hooks, OnPostDeleted::NAME, None);
    let mut places = places.await.unwrap();
    let transaction = test.database.begin().await.unwrap();
    places
        .write::<OnPostDeleted>(&transaction, "1", &("1".into(),))
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    places.committed();
    test.settled().await;
    assert_eq!(test.rows().await, (1, 0));

    test.plugin("one", &told);
    test.settled().await;
    assert_eq!(told.entries(), ["deleted 1"]);
    let [delivery] = told.deliveries().try_into().unwrap();
    assert_eq!(delivery.attempt, 1);
}

#[tokio::test]
async fn a_delivery_in_progress_is_waited_for_at_the_end() {
    let test = TestOutbox::with(patient()).await;
    let (begun, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (begins, closed) = (Arc::clone(&begun), Arc::clone(&gate));
    let handler = move |_: (Arc<str>,)| {
        let (begins, closed) = (Arc::clone(&begins), Arc::clone(&closed));
        async move {
            begins.add_permits(1);
            closed.acquire().await.unwrap().forget();
            Ok(())
        }
    };
    subscribe::<OnPostDeleted, _>(&test, "slow", handler);
    test.delete_post("1").await;
    soon(begun.acquire()).await.unwrap().forget();
    let outbox = test.outbox.clone();
    let stopping = tokio::spawn(async move { outbox.stop().await });
    tokio::task::yield_now().await;
    assert!(!stopping.is_finished());
    gate.add_permits(1);
    soon(stopping).await.unwrap();
    assert_eq!(test.rows().await, (0, 0));
}

/// Subscribes a plugin to one hook alone.
fn subscribe<H: Action, T>(test: &TestOutbox, name: &str, handler: T)
where
    T: raisfast_hooks::Handler<H> + 'static,
{
    let id = plugin(name);
    let options = SubscriptionOptions::default();
    let subscription = Subscription::new::<H>(id.clone(), options, Arc::new(handler));
    test.bus.replace(&id, vec![subscription]);
}
