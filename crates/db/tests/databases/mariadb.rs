//! MariaDB's types, out and in.

use raisfast_host_api::{ErrorCode, capability::Scalar};
use raisfast_sql_gate::{Dialect, Gate};
use serde_json::{Value, json};

use crate::support::{AMPLE, TestDatabase, cell, text};

/// A column's type, a value as SQL, and the value as JSON.
fn values() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("TINYINT", "-128", json!(-128)),
        ("TINYINT UNSIGNED", "255", json!(255)),
        ("SMALLINT", "-32768", json!(-32768)),
        ("SMALLINT UNSIGNED", "65535", json!(65535)),
        ("MEDIUMINT", "-8388608", json!(-8_388_608)),
        ("MEDIUMINT UNSIGNED", "16777215", json!(16_777_215)),
        ("INT", "-2147483648", json!(i32::MIN)),
        ("INT UNSIGNED", "4294967295", json!(u32::MAX)),
        ("BIGINT", "-9223372036854775808", json!(i64::MIN)),
        ("BIGINT UNSIGNED", "18446744073709551615", json!(u64::MAX)),
        ("FLOAT", "0.1", json!(0.1)),
        ("DOUBLE", "0.1", json!(0.1)),
        ("DECIMAL(10, 2)", "1.50", json!("1.50")),
        ("DECIMAL(10, 2)", "-0.05", json!("-0.05")),
        (
            "DECIMAL(65, 1)",
            "12345678901234567890123456789.5",
            json!("12345678901234567890123456789.5"),
        ),
        (
            "DECIMAL(30)",
            "100000000000000000000000000000",
            json!("100000000000000000000000000000"),
        ),
        ("DECIMAL(20)", "70000", json!(70_000)),
        ("BOOLEAN", "TRUE", json!(true)),
        ("BOOLEAN", "FALSE", json!(false)),
        ("BOOLEAN", "7", json!(7)),
        ("BIT(12)", "b'100000000001'", json!(2049)),
        ("YEAR", "2026", json!(2026)),
        ("TEXT", "'ä'", json!("ä")),
        (
            "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            "'ä'",
            json!("ä"),
        ),
        ("VARCHAR(3) CHARACTER SET latin1", "'ä'", json!("ä")),
        ("CHAR(3)", "'a'", json!("a")),
        (
            "UUID",
            "'0192D0F0-0000-7000-8000-000000000001'",
            json!("0192d0f0-0000-7000-8000-000000000001"),
        ),
        ("INET6", "'::1'", json!("::1")),
        ("JSON", "'{\"a\": [1]}'", json!("{\"a\": [1]}")),
        ("ENUM('sad', 'glad')", "'sad'", json!("sad")),
        ("SET('a', 'b')", "'a,b'", json!("a,b")),
        ("BLOB", "x'00ff10'", json!("AP8Q")),
        ("VARBINARY(3)", "x'00ff10'", json!("AP8Q")),
        ("BINARY(3)", "x'00ff10'", json!("AP8Q")),
        ("DATE", "'2026-11-22'", json!("2026-11-22")),
        (
            "DATETIME(6)",
            "'2026-11-22 07:42:28.123456'",
            json!("2026-11-22T07:42:28.123456"),
        ),
        (
            "DATETIME",
            "'2026-11-22 00:00:00'",
            json!("2026-11-22T00:00:00"),
        ),
        (
            "TIMESTAMP(3) NULL",
            "'2026-11-22 07:42:28.5'",
            json!("2026-11-22T07:42:28.500Z"),
        ),
        ("TIME(3)", "'-838:59:58.25'", json!("-838:59:58.250")),
        ("TIME", "'07:42:28'", json!("07:42:28")),
    ]
}

