//! Nodes on real databases.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use raisfast_cluster::{Files, JoinError, Member, Node, NodeId, NodeOptions, Timing, Topic};
use raisfast_db::{Database, Timestamp, entity::nodes};
use raisfast_test_databases::Server;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement, sea_query::Expr};
use tokio::time::{sleep, timeout};

/// The longest time that anything may take on a slow machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// Leases that run out while a test waits.
const SHORT: Timing = Timing {
    lease: Duration::from_secs(4),
    margin: Duration::from_secs(1),
    renewal: Duration::from_millis(400),
    patience: Duration::from_millis(380),
    polling: Duration::from_hours(1),
    notifications: true,
};

fn named(name: &str) -> NodeOptions {
    NodeOptions {
        name: name.to_owned(),
        address: "10.0.0.7:8787".to_owned(),
        version: "1.2.3".to_owned(),
        files: Files::Shared,
        former: None,
        timing: Timing::default(),
    }
}

fn with(name: &str, timing: Timing) -> NodeOptions {
    NodeOptions {
        timing,
        ..named(name)
    }
}

fn local(name: &str) -> NodeOptions {
    NodeOptions {
        files: Files::Local,
        ..named(name)
    }
}

async fn join(url: &str, options: NodeOptions) -> Node {
    Node::join(connect(url).await, options).await.unwrap()
}

async fn connect(url: &str) -> Database {
    Database::connect(url).await.unwrap()
}

async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> F) -> T {
    let seen = timeout(DEADLINE, async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            sleep(Duration::from_millis(10)).await;
        }
    });
    seen.await.unwrap_or_else(|_| panic!("in vain: {what}"))
}

async fn live(node: &Node) -> Vec<Member> {
    let mut nodes = node.nodes().await.unwrap();
    nodes.retain(|node| node.is_alive);
    nodes
}

/// Returns the ends of all leases, unless its connection has just been cut.
async fn ends(node: &Node) -> Option<Vec<Option<Timestamp>>> {
    let nodes = node.nodes().await.ok()?.into_iter();
    Some(nodes.map(|node| node.alive_until).collect())
}

fn names(members: &[Member]) -> Vec<&str> {
    members.iter().map(|member| member.name.as_str()).collect()
}

/// Makes a test of each function for PostgreSQL and for MariaDB.
macro_rules! on_both {
    ($(async fn $name:ident($url:ident: &str) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn check($url: &str) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                check(&Server::Postgres.fresh_database()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn mariadb() {
                check(&Server::Mariadb.fresh_database()).await;
            }
        }
    )*};
}

