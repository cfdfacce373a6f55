//! Rows that the servers of one site share: changes of plugins, pauses, events, counts of logins.

use std::time::Duration;

use chrono::TimeDelta;
use raisfast_db::{
    CountRule, Database, EventBounds, NewEvent, Timestamp, entity::plugin_pauses::Model,
};

use crate::support::on_every_database;

fn event(number: usize) -> NewEvent {
    NewEvent {
        node: "node".to_owned(),
        name: "plugin",
        body: format!("{{\"n\":{number}}}"),
    }
}

async fn add(database: &Database, lost: i64, events: &[NewEvent]) {
    while !database.add_events(lost, events).await.unwrap() {}
}

async fn ids(database: &Database) -> Vec<i64> {
    let events = database.events_after(0, 10_000).await.unwrap();
    events.iter().map(|event| event.id).collect()
}

fn pause(node: &str, until: &str) -> Model {
    Model {
        plugin_id: "com.example.one".to_owned(),
        hook: "on-login".to_owned(),
        node: node.to_owned(),
        version: "00ff".to_owned(),
        failures: 5,
        paused_since: Timestamp::now(),
        paused_until: until
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
            .into(),
        pause_ms: 30_000,
        reason: "grün".to_owned(),
    }
}

const BOUNDS: EventBounds = EventBounds {
    age: TimeDelta::hours(1),
    rows: 1_000,
    bytes: 1 << 20,
};

on_every_database! {

async fn each_change_of_a_plugin_is_counted_with_it(test: &TestDatabase) {
    let database = &test.database;
    assert_eq!(database.set_plugin_enabled("com.example.one", false).await.unwrap(), 1);
    assert_eq!(database.change_plugin_settings("com.example.one", Vec::new(), Vec::new()).await.unwrap(), 2);
    assert_eq!(database.reset_plugin("com.example.one").await.unwrap(), 3);
    assert_eq!(database.give_plugin("com.example.one", "folder").await.unwrap(), 4);
    assert_eq!(database.reset_plugin("com.example.two").await.unwrap(), 1);
    let mut rows = database.plugin_changes().await.unwrap();
    rows.sort_by(|one, other| one.plugin_id.cmp(&other.plugin_id));
    let revisions: Vec<_> = rows.iter().map(|row| (row.revision, row.reset_revision)).collect();
    assert_eq!(revisions, [(4, 3), (1, 1)]);
}

async fn no_change_of_many_at_once_is_lost(test: &TestDatabase) {
    let database = &test.database;
    let changes = (0..20).map(|n| {
        let database = database.clone();
        tokio::spawn(async move { database.set_plugin_enabled("com.example.one", n % 2 == 0).await })
    });
    let mut revisions = Vec::new();
    for change in changes.collect::<Vec<_>>() {
        revisions.push(change.await.unwrap().unwrap());
    }
    revisions.sort_unstable();
    assert_eq!(revisions, (1..=20).collect::<Vec<_>>());
}

async fn pauses_are_each_servers_own_and_the_next_one_takes_the_longest_over(test: &TestDatabase) {
    let database = &test.database;
    database.keep_pause(pause("first", "2026-03-02T05:30:00.000Z")).await.unwrap();
    database.keep_pause(pause("first", "2026-03-02T06:30:00.000Z")).await.unwrap();
    database.keep_pause(pause("second", "2026-03-02T05:45:00.000Z")).await.unwrap();
    assert_eq!(database.pauses_of("com.example.one").await.unwrap().len(), 2);
    database.move_pauses("second", "moved").await.unwrap();
    database.end_pause("com.example.one", "on-login", "second").await.unwrap();
    assert_eq!(database.pauses_of("com.example.one").await.unwrap().len(), 2);
    let begun = database.begin_pauses("third").await.unwrap();
    let kept = database.pauses_of("com.example.one").await.unwrap();
    assert_eq!(kept, begun);
    assert_eq!((kept[0].node.as_str(), kept[0].paused_until.as_str()), ("third", "2026-03-02T06:30:00.000Z"));
    database.reset_plugin("com.example.one").await.unwrap();
    assert_eq!(database.pauses_of("com.example.one").await.unwrap(), []);
}

async fn events_are_numbered_without_gaps_but_for_those_that_are_lost(test: &TestDatabase) {
    let database = &test.database;
    assert_eq!(database.newest_event().await.unwrap(), 0);
    add(database, 0, &[event(0), event(1)]).await;
    add(database, 3, &[event(2)]).await;
    add(database, 0, &[]).await;
    assert_eq!(ids(database).await, [1, 2, 6]);
    assert_eq!(database.newest_event().await.unwrap(), 6);
    let last = database.events_after(2, 10).await.unwrap();
    assert_eq!((last[0].body.as_str(), last[0].name.as_str()), ("{\"n\":2}", "plugin"));
    let now = database.now().await.unwrap();
    assert!(last[0].written_at <= now, "{} {now}", last[0].written_at);
}

async fn a_reader_that_goes_on_after_the_last_number_misses_nothing(test: &TestDatabase) {
    let database = &test.database;
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let database = database.clone();
            tokio::spawn(async move {
                for n in 0..25 {
                    add(&database, 0, &[event(n), event(n)]).await;
                }
            })
        })
        .collect();
    let mut read = Vec::new();
    while read.len() < 200 {
        let after = read.last().copied().unwrap_or(0);
        let events = database.events_after(after, 7).await.unwrap();
        read.extend(events.iter().map(|event| event.id));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(read, (1..=200).collect::<Vec<_>>());
}

