//! Listeners on any server receive what happens on all.

use std::time::Duration;

use raisfast::Heard;
use raisfast_contract::PluginId;
use raisfast_host_api::capability::Events as _;
use raisfast_tests::{Cluster, DatabaseServer};
use tokio::time::timeout;

const DATABASES: [DatabaseServer; 2] = [DatabaseServer::Postgres, DatabaseServer::Mariadb];

fn plugin() -> PluginId {
    "com.example.shop".parse().expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn events_reach_listeners_on_other_servers_with_notifications_and_by_polling() {
    for database in DATABASES {
        for notifications in [true, false] {
            let cluster = Cluster::on(database).await;
            let start = async |name| {
                let server = cluster.server(name).config(move |config| {
                    config.node.timing.notifications = notifications;
                });
                server.start().await
            };
            let (one, two) = (start("one").await, start("two").await);
            let mut listener = two.server().events().listen().await.expect("a listener");
            one.server().events().emit(&plugin(), "order.paid", "7");
            let is_notified = notifications && database == DatabaseServer::Postgres;
            let most = Duration::from_secs(if is_notified { 2 } else { 5 });
            let heard = timeout(most, listener.next()).await.expect("in time");
            let Heard::Event(event) = heard else {
                panic!("{heard:?}");
            };
            assert_eq!(event.body["type"], "order.paid");
            assert_eq!(event.body["data"], "7");
            let id = one.server().node().id().expect("an id").to_string();
            assert_eq!(event.node, id);
            one.stop().await;
            two.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_moves_between_servers_gets_each_event_once_while_both_write() {
    const EACH: usize = 300;
    for database in DATABASES {
        let cluster = Cluster::on(database).await;
        let servers = [
            cluster.server("one").start().await,
            cluster.server("two").start().await,
        ];
        let events = servers
            .each_ref()
            .map(|server| server.server().events().clone());
        let mut listener = events[0].listen().await.expect("a listener");
        let writing = events.clone().map(|events| {
            tokio::spawn(async move {
                for n in 0..EACH {
                    events.emit(&plugin(), &n.to_string(), "");
                    // In groups of many sizes.
                    if n % 7 == 0 {
                        events.written().await;
                    }
                }
            })
        });
        let mut heard = Vec::new();
        while heard.len() < 2 * EACH {
            let next = timeout(Duration::from_secs(20), listener.next());
            let Heard::Event(event) = next.await.expect("an event") else {
                panic!("events are lost");
            };
            heard.push((event.node.clone(), event.body["type"].clone()));
            if heard.len() % 50 == 0 {
                let server = &events[heard.len() / 50 % 2];
                let last = event.id.to_string();
                listener = server.listen_after(&last).await.expect("a listener");
            }
        }
        for writer in writing {
            writer.await.expect("it ends");
        }
        for server in &servers {
            let id = server.server().node().id().expect("an id").to_string();
            let of_it: Vec<_> = heard.iter().filter(|(node, _)| *node == id).collect();
            let types: Vec<_> = of_it.iter().map(|(_, kind)| kind.clone()).collect();
            let emitted: Vec<_> = (0..EACH).map(|n| n.to_string()).collect();
            assert_eq!(types, emitted, "in its order, each once");
        }
    }
}
