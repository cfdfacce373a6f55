//! The database functions: answers, grants and the transaction's life.

use std::{future::poll_fn, pin::pin, task::Poll};

use raisfast_contract::TablePrefix;
use raisfast_host_api::{Grants, Quotas, Session};
use serde_json::{Value, json};

use crate::world::World;

const INSERT: &str = "INSERT INTO contents (id, content_type, data, created_by, created_at, updated_at) \
                      VALUES (?, 'note', '{}', 'x', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')";

async fn world(tables: &[&str]) -> World {
    let database = tables.iter().map(|table| table.parse().unwrap()).collect();
    World::granting(Grants {
        database,
        ..Grants::default()
    })
    .await
}

fn json_of(answer: &str) -> Value {
    serde_json::from_str(answer).unwrap()
}

async fn count(session: &mut Session) -> Value {
    json_of(
        &session
            .db_query("SELECT count(*) AS n FROM contents", None)
            .await,
    )[0]["n"]
        .clone()
}

#[tokio::test]
async fn rows_and_changes_have_the_contracts_shapes() {
    let world = world(&["contents"]).await;
    let mut session = world.session();
    let changed = session.db_execute(INSERT, Some(r#"["one"]"#)).await;
    assert_eq!(json_of(&changed), json!({"rows_affected": 1}));
    let rows = session
        .db_query(
            "SELECT id, 7 AS n, NULL AS absent FROM contents WHERE id = ?",
            Some(r#"["one"]"#),
        )
        .await;
    assert_eq!(
        json_of(&rows),
        json!([{"id": "one", "n": 7, "absent": null}])
    );
}

#[tokio::test]
async fn a_mistake_is_an_error_with_a_code() {
    let world = world(&["contents"]).await;
    let mut session = world.session();
    for (sql, params, code) in [
        ("SELECT 1; SELECT 2", None, "sql"),
        ("DELETE FROM contents", None, "sql"),
        ("SELECT nothing FROM contents", None, "sql"),
        ("SELECT ?", None, "invalid_argument"),
        ("SELECT ?", Some("[[1]]"), "invalid_argument"),
        ("SELECT ?", Some("{}"), "invalid_argument"),
        (
            "SELECT ?",
            Some("[18446744073709551615]"),
            "invalid_argument",
        ),
        ("SELECT * FROM posts", None, "denied"),
        ("SELECT * FROM users", None, "denied"),
    ] {
        let answer = json_of(&session.db_query(sql, params).await);
        assert_eq!(answer["code"], code, "{sql}: {answer}");
    }
    world.assert_logged("under [permissions]: database = [\"read:posts\"]");
    world.assert_logged("`users` is the host's own");
}

#[tokio::test]
async fn a_transaction_sees_itself_and_ends_as_it_is_told() {
    let world = world(&["contents"]).await;
    let mut session = world.session();
    assert_eq!(json_of(&session.db_commit().await)["code"], "transaction");
    assert_eq!(json_of(&session.db_begin().await), json!({"ok": true}));
    assert_eq!(json_of(&session.db_begin().await)["code"], "transaction");
    session.db_execute(INSERT, Some(r#"["one"]"#)).await;
    assert_eq!(count(&mut session).await, 1);
    assert_eq!(json_of(&session.db_rollback().await), json!({"ok": true}));
    assert_eq!(count(&mut session).await, 0);

    session.db_begin().await;
    session.db_execute(INSERT, Some(r#"["two"]"#)).await;
    assert_eq!(json_of(&session.db_commit().await), json!({"ok": true}));
    assert_eq!(count(&mut session).await, 1);
}

#[tokio::test]
async fn a_transaction_does_not_outlive_its_call() {
    let world = world(&["contents"]).await;
    for cut_off in [false, true] {
        let mut session = world.session();
        session.db_begin().await;
        session.db_execute(INSERT, Some(r#"["one"]"#)).await;
        if cut_off {
            drop(session);
        } else {
            session.end_call().output().await;
        }
        // The next call begins clean, and its own transaction gets the lock.
        let mut next = world.session();
        assert_eq!(json_of(&next.db_begin().await), json!({"ok": true}));
        assert_eq!(count(&mut next).await, 0);
        next.db_rollback().await;
    }
    let told = world
        .log()
        .iter()
        .filter(|record| record.contains("open transaction"))
        .count();
    assert_eq!(told, 2);
}

#[tokio::test]
async fn a_plugin_without_a_table_has_no_sql_read() {
    let world = world(&[]).await;
    let mut session = world.session();
    // Neither is let through if it is read.
    for sql in ["SELECT 1", "no SQL", &"(".repeat(60_000)] {
        for answer in [
            session.db_begin().await,
            session.db_query(sql, None).await,
            session.db_execute(sql, None).await,
        ] {
            assert_eq!(json_of(&answer)["code"], "denied", "{answer}");
        }
    }
    world.assert_logged("db-query without any table granted");
}

#[tokio::test]
async fn own_tables_are_tables() {
    let grants = Grants {
        own_tables: Some(TablePrefix::of(&"com.example.test".parse().unwrap())),
        ..Grants::default()
    };
    let world = World::granting(grants).await;
    let answer = world.session().db_query("SELECT 1 AS n", None).await;
    assert_eq!(json_of(&answer), json!([{"n": 1}]));
}

/// A short statement is refused at once: there is nothing to wait for.
#[tokio::test]
async fn a_long_statement_is_read_on_another_thread_and_a_short_one_at_once() {
    let world = world(&["posts"]).await;
    let short = "SELECT (";
    let long = format!("SELECT ({}", "1, ".repeat(20_000));
    let too_long = long.repeat(2);
    for (sql, is_apart) in [(short, false), (&long, true), (&too_long, false)] {
        let mut session = world.session();
        let mut answer = pin!(session.db_query(sql, None));
        let at_once = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
        assert_eq!(at_once.is_pending(), is_apart, "{} bytes", sql.len());
        let answer = match at_once {
            Poll::Ready(answer) => answer,
            Poll::Pending => answer.await,
        };
        assert_eq!(json_of(&answer)["code"], "sql", "{answer}");
    }
}

#[tokio::test]
async fn long_statements_of_one_plugin_take_turns_and_leave_none_behind() {
    let world = world(&["posts"]).await;
    let long = |n: usize| {
        format!(
            "SELECT id FROM posts WHERE view_count IN ({}{n})",
            "9, ".repeat(10_000)
        )
    };
    let given_up = {
        let world = &world;
        async move { world.session().db_query(&long(0), None).await }
    };
    let now = std::time::Duration::ZERO;
    assert!(tokio::time::timeout(now, given_up).await.is_err());
    let mut calls = tokio::task::JoinSet::new();
    for n in 1..=4 {
        let (mut session, sql) = (world.session(), long(n));
        calls.spawn(async move { session.db_query(&sql, None).await });
    }
    while let Some(answer) = calls.join_next().await {
        assert_eq!(answer.unwrap(), "[]");
    }
}

#[tokio::test]
async fn rows_read_and_written_in_a_minute_have_an_end() {
    let grants = Grants {
        database: vec!["*".parse().unwrap()],
        ..Grants::default()
    };
    let quotas = Quotas {
        db_rows_read_per_minute: 3,
        db_rows_written_per_minute: 1,
        ..Quotas::default()
    };
    let world = World::new(grants, quotas).await;
    let mut session = world.session();
    let two = "SELECT 1 AS n UNION ALL SELECT 2";
    // The statement that reaches the limit is still answered.
    for _ in 0..2 {
        assert!(session.db_query(two, None).await.starts_with('['));
    }
    for _ in 0..2 {
        let refused = session.db_query("SELECT 1 AS n", None).await;
        assert!(refused.contains("\"code\":\"quota\""), "{refused}");
    }
    let told = "the limit of 3 rows read a minute is reached; to raise it, write in manifest.toml, under [limits]: db_rows_read_per_minute = 6";
    world.assert_logged(told);
    assert_eq!(
        world
            .log()
            .iter()
            .filter(|line| line.contains(told))
            .count(),
        1
    );

    // Writing has its own limit.
    for (id, expected) in [("1", "rows_affected"), ("2", "quota"), ("3", "quota")] {
        let answer = session
            .db_execute(INSERT, Some(&format!("[\"{id}\"]")))
            .await;
        assert!(answer.contains(expected), "{answer}");
    }
    world.assert_logged("[limits]: db_rows_written_per_minute = 2");
}
