//! Guests that write without end.

use raisfast::Heard;

use crate::beside::{Beside, HOSTILE};

#[tokio::test(flavor = "multi_thread")]
async fn of_a_flood_of_records_a_minutes_worth_is_kept() {
    let server = Beside::hostile("").await;
    assert_eq!(server.survives("log-flood", "").await["excerpt"], "healthy");
    server
        .0
        .logs(HOSTILE, "the limit of 600 log records a minute is reached")
        .await;
    let records = server.0.logged(HOSTILE);
    assert!(!records.contains(&"600".to_owned()), "{records:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_flood_of_events_a_minutes_worth_is_heard() {
    let server = Beside::hostile("").await;
    let events = server.0.server().events();
    let mut heard = events.listen().await.expect("a listener");
    assert_eq!(
        server.survives("event-flood", "").await["excerpt"],
        "healthy"
    );
    for event in 0..120 {
        let Heard::Event(received) = heard.next().await else {
            panic!("events are lost");
        };
        assert_eq!(received.body["data"], event.to_string());
    }
    events.written().await;
    let newest = events.listen().await.expect("a listener").position();
    assert_eq!(newest, heard.position(), "no further event was kept");
    server
        .0
        .logs(HOSTILE, "the limit of 120 events a minute is reached")
        .await;
}
