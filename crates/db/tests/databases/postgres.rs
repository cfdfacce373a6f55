//! PostgreSQL's types, out and in.

use raisfast_host_api::{
    ErrorCode,
    capability::{Db, Scalar},
};
use serde_json::{Value, json};

use crate::support::{AMPLE, TestDatabase, text};

/// A type, a value as SQL, and the value as JSON.
fn values() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("smallint", "-32768", json!(-32768)),
        ("integer", "2147483647", json!(2_147_483_647)),
        ("bigint", "-9223372036854775808", json!(i64::MIN)),
        ("oid", "4294967295", json!(4_294_967_295_u32)),
        ("real", "0.1", json!(0.1)),
        ("double precision", "0.1", json!(0.1)),
        ("double precision", "'NaN'", json!("NaN")),
        ("double precision", "'-Infinity'", json!("-Infinity")),
        ("numeric(10, 2)", "1.50", json!("1.50")),
        ("numeric(10, 2)", "-0.05", json!("-0.05")),
        ("numeric", "0.00000001", json!("0.00000001")),
        ("numeric", "10000.0001", json!("10000.0001")),
        (
            "numeric",
            "12345678901234567890123456789.5",
            json!("12345678901234567890123456789.5"),
        ),
        (
            "numeric",
            "100000000000000000000000000000",
            json!("100000000000000000000000000000"),
        ),
        ("numeric(20)", "70000", json!(70_000)),
        ("numeric", "'NaN'", json!("NaN")),
        ("numeric", "'Infinity'", json!("Infinity")),
        ("boolean", "true", json!(true)),
        ("boolean", "false", json!(false)),
        ("text", "'ä'", json!("ä")),
        ("varchar(3)", "'abc'", json!("abc")),
        ("char(3)", "'a'", json!("a  ")),
        ("name", "'n'", json!("n")),
        (
            "uuid",
            "'0192D0F0-0000-7000-8000-000000000001'",
            json!("0192d0f0-0000-7000-8000-000000000001"),
        ),
        (
            "json",
            "'{\"b\": [1, null], \"a\": 2.5}'",
            json!({"b": [1, null], "a": 2.5}),
        ),
        (
            "jsonb",
            "'{\"a\": {\"b\": true}}'",
            json!({"a": {"b": true}}),
        ),
        ("json", "'null'", json!(null)),
        ("bytea", "'\\x00ff10'", json!("AP8Q")),
        ("date", "'2026-11-22'", json!("2026-11-22")),
        ("date", "'1969-07-20'", json!("1969-07-20")),
        ("date", "'infinity'", json!("infinity")),
        ("time", "'07:42:28.5'", json!("07:42:28.500")),
        (
            "timestamp",
            "'2026-11-22 07:42:28.123456'",
            json!("2026-11-22T07:42:28.123456"),
        ),
        (
            "timestamptz",
            "'2026-11-22 07:42:28+02'",
            json!("2026-11-22T05:42:28Z"),
        ),
        (
            "timestamptz",
            "'1900-01-01 00:00:00Z'",
            json!("1900-01-01T00:00:00Z"),
        ),
        ("timestamptz", "'-infinity'", json!("-infinity")),
        ("mood", "'sad'", json!("sad")),
        ("percent", "50", json!(50)),
    ]
}

async fn with_own_types() -> TestDatabase {
    let test = TestDatabase::postgres().await;
    for create in [
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        "CREATE DOMAIN percent AS integer CHECK (VALUE <= 100)",
    ] {
        test.execute(create, &[]).await.unwrap();
    }
    test
}

#[tokio::test]
async fn every_type_of_value_arrives_as_what_it_is() {
    let test = with_own_types().await;
    for (data_type, sql, value) in values() {
        let select = format!("SELECT CAST({sql} AS {data_type}) AS v");
        assert_eq!(
            test.rows(&select, &[]).await,
            [json!({"v": value})],
            "{select}"
        );
        let none = format!("SELECT CAST(NULL AS {data_type}) AS v");
        assert_eq!(test.rows(&none, &[]).await, [json!({"v": null})]);
    }
}

