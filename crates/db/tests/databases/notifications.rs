//! Messages between servers: PostgreSQL has them.

use std::time::Duration;

use futures::StreamExt;
use raisfast_db::{Database, Notifications};
use sea_orm::{ConnectionTrait, Statement};
use tokio::time::timeout;

use crate::support::TestDatabase;

const CHANNEL: &str = "raisfast-test";

async fn next(messages: &mut Notifications) -> Option<String> {
    let next = timeout(Duration::from_secs(20), messages.next()).await;
    next.expect("a message comes")
        .expect("it goes on")
        .expect("no error")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_reaches_all_who_listen() {
    let test = TestDatabase::postgres().await;
    let other = Database::connect(&test.url).await.unwrap();
    assert!(test.database.has_notifications());
    let mut here = test.database.listen(CHANNEL).await.unwrap().unwrap();
    let mut there = other.listen(CHANNEL).await.unwrap().unwrap();
    test.database
        .notify("another-channel", "not heard")
        .await
        .unwrap();
    test.database
        .notify(CHANNEL, "it's a \"message\"")
        .await
        .unwrap();
    for messages in [&mut here, &mut there] {
        assert_eq!(next(messages).await.unwrap(), "it's a \"message\"");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_told_and_listening_again_works() {
    let test = TestDatabase::postgres().await;
    let mut messages = test.database.listen(CHANNEL).await.unwrap().unwrap();
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let connection = test.database.connection();
    let kill = Statement::from_string(connection.get_database_backend(), kill);
    let killed = connection.query_one_raw(kill).await.unwrap().unwrap();
    assert_eq!(killed.try_get_by_index::<i64>(0).unwrap(), 1);
    let lost = timeout(Duration::from_secs(20), messages.next())
        .await
        .unwrap();
    // Either it has connected again by itself and says that some may be lost, or it is over.
    if !matches!(lost, Some(Ok(None))) {
        assert!(matches!(lost, Some(Err(_))), "{lost:?}");
        messages = test.database.listen(CHANNEL).await.unwrap().unwrap();
    }
    test.database.notify(CHANNEL, "again").await.unwrap();
    assert_eq!(next(&mut messages).await.unwrap(), "again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_databases_carry_none() {
    for test in [TestDatabase::sqlite().await, TestDatabase::mariadb().await] {
        assert!(!test.database.has_notifications());
        assert!(test.database.listen(CHANNEL).await.unwrap().is_none());
        test.database.notify(CHANNEL, "to nobody").await.unwrap();
    }
}
