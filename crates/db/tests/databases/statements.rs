//! The capability `Db`: what a plugin's statements answer.

use raisfast_host_api::{
    ErrorCode,
    capability::{ColumnValue, Dialect, RowLimits, Scalar},
};
use serde_json::{Value, json};

use crate::support::{AMPLE, TestDatabase, on_every_database, pairs, text};

/// The numbers from one on.
const NUMBERS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
                       SELECT i FROM n";

on_every_database! {

async fn what_is_written_is_read(test: &TestDatabase) {
    test.with_table("i INTEGER, b BIGINT, r DOUBLE PRECISION, t TEXT, n TEXT, y BOOLEAN, z BOOLEAN").await;
    let affected = test.execute(
        "INSERT INTO things VALUES (?, ?, ?, ?, ?, ?, ?)",
        &[
            Scalar::Integer(-7),
            Scalar::Integer(i64::MIN),
            Scalar::Real(0.5),
            text("ä\u{1F600}'\\"),
            Scalar::Null,
            Scalar::Bool(true),
            Scalar::Bool(false),
        ],
    )
    .await
    .unwrap();
    assert_eq!(affected, 1);
    assert_eq!(
        test.rows("SELECT * FROM things", &[]).await,
        [json!({
            "i": -7, "b": i64::MIN, "r": 0.5, "t": "ä\u{1F600}'\\", "n": null, "y": true, "z": false,
        })]
    );
    let found = "SELECT t FROM things WHERE i = ? AND b < ? AND r > ? AND t = ? AND y = ?";
    let params = [
        Scalar::Integer(-7),
        Scalar::Integer(0),
        Scalar::Integer(0),
        text("ä\u{1F600}'\\"),
        Scalar::Bool(true),
    ];
    assert_eq!(test.rows(found, &params).await.len(), 1);
}

async fn bytes_are_stored_as_they_are(test: &TestDatabase) {
    let bytes = if test.dialect() == Dialect::Postgres { "BYTEA" } else { "BLOB" };
    test.with_table(&format!("data {bytes}")).await;
    let data = Scalar::Bytes(vec![0, 39, 92, 255]);
    test.execute("INSERT INTO things VALUES (?)", std::slice::from_ref(&data)).await.unwrap();
    let found = test.query("SELECT data FROM things WHERE data = ?", &[data], AMPLE).await.unwrap();
    assert_eq!(found[0].columns(), [("data".to_owned(), ColumnValue::Bytes(vec![0, 39, 92, 255]))]);
}

async fn counts_and_sums_are_numbers(test: &TestDatabase) {
    test.with_table("small INTEGER, large BIGINT").await;
    test.execute("INSERT INTO things VALUES (1, 10), (2, 20)", &[]).await.unwrap();
    assert_eq!(
        test.rows(
            "SELECT COUNT(*) AS count, SUM(small) AS small, SUM(large) AS large, \
             MAX(small) + 1 AS more FROM things",
            &[]
        ).await,
        [json!({"count": 2, "small": 3, "large": 30, "more": 3})]
    );
}

async fn columns_come_in_the_order_of_the_statement(test: &TestDatabase) {
    let rows = test.query("SELECT 1 AS z, 2 AS a, 3 AS m", &[], AMPLE).await.unwrap();
    assert_eq!(
        pairs(&rows[0]),
        [("z", "1".into()), ("a", "2".into()), ("m", "3".into())]
    );
}

async fn no_column_is_lost_to_another_of_the_same_name(test: &TestDatabase) {
    let error = test.query("SELECT 1 AS id, 2 AS id", &[], AMPLE).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Sql);
    assert!(
        error.message.contains("`id`") && error.message.contains("AS"),
        "{error}"
    );
}

async fn parameters_are_values_and_never_sql(test: &TestDatabase) {
    test.with_table("name TEXT").await;
    let hostile = [text("'); DROP TABLE things; --")];
    let affected = test.execute("INSERT INTO things VALUES (?)", &hostile).await.unwrap();
    assert_eq!(affected, 1);
    let found = "SELECT name FROM things WHERE name = ?";
    assert_eq!(
        test.rows(found, &hostile).await,
        [json!({"name": "'); DROP TABLE things; --"})]
    );
}

