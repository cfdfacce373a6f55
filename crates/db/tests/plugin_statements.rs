//! The capability `Db`: what a plugin's statements answer, on a real file.

mod support;

use raisfast_host_api::{
    ErrorCode,
    capability::{Db, Kv, KvLimits, RowLimits, Scalar},
};
use serde_json::{Value, json};
use support::{AMPLE, TestDatabase, pairs};

async fn with_table(columns: &str) -> TestDatabase {
    let test = TestDatabase::new().await;
    Db::execute(
        &test.database,
        &format!("CREATE TABLE things ({columns})"),
        &[],
    )
    .await
    .unwrap();
    test
}

async fn rows(database: &dyn Db, sql: &str, params: &[Scalar]) -> Vec<Value> {
    let rows = database.query(sql, params, AMPLE).await.unwrap();
    rows.into_iter().map(Value::Object).collect()
}

#[tokio::test]
async fn every_type_of_value_arrives_as_what_it_is() {
    let test =
        with_table("i INTEGER, b BIGINT, r REAL, t TEXT, n TEXT, d BLOB, y BOOLEAN, z BOOLEAN")
            .await;
    Db::execute(
        &test.database,
        "INSERT INTO things VALUES (?, ?, ?, ?, ?, x'00ff10', ?, ?)",
        &[
            Scalar::Integer(i64::MIN),
            Scalar::Integer(i64::MAX),
            Scalar::Real(0.5),
            Scalar::Text("ä\u{1F600}".to_owned()),
            Scalar::Null,
            Scalar::Bool(true),
            Scalar::Bool(false),
        ],
    )
    .await
    .unwrap();

    assert_eq!(
        rows(&test.database, "SELECT * FROM things", &[]).await,
        [json!({
            "i": i64::MIN, "b": i64::MAX, "r": 0.5, "t": "ä\u{1F600}", "n": null,
            "d": "AP8Q", "y": true, "z": false,
        })]
    );
}

#[tokio::test]
async fn expressions_have_values_too() {
    let test = with_table("price INTEGER, weight REAL").await;
    for (price, weight) in [(1, 0.25), (2, 0.5)] {
        let params = [Scalar::Integer(price), Scalar::Real(weight)];
        Db::execute(&test.database, "INSERT INTO things VALUES (?, ?)", &params)
            .await
            .unwrap();
    }
    assert_eq!(
        rows(
            &test.database,
            "SELECT COUNT(*) AS count, SUM(price) AS sum, AVG(weight) AS mean, \
             MAX(price) + 1 AS more, 7 AS seven, 'x' || 'y' AS text, NULL AS none, \
             SUM(price) > 2 AS truth, 9e999 AS endless FROM things",
            &[]
        )
        .await,
        [json!({
            "count": 2, "sum": 3, "mean": 0.375, "more": 3,
            "seven": 7, "text": "xy", "none": null, "truth": 1, "endless": "Infinity",
        })]
    );
}

#[tokio::test]
async fn a_value_of_another_type_than_its_column_keeps_its_own() {
    let test = with_table("i INTEGER, t TEXT, y BOOLEAN").await;
    Db::execute(
        &test.database,
        "INSERT INTO things VALUES ('words', x'01', 7), (NULL, NULL, NULL), (1, 'a', 1)",
        &[],
    )
    .await
    .unwrap();
    assert_eq!(
        rows(&test.database, "SELECT * FROM things ORDER BY rowid", &[]).await,
        [
            json!({"i": "words", "t": "AQ==", "y": 7}),
            json!({"i": null, "t": null, "y": null}),
            json!({"i": 1, "t": "a", "y": true}),
        ]
    );
}

#[tokio::test]
async fn columns_come_in_the_order_of_the_statement() {
    let test = TestDatabase::new().await;
    let rows = Db::query(&test.database, "SELECT 1 AS z, 2 AS a, 3 AS m", &[], AMPLE)
        .await
        .unwrap();
    assert_eq!(
        pairs(&rows[0]),
        [("z", "1".into()), ("a", "2".into()), ("m", "3".into())]
    );
}

#[tokio::test]
async fn no_column_is_lost_to_another_of_the_same_name() {
    let test = TestDatabase::new().await;
    let error = Db::query(&test.database, "SELECT 1 AS id, 2 AS id", &[], AMPLE)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Sql);
    assert!(
        error.message.contains("`id`") && error.message.contains("AS"),
        "{error}"
    );
}