async fn a_flood_of_events_ends_at_each_bound(test: &TestDatabase) {
    let database = &test.database;
    for _ in 0..12 {
        add(database, 0, &(0..100).map(event).collect::<Vec<_>>()).await;
    }
    database.prune_events(BOUNDS).await.unwrap();
    assert_eq!(ids(database).await, (201..=1_200).collect::<Vec<_>>());

    let large = NewEvent { body: "x".repeat(10_000), ..event(0) };
    add(database, 0, &vec![large; 50]).await;
    database.prune_events(EventBounds { bytes: 100_000, ..BOUNDS }).await.unwrap();
    let kept = ids(database).await;
    assert_eq!(kept, (1_241..=1_250).collect::<Vec<_>>(), "ten of them are 100,000 bytes");

    // All are older than that; the newest stays, for the next one's number.
    let none = EventBounds { age: TimeDelta::seconds(-60), ..BOUNDS };
    assert!(!database.prune_events(none).await.unwrap(), "nothing is left to remove");
    assert_eq!(ids(database).await, [1_250]);
    add(database, 0, &[event(0)]).await;
    assert_eq!(ids(database).await, [1_250, 1_251]);
    assert!(database.prune_events(BOUNDS).await.unwrap(), "one will be too old");
}

async fn a_count_of_logins_fills_and_empties_by_the_clock_that_is_given(test: &TestDatabase) {
    let database = &test.database;
    let rule = CountRule { most: 2, pause: Duration::from_secs(30) };
    let begun = database.milliseconds().await.unwrap();
    for _ in 0..2 {
        assert_eq!(database.count_login(7, begun, rule).await.unwrap(), Ok(()));
    }
    assert_eq!(database.count_login(7, begun + 10_000, rule).await.unwrap(), Err(Duration::from_secs(20)));
    assert_eq!(database.count_login(8, begun, rule).await.unwrap(), Ok(()));
    assert_eq!(database.count_login(7, begun + 30_000, rule).await.unwrap(), Ok(()));
    assert!(database.count_login(7, begun + 30_000, rule).await.unwrap().is_err());
    database.forgive_login(&[(7, rule)]).await.unwrap();
    assert_eq!(database.count_login(7, begun + 30_000, rule).await.unwrap(), Ok(()));
    let secret = database.login_secret([1, 2]).await.unwrap();
    assert_eq!(secret, [1, 2]);
    assert_eq!(database.login_secret([3, 4]).await.unwrap(), secret);
}

async fn as_many_logins_are_counted_at_once_as_there_is_room_for(test: &TestDatabase) {
    let database = &test.database;
    let rule = CountRule { most: 5, pause: Duration::from_hours(1) };
    let now = database.milliseconds().await.unwrap();
    let attempts = (0..20).map(|_| {
        let database = database.clone();
        tokio::spawn(async move { database.count_login(7, now, rule).await.unwrap().is_ok() })
    });
    let mut counted = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        counted += usize::from(attempt.await.unwrap());
    }
    assert_eq!(counted, 5);
}

}