async fn rows_up_to_the_limit_and_not_one_more(test: &TestDatabase) {
    let limits = RowLimits { rows: 10, bytes: 10_000, ..AMPLE };
    let ten = test.query(NUMBERS, &[Scalar::Integer(10)], limits).await.unwrap();
    assert_eq!(ten.len(), 10);
    let error = test.query(NUMBERS, &[Scalar::Integer(11)], limits).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TooLarge);
    assert!(error.message.contains("10 rows"), "{error}");
}

async fn an_endless_query_ends_at_the_limit(test: &TestDatabase) {
    // MariaDB ends it by itself, after as many rows as are allowed here, and one.
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    for _ in 0..10 {
        let error = test.query(endless, &[], AMPLE).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::TooLarge, "{error}");
    }
    assert_eq!(test.rows("SELECT 1 AS one", &[]).await, [json!({"one": 1})]);
}

async fn bytes_are_limited_too(test: &TestDatabase) {
    let limits = RowLimits { rows: 10, bytes: 1_000, ..AMPLE };
    let echo = "SELECT ? AS text";
    let fits = [text(&"x".repeat(900))];
    assert_eq!(test.query(echo, &fits, limits).await.unwrap().len(), 1);
    let exceeds = [text(&"x".repeat(1_001))];
    let error = test.query(echo, &exceeds, limits).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TooLarge);
}

async fn rows_of_little_text_and_much_memory_have_a_limit_too(test: &TestDatabase) {
    let limits = RowLimits { rows: 1_000_000, bytes: 100 << 20, memory: 1 << 20 };
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) \
                SELECT a.i AS x FROM n a, n b, n c";
    let error = test.query(many, &[], limits).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TooLarge);
    assert!(error.message.contains("1048576 bytes of memory"), "{error}");
}

async fn a_query_can_change_nothing(test: &TestDatabase) {
    test.with_table("name TEXT").await;
    for change in [
        "INSERT INTO things VALUES ('x') RETURNING name",
        "DELETE FROM things",
        "UPDATE things SET name = 'y'",
        "CREATE TABLE more (a INTEGER)",
        "DROP TABLE things",
    ] {
        let error = test.query(change, &[], AMPLE).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Sql, "{change}: {error}");
        let words = error.message.to_lowercase().replace(['-', ' '], "");
        assert!(words.contains("readonly"), "{change}: {error}");
    }
    assert_eq!(test.rows("SELECT * FROM things", &[]).await, Vec::<Value>::new());
}

async fn errors_say_what_kind_they_are(test: &TestDatabase) {
    test.with_table("name VARCHAR(20) NOT NULL UNIQUE, size INTEGER CHECK (size > 0)").await;
    test.execute("INSERT INTO things VALUES ('a', 1)", &[]).await.unwrap();
    for change in [
        "INSERT INTO things VALUES ('a', 1)",
        "INSERT INTO things VALUES (NULL, 1)",
        "INSERT INTO things VALUES ('b', 0)",
        "INSERT INTO comments (id, post_id, content, created_at) VALUES ('1', 'none', 'x', 'now')",
    ] {
        let error = test.execute(change, &[]).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Constraint, "{change}: {error}");
    }
    let error = test.execute("UPDATE things SET colour = 1", &[]).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Sql);
    assert!(error.message.contains("colour"), "{error}");
    // None of them has left its transaction open.
    assert_eq!(test.execute("UPDATE things SET size = 2", &[]).await.unwrap(), 1);
}

async fn what_is_matched_counts_as_affected(test: &TestDatabase) {
    test.with_table("name VARCHAR(20) PRIMARY KEY, size INTEGER").await;
    assert_eq!(
        test.execute("INSERT INTO things VALUES ('a', 1), ('b', 1) RETURNING name", &[]).await.unwrap(),
        2
    );
    assert_eq!(test.execute("UPDATE things SET size = 1", &[]).await.unwrap(), 2);
    assert_eq!(test.execute("UPDATE things SET size = 2 WHERE name = 'c'", &[]).await.unwrap(), 0);
    assert_eq!(test.execute("DELETE FROM things WHERE name = ?", &[text("a")]).await.unwrap(), 1);
}