#[tokio::test]
async fn text_that_is_not_unicode_is_an_error_that_names_the_column() {
    let test = TestDatabase::new().await;
    let error = Db::query(
        &test.database,
        "SELECT CAST(x'ff' AS TEXT) AS broken",
        &[],
        AMPLE,
    )
    .await
    .unwrap_err();
    assert_eq!(error.code, ErrorCode::Sql);
    assert!(error.message.contains("`broken`"), "{error}");
}

#[tokio::test]
async fn parameters_are_values_and_never_sql() {
    let test = with_table("name TEXT").await;
    let hostile = "'); DROP TABLE things; --";
    let params = [Scalar::Text(hostile.to_owned())];
    assert_eq!(
        Db::execute(&test.database, "INSERT INTO things VALUES (?)", &params)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        rows(
            &test.database,
            "SELECT name FROM things WHERE name = ?",
            &params
        )
        .await,
        [json!({"name": hostile})]
    );
}

#[tokio::test]
async fn rows_up_to_the_limit_and_not_one_more() {
    let test = TestDatabase::new().await;
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
                   SELECT i FROM n";
    let limits = RowLimits {
        rows: 10,
        bytes: 10_000,
    };
    let ten = Db::query(&test.database, numbers, &[Scalar::Integer(10)], limits)
        .await
        .unwrap();
    assert_eq!(ten.len(), 10);
    let error = Db::query(&test.database, numbers, &[Scalar::Integer(11)], limits)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::TooLarge);
    assert!(error.message.contains("10 rows"), "{error}");
}

#[tokio::test]
async fn an_endless_query_ends_at_the_limit() {
    let test = TestDatabase::new().await;
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    let error = Db::query(&test.database, endless, &[], AMPLE)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::TooLarge);
    // The connection is as good as before.
    assert_eq!(
        rows(&test.database, "SELECT 1 AS one", &[]).await,
        [json!({"one": 1})]
    );
}

#[tokio::test]
async fn bytes_are_limited_too() {
    let test = TestDatabase::new().await;
    let limits = RowLimits {
        rows: 10,
        bytes: 1_000,
    };
    let echo = "SELECT ? AS text";
    let fits = [Scalar::Text("x".repeat(900))];
    assert_eq!(
        Db::query(&test.database, echo, &fits, limits)
            .await
            .unwrap()
            .len(),
        1
    );
    let exceeds = [Scalar::Text("x".repeat(1_001))];
    let error = Db::query(&test.database, echo, &exceeds, limits)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::TooLarge);
}

#[tokio::test]
async fn a_query_can_change_nothing() {
    let test = with_table("name TEXT").await;
    for change in [
        "INSERT INTO things VALUES ('x') RETURNING name",
        "DELETE FROM things",
        "CREATE TABLE more (a)",
        "PRAGMA user_version = 7",
    ] {
        let error = Db::query(&test.database, change, &[], AMPLE)
            .await
            .unwrap_err();
        assert_eq!(error.code, ErrorCode::Sql, "{change}: {error}");
        assert!(error.message.contains("readonly"), "{change}: {error}");
    }
    // Nor after it has switched its own lock off: the connection itself is read-only.
    Db::query(&test.database, "PRAGMA query_only = 0", &[], AMPLE)
        .await
        .unwrap();
    let error = Db::query(
        &test.database,
        "INSERT INTO things VALUES ('x') RETURNING name",
        &[],
        AMPLE,
    )
    .await
    .unwrap_err();
    assert!(error.message.contains("readonly"), "{error}");
    assert_eq!(
        rows(&test.database, "SELECT * FROM things", &[]).await,
        Vec::<Value>::new()
    );
}