#[tokio::test]
async fn every_type_of_value_arrives_as_what_it_is() {
    let test = TestDatabase::mariadb().await;
    for (index, (data_type, sql, value)) in values().into_iter().enumerate() {
        let table = format!("things_{index}");
        test.execute(&format!("CREATE TABLE {table} (v {data_type})"), &[])
            .await
            .unwrap();
        test.execute(&format!("INSERT INTO {table} VALUES ({sql}), (NULL)"), &[])
            .await
            .unwrap();
        assert_eq!(
            test.rows(&format!("SELECT v FROM {table}"), &[]).await,
            [json!({"v": value}), json!({"v": null})],
            "{data_type}"
        );
    }
}

#[tokio::test]
async fn scalars_become_what_the_column_is() {
    let test = TestDatabase::mariadb().await;
    for (index, (data_type, given, arrives)) in [
        ("SMALLINT", Scalar::Real(3.0), json!(3)),
        ("INT", text("42"), json!(42)),
        ("INT", Scalar::Bool(true), json!(1)),
        ("BOOLEAN", Scalar::Bool(true), json!(true)),
        ("BIGINT", Scalar::Integer(i64::MAX), json!(i64::MAX)),
        ("DOUBLE", Scalar::Integer(2), json!(2.0)),
        ("DECIMAL(20, 7)", text("0.1000000"), json!("0.1000000")),
        ("TEXT", Scalar::Integer(7), json!("7")),
        ("DATE", text("2026-11-22"), json!("2026-11-22")),
        (
            "DATETIME",
            text("2026-11-22T07:42:28"),
            json!("2026-11-22T07:42:28"),
        ),
        (
            "TIMESTAMP",
            text("2026-11-22 07:42:28"),
            json!("2026-11-22T07:42:28Z"),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let table = format!("things_{index}");
        test.execute(&format!("CREATE TABLE {table} (v {data_type})"), &[])
            .await
            .unwrap();
        test.execute(
            &format!("INSERT INTO {table} VALUES (?)"),
            std::slice::from_ref(&given),
        )
        .await
        .unwrap();
        let found = test.rows(&format!("SELECT v FROM {table}"), &[]).await;
        assert_eq!(found, [json!({"v": arrives})], "{given:?} as {data_type}");
    }
}

#[tokio::test]
async fn a_value_that_json_has_not_is_an_error_and_no_null() {
    let test = TestDatabase::mariadb().await;
    test.with_table("place POINT, day DATE").await;
    let insert = "INSERT INTO things VALUES (POINT(1, 2), NULL)";
    test.execute(insert, &[]).await.unwrap();
    // Left behind by somebody whose server allowed it.
    for (column, words) in [
        ("place", "GEOMETRY"),
        ("CAST('0000-00-00' AS DATE)", "0000-00-00"),
    ] {
        let select = format!("SELECT {column} AS odd FROM things");
        match test.query(&select, &[], AMPLE).await {
            Err(error) => {
                assert_eq!(error.code, ErrorCode::Sql);
                assert!(
                    error.message.contains("`odd`") && error.message.contains(words),
                    "{error}"
                );
            }
            Ok(rows) => assert!(
                cell(&rows[0], "odd").is_null() && column.starts_with("CAST"),
                "{rows:?}"
            ),
        }
    }
}

/// The gate reads a statement in one mode, and so does each connection, whatever the server's own
/// is.
#[tokio::test]
async fn the_server_s_mode_is_not_the_plugins() {
    let test = TestDatabase::mariadb().await;
    assert_eq!(
        test.rows(
            "SELECT \"text\" AS double_quotes, 'a\\'b' AS backslash, 'a' || 'b' AS joined",
            &[]
        )
        .await,
        [json!({"double_quotes": "text", "backslash": "a'b", "joined": "ab"})]
    );
    let modes = test.rows("SELECT @@sql_mode AS m", &[]).await;
    assert!(!modes[0]["m"].as_str().unwrap().contains("ANSI_QUOTES"));
}

#[tokio::test(flavor = "multi_thread")]
async fn dual_is_there_for_a_query_without_a_table() {
    let test = TestDatabase::mariadb().await;
    let statement = Gate::new(Dialect::Mysql)
        .query("select 1 as one from dual where 1 = 1")
        .unwrap();
    assert_eq!(test.rows(&statement.sql, &[]).await, [json!({"one": 1})]);
}