async fn what_does_not_fit_is_an_error_and_not_cut(test: &TestDatabase) {
    test.with_table("small SMALLINT CHECK (small < 32768), name VARCHAR(3) CHECK (LENGTH(name) < 4)").await;
    for (column, value) in [("small", Scalar::Integer(70_000)), ("name", text("four"))] {
        let insert = format!("INSERT INTO things ({column}) VALUES (?)");
        test.execute(&insert, &[value]).await.unwrap_err();
    }
    assert!(test.rows("SELECT * FROM things", &[]).await.is_empty());
}

async fn a_comment_that_names_no_status_is_approved(test: &TestDatabase) {
    let post = "INSERT INTO posts (id, title, slug, content, status, created_by, created_at, updated_at, tag_ids) \
                VALUES ('p', 'x', 'x', 'x', 'published', 'x', 'x', 'x', '[]')";
    test.execute(post, &[]).await.unwrap();
    let comment = "INSERT INTO comments (id, post_id, content, created_at) VALUES ('a', 'p', 'x', 'x')";
    test.execute(comment, &[]).await.unwrap();
    let comment = "INSERT INTO comments (id, post_id, content, created_at, status) VALUES ('b', 'p', 'x', 'x', 'pending')";
    test.execute(comment, &[]).await.unwrap();
    let rows = test.rows("SELECT id, status FROM comments ORDER BY id", &[]).await;
    assert_eq!(rows, [json!({"id": "a", "status": "approved"}), json!({"id": "b", "status": "pending"})]);
}

async fn text_is_compared_character_by_character(test: &TestDatabase) {
    let insert = "INSERT INTO posts (id, title, slug, content, status, created_by, created_at, updated_at, tag_ids) \
                  VALUES (?, 'x', ?, 'x', 'draft', 'x', 'x', 'x', '[]')";
    for slug in ["a", "A", "a ", "ä", "B"] {
        test.execute(insert, &[text(slug), text(slug)]).await.unwrap();
    }
    let found = "SELECT slug FROM posts WHERE slug = ?";
    assert_eq!(test.rows(found, &[text("a")]).await, [json!({"slug": "a"})]);
    let ordered = test.rows("SELECT slug FROM posts ORDER BY slug", &[]).await;
    let slugs: Vec<&str> = ordered.iter().map(|row| row["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["A", "B", "a", "a ", "ä"]);
}

async fn the_dialect_is_the_database_s(test: &TestDatabase) {
    let scheme = test.url.split_once(':').unwrap().0;
    assert_eq!(test.dialect(), match scheme {
        "sqlite" => Dialect::Sqlite,
        "postgres" => Dialect::Postgres,
        _ => Dialect::Mysql,
    });
}

}

/// On SQLite the driver may fail the first time.
async fn a_statement_works_after_its_table_has_changed(test: &TestDatabase) {
    test.with_table("name TEXT").await;
    test.execute("INSERT INTO things VALUES ('a')", &[])
        .await
        .unwrap();
    // On every connection that has prepared the statement.
    for _ in 0..8 {
        assert_eq!(
            test.rows("SELECT * FROM things", &[]).await,
            [json!({"name": "a"})]
        );
    }
    test.execute("ALTER TABLE things ADD size INTEGER", &[])
        .await
        .unwrap();
    for _ in 0..8 {
        assert_eq!(
            test.rows("SELECT * FROM things", &[]).await,
            [json!({"name": "a", "size": null})]
        );
    }
}

#[tokio::test]
async fn postgres_follows_a_table_that_changes() {
    a_statement_works_after_its_table_has_changed(&TestDatabase::postgres().await).await;
}

#[tokio::test]
async fn mariadb_follows_a_table_that_changes() {
    a_statement_works_after_its_table_has_changed(&TestDatabase::mariadb().await).await;
}
