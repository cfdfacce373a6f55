//! Plugins' transactions: what they see, what others see, and what is left when one is cut off.

use std::time::Duration;

use raisfast_host_api::{
    ErrorCode,
    capability::{Db, Kv, KvLimits, RowLimits, Scalar},
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::support::{AMPLE, TestDatabase, cell, on_every_database, text};

on_every_database! {

async fn it_sees_itself_and_others_see_it_when_it_commits(test: &TestDatabase) {
    test.with_table("name TEXT").await;
    let count = "SELECT COUNT(*) AS n FROM things";
    let mut transaction = Db::begin(&test.database).await.unwrap();
    let insert = test.own_form("INSERT INTO things VALUES (?)");
    assert_eq!(transaction.execute(&insert, &[text("a")]).await.unwrap(), 1);
    let inside = transaction.query(count, &[], AMPLE).await.unwrap();
    assert_eq!(cell(&inside[0], "n"), json!(1));
    assert_eq!(test.rows(count, &[]).await, [json!({"n": 0})]);

    transaction.commit().await.unwrap();
    assert_eq!(test.rows(count, &[]).await, [json!({"n": 1})]);
}

async fn what_is_rolled_back_or_dropped_was_never_there(test: &TestDatabase) {
    test.with_table("name TEXT").await;
    let insert = "INSERT INTO things VALUES ('a')";

    let mut transaction = Db::begin(&test.database).await.unwrap();
    transaction.execute(insert, &[]).await.unwrap();
    transaction.rollback().await.unwrap();

    for _ in 0..5 {
        let mut transaction = Db::begin(&test.database).await.unwrap();
        transaction.execute(insert, &[]).await.unwrap();
        drop(transaction);
    }

    // The next writer gets the lock that the dropped transaction held, and finds nothing of it.
    let mut next = Db::begin(&test.database).await.unwrap();
    let found = next.query("SELECT * FROM things", &[], AMPLE).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
    next.commit().await.unwrap();
}

async fn a_failed_statement_leaves_it_usable(test: &TestDatabase) {
    test.with_table("name VARCHAR(20) UNIQUE").await;
    let mut transaction = Db::begin(&test.database).await.unwrap();
    transaction.execute("INSERT INTO things VALUES ('a')", &[]).await.unwrap();
    for (faulty, code) in [
        ("INSERT INTO things VALUES ('a')", ErrorCode::Constraint),
        ("SELECT colour FROM things", ErrorCode::Sql),
        ("no SQL", ErrorCode::Sql),
    ] {
        let error = transaction.execute(faulty, &[]).await.unwrap_err();
        assert_eq!(error.code, code, "{error}");
        let error = transaction.query(faulty, &[], AMPLE).await.unwrap_err();
        assert_eq!(error.code, code, "{error}");
    }
    transaction.execute("INSERT INTO things VALUES ('b')", &[]).await.unwrap();
    transaction.commit().await.unwrap();
    let count = "SELECT COUNT(*) AS n FROM things";
    assert_eq!(test.rows(count, &[]).await, [json!({"n": 2})]);
}

async fn an_answer_that_is_too_large_leaves_it_usable(test: &TestDatabase) {
    test.with_table("name TEXT").await;
    let mut transaction = Db::begin(&test.database).await.unwrap();
    let insert = "INSERT INTO things VALUES ('a'), ('b'), ('c')";
    transaction.execute(insert, &[]).await.unwrap();
    let limits = RowLimits { rows: 1, ..AMPLE };
    let all = "SELECT name FROM things";
    let error = transaction.query(all, &[], limits).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TooLarge);
    assert_eq!(transaction.query(all, &[], AMPLE).await.unwrap().len(), 3);
    transaction.commit().await.unwrap();
    assert_eq!(test.rows(all, &[]).await.len(), 3);
}

async fn writers_wait_for_each_other(test: &TestDatabase) {
    test.with_table("n INTEGER").await;
    test.execute("INSERT INTO things VALUES (0)", &[]).await.unwrap();
    let update = test.own_form("UPDATE things SET n = ?");
    let writers = (0..16).map(|_| {
        let (database, update) = (test.database.clone(), update.clone());
        tokio::spawn(async move {
            // Reads, then writes what it has read.
            let mut transaction = Db::begin(&database).await?;
            let rows = transaction.query("SELECT n FROM things", &[], AMPLE).await?;
            let next = cell(&rows[0], "n").as_i64().unwrap() + 1;
            transaction.execute(&update, &[Scalar::Integer(next)]).await?;
            transaction.commit().await
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(test.rows("SELECT n FROM things", &[]).await, [json!({"n": 16})]);
}

async fn the_server_s_own_writes_do_not_break_one_that_has_read(test: &TestDatabase) {
    test.with_table("n INTEGER").await;
    let database = &test.database;
    test.execute("INSERT INTO things VALUES (0)", &[]).await.unwrap();
    let update = test.own_form("UPDATE things SET n = ?");
    for round in 1..=20 {
        let mut transaction = Db::begin(database).await.unwrap();
        let rows = transaction.query("SELECT n FROM things", &[], AMPLE).await.unwrap();
        let server = database.clone();
        let key = format!("key-{round}");
        let limits = KvLimits { keys: 100, bytes: 10_000 };
        let write = tokio::spawn(async move {
            let plugin = "com.example.other".parse().unwrap();
            server.set(&plugin, &key, "x", limits).await
        });
        tokio::task::yield_now().await;
        let next = cell(&rows[0], "n").as_i64().unwrap() + 1;
        transaction.execute(&update, &[Scalar::Integer(next)]).await.unwrap();
        transaction.commit().await.unwrap();
        write.await.unwrap().unwrap();
    }
    assert_eq!(test.rows("SELECT n FROM things", &[]).await, [json!({"n": 20})]);
    let kept = "SELECT COUNT(*) AS kept FROM plugin_data";
    assert_eq!(test.rows(kept, &[]).await, [json!({"kept": 20})]);
}

async fn one_that_is_dropped_in_the_middle_of_a_query_frees_its_lock(test: &TestDatabase) {
    test.with_table("n INTEGER").await;
    test.execute("INSERT INTO things VALUES (0)", &[]).await.unwrap();
    for _ in 0..3 {
        let mut transaction = Db::begin(&test.database).await.unwrap();
        transaction.execute("UPDATE things SET n = 1", &[]).await.unwrap();
        // So many rows that it is still on its way when nobody waits any longer.
        let long = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) \
                    SELECT COUNT(*) AS n FROM n a, n b, n c, n d";
        let cut_off = timeout(Duration::from_millis(50), transaction.query(long, &[], AMPLE)).await;
        assert!(cut_off.is_err());
        drop(transaction);
        // It would take hours, and a lock is waited for at most 5 seconds.
        assert_eq!(test.execute("UPDATE things SET n = n + 2", &[]).await.unwrap(), 1);
    }
    assert_eq!(test.rows("SELECT n FROM things", &[]).await, [json!({"n": 6})]);
}

}

/// Waits until the server works on nothing that a plugin has asked for.
async fn quiet(test: &TestDatabase, running: &str) {
    let deadline = Instant::now() + Duration::from_secs(4);
    loop {
        let rows = test.rows(running, &[]).await;
        if rows == [json!({"n": 0})] {
            return;
        }
        assert!(Instant::now() < deadline, "it still runs: {rows:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

const POSTGRES_SLEEPERS: &str = "SELECT COUNT(*) AS n FROM pg_stat_activity \
    WHERE state = 'active' AND query LIKE '%sleep(600)%' AND pid <> pg_backend_pid()";
const MARIADB_SLEEPERS: &str = "SELECT COUNT(*) AS n FROM information_schema.processlist \
    WHERE info LIKE '%sleep(600)%' AND id <> CONNECTION_ID()";

/// A statement that is cut off is ended on the server too, and the pool stays whole.
async fn statements_that_are_cut_off_are_ended(test: &TestDatabase, sleep: &str, sleepers: &str) {
    for _ in 0..6 {
        let cut_off = timeout(Duration::from_millis(100), test.query(sleep, &[], AMPLE)).await;
        assert!(cut_off.is_err());
        let cut_off = timeout(Duration::from_millis(100), test.execute(sleep, &[])).await;
        assert!(cut_off.is_err());
    }
    quiet(test, sleepers).await;
    for _ in 0..6 {
        assert_eq!(test.rows("SELECT 1 AS one", &[]).await, [json!({"one": 1})]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_ends_what_is_cut_off() {
    let test = TestDatabase::postgres().await;
    statements_that_are_cut_off_are_ended(&test, "SELECT pg_sleep(600)", POSTGRES_SLEEPERS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_ends_what_is_cut_off() {
    let test = TestDatabase::mariadb().await;
    statements_that_are_cut_off_are_ended(&test, "SELECT sleep(600)", MARIADB_SLEEPERS).await;
}

/// A row that the server has changed since a plugin's transaction began cannot be overwritten
/// unseen.
async fn no_change_of_the_server_is_lost(test: &TestDatabase) {
    test.with_table("n INTEGER").await;
    test.execute("INSERT INTO things VALUES (0)", &[])
        .await
        .unwrap();
    let mut transaction = Db::begin(&test.database).await.unwrap();
    let all = "SELECT n FROM things";
    assert_eq!(
        cell(&transaction.query(all, &[], AMPLE).await.unwrap()[0], "n"),
        json!(0)
    );
    let server = test.database.connection();
    server
        .execute_unprepared("UPDATE things SET n = 10")
        .await
        .unwrap();
    // It sees the database as it was.
    assert_eq!(
        cell(&transaction.query(all, &[], AMPLE).await.unwrap()[0], "n"),
        json!(0)
    );
    let error = transaction
        .execute("UPDATE things SET n = 1", &[])
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Busy, "{error}");
    // Nothing that follows runs outside of it.
    for _ in 0..2 {
        let insert = "INSERT INTO things VALUES (99)";
        let error = transaction.execute(insert, &[]).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Busy, "{error}");
    }
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Busy, "{error}");
    assert_eq!(test.rows(all, &[]).await, [json!({"n": 10})]);
    // One statement alone changes the row as it finds it.
    test.execute("UPDATE things SET n = n + 1", &[])
        .await
        .unwrap();
    assert_eq!(test.rows(all, &[]).await, [json!({"n": 11})]);
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_loses_no_change_of_the_server() {
    no_change_of_the_server_is_lost(&TestDatabase::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_loses_no_change_of_the_server() {
    no_change_of_the_server_is_lost(&TestDatabase::mariadb().await).await;
}
