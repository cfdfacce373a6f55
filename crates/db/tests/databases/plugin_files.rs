//! The count of plugins' files, as several servers take turns to change it.

use chrono::TimeDelta;
use futures::future::join_all;
use raisfast_db::{Database, FileCount, FilesTurn, entity::nodes};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, sea_query::Query};

use crate::support::on_every_database;

const PLUGIN: &str = "com.example.one";

/// A server whose lease ends this many seconds from now.
async fn node(database: &Database, id: &str, lease: i64) {
    let now = || database.now_sql(TimeDelta::zero());
    let mut row = Query::insert();
    row.into_table(nodes::Entity)
        .columns([
            nodes::Column::Id,
            nodes::Column::Name,
            nodes::Column::Address,
            nodes::Column::Version,
            nodes::Column::Files,
            nodes::Column::StartedAt,
            nodes::Column::AliveUntil,
        ])
        .values_panic([
            id.into(),
            id.into(),
            "".into(),
            "".into(),
            "shared".into(),
            now(),
            database.now_sql(TimeDelta::seconds(lease)),
        ]);
    database.connection().execute(&row).await.unwrap();
}

async fn gone(database: &Database, id: &str) {
    nodes::Entity::delete_by_id(id)
        .exec(database.connection())
        .await
        .unwrap();
}

#[expect(clippy::unnecessary_wraps, reason = "a count may be unknown")]
fn files(files: u64, bytes: u64) -> Option<FileCount> {
    Some(FileCount { files, bytes })
}

async fn take(database: &Database, node: &str) -> Option<FilesTurn> {
    database.take_files_turn(PLUGIN, node).await.unwrap()
}

/// The turn of a server that is alone in wanting it; the first question makes the row.
async fn taken(database: &Database, node: &str) -> FilesTurn {
    match take(database, node).await {
        Some(turn) => turn,
        None => take(database, node).await.expect("nobody has it"),
    }
}

async fn end(database: &Database, turn: &FilesTurn, count: Option<FileCount>) {
    database.end_files_turn(turn, count).await.unwrap();
}

async fn known(database: &Database) -> Option<FileCount> {
    database.file_count(PLUGIN).await.unwrap()
}

on_every_database! {

async fn one_of_many_has_the_turn_and_hands_the_count_on(test: &TestDatabase) {
    let database = &test.database;
    let names: Vec<_> = (0..6).map(|n| n.to_string()).collect();
    for name in &names {
        node(database, name, 60).await;
    }
    assert_eq!(known(database).await, None);
    let first = taken(database, "0").await;
    assert_eq!(first.count, None, "nobody has counted yet");
    end(database, &first, files(1, 10)).await;

    let mut served = 0;
    while served < 12 {
        let turns = join_all(names.iter().map(|name| take(database, name))).await;
        let turns: Vec<_> = turns.into_iter().flatten().collect();
        assert!(turns.len() <= 1, "{turns:?}");
        for turn in turns {
            let count = turn.count.expect("it is counted");
            assert_eq!(count, FileCount { files: 1 + served, bytes: 10 * (1 + served) });
            served += 1;
            end(database, &turn, files(1 + served, 10 * (1 + served))).await;
        }
    }
    assert_eq!(known(database).await, files(13, 130));
    // Another plugin's is another count.
    assert_eq!(database.file_count("com.example.two").await.unwrap(), None);
}

async fn a_server_that_waits_comes_next(test: &TestDatabase) {
    let database = &test.database;
    node(database, "busy", 60).await;
    node(database, "waiting", 60).await;
    let turn = taken(database, "busy").await;
    assert_eq!(take(database, "waiting").await, None);
    end(database, &turn, files(1, 1)).await;
    assert_eq!(take(database, "busy").await, None, "another has waited");
    let turn = take(database, "waiting").await.expect("it is its turn");
    end(database, &turn, files(2, 2)).await;
    // Who has given up is forgotten by itself.
    let turn = taken(database, "busy").await;
    assert_eq!(take(database, "waiting").await, None);
    end(database, &turn, files(3, 3)).await;
    let turn = loop {
        if let Some(turn) = take(database, "busy").await {
            break turn;
        }
    };
    assert_eq!(turn.count, files(3, 3));
}

async fn what_a_server_that_is_gone_has_left_is_counted_anew(test: &TestDatabase) {
    let database = &test.database;
    node(database, "alive", 60).await;
    for lease in [0, 60] {
        node(database, "gone", lease).await;
        let turn = taken(database, "gone").await;
        if lease > 0 {
            assert_eq!(take(database, "alive").await, None, "it has a lease");
            gone(database, "gone").await;
        }
        let next = take(database, "alive").await.expect("its holder is gone");
        assert_eq!(next.count, None, "nobody knows how far the change came");
        end(database, &next, files(5, 50)).await;
        assert_eq!(known(database).await, files(5, 50));

        // It stood still, and changes a file now.
        end(database, &turn, files(9, 90)).await;
        assert_eq!(known(database).await, None);
        let next = taken(database, "alive").await;
        end(database, &next, files(6, 60)).await;
        gone(database, "gone").await;
    }
}

async fn a_change_beside_somebody_elses_turn_leaves_no_count(test: &TestDatabase) {
    let database = &test.database;
    node(database, "late", 60).await;
    node(database, "next", 60).await;
    let late = taken(database, "late").await;
    gone(database, "late").await;
    let next = take(database, "next").await.expect("its holder is gone");
    end(database, &late, files(1, 1)).await;
    assert_eq!(take(database, "next").await.map(|turn| turn.count), Some(None));
    end(database, &next, files(2, 2)).await;
    assert_eq!(known(database).await, None, "what the late one did may not be in it");
}

async fn a_turn_that_is_in_doubt_or_stopped_halfway_is_free_again(test: &TestDatabase) {
    let database = &test.database;
    node(database, "one", 60).await;
    node(database, "two", 60).await;
    let turn = taken(database, "one").await;
    end(database, &turn, files(4, 4)).await;
    taken(database, "one").await;
    end(database, &FilesTurn::in_doubt(PLUGIN, "one"), None).await;
    let turn = taken(database, "two").await;
    assert_eq!(turn.count, None);
    end(database, &turn, None).await;
    assert_eq!(taken(database, "one").await.count, None);
}

}