/// A value that was read can be given back, and finds its row.
#[tokio::test]
async fn what_is_read_can_be_written() {
    let test = with_own_types().await;
    for (index, (data_type, sql, value)) in values().into_iter().enumerate() {
        let param = match &value {
            Value::Bool(value) => Scalar::Bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Scalar::Integer(number),
                None => Scalar::Real(number.as_f64().unwrap()),
            },
            Value::String(string) => Scalar::Text(string.clone()),
            other => text(&other.to_string()),
        };
        let table = format!("things_{index}");
        test.execute(&format!("CREATE TABLE {table} (v {data_type})"), &[])
            .await
            .unwrap();
        let insert = format!("INSERT INTO {table} VALUES (?), ({sql})");
        test.execute(&insert, std::slice::from_ref(&param))
            .await
            .unwrap_or_else(|error| panic!("{data_type} {value}: {error}"));
        let all = test.rows(&format!("SELECT v FROM {table}"), &[]).await;
        assert_eq!(
            all,
            [json!({"v": value}), json!({"v": value})],
            "{data_type}"
        );
        if data_type != "json" {
            let same = format!("SELECT v FROM {table} WHERE v = ?");
            assert_eq!(
                test.rows(&same, &[param]).await.len(),
                2,
                "{data_type} {value}"
            );
        }
    }
}

#[tokio::test]
async fn scalars_become_what_the_database_expects() {
    let test = TestDatabase::postgres().await;
    for (data_type, given, arrives) in [
        ("smallint", Scalar::Real(3.0), json!(3)),
        ("integer", text("42"), json!(42)),
        ("integer", Scalar::Bool(true), json!(1)),
        ("bigint", Scalar::Integer(i64::MAX), json!(i64::MAX)),
        ("double precision", Scalar::Integer(2), json!(2.0)),
        ("numeric", Scalar::Real(1e-7), json!("0.0000001")),
        (
            "numeric",
            Scalar::Real(2.5e20),
            json!("250000000000000000000"),
        ),
        ("numeric", text("1e3"), json!(1_000)),
        ("text", Scalar::Integer(7), json!("7")),
        ("boolean", Scalar::Integer(0), json!(false)),
        ("boolean", text("true"), json!(true)),
        ("jsonb", Scalar::Integer(7), json!(7)),
        ("jsonb", Scalar::Bool(true), json!(true)),
        (
            "timestamptz",
            text("2026-11-22T07:42:28+02:00"),
            json!("2026-11-22T05:42:28Z"),
        ),
        (
            "timestamptz",
            text("2026-11-22 07:42:28"),
            json!("2026-11-22T07:42:28Z"),
        ),
        (
            "timestamp",
            text("2026-11-22"),
            json!("2026-11-22T00:00:00"),
        ),
        ("time", text("07:42"), json!("07:42:00")),
    ] {
        let select = format!("SELECT CAST(? AS {data_type}) AS v");
        let found = test.rows(&select, std::slice::from_ref(&given)).await;
        assert_eq!(found, [json!({"v": arrives})], "{given:?} as {data_type}");
    }
    // LIMIT and arithmetic have types too.
    let limited = "SELECT i + ? AS n FROM generate_series(1, 10) AS i LIMIT ?";
    let found = test
        .rows(limited, &[Scalar::Integer(5), Scalar::Integer(1)])
        .await;
    assert_eq!(found, [json!({"n": 6})]);
}