#[tokio::test]
async fn errors_say_what_kind_they_are() {
    let test = with_table("name TEXT NOT NULL UNIQUE, size INTEGER CHECK (size > 0)").await;
    let database = &test.database;
    Db::execute(database, "INSERT INTO things VALUES ('a', 1)", &[])
        .await
        .unwrap();
    for (change, words) in [
        ("INSERT INTO things VALUES ('a', 1)", "UNIQUE"),
        ("INSERT INTO things VALUES (NULL, 1)", "NOT NULL"),
        ("INSERT INTO things VALUES ('b', 0)", "CHECK"),
        (
            "INSERT INTO comments (id, post_id, content, created_at) \
             VALUES ('1', 'none', 'x', 'now')",
            "FOREIGN KEY",
        ),
    ] {
        let error = Db::execute(database, change, &[]).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Constraint, "{change}: {error}");
        assert!(error.message.contains(words), "{change}: {error}");
    }
    let error = Db::execute(database, "UPDATE things SET colour = 1", &[])
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Sql);
    assert!(error.message.contains("colour"), "{error}");
    // None of them has left its transaction open.
    assert_eq!(
        Db::execute(database, "UPDATE things SET size = 2", &[])
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_transaction_sees_itself_and_others_see_it_when_it_commits() {
    let test = with_table("name TEXT").await;
    let count = "SELECT COUNT(*) AS n FROM things";
    let mut transaction = Db::begin(&test.database).await.unwrap();
    assert_eq!(
        transaction
            .execute("INSERT INTO things VALUES (?)", &[Scalar::Text("a".into())])
            .await
            .unwrap(),
        1
    );

    let inside = transaction.query(count, &[], AMPLE).await.unwrap();
    assert_eq!(inside[0]["n"], json!(1));
    assert_eq!(rows(&test.database, count, &[]).await, [json!({"n": 0})]);

    transaction.commit().await.unwrap();
    assert_eq!(rows(&test.database, count, &[]).await, [json!({"n": 1})]);
}

#[tokio::test]
async fn what_is_rolled_back_or_dropped_was_never_there() {
    let test = with_table("name TEXT").await;
    let insert = "INSERT INTO things VALUES ('a')";

    let mut transaction = Db::begin(&test.database).await.unwrap();
    transaction.execute(insert, &[]).await.unwrap();
    transaction.rollback().await.unwrap();

    let mut transaction = Db::begin(&test.database).await.unwrap();
    transaction.execute(insert, &[]).await.unwrap();
    drop(transaction);

    // The next writer gets the lock that the dropped transaction held, and finds nothing of it.
    let mut next = Db::begin(&test.database).await.unwrap();
    let found = next
        .query("SELECT * FROM things", &[], AMPLE)
        .await
        .unwrap();
    assert!(found.is_empty(), "{found:?}");
    next.commit().await.unwrap();
}

#[tokio::test]
async fn a_failed_statement_leaves_its_transaction_usable() {
    let test = with_table("name TEXT UNIQUE").await;
    let mut transaction = Db::begin(&test.database).await.unwrap();
    transaction
        .execute("INSERT INTO things VALUES ('a')", &[])
        .await
        .unwrap();
    let error = transaction
        .execute("INSERT INTO things VALUES ('a')", &[])
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Constraint);
    transaction
        .execute("INSERT INTO things VALUES ('b')", &[])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(
        rows(&test.database, "SELECT COUNT(*) AS n FROM things", &[]).await,
        [json!({"n": 2})]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_wait_for_each_other() {
    let test = with_table("n INTEGER").await;
    Db::execute(&test.database, "INSERT INTO things VALUES (0)", &[])
        .await
        .unwrap();
    let writers = (0..16).map(|_| {
        let database = test.database.clone();
        tokio::spawn(async move {
            // Reads, then writes what it has read: only a lock from the beginning makes that safe.
            let mut transaction = Db::begin(&database).await?;
            let rows = transaction
                .query("SELECT n FROM things", &[], AMPLE)
                .await?;
            let next = rows[0]["n"].as_i64().unwrap() + 1;
            transaction
                .execute("UPDATE things SET n = ?", &[Scalar::Integer(next)])
                .await?;
            transaction.commit().await
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(
        rows(&test.database, "SELECT n FROM things", &[]).await,
        [json!({"n": 16})]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_s_own_writes_do_not_break_a_transaction_that_has_read() {
    let test = with_table("n INTEGER").await;
    let database = &test.database;
    Db::execute(database, "INSERT INTO things VALUES (0)", &[])
        .await
        .unwrap();
    for round in 1..=50 {
        let mut transaction = Db::begin(database).await.unwrap();
        let rows = transaction
            .query("SELECT n FROM things", &[], AMPLE)
            .await
            .unwrap();
        let server = database.clone();
        let key = format!("key-{round}");
        let limits = KvLimits {
            keys: 100,
            bytes: 10_000,
        };
        let write = tokio::spawn(async move {
            let plugin = "com.example.other".parse().unwrap();
            server.set(&plugin, &key, "x", limits).await
        });
        tokio::task::yield_now().await;
        let next = rows[0]["n"].as_i64().unwrap() + 1;
        transaction
            .execute("UPDATE things SET n = ?", &[Scalar::Integer(next)])
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        write.await.unwrap().unwrap();
    }
    assert_eq!(
        rows(database, "SELECT n FROM things", &[]).await,
        [json!({"n": 50})]
    );
    let kept = "SELECT COUNT(*) AS kept FROM plugin_data";
    assert_eq!(rows(database, kept, &[]).await, [json!({"kept": 50})]);
}
