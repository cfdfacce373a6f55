//! The acts of the guest, as scripts of `all-functions`.

use raisfast_tests::{DatabaseServer, script};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Everything that it can think of, on the database that is asked for.
pub(crate) fn all(endless: &str) -> Vec<Value> {
    let mut acts: Vec<Value> = queries()
        .into_iter()
        .map(|sql| script(&[("db-query", json!([sql, null]))]))
        .collect();
    acts.extend(
        changes()
            .into_iter()
            .map(|sql| script(&[("db-execute", json!([sql, null]))])),
    );
    acts.extend(
        changes()
            .into_iter()
            .map(|sql| script(&[("db-begin", json!([])), ("db-execute", json!([sql, null]))])),
    );
    let zeros = format!("[{}0]", "0,".repeat(700_000));
    let nested = format!("[[{}0]]", "0,".repeat(700_000));
    let file = "x".repeat(1_500_000);
    acts.extend([
        script(&[("db-query", json!(["SELECT 1 AS one FROM posts", zeros]))]),
        script(&[(
            "db-query",
            json!(["SELECT slug FROM posts WHERE title = ?", nested]),
        )]),
        script(&[("http-get", json!([endless]))]),
        script(&[
            ("vfs-write", json!(["large", file])),
            ("vfs-read", json!(["large"])),
        ]),
        script(&[
            ("set-data", json!(["key", file])),
            ("get-data", json!(["key"])),
        ]),
        json!({"calls": [], "spin": true}),
        json!({"calls": [{"function": "db-begin"}], "spin": true}),
        json!({"calls": [], "trap": true}),
    ]);
    acts
}

fn repeated(letter: char, times: usize) -> String {
    letter.to_string().repeat(times)
}

/// A text of megabytes, which SQL makes of a few kilobytes.
fn grown(letter: char, by: usize) -> String {
    format!(
        "replace('{}', '{letter}', '{}')",
        repeated(letter, 2_000),
        repeated(letter, by)
    )
}

fn queries() -> Vec<String> {
    let (hay, needle) = (grown('a', 8_000), format!("{} || 'b'", grown('a', 4_000)));
    let (long, short) = (
        grown('a', 1_500),
        format!("concat({}, 'b')", grown('a', 700)),
    );
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    let mut queries = vec![
        format!("SELECT length({}) AS n FROM posts", grown('a', 500_000)),
        format!("{endless} SELECT i FROM n, posts"),
        format!("{endless} SELECT i, {long} AS large FROM n, posts ORDER BY large, i"),
        format!("{endless} SELECT DISTINCT i, {long} AS large FROM n, posts"),
        format!("SELECT {long} AS a, {long} AS b, {long} AS c, {long} AS d FROM posts"),
        format!(
            "SELECT a.id FROM posts a, posts b, posts c, posts d, posts e, posts f, posts g ORDER BY a.title, b.title"
        ),
    ];
    queries.extend(match DatabaseServer::asked_for() {
        None => vec![
            format!("SELECT instr({hay}, {needle}) AS n FROM posts"),
            format!("SELECT instr({long}, {short}) AS n FROM posts"),
            format!("SELECT length(trim({long}, {short})) AS n FROM posts"),
            format!("SELECT {long} LIKE '%{}b' AS n FROM posts", repeated('a', 250)),
            format!("SELECT {long} GLOB '*{}b' AS n FROM posts", repeated('a', 250)),
            format!("{endless} SELECT group_concat({long}) AS n FROM n, posts"),
            format!("{endless} SELECT json_group_array({long}) AS n FROM n, posts"),
            format!("WITH m AS (SELECT replace({long}, 'a', char(1)) AS x FROM posts) SELECT length(json_array({})) AS n FROM m", vec!["x"; 100].join(", ")),
        ],
        Some(DatabaseServer::Postgres) => vec![
            format!("SELECT strpos({hay}, {needle}) AS n FROM posts"),
            format!("SELECT string_agg({long}, '') AS n FROM generate_series(1, 100) g, posts"),
            format!("SELECT length(btrim({long}, {short})) AS n FROM posts"),
            format!("SELECT {long} LIKE '%{}b' AS n FROM posts", repeated('a', 250)),
            format!("{endless} SELECT json_agg({long}) AS n FROM n, posts"),
        ],
        Some(DatabaseServer::Mariadb) => vec![
            format!("SELECT locate({needle}, {hay}) AS n FROM posts"),
            format!("SELECT group_concat({long}) AS n FROM posts"),
            format!("SELECT {long} LIKE '%{}b' AS n FROM posts", repeated('a', 250)),
            format!("SELECT json_arrayagg({long}) AS n FROM posts"),
        ],
    });
    queries
}

fn changes() -> Vec<String> {
    let slow = "SELECT COUNT(*) FROM posts a, posts b, posts c, posts d, posts e, posts f, posts g, posts h WHERE a.id < b.id";
    let (long, short) = (
        grown('a', 1_500),
        format!("concat({}, 'b')", grown('a', 700)),
    );
    let place = match DatabaseServer::asked_for() {
        None => format!("instr({long}, {short})"),
        Some(DatabaseServer::Postgres) => format!("strpos({long}, {short})"),
        Some(DatabaseServer::Mariadb) => format!("locate({short}, {long})"),
    };
    vec![
        format!("UPDATE posts SET view_count = 1 WHERE view_count < (SELECT n FROM ({slow}) AS counted(n))")
            .replace("AS counted(n)", "AS counted")
            .replace("SELECT COUNT(*) FROM", "SELECT COUNT(*) AS n FROM"),
        format!("UPDATE posts SET view_count = {place} WHERE slug = 'post-2'"),
        format!("UPDATE posts SET excerpt = {long} WHERE slug = 'post-3'"),
        "UPDATE posts SET excerpt = NULL WHERE slug = 'post-3'".to_owned(),
    ]
}

/// A server whose answers never end. Returns its origin.
pub(crate) async fn endless_answers() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let head =
                    "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n";
                let chunk = vec![b'x'; 64 << 10];
                let _ = stream.write_all(head.as_bytes()).await;
                while stream.write_all(&chunk).await.is_ok() {}
            });
        }
    });
    origin
}