#[tokio::test]
async fn what_does_not_fit_says_what_is_expected() {
    let test = TestDatabase::postgres().await;
    for (data_type, given, words) in [
        ("smallint", Scalar::Integer(32_768), "16 bits"),
        ("integer", text("many"), "32 bits"),
        ("bigint", Scalar::Real(0.5), "64 bits"),
        ("double precision", text("much"), "a number"),
        ("numeric", text("1,5"), "a decimal"),
        ("boolean", Scalar::Integer(2), "true or false"),
        ("uuid", text("x"), "a UUID"),
        ("bytea", text("!"), "base64"),
        ("date", text("22.11.2026"), "2026-11-22"),
        ("timestamptz", text("now"), "2026-11-22T"),
        ("inet", text("::1"), "CAST"),
    ] {
        let select = format!("SELECT 1 AS one WHERE CAST(? AS {data_type}) IS NULL");
        let error = test.query(&select, &[given], AMPLE).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{error}");
        assert!(
            error.message.contains("parameter 1") && error.message.contains(words),
            "{data_type}: {error}"
        );
    }
    let error = test
        .query("SELECT CAST(? AS json) AS v", &[text("{")], AMPLE)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Sql, "{error}");
}

#[tokio::test]
async fn a_type_that_json_has_not_is_an_error_that_names_it() {
    let test = TestDatabase::postgres().await;
    for (value, data_type) in [
        ("ARRAY[1, 2]", "INT4[]"),
        ("CAST('::1' AS inet)", "INET"),
        ("CAST('1 day' AS interval)", "INTERVAL"),
        ("ROW(1, 2)", "RECORD"),
        ("CAST('(1,2)' AS point)", "POINT"),
        ("CAST('1 day' AS interval)", "`odd`"),
    ] {
        let select = format!("SELECT 1 AS fine, {value} AS odd");
        let error = test.query(&select, &[], AMPLE).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Sql);
        assert!(error.message.contains(data_type), "{error}");
    }
    let advised = "SELECT to_json(ARRAY[1, 2]) AS a, CAST(ARRAY[1, 2] AS TEXT) AS t";
    assert_eq!(
        test.rows(advised, &[]).await,
        [json!({"a": [1, 2], "t": "{1,2}"})]
    );
}

#[tokio::test]
async fn a_query_cannot_switch_its_lock_off() {
    let test = TestDatabase::postgres().await;
    test.with_table("name TEXT").await;
    let off = "SELECT set_config('transaction_read_only', 'off', true) AS off";
    test.query(off, &[], AMPLE).await.unwrap_err();
    // This one holds for later transactions, which begin as readers by themselves.
    let off = "SELECT set_config('default_transaction_read_only', 'off', false) AS off";
    for _ in 0..8 {
        test.query(off, &[], AMPLE).await.unwrap();
    }
    for _ in 0..8 {
        let insert = "INSERT INTO things VALUES ('x') RETURNING name";
        let error = test.query(insert, &[], AMPLE).await.unwrap_err();
        assert!(error.message.contains("read-only"), "{error}");
    }
}

/// The driver collects a row as a whole: it has to be small before it is sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_has_a_bound_before_it_is_sent() {
    let test = TestDatabase::postgres().await;
    let large = "SELECT 1 AS raisfast_row, string_agg(repeat('x', 1000), '') AS x FROM generate_series(1, 300000)";
    for _ in 0..2 {
        let error = test.query(large, &[], AMPLE).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::TooLarge, "{error}");
        assert!(
            error
                .message
                .contains("a row is larger than a plugin may receive"),
            "{error}"
        );
    }
    let mut transaction = Db::begin(&test.database).await.unwrap();
    transaction.query(large, &[], AMPLE).await.unwrap_err();
    assert_eq!(
        transaction
            .query("VALUES (1)", &[], AMPLE)
            .await
            .unwrap()
            .len(),
        1
    );
    transaction.commit().await.unwrap();
    // Others are as they were: their order, their names, and that there may be no column.
    let rows = test
        .rows(
            "SELECT g AS n, 'x' AS t FROM generate_series(1, 3) AS g ORDER BY g DESC",
            &[],
        )
        .await;
    assert_eq!(
        rows,
        [
            json!({"n": 3, "t": "x"}),
            json!({"n": 2, "t": "x"}),
            json!({"n": 1, "t": "x"})
        ]
    );
    assert_eq!(
        test.query("SELECT FROM generate_series(1, 2)", &[], AMPLE)
            .await
            .unwrap()
            .len(),
        2
    );
}
