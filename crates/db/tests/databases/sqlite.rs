//! The particulars of SQLite: values of any type in any column, and connections that cannot write.

use std::time::{Duration, Instant};

use raisfast_host_api::{
    ErrorCode,
    capability::{Db, Kv, KvLimits, Scalar},
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{AMPLE, TestDatabase};

#[tokio::test]
async fn every_type_of_value_arrives_as_what_it_is() {
    let test = TestDatabase::sqlite().await;
    test.with_table("i INTEGER, b BIGINT, r REAL, t TEXT, n TEXT, d BLOB, y BOOLEAN, z BOOLEAN")
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
        test.rows("SELECT * FROM things", &[]).await,
        [json!({
            "i": i64::MIN, "b": i64::MAX, "r": 0.5, "t": "ä\u{1F600}", "n": null,
            "d": "AP8Q", "y": true, "z": false,
        })]
    );
}

#[tokio::test]
async fn expressions_have_values_too() {
    let test = TestDatabase::sqlite().await;
    test.with_table("price INTEGER, weight REAL").await;
    for (price, weight) in [(1, 0.25), (2, 0.5)] {
        let params = [Scalar::Integer(price), Scalar::Real(weight)];
        Db::execute(&test.database, "INSERT INTO things VALUES (?, ?)", &params)
            .await
            .unwrap();
    }
    assert_eq!(
        test.rows(
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
    let test = TestDatabase::sqlite().await;
    test.with_table("i INTEGER, t TEXT, y BOOLEAN").await;
    Db::execute(
        &test.database,
        "INSERT INTO things VALUES ('words', x'01', 7), (NULL, NULL, NULL), (1, 'a', 1)",
        &[],
    )
    .await
    .unwrap();
    assert_eq!(
        test.rows("SELECT * FROM things ORDER BY rowid", &[]).await,
        [
            json!({"i": "words", "t": "AQ==", "y": 7}),
            json!({"i": null, "t": null, "y": null}),
            json!({"i": 1, "t": "a", "y": true}),
        ]
    );
}

#[tokio::test]
async fn text_that_is_not_unicode_is_an_error_that_names_the_column() {
    let test = TestDatabase::sqlite().await;
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
async fn a_query_cannot_switch_its_lock_off() {
    let test = TestDatabase::sqlite().await;
    test.with_table("name TEXT").await;
    let insert = "INSERT INTO things VALUES ('x') RETURNING name";
    for change in [insert, "PRAGMA user_version = 7"] {
        let error = test.query(change, &[], AMPLE).await.unwrap_err();
        assert!(error.message.contains("readonly"), "{change}: {error}");
    }
    // The connection itself is read-only.
    test.query("PRAGMA query_only = 0", &[], AMPLE)
        .await
        .unwrap();
    let error = test.query(insert, &[], AMPLE).await.unwrap_err();
    assert!(error.message.contains("readonly"), "{error}");
    assert_eq!(
        test.rows("SELECT * FROM things", &[]).await,
        Vec::<Value>::new()
    );
}

#[tokio::test]
async fn connections_keep_integrity_and_let_readers_read() {
    let test = TestDatabase::sqlite().await;
    for (pragma, value) in [
        ("foreign_keys", json!(1)),
        ("journal_mode", json!("wal")),
        ("busy_timeout", json!(5000)),
        ("synchronous", json!(1)),
    ] {
        let mut transaction = Db::begin(&test.database).await.unwrap();
        let rows = transaction
            .query(&format!("PRAGMA {pragma}"), &[], AMPLE)
            .await
            .unwrap();
        let found = rows[0].columns()[0].1.clone().into_json();
        assert_eq!(found, value, "{pragma}");
    }
}

#[tokio::test]
async fn a_store_that_another_writer_holds_is_busy_and_stays_readable() {
    let test = TestDatabase::sqlite().await;
    let owner = "com.example.waits".parse().unwrap();
    let ample = KvLimits {
        keys: 10,
        bytes: 1_000,
    };
    test.database
        .set(&owner, "key", "old", ample)
        .await
        .unwrap();
    let transaction = Db::begin(&test.database).await.unwrap();
    let error = test
        .database
        .set(&owner, "key", "new", ample)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Busy);
    // The server's own writers are told the same.
    assert!(test.database.begin().await.unwrap_err().is_busy());
    assert_eq!(
        Kv::get(&test.database, &owner, "key")
            .await
            .unwrap()
            .as_deref(),
        Some("old")
    );
    transaction.rollback().await.unwrap();
    test.database
        .set(&owner, "key", "new", ample)
        .await
        .unwrap();
    assert_eq!(
        Kv::get(&test.database, &owner, "key")
            .await
            .unwrap()
            .as_deref(),
        Some("new")
    );
}

/// The functions that SQLite itself cannot interrupt, on texts that SQL makes large.
#[tokio::test(flavor = "multi_thread")]
async fn no_function_outlives_its_deadline_by_much() {
    let test = TestDatabase::sqlite().await;
    let hay = format!(
        "replace(replace('{}', 'a', '{}'), 'b', 'a')",
        "a".repeat(1_800),
        "b".repeat(2_000)
    );
    let needle = format!(
        "replace('{}', 'a', '{}') || 'b'",
        "a".repeat(900),
        "a".repeat(2_000)
    );
    let begun = Instant::now();
    for function in ["instr", "trim", "ltrim", "rtrim", "glob", "like"] {
        let query = format!("SELECT {function}({hay}, {needle}) AS found");
        let _ = test.query(&query, &[], AMPLE).await;
        // Twice the set as often as the text: the worst that trim can do.
        let query = format!("SELECT length({function}({needle}, {hay})) AS found");
        let _ = test.query(&query, &[], AMPLE).await;
    }
    let query = format!("SELECT length(replace({hay}, {needle}, 'x')) AS found");
    assert_eq!(test.rows(&query, &[]).await, [json!({"found": 3_600_000})]);
    // SQLite's own take hours.
    assert!(
        begun.elapsed() < Duration::from_mins(2),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_has_a_bound_and_so_has_what_all_of_them_take() {
    let test = TestDatabase::sqlite().await;
    let thousand = "a".repeat(1_000);
    let large = format!("replace('{thousand}', 'a', '{thousand}')");
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    // A list that found no memory goes on growing in nothing: only its end says so.
    let finite = endless.replace("FROM n)", "FROM n WHERE i < 400)");
    let arguments = vec!["x"; 100].join(", ");
    for query in [
        format!("SELECT length(replace({large}, 'a', '{thousand}')) AS n"),
        format!("SELECT length({large} || {large} || {large} || {large} || {large}) AS n"),
        format!("SELECT length(group_concat({large})) AS n FROM json_each('[1,2,3,4,5]')"),
        format!("{finite} SELECT length(json_group_array({large})) AS n FROM n"),
        format!("{endless} SELECT i || {large} AS n FROM n ORDER BY n"),
        format!("{endless} SELECT count(DISTINCT i || {large}) AS n FROM n"),
        format!("{endless}, m AS MATERIALIZED (SELECT i || {large} AS n FROM n) SELECT * FROM m"),
        format!(
            "WITH m AS (SELECT replace({large}, 'a', char(1)) AS x) SELECT length(json_array({arguments})) AS n FROM m"
        ),
    ] {
        let answer = timeout(Duration::from_mins(1), test.query(&query, &[], AMPLE)).await;
        let error = answer.expect("it ends").unwrap_err();
        assert_eq!(error.code, ErrorCode::TooLarge, "{query:.200}: {error}");
        assert_eq!(test.rows("SELECT 1 AS one", &[]).await, [json!({"one": 1})]);
    }
}
