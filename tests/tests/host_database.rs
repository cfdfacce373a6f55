//! `db-query` and `db-execute`: what they answer, and which tables they reach.

use raisfast_tests::{DatabaseServer, TestServer, parsed};
use serde_json::{Value, json};

const PLUGIN: &str = "com.example.caller";
const OTHER: &str = "com.example.other";

/// A `db-…` call's answer.
async fn sql(server: &TestServer, plugin: &str, function: &str, args: Value) -> Value {
    parsed(&server.call(plugin, function, args).await)
}

/// A server with one plugin that has these grants, and the published post `first`, read once.
async fn server(database: &str) -> TestServer {
    let permissions = format!("[permissions]\ndatabase = {database}");
    let server = TestServer::with()
        .caller(PLUGIN, &permissions)
        .start()
        .await;
    server.publish("First").await;
    server.visitor.get("/api/v1/posts/first").await.expect(200);
    let posts = server.server().site().posts();
    posts.write_views().await.expect("the visit is counted");
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn db_query_answers_with_values_as_they_are() {
    let server = server(r#"["read:posts"]"#).await;
    server
        .create_post(&json!({"title": "Grün \"&\" <b>", "content": "", "slug": "second", "excerpt": "short"}))
        .await;
    let select = "SELECT slug, title, view_count, excerpt, published_at IS NULL AS unpublished, \
                  view_count + 0.5 AS half FROM posts ORDER BY slug";
    let rows = sql(&server, PLUGIN, "db-query", json!([select, null])).await;
    // Only PostgreSQL has booleans of its own, and to SQLite alone 0.5 is not a decimal.
    let (no, yes) = match DatabaseServer::asked_for() {
        Some(DatabaseServer::Postgres) => (json!(false), json!(true)),
        Some(DatabaseServer::Mariadb) | None => (json!(0), json!(1)),
    };
    let number = |sqlite: f64, decimal: &str| match DatabaseServer::asked_for() {
        None => json!(sqlite),
        Some(_) => json!(decimal),
    };
    assert_eq!(
        rows,
        json!([
            {"slug": "first", "title": "First", "view_count": 1, "excerpt": null, "unpublished": no, "half": number(1.5, "1.5")},
            {"slug": "second", "title": "Grün \"&\" <b>", "view_count": 0, "excerpt": "short", "unpublished": yes, "half": number(0.5, "0.5")},
        ])
    );

    let none = "SELECT slug FROM posts WHERE slug = 'never'";
    let rows = sql(&server, PLUGIN, "db-query", json!([none, null])).await;
    assert_eq!(rows, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_stand_for_values_and_never_for_sql() {
    let server = server(r#"["read:posts"]"#).await;
    let hostile = "'; DELETE FROM posts; --";
    server
        .create_post(&json!({"title": hostile, "content": "x", "slug": "hostile"}))
        .await;

    for (select, params, found) in [
        (
            "SELECT slug FROM posts WHERE title = ?",
            json!([hostile]),
            json!(["hostile"]),
        ),
        (
            "SELECT slug FROM posts WHERE view_count = ?",
            json!([1]),
            json!(["first"]),
        ),
        (
            "SELECT slug FROM posts WHERE view_count * 1.5 > ? AND slug <> ?",
            json!([0.5, "x"]),
            json!(["first"]),
        ),
        (
            "SELECT slug FROM posts WHERE (excerpt IS NULL) = ? ORDER BY slug",
            json!([true]),
            json!(["first", "hostile"]),
        ),
        (
            "SELECT slug FROM posts WHERE excerpt = ?",
            json!([null]),
            json!([]),
        ),
        (
            "SELECT slug FROM posts WHERE slug = '?' OR slug = ?",
            json!(["first"]),
            json!(["first"]),
        ),
        (
            "SELECT slug FROM posts WHERE slug = ?",
            json!(["first' OR '1'='1"]),
            json!([]),
        ),
    ] {
        let rows = sql(
            &server,
            PLUGIN,
            "db-query",
            json!([select, params.to_string()]),
        )
        .await;
        let rows = rows
            .as_array()
            .unwrap_or_else(|| panic!("{select}: {rows}"));
        let slugs: Vec<_> = rows.iter().map(|row| row["slug"].clone()).collect();
        assert_eq!(json!(slugs), found, "{select}");
    }

    // Alone, a parameter is text to PostgreSQL.
    let (echo, yes) = match DatabaseServer::asked_for() {
        Some(DatabaseServer::Postgres) => (
            "SELECT CAST(? AS BIGINT) AS whole, CAST(? AS DOUBLE PRECISION) AS part, ? AS text, \
             ? AS missing, CAST(? AS BOOLEAN) AS yes",
            json!(true),
        ),
        Some(DatabaseServer::Mariadb) | None => (
            "SELECT ? AS whole, ? AS part, ? AS text, ? AS missing, ? AS yes",
            json!(1),
        ),
    };
    let params = json!([i64::MAX, -0.25, "grün", null, true]).to_string();
    let rows = sql(&server, PLUGIN, "db-query", json!([echo, params])).await;
    assert_eq!(
        rows,
        json!([{"whole": i64::MAX, "part": -0.25, "text": "grün", "missing": null, "yes": yes}])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn db_execute_changes_what_the_api_shows() {
    let server = server(r#"["posts", "contents"]"#).await;
    server.publish("Second").await;

    let update = "UPDATE posts SET excerpt = ?, view_count = view_count + ? WHERE slug = ?";
    let params = json!(["by a plugin", 41, "first"]).to_string();
    let answer = sql(&server, PLUGIN, "db-execute", json!([update, params])).await;
    assert_eq!(answer, json!({"rows_affected": 1}));
    let post = server.visitor.get("/api/v1/posts/first").await.expect(200);
    assert_eq!(post["excerpt"], "by a plugin");
    assert_eq!(post["view_count"], 43, "1, and 41, and this visit");

    let insert = "INSERT INTO contents (id, content_type, data, created_by, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)";
    let now = "2026-01-02T03:04:05.000Z";
    let params = json!(["id-1", "note", "{\"n\": 1}", "plugin", now, now]).to_string();
    let answer = sql(&server, PLUGIN, "db-execute", json!([insert, params])).await;
    assert_eq!(answer, json!({"rows_affected": 1}));
    let note = server
        .visitor
        .get("/api/v1/content/note/id-1")
        .await
        .expect(200);
    assert_eq!(note["data"], json!({"n": 1}));
    assert_eq!(note["created_at"], now);

    let delete = "DELETE FROM posts WHERE status = 'published'";
    let answer = sql(&server, PLUGIN, "db-execute", json!([delete, null])).await;
    assert_eq!(answer, json!({"rows_affected": 2}));
    server.visitor.get("/api/v1/posts/first").await.expect(404);
    let answer = sql(&server, PLUGIN, "db-execute", json!([delete, null])).await;
    assert_eq!(answer, json!({"rows_affected": 0}));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_come_back_as_error_and_code() {
    let server = server(r#"["posts"]"#).await;
    server.publish("Second").await;
    let duplicate = "UPDATE posts SET slug = 'first' WHERE slug = 'second'";
    for (function, statement, params, code) in [
        ("db-query", "SELEC slug FROM posts", json!(null), "sql"),
        ("db-query", "", json!(null), "sql"),
        (
            "db-query",
            "SELECT no_such_column FROM posts",
            json!(null),
            "sql",
        ),
        ("db-query", "DELETE FROM posts", json!(null), "sql"),
        (
            "db-query",
            "SELECT slug FROM posts; DELETE FROM posts",
            json!(null),
            "sql",
        ),
        ("db-query", "SELECT load_extension('x')", json!(null), "sql"),
        (
            "db-query",
            "SELECT slug FROM posts WHERE slug = ?",
            json!(null),
            "invalid_argument",
        ),
        (
            "db-query",
            "SELECT slug FROM posts",
            json!("[1]"),
            "invalid_argument",
        ),
        (
            "db-query",
            "SELECT ?",
            json!("{\"a\": 1}"),
            "invalid_argument",
        ),
        ("db-query", "SELECT ?", json!("[[1]]"), "invalid_argument"),
        (
            "db-query",
            "SELECT ?",
            json!("[18446744073709551615]"),
            "invalid_argument",
        ),
        ("db-query", "SELECT ?", json!("no JSON"), "invalid_argument"),
        ("db-execute", "SELECT slug FROM posts", json!(null), "sql"),
        ("db-execute", "DROP TABLE posts", json!(null), "sql"),
        ("db-execute", "CREATE TABLE mine (id)", json!(null), "sql"),
        (
            "db-execute",
            "PRAGMA writable_schema = ON",
            json!(null),
            "sql",
        ),
        ("db-execute", "ATTACH 'x.db' AS x", json!(null), "sql"),
        ("db-execute", duplicate, json!(null), "constraint"),
        (
            "db-execute",
            "UPDATE posts SET title = NULL",
            json!(null),
            "constraint",
        ),
    ] {
        let answer = sql(&server, PLUGIN, function, json!([statement, params])).await;
        assert_eq!(answer["code"], code, "{statement}: {answer}");
        assert!(answer["error"].as_str().is_some_and(|why| !why.is_empty()));
        assert_eq!(answer.as_object().map(serde_json::Map::len), Some(2));
    }
    // None of them has changed anything.
    let posts = server.visitor.get("/api/v1/posts").await.expect(200);
    let slugs: Vec<_> = posts["items"]
        .as_array()
        .expect("posts")
        .iter()
        .map(|p| &p["slug"])
        .collect();
    assert_eq!(slugs, ["second", "first"]);
    server.record(PLUGIN, "db-query refused").await;
    server.record(PLUGIN, "db-execute refused").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_over_its_limit_is_an_error_and_no_cut() {
    let permissions =
        "[permissions]\ndatabase = [\"read:posts\"]\n[limits]\ndb_rows = 2\ndb_bytes = 500";
    let server = TestServer::with().caller(PLUGIN, permissions).start().await;
    for title in ["One", "Two"] {
        server.publish(title).await;
    }
    let all = json!(["SELECT title FROM posts ORDER BY title", null]);
    let rows = sql(&server, PLUGIN, "db-query", all.clone()).await;
    assert_eq!(rows, json!([{"title": "One"}, {"title": "Two"}]));

    server.publish("Three").await;
    let answer = sql(&server, PLUGIN, "db-query", all).await;
    assert_eq!(answer["code"], "too_large", "{answer}");

    let long = json!(["SELECT ? AS text", json!(["x".repeat(600)]).to_string()]);
    let answer = sql(&server, PLUGIN, "db-query", long).await;
    assert_eq!(answer["code"], "too_large", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_not_granted_is_refused_with_the_line_to_write() {
    let server = TestServer::with()
        .caller(
            PLUGIN,
            "[permissions]\ndatabase = [\"read:posts\", \"write:comments\"]",
        )
        .caller(OTHER, "[permissions]\ndatabase = [\"read:comments\"]")
        .start()
        .await;
    server.publish("First").await;

    let quoted = match DatabaseServer::asked_for() {
        Some(DatabaseServer::Postgres) => "\"contents\"",
        Some(DatabaseServer::Mariadb) => "`contents`",
        None => "\"Contents\"",
    };
    let through_a_quoted_name = format!("WITH c AS (SELECT data FROM {quoted}) SELECT data FROM c");
    for (plugin, function, statement, access, table) in [
        (OTHER, "db-query", "SELECT slug FROM posts", "read", "posts"),
        (
            OTHER,
            "db-execute",
            "DELETE FROM contents",
            "write",
            "contents",
        ),
        (PLUGIN, "db-execute", "DELETE FROM posts", "write", "posts"),
        (
            PLUGIN,
            "db-query",
            "SELECT id FROM comments",
            "read",
            "comments",
        ),
        (
            PLUGIN,
            "db-query",
            "SELECT (SELECT count(*) FROM contents) AS n FROM posts",
            "read",
            "contents",
        ),
        (
            PLUGIN,
            "db-query",
            &through_a_quoted_name,
            "read",
            "contents",
        ),
    ] {
        let answer = sql(&server, plugin, function, json!([statement, null])).await;
        assert_eq!(answer["code"], "denied", "{statement}: {answer}");
        let line = format!("[permissions]: database = [\"{access}:{table}\"]");
        let error = answer["error"].as_str().expect("a reason");
        assert!(error.ends_with(&line), "{error}");
        let denial = format!(
            "denied: {function} wants to {access} the table `{table}`; \
             to allow it, write in manifest.toml, under {line}"
        );
        assert_eq!(server.record(plugin, &denial).await["level"], "warn");
    }
    // What is granted goes on working, and the post is still there.
    let rows = sql(
        &server,
        PLUGIN,
        "db-query",
        json!(["SELECT slug FROM posts", null]),
    )
    .await;
    assert_eq!(rows, json!([{"slug": "first"}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hosts_own_tables_are_out_of_reach_whatever_is_granted() {
    let server = server(r#"["*", "users", "tokens", "plugin_data"]"#).await;
    server
        .call(PLUGIN, "set-data", json!(["secret", "kept"]))
        .await;

    for table in [
        "users",
        "USERS",
        "\"users\"",
        "`users`",
        "[users]",
        "main.users",
        "tokens",
        "plugin_data",
        "plugin_states",
        "plugin_identities",
        "plugin_records",
        "seaql_migrations",
        "sqlite_master",
        "sqlite_schema",
        "pragma_table_info('users')",
    ] {
        for select in [
            format!("SELECT * FROM {table}"),
            format!("SELECT p.slug FROM posts p WHERE EXISTS (SELECT 1 FROM {table})"),
            format!("SELECT slug FROM posts UNION SELECT 1 FROM {table}"),
            format!("WITH t AS (SELECT * FROM {table}) SELECT count(*) AS n FROM t"),
        ] {
            let answer = sql(&server, PLUGIN, "db-query", json!([select, null])).await;
            let code = answer["code"]
                .as_str()
                .unwrap_or_else(|| panic!("{select}: {answer}"));
            assert!(["denied", "sql"].contains(&code), "{select}: {answer}");
        }
    }
    for change in [
        "UPDATE users SET role = 'author'",
        "DELETE FROM users",
        "DELETE FROM tokens",
        "UPDATE plugin_data SET value = 'stolen'",
        "INSERT INTO plugin_data (plugin_id, key, value) VALUES ('x.y', 'k', 'v')",
        "INSERT INTO contents SELECT id, 'x', password_hash, id, id, id FROM users",
        "UPDATE posts SET title = (SELECT password_hash FROM users)",
        "DELETE FROM posts WHERE EXISTS (SELECT 1 FROM users)",
    ] {
        let answer = sql(&server, PLUGIN, "db-execute", json!([change, null])).await;
        assert_eq!(answer["code"], "denied", "{change}: {answer}");
    }
    let record = server.record(PLUGIN, "`users`").await;
    assert_eq!(record["level"], "warn");
    assert_eq!(
        record["message"],
        "denied: db-query: the table `users` is the host's own; no grant reaches it"
    );

    // The admin is still an admin, the data still the plugin's, the post as it was.
    server.admin.get("/api/v1/admin/plugins").await.expect(200);
    let kept = server.call(PLUGIN, "get-data", json!(["secret"])).await;
    assert_eq!(kept, "kept");
    let post = server.visitor.get("/api/v1/posts/first").await.expect(200);
    assert_eq!(post["title"], "First");
}
