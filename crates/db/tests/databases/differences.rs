//! The differences between the databases in a plugin's SQL: each line of the book's table is run on
//! all three.

use raisfast_host_api::capability::{Db, Dialect, Scalar};
use raisfast_sql_gate::Gate;
use serde_json::Value;

use crate::support::{AMPLE, TestDatabase, text};

const PAGE: &str = include_str!("../../../../docs/src/operators/databases.md");
const BEGIN: &str =
    "| | statement, parameters | SQLite | PostgreSQL | MariaDB |\n|---|---|---|---|---|\n";

/// A statement of a plugin.
struct Probe {
    about: &'static str,
    sql: &'static str,
    params: &'static [&'static str],
}

const fn probe(about: &'static str, sql: &'static str, params: &'static [&'static str]) -> Probe {
    Probe { about, sql, params }
}

const PROBES: &[Probe] = &[
    probe(
        "a backslash in `LIKE`",
        "SELECT name FROM t WHERE name LIKE ?",
        &[r"100\%"],
    ),
    probe("", "SELECT name FROM t WHERE name LIKE ?", &[r"c:\win"]),
    probe("", "SELECT name FROM t WHERE name LIKE ?", &[r"Tail\"]),
    probe(
        "",
        "SELECT name FROM t WHERE name LIKE ? ESCAPE '!'",
        &["100!%"],
    ),
    probe(
        "the case of `LIKE`",
        "SELECT name FROM t WHERE name LIKE ?",
        &["C:WIN"],
    ),
    probe(
        "the case of a name",
        "SELECT name AS MyName FROM t WHERE id = 1",
        &[],
    ),
    probe("a column without a name", "SELECT count(*) FROM t", &[]),
    probe(
        "the place of NULL",
        "SELECT id FROM t ORDER BY n LIMIT 1",
        &[],
    ),
    probe(
        "",
        "SELECT id FROM t ORDER BY n IS NOT NULL, n LIMIT 1",
        &[],
    ),
    probe("division", "SELECT 7 / 2 AS x", &[]),
    probe("", "SELECT 1 / 0 AS x", &[]),
    probe("", "SELECT avg(id) AS x FROM t WHERE id < 3", &[]),
    probe("length", "SELECT length('😀') AS x", &[]),
    probe("", "SELECT char_length('😀') AS x", &[]),
    probe(
        "double quotes",
        r#"SELECT "nosuch" AS x FROM t LIMIT 1"#,
        &[],
    ),
    probe("backticks", "SELECT `name` AS x FROM t WHERE id = 1", &[]),
    probe("a computed truth", "SELECT 1 = 1 AS x", &[]),
    probe("joining with NULL", "SELECT concat('a', NULL) AS x", &[]),
    probe("", "SELECT 'a' || NULL AS x", &[]),
    probe(
        "text as a number",
        "SELECT CAST('12abc' AS INTEGER) AS x",
        &[],
    ),
    probe(
        "a value of another type",
        "UPDATE t SET n = ? WHERE id = 1",
        &["12abc"],
    ),
    probe("", "UPDATE t SET n = 1.7 WHERE id = 1", &[]),
    probe("", "UPDATE t SET code = ? WHERE id = 1", &["four"]),
    probe(
        "a time with a zone",
        "UPDATE t SET happened = ? WHERE id = 1",
        &["2026-11-22T07:42:28Z"],
    ),
    probe("", "SELECT happened AS x FROM t WHERE id = 2", &[]),
    probe(
        "insert or update",
        "INSERT INTO t (id, n) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET n = 2",
        &[],
    ),
    probe(
        "",
        "INSERT INTO t (id, n) VALUES (1, 2) ON DUPLICATE KEY UPDATE n = 2",
        &[],
    ),
    probe("", "REPLACE INTO t (id, n) VALUES (1, 2)", &[]),
    probe(
        "`RETURNING`",
        "UPDATE t SET n = 2 WHERE id = 1 RETURNING id",
        &[],
    ),
    probe(
        "a subquery of the same table",
        "UPDATE t SET n = (SELECT max(n) FROM t) WHERE id = 1",
        &[],
    ),
];

async fn filled(test: TestDatabase) -> TestDatabase {
    let end = match test.dialect() {
        Dialect::Mysql => " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        _ => "",
    };
    let time = match test.dialect() {
        Dialect::Sqlite => "'2026-11-22T07:42:28.000Z'",
        _ => "'2026-11-22 07:42:28'",
    };
    // As a plugin's migration makes it.
    let timestamp = match test.dialect() {
        Dialect::Sqlite => "TIMESTAMP",
        Dialect::Postgres => "TIMESTAMP(3)",
        Dialect::Mysql => "DATETIME(3)",
    };
    let create = format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n BIGINT, name VARCHAR(20), code VARCHAR(3), happened {timestamp}){end}"
    );
    test.execute(&create, &[]).await.unwrap();
    for (id, n, name) in [
        (1, "2", "100%"),
        (2, "1", r"c:\win"),
        (3, "NULL", "c:win"),
        (4, "4", r"Tail\"),
    ] {
        let insert = format!("INSERT INTO t (id, n, name, happened) VALUES ({id}, {n}, ?, {time})");
        test.execute(&insert, &[text(name)]).await.unwrap();
    }
    test
}

/// Returns the outcome, in few words.
async fn outcome(test: &TestDatabase, probe: &Probe) -> String {
    let gate = Gate::new(test.dialect());
    let params: Vec<Scalar> = probe.params.iter().map(|param| text(param)).collect();
    let sql = probe.sql;
    if sql.starts_with("SELECT") {
        let Ok(statement) = gate.query(sql) else {
            return "refused".to_owned();
        };
        let rows = Db::query(&test.database, &statement.sql, &params, AMPLE).await;
        return match rows.as_deref() {
            Err(_) => "an error".to_owned(),
            Ok([]) => "no row".to_owned(),
            Ok([row]) => shown(&Value::Object(row.clone().into_json())),
            Ok(rows) => format!("{} rows", rows.len()),
        };
    }
    let Ok(statement) = gate.execute(sql) else {
        return "refused".to_owned();
    };
    // Each probe finds the table as it was.
    let mut transaction = Db::begin(&test.database).await.unwrap();
    let changed = transaction.execute(&statement.sql, &params).await;
    let stored = match &changed {
        Ok(_) if sql.contains("SET n = ?") || sql.contains("SET n = 1.7") => {
            "SELECT n AS x FROM t WHERE id = 1"
        }
        Ok(_) if sql.contains("SET code") => "SELECT code AS x FROM t WHERE id = 1",
        _ => "",
    };
    let outcome = match changed {
        Err(_) => "an error".to_owned(),
        Ok(_) if stored.is_empty() => "done".to_owned(),
        Ok(_) => {
            let rows = transaction.query(stored, &[], AMPLE).await.unwrap();
            shown(&Value::Object(rows[0].clone().into_json()))
        }
    };
    transaction.rollback().await.unwrap();
    outcome
}

/// The value alone, where its name does not matter.
fn shown(row: &Value) -> String {
    match row.get("x") {
        Some(value) => format!("`{value}`"),
        None => format!("`{row}`"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_book_says_what_differs_in_sql() {
    let databases = [
        filled(TestDatabase::sqlite().await).await,
        filled(TestDatabase::postgres().await).await,
        filled(TestDatabase::mariadb().await).await,
    ];
    let mut table = BEGIN.to_owned();
    for probe in PROBES {
        let mut outcomes = Vec::new();
        for database in &databases {
            outcomes.push(outcome(database, probe).await);
        }
        // In a cell of a table a bar ends the cell.
        let sql = probe.sql.replace('|', r"\|");
        let sql = if sql.contains('`') {
            format!("`` {sql} ``")
        } else {
            format!("`{sql}`")
        };
        let params: Vec<_> = probe
            .params
            .iter()
            .map(|param| format!(", `{param}`"))
            .collect();
        let line = [
            probe.about,
            &format!("{sql}{}", params.concat()),
            &outcomes.join(" | "),
        ];
        table.extend(["| ", &line.join(" | "), " |\n"]);
    }
    assert!(
        PAGE.contains(&table),
        "the table in docs/src/operators/databases.md has to be:\n{table}"
    );
}
