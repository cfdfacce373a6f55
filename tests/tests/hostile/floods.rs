//! Guests that write without end.

use raisfast::Event;

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
    let mut heard = server.0.server().events().subscribe();
    assert_eq!(
        server.survives("event-flood", "").await["excerpt"],
        "healthy"
    );
    for event in 0..120 {
        let received = heard.try_recv().expect("an event");
        let Event::Plugin(received) = received else {
            panic!("{received:?}");
        };
        assert_eq!(received.data, event.to_string());
    }
    assert!(heard.try_recv().is_err());
    server
        .0
        .logs(HOSTILE, "the limit of 120 events a minute is reached")
        .await;
}
