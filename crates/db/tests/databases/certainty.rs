//! Connections whose state is not certain: after a statement that was cut off, and after a disk
//! that was full.

use std::time::Duration;

use raisfast_db::Database;
use raisfast_host_api::{
    ErrorCode,
    capability::{Db, Kv, KvLimits, Scalar},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::json;
use tokio::time::timeout;

use crate::support::{AMPLE, TestDatabase, on_every_database, text};

const LIMITS: KvLimits = KvLimits {
    keys: 1_000,
    bytes: 64 << 20,
};

/// Takes hours.
const SLOW: &str =
    "(SELECT COUNT(*) FROM many a, many b, many c, many d WHERE a.n < b.n AND b.n < c.n)";

async fn fill(test: &TestDatabase) {
    test.with_table("n INTEGER").await;
    test.execute("CREATE TABLE many (n INTEGER)", &[])
        .await
        .unwrap();
    let row = |n: i32| format!("({n})");
    let rows = (0..800).map(row).collect::<Vec<_>>().join(", ");
    test.execute(&format!("INSERT INTO many VALUES {rows}"), &[])
        .await
        .unwrap();
}

/// Both ways to write, and the server's own.
async fn writes_work(test: &TestDatabase) {
    let insert = test.own_form("INSERT INTO things VALUES (?)");
    let before = test.rows("SELECT n FROM things", &[]).await.len();
    test.execute(&insert.replace("$1", "?"), &[Scalar::Integer(1)])
        .await
        .unwrap();
    let mut transaction = Db::begin(&test.database).await.unwrap();
    transaction
        .execute(&insert, &[Scalar::Integer(2)])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let owner = "com.example.writer".parse().unwrap();
    test.database
        .set(&owner, "key", "value", LIMITS)
        .await
        .unwrap();
    assert_eq!(
        test.rows("SELECT n FROM things", &[]).await.len(),
        before + 2
    );
}

on_every_database! {

async fn a_write_that_is_cut_off_costs_no_other_write(test: &TestDatabase) {
    fill(test).await;
    for slow in [
        format!("UPDATE many SET n = 1 WHERE n < {SLOW}"),
        format!("DELETE FROM many WHERE n > {SLOW}"),
        format!("INSERT INTO things SELECT n FROM many WHERE n > {SLOW}"),
    ] {
        // MariaDB reads the changed table in a subquery only where it is wrapped.
        let slow = slow.replace(SLOW, &format!("(SELECT * FROM {SLOW} AS counted)"));
        let cut_off = timeout(Duration::from_millis(100), test.execute(&slow, &[])).await;
        assert!(cut_off.is_err(), "{slow}: {cut_off:?}");
        writes_work(test).await;

        let mut transaction = Db::begin(&test.database).await.unwrap();
        transaction.execute("INSERT INTO things VALUES (9)", &[]).await.unwrap();
        let cut_off = timeout(Duration::from_millis(100), transaction.execute(&slow, &[])).await;
        assert!(cut_off.is_err(), "{slow}: {cut_off:?}");
        drop(transaction);
        writes_work(test).await;
    }
    assert_eq!(test.rows("SELECT n FROM things WHERE n = 9", &[]).await.len(), 0);
}

}

/// Makes the disk end soon, for the connection of this transaction.
async fn almost_full(transaction: &DatabaseTransaction) {
    transaction
        .execute_unprepared("PRAGMA max_page_count = 1")
        .await
        .unwrap();
}

async fn server_writes(database: &Database, value: &str) -> bool {
    let transaction = database.begin().await.unwrap();
    almost_full(&transaction).await;
    let sql = format!("INSERT INTO things VALUES ('{value}')");
    transaction.execute_unprepared(&sql).await.is_ok() && transaction.commit().await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_writes_after_a_full_disk_is_there() {
    let test = TestDatabase::sqlite().await;
    test.with_table("n INTEGER").await;
    let large = "x".repeat(200_000);
    for _ in 0..3 {
        assert!(!server_writes(&test.database, &large).await);
    }
    let owner = "com.example.full".parse().unwrap();
    for round in 0..3 {
        let value = round.to_string();
        test.database
            .set(&owner, "key", &value, LIMITS)
            .await
            .unwrap();
        // Another connection sees it.
        let again = Database::connect(&test.url).await.unwrap();
        assert_eq!(Kv::get(&again, &owner, "key").await.unwrap(), Some(value));
        again.close().await;
    }
    writes_work(&test).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_an_error_with_its_reason_and_over_when_there_is_space() {
    let test = TestDatabase::sqlite().await;
    test.execute("CREATE TABLE things (n TEXT)", &[])
        .await
        .unwrap();
    let large = text(&"x".repeat(200_000));
    let insert = "INSERT INTO things VALUES (?)";
    let mut transaction = Db::begin(&test.database).await.unwrap();
    transaction
        .query("PRAGMA max_page_count = 1", &[], AMPLE)
        .await
        .unwrap();
    transaction.execute(insert, &[text("small")]).await.unwrap();
    let error = transaction
        .execute(insert, std::slice::from_ref(&large))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Internal);
    assert!(error.message.contains("disk is full"), "{error}");
    // SQLite has rolled back all of it: nothing that follows may run outside of it.
    let error = transaction
        .execute(insert, &[text("later")])
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Transaction, "{error}");
    transaction
        .query("SELECT * FROM things", &[], AMPLE)
        .await
        .unwrap_err();
    transaction.commit().await.unwrap_err();

    // The limit went with its connection.
    test.execute(insert, &[large]).await.unwrap();
    let count = "SELECT COUNT(*) AS n FROM things";
    assert_eq!(test.rows(count, &[]).await, [json!({"n": 1})]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_rolls_back_all_ends_the_transaction() {
    let test = TestDatabase::sqlite().await;
    test.with_table("n INTEGER UNIQUE ON CONFLICT ROLLBACK")
        .await;
    let insert = "INSERT INTO things VALUES (1)";
    let mut transaction = Db::begin(&test.database).await.unwrap();
    transaction.execute(insert, &[]).await.unwrap();
    let error = transaction.execute(insert, &[]).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Constraint);
    transaction
        .execute("INSERT INTO things VALUES (2)", &[])
        .await
        .unwrap_err();
    transaction.commit().await.unwrap_err();
    assert_eq!(test.rows("SELECT * FROM things", &[]).await.len(), 0);
    test.execute(insert, &[]).await.unwrap();
}
