use std::time::Duration;

use raisfast_cluster::Node;
use raisfast_contract::PluginId;
use raisfast_db::Database;
use raisfast_host_api::capability::Events as _;

use super::{EventStream, Heard, queue};

fn plugin() -> PluginId {
    "com.example.one".parse().unwrap()
}

async fn stream() -> EventStream {
    let database = Database::connect("sqlite::memory:").await.unwrap();
    EventStream::new(database, Node::alone())
}

/// Returns the `type` of the next event, or the number of those that are lost before it.
async fn next(reader: &mut super::EventReader) -> Result<String, Option<u64>> {
    let next = tokio::time::timeout(Duration::from_secs(20), reader.next());
    match next.await.expect("something within the deadline") {
        Heard::Event(event) => Ok(event.body["type"].as_str().unwrap().to_owned()),
        Heard::Lost(lost) => Err(lost),
    }
}

#[tokio::test]
async fn emitting_waits_for_nothing_and_a_flood_is_counted_to_the_last_event() {
    let stream = stream().await;
    let mut reader = stream.listen().await.unwrap();
    // On one thread nothing is written while this emits.
    let emitted = queue::MOST + 100;
    for n in 0..emitted {
        stream.emit(&plugin(), &n.to_string(), "");
    }
    assert_eq!(next(&mut reader).await, Err(Some(100)));
    for n in 100..emitted {
        assert_eq!(next(&mut reader).await, Ok(n.to_string()));
    }
}

#[tokio::test]
async fn large_events_wait_within_a_bound_of_bytes() {
    let stream = stream().await;
    let mut reader = stream.listen().await.unwrap();
    let large = "x".repeat(64 << 10);
    let emitted = 2 * queue::MOST_BYTES / large.len();
    for n in 0..emitted {
        stream.emit(&plugin(), &n.to_string(), &large);
    }
    let lost = next(&mut reader).await.unwrap_err().unwrap();
    let emitted = emitted as u64;
    assert!(lost > emitted / 2, "{lost}");
    for n in lost..emitted {
        assert_eq!(next(&mut reader).await, Ok(n.to_string()));
    }
}

#[tokio::test]
async fn what_was_emitted_before_is_not_heard_and_what_is_written_waits_for_nobody() {
    let stream = stream().await;
    stream.emit(&plugin(), "before", "");
    let mut reader = stream.listen().await.unwrap();
    stream.emit(&plugin(), "after", "");
    assert_eq!(next(&mut reader).await, Ok("after".to_owned()));
    stream.emit(&plugin(), "last", "");
    stream.written().await;
    let mut again = stream.listen_after("0").await.unwrap();
    for expected in ["before", "after", "last"] {
        assert_eq!(next(&mut again).await, Ok(expected.to_owned()));
    }
}

#[tokio::test]
async fn a_database_that_is_away_keeps_nobody_from_emitting() {
    let stream = stream().await;
    stream.0.database.close().await;
    for n in 0..2 * queue::MOST {
        stream.emit(&plugin(), &n.to_string(), "");
    }
    assert!(stream.listen().await.is_err());
    // The task that writes ends.
    stream.close();
    stream.emit(&plugin(), "too late", "");
}