on_both! {

async fn nodes_see_each_other_renew_and_leave(url: &str) {
    let one = join(url, with("one", SHORT)).await;
    let two = join(url, with("two", SHORT)).await;
    assert!(!one.is_alone());
    let id = one.id().unwrap();
    let seen = live(&two).await;
    assert_eq!(names(&seen), ["one", "two"]);
    let first = seen[0].clone();
    assert_eq!(first.id, id.to_string());
    assert_eq!((first.address.as_str(), first.version.as_str()), ("10.0.0.7:8787", "1.2.3"));
    assert_eq!(first.files, "shared");
    assert!(first.started_at < first.alive_until.clone().unwrap());
    // It goes on for longer than a lease lasts.
    let until = Instant::now() + 2 * SHORT.lease;
    while Instant::now() < until {
        assert_eq!(one.id(), Some(id));
        assert_eq!(names(&live(&two).await), ["one", "two"]);
    }
    let renewed = live(&two).await.remove(0);
    assert!(renewed.alive_until > first.alive_until);
    assert_eq!(renewed.started_at, first.started_at);

    one.leave().await;
    assert_eq!(one.id(), None);
    assert_eq!(names(&two.nodes().await.unwrap()), ["two"]);
    one.leave().await;
}

async fn a_node_that_was_dropped_is_gone_when_its_lease_ends(url: &str) {
    let one = join(url, with("one", SHORT)).await;
    let two = join(url, with("two", SHORT)).await;
    let id = one.id().unwrap().to_string();
    drop(one);
    eventually("it is gone", || async {
        (names(&live(&two).await) == ["two"]).then_some(())
    })
    .await;
    // People still see it.
    let nodes = two.nodes().await.unwrap();
    assert_eq!(names(&nodes), ["one", "two"]);
    assert_eq!((nodes[0].id.as_str(), nodes[0].is_alive), (id.as_str(), false));
    // An hour later nobody does.
    let connection = connect(url).await;
    nodes::Entity::update_many()
        .col_expr(nodes::Column::AliveUntil, connection.now_sql(chrono::TimeDelta::minutes(-61)))
        .filter(nodes::Column::Id.eq(id))
        .exec(connection.connection())
        .await
        .unwrap();
    eventually("the row is deleted", || async {
        (names(&two.nodes().await.unwrap()) == ["two"]).then_some(())
    })
    .await;
}

async fn a_node_that_cannot_renew_holds_nothing_and_joins_anew(url: &str) {
    let one = join(url, with("one", SHORT)).await;
    let two = join(url, with("two", Timing { patience: DEADLINE, ..SHORT })).await;
    let mut ids = one.ids();
    let former = ids.borrow_and_update().unwrap();
    let database = connect(url).await;
    // Somebody holds the row: the renewal waits, as it would without a network.
    let holder = database.begin().await.unwrap();
    let begun = Instant::now();
    nodes::Entity::update_many()
        .col_expr(nodes::Column::Version, Expr::value("held"))
        .filter(nodes::Column::Id.eq(former.to_string()))
        .exec(&holder)
        .await
        .unwrap();
    timeout(DEADLINE, ids.changed()).await.unwrap().unwrap();
    assert_eq!(*ids.borrow_and_update(), None);
    assert_eq!(one.id(), None);
    // It has given up before the others can see its lease end.
    assert!(begun.elapsed() < SHORT.lease, "{:?}", begun.elapsed());
    assert_eq!(live(&two).await.len(), 2);
    holder.rollback().await.unwrap();

    timeout(DEADLINE, ids.changed()).await.unwrap().unwrap();
    let next = ids.borrow_and_update().unwrap();
    assert_ne!(next, former);
    assert_eq!(one.id(), Some(next));
    // A renewal that had waited for the row may still have come through.
    let nodes = eventually("the former lease is over", || async {
        let nodes = two.nodes().await.unwrap();
        let is_alive = |id: NodeId| nodes.iter().any(|node| node.id == id.to_string() && node.is_alive);
        assert!(is_alive(next));
        (!is_alive(former)).then_some(nodes)
    })
    .await;
    assert_eq!(two.ids().borrow().unwrap().to_string(), nodes[1].id);
}

async fn a_node_whose_row_is_gone_joins_anew(url: &str) {
    let one = join(url, with("one", SHORT)).await;
    let former = one.id().unwrap();
    let database = connect(url).await;
    nodes::Entity::delete_by_id(former.to_string()).exec(database.connection()).await.unwrap();
    eventually("it has another id", || async {
        one.id().filter(|id| *id != former)
    })
    .await;
}

async fn a_node_wakes_the_others_and_not_itself(url: &str) {
    let woken_by_looking = Timing { notifications: false, polling: Duration::from_millis(100), ..SHORT };
    let by_message = url.starts_with("postgres");
    let timing = if by_message { SHORT } else { woken_by_looking };
    let one = join(url, with("one", SHORT)).await;
    let two = join(url, with("two", timing)).await;
    let mut here = one.wakings(Topic::Plugins);
    let mut there = two.wakings(Topic::Plugins);
    let mut of_another = two.wakings(Topic::Events);
    if by_message {
        // What begins to listen looks once.
        for count in [&mut here, &mut there, &mut of_another] {
            timeout(DEADLINE, count.wait_for(|count| *count >= 2)).await.unwrap().unwrap();
        }
    }
    let before = *here.borrow_and_update();
    let of_another_before = *of_another.borrow_and_update();
    there.mark_unchanged();
    for _ in 0..1_000 {
        one.wake_others(Topic::Plugins);
    }
    let begun = Instant::now();
    timeout(DEADLINE, there.changed()).await.unwrap().unwrap();
    if by_message {
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        assert_eq!(*here.borrow(), before);
        assert_eq!(*of_another.borrow(), of_another_before);
    }
}

async fn of_two_with_local_files_one_is_refused(url: &str) {
    let joins: Vec<_> = ["one", "two"]
        .map(|name| {
            let url = url.to_owned();
            tokio::spawn(async move { Node::join(connect(&url).await, local(name)).await })
        })
        .into();
    let (mut joined, mut refused) = (Vec::new(), Vec::new());
    for join in joins {
        match join.await.unwrap() {
            Ok(node) => joined.push(node),
            Err(error) => refused.push(error),
        }
    }
    let ([node], [error]) = (&joined[..], &refused[..]) else {
        panic!("{joined:?} {refused:?}");
    };
    assert!(matches!(error, JoinError::FilesApart { own: Files::Local, .. }), "{error}");
    let expected = format!("{} at 10.0.0.7:8787", node.name());
    assert!(error.to_string().contains(&expected), "{error}");
    assert_eq!(live(node).await.len(), 1);
    // Whoever shares its files is refused beside it, too.
    let error = Node::join(connect(url).await, named("three")).await.unwrap_err();
    assert!(error.to_string().contains("another server keeps"), "{error}");
}

async fn one_that_was_killed_is_waited_for(url: &str) {
    let timing = SHORT;
    let killed = join(url, NodeOptions { timing, ..local("killed") }).await;
    drop(killed);
    let next = join(url, NodeOptions { timing, ..local("next") }).await;
    assert_eq!(names(&live(&next).await), ["next"]);
}

async fn the_former_node_of_a_server_ends_as_the_next_begins(url: &str) {
    let killed = join(url, local("killed")).await;
    let former = killed.id().map(|id| id.to_string());
    drop(killed);
    let begun = Instant::now();
    let next = join(url, NodeOptions { former: former.clone(), ..local("next") }).await;
    assert!(begun.elapsed() < Timing::default().lease / 2, "{:?}", begun.elapsed());
    let nodes = next.nodes().await.unwrap();
    assert_eq!(names(&nodes), ["killed", "next"]);
    assert!(!nodes[0].is_alive);
}

}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_are_opened_again() {
    let url = Server::Postgres.fresh_database();
    let one = join(&url, with("one", SHORT)).await;
    let two = join(&url, with("two", SHORT)).await;
    let id = one.id();
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let database = connect(&url).await;
    let connection = database.connection();
    for _ in 0..3 {
        let before = eventually("the leases are read", || ends(&one)).await;
        let cut = Statement::from_string(connection.get_database_backend(), cut);
        connection.query_one_raw(cut).await.unwrap();
        eventually("both have renewed their leases", || async {
            let now = ends(&one).await?;
            now.iter()
                .zip(&before)
                .all(|(now, before)| now > before)
                .then_some(())
        })
        .await;
    }
    let before = *two.wakings(Topic::Outbox).borrow();
    // A message wakes again once both have their connections.
    eventually("the other is woken", || async {
        one.wake_others(Topic::Outbox);
        (*two.wakings(Topic::Outbox).borrow() > before + 1).then_some(())
    })
    .await;
    assert_eq!(one.id(), id);
}

#[tokio::test]
async fn a_node_alone_holds_what_it_takes_for_good() {
    let node = Node::alone();
    assert!(node.is_alone());
    let id = node.id().unwrap();
    node.wake_others(Topic::Events);
    let nodes = node.nodes().await.unwrap();
    assert_eq!(
        (nodes.len(), nodes[0].id.as_str()),
        (1, id.to_string().as_str())
    );
    assert_eq!(nodes[0].alive_until, None);
    node.leave().await;
    assert_eq!(node.id(), Some(id));
}
