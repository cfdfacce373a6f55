//! Several nodes on one database: together they are one outbox. They run on PostgreSQL, if no
//! server is asked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use raisfast_cluster::{Files, Node, NodeOptions, Timing};
use raisfast_contract::{Hook, hook::OnPostDeleted};
use raisfast_db::{Database, entity::outbox};
use raisfast_hooks::{Subscription, SubscriptionOptions};
use raisfast_outbox::{DeliveryState, DeliveryStatus, OutboxError, OutboxOptions, Selection};
use raisfast_test_databases::Server;
use sea_orm::{EntityTrait, PaginatorTrait};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::support::{TestOutbox, Told, one_at_a_time, patient, plugin, soon};

/// Nodes that look often, so that no test waits for 2 s.
pub(crate) fn quick_to_look() -> Timing {
    Timing {
        polling: Duration::from_millis(100),
        ..Timing::default()
    }
}

/// A lease that is not renewed while a test runs.
fn dying() -> Timing {
    Timing {
        lease: Duration::from_secs(2),
        margin: Duration::from_millis(500),
        renewal: Duration::from_hours(1),
        ..quick_to_look()
    }
}

/// A lease that is over before it is renewed: another one begins then.
fn flapping() -> Timing {
    Timing {
        lease: Duration::from_millis(500),
        margin: Duration::from_millis(200),
        renewal: Duration::from_millis(600),
        ..quick_to_look()
    }
}

/// A database for some nodes.
pub(crate) struct Site {
    url: String,
}

impl Site {
    pub(crate) fn new() -> Self {
        let server = Server::asked_for().unwrap_or(Server::Postgres);
        Self {
            url: server.fresh_database(),
        }
    }

    /// Joins as a process of its own would.
    pub(crate) async fn node(
        &self,
        name: &str,
        timing: Timing,
        options: OutboxOptions,
    ) -> TestOutbox {
        let database = Database::connect(&self.url).await.unwrap();
        let node = NodeOptions {
            name: name.to_owned(),
            address: "127.0.0.1:0".to_owned(),
            version: "1.0.0".to_owned(),
            files: Files::Shared,
            former: None,
            timing,
        };
        let node = Node::join(database.clone(), node).await.unwrap();
        TestOutbox::on(database, node, options).await
    }
}

async fn rows(test: &TestOutbox) -> u64 {
    let connection = test.database.connection();
    outbox::Entity::find().count(connection).await.unwrap()
}

/// Resolves when no row is left.
pub(crate) async fn drained(test: &TestOutbox) {
    soon(async {
        while rows(test).await > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// Subscribes a plugin whose calls do not end before the gate lets them; returns a semaphore with a
/// permit for each that has begun.
fn gated(test: &TestOutbox, told: &Told, gate: &Arc<Semaphore>) -> Arc<Semaphore> {
    let begun = Arc::new(Semaphore::new(0));
    let (begins, closed, told) = (Arc::clone(&begun), Arc::clone(gate), told.clone());
    let handler = move |(id,): (Arc<str>,)| {
        let (begins, closed, told) = (Arc::clone(&begins), Arc::clone(&closed), told.clone());
        async move {
            begins.add_permits(1);
            closed.acquire().await.unwrap().forget();
            told.note(format!("deleted {id}"));
            Ok(())
        }
    };
    let id = plugin("one");
    let options = SubscriptionOptions::default();
    let subscription = Subscription::new::<OnPostDeleted>(id.clone(), options, Arc::new(handler));
    test.bus.replace(&id, vec![subscription]);
    begun
}

/// Makes changes that the plugin is to be notified of, while it does not run here.
async fn delete_posts_unheard(test: &TestOutbox, ids: impl Iterator<Item = String>) {
    // A request that began while it ran.
    test.plugin("one", &Told::default());
    let hooks = test.bus.snapshot();
    test.bus.remove(&plugin("one"));
    for id in ids {
        let places = test.outbox.places(&hooks, OnPostDeleted::NAME, None);
        let mut places = places.await.unwrap();
        let transaction = test.database.begin().await.unwrap();
        let params = (id.as_str().into(),);
        let written = places.write::<OnPostDeleted>(&transaction, &id, &params);
        written.await.unwrap();
        transaction.commit().await.unwrap();
        places.committed();
    }
}

async fn listed(test: &TestOutbox) -> Vec<DeliveryStatus> {
    let all = Selection::default();
    test.outbox.list(&all, None, 100).await.unwrap().items
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_delivered_once_whichever_node_it_was_made_on() {
    let site = Site::new();
    let told = Told::default();
    let mut nodes = Vec::new();
    for name in ["a", "b", "c"] {
        let node = site.node(name, quick_to_look(), patient()).await;
        node.plugin("one", &told);
        nodes.push(node);
    }
    let mut expected = BTreeSet::new();
    for id in 0..100 {
        for (node, test) in nodes.iter().enumerate() {
            test.delete_post(&format!("{node}.{id}")).await;
            expected.insert(format!("deleted {node}.{id}"));
        }
    }
    drained(&nodes[0]).await;
    let entries = told.entries();
    assert_eq!(entries.len(), 300, "{entries:?}");
    assert_eq!(entries.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_records_changes_are_told_in_order_whichever_nodes_they_were_made_on() {
    let site = Site::new();
    let told = Told::default();
    let mut nodes = Vec::new();
    for name in ["a", "b"] {
        let node = site.node(name, quick_to_look(), patient()).await;
        node.plugin("one", &told);
        nodes.push(node);
    }
    let mut expected = BTreeMap::new();
    for change in 0..20 {
        for record in ["x", "y", "z"] {
            let node = &nodes[change % 2];
            node.login(record, &format!("{record} {change}")).await;
            let entries: &mut Vec<String> = expected.entry(record).or_default();
            entries.push(format!("login {record} {change}"));
        }
    }
    drained(&nodes[0]).await;
    let entries = told.entries();
    for (record, expected) in expected {
        let prefix = format!("login {record}");
        let of_record = entries.iter().filter(|entry| entry.starts_with(&prefix));
        assert_eq!(of_record.cloned().collect::<Vec<_>>(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_cannot_deliver_another_one_finds() {
    let site = Site::new();
    let told = Told::default();
    let writer = site.node("writer", quick_to_look(), patient()).await;
    let other = site.node("other", quick_to_look(), patient()).await;
    other.plugin("one", &told);
    delete_posts_unheard(&writer, ["1".to_owned()].into_iter()).await;
    drained(&writer).await;
    assert_eq!(told.entries(), ["deleted 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_has_claimed_passes_on_when_its_lease_ends() {
    let site = Site::new();
    let (gate, by_the_dying, by_the_other) = (
        Arc::new(Semaphore::new(0)),
        Told::default(),
        Told::default(),
    );
    let options = one_at_a_time(patient());
    let a = site.node("a", dying(), options).await;
    // All of them before the first claim, which takes several then.
    delete_posts_unheard(&a, (0..10).map(|id| id.to_string())).await;
    let begun = gated(&a, &by_the_dying, &gate);
    soon(begun.acquire()).await.unwrap().forget();
    let held = soon(async {
        loop {
            let held = listed(&a).await.into_iter();
            let held = held.filter(|row| row.claimed_by.as_deref() == Some("a"));
            let held = held.count();
            if held > 1 {
                return held;
            }
        }
    });
    let held = held.await;
    assert!(held < 10, "a node leaves some to others: {held}");

    let b = site.node("b", quick_to_look(), options).await;
    b.plugin("one", &by_the_other);
    drained(&b).await;
    assert_eq!(a.node.id(), None);
    let mut entries = by_the_other.entries();
    entries.sort();
    let expected: Vec<_> = (0..10).map(|id| format!("deleted {id}")).collect();
    assert_eq!(entries, expected, "what was on its way, too");

    // What it had begun ends; it begins nothing more, and its end changes nothing.
    gate.add_permits(100);
    a.settled().await;
    soon(a.outbox.stop()).await;
    assert_eq!(by_the_dying.entries().len(), 1);
    assert_eq!(begun.available_permits(), 0);
    assert_eq!(rows(&b).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_leases_end_again_and_again_delivers_under_each_of_them() {
    let site = Site::new();
    let told = Told::default();
    let a = site.node("a", flapping(), patient()).await;
    a.plugin("one", &told);
    let mut ids = BTreeSet::new();
    let mut expected = Vec::new();
    while ids.len() < 3 {
        ids.extend(a.node.id());
        let id = expected.len();
        a.delete_post(&id.to_string()).await;
        expected.push(format!("deleted {id}"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drained(&a).await;
    let entries = told.entries();
    assert_eq!(entries.len(), expected.len(), "{entries:?}");
    assert_eq!(
        entries.into_iter().collect::<BTreeSet<_>>(),
        expected.into_iter().collect()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_leaves_what_it_has_not_begun_to_others_at_once() {
    let site = Site::new();
    let (gate, by_a, by_b) = (
        Arc::new(Semaphore::new(0)),
        Told::default(),
        Told::default(),
    );
    let options = one_at_a_time(patient());
    let a = site.node("a", quick_to_look(), options).await;
    delete_posts_unheard(&a, (0..4).map(|id| id.to_string())).await;
    let begun = gated(&a, &by_a, &gate);
    soon(begun.acquire()).await.unwrap().forget();
    let stopping = a.outbox.clone();
    let stopping = tokio::spawn(async move { stopping.stop().await });
    let b = site.node("b", quick_to_look(), options).await;
    b.plugin("one", &by_b);
    // The call that has begun is still the node's, whose lease lasts.
    soon(async {
        while rows(&b).await > 1 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert!(!stopping.is_finished());
    assert_eq!((rows(&b).await, by_b.entries().len()), (1, 3));
    gate.add_permits(1);
    soon(stopping).await.unwrap();
    assert_eq!(rows(&b).await, 0);
    assert_eq!((by_a.entries().len(), by_b.entries().len()), (1, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_node_delivers_is_shown_and_can_be_discarded() {
    let site = Site::new();
    let (gate, by_a, by_b) = (
        Arc::new(Semaphore::new(0)),
        Told::default(),
        Told::default(),
    );
    let a = site.node("a", quick_to_look(), patient()).await;
    let b = site.node("b", quick_to_look(), patient()).await;
    let begun = gated(&a, &by_a, &gate);
    a.delete_post("1").await;
    soon(begun.acquire()).await.unwrap().forget();
    let [row] = listed(&b).await.try_into().unwrap();
    assert_eq!(row.claimed_by.as_deref(), Some("a"));
    assert_eq!(row.state, DeliveryState::Waiting);

    b.outbox.discard(&row.id).await.unwrap();
    assert!(listed(&a).await.is_empty());
    gate.add_permits(1);
    a.settled().await;
    assert_eq!(by_a.entries(), ["deleted 1"], "it was on its way");

    // What one node has failed to deliver, another one is told to try again, and does.
    a.plugin("one", &Told::default().failing("deleted 2", 1));
    a.delete_post("2").await;
    a.settled().await;
    a.bus.remove(&plugin("one"));
    b.plugin("one", &by_b);
    let [row] = listed(&b).await.try_into().unwrap();
    assert_eq!((row.state, row.claimed_by), (DeliveryState::Retrying, None));
    b.outbox.retry(&row.id).await.unwrap();
    drained(&b).await;
    assert_eq!(by_b.entries(), ["deleted 2"]);
}

/// Makes changes until one is refused.
async fn write_until_refused(test: &TestOutbox, name: &str) {
    for change in 0.. {
        match test.try_delete_post(&format!("{name}.{change}")).await {
            Ok(()) => {}
            Err(OutboxError::Full(_)) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bound_holds_for_all_nodes_together_and_all_of_it_can_be_used() {
    const MOST: u64 = 100;
    let site = Site::new();
    let options = OutboxOptions {
        max_waiting: MOST,
        ..patient()
    };
    let mut nodes = Vec::new();
    for name in ["a", "b"] {
        let node = site.node(name, quick_to_look(), options).await;
        node.plugin("one", &Told::default().failing_always());
        nodes.push(Arc::new(node));
    }
    let mut writers = JoinSet::new();
    for (number, node) in nodes.iter().enumerate() {
        for writer in 0..4 {
            let node = Arc::clone(node);
            let name = format!("{number}.{writer}");
            writers.spawn(async move { write_until_refused(&node, &name).await });
        }
    }
    while !writers.is_empty() {
        tokio::select! {
            ended = writers.join_next() => ended.unwrap().unwrap(),
            count = rows(&nodes[0]) => assert!(count <= MOST, "{count}"),
        }
    }
    // What one node has left, the other gets.
    soon(async {
        while rows(&nodes[1]).await < MOST {
            write_until_refused(&nodes[1], "more").await;
        }
    })
    .await;
    assert_eq!(rows(&nodes[1]).await, MOST);

    // Room that is given back on one node is there for another.
    let one = plugin("one");
    nodes[0].outbox.discard_all(&one, None).await.unwrap();
    soon(async { while nodes[1].try_delete_post("again").await.is_err() {} }).await;
}
