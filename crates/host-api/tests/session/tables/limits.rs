//! Limits that end a request, grants and transactions; and ids and the time.

use raisfast_contract::TablePrefix;
use raisfast_contract::database::{
    Addition, Condition, Direction, Error, Field, Filter, Grouping, Membership, Query, Value,
};
use raisfast_host_api::{Grants, Quotas, capability::Db};

use super::{
    add, assert_invalid, equal, fill, grouping, limited, matching, order, query, row, text, texts,
    world,
};
use crate::world::{PLUGIN, World};

#[tokio::test]
async fn an_answer_over_a_limit_is_an_error_and_not_cut() {
    let quotas = Quotas {
        db_rows: 3,
        ..Quotas::default()
    };
    let world = limited(&["orders"], quotas).await;
    let mut session = world.session();
    fill(&mut session).await;
    for limit in [None, Some(4), Some(u64::MAX)] {
        let answer = session
            .fetch_all(Query {
                limit,
                ..query(Filter::All)
            })
            .await;
        assert!(matches!(answer, Err(Error::Limit(_))), "{answer:?}");
        let groups = Grouping {
            columns: vec!["id".to_owned()],
            order: Vec::new(),
            limit,
            ..grouping()
        };
        let answer = session.group_by(groups).await;
        assert!(matches!(answer, Err(Error::Limit(_))), "{answer:?}");
    }
    let rows = session
        .fetch_all(Query {
            limit: Some(3),
            ..query(Filter::All)
        })
        .await;
    assert_eq!(texts(&rows.unwrap()), "abc");

    let quotas = Quotas {
        db_bytes: 1_000,
        ..Quotas::default()
    };
    let world = limited(&["orders"], quotas).await;
    let mut session = world.session();
    let large = row([("id", text("a")), ("sheet", Value::Bytes(vec![0; 2_000]))]);
    session.insert("orders", large).await.unwrap();
    let all = Query {
        columns: Vec::new(),
        ..query(Filter::All)
    };
    let answer = session.fetch_one(all).await;
    assert!(matches!(answer, Err(Error::Limit(_))), "{answer:?}");
}

#[tokio::test]
async fn a_request_has_bounds() {
    let world = world(&["orders"]).await;
    let mut session = world.session();
    let values = |number: usize| {
        matching([Condition::In(Membership {
            column: "items".to_owned(),
            values: vec![Value::Integer(1); number],
        })])
    };
    assert_eq!(session.delete("orders", values(1_000)).await, Ok(0));
    assert_invalid(
        session.delete("orders", values(1_001)).await,
        "1001 values, and may have 1000",
    );
    let names: Vec<String> = (0..101).map(|number| format!("column_{number}")).collect();
    let wide = Query {
        columns: names.clone(),
        ..query(Filter::All)
    };
    assert_invalid(session.fetch_all(wide).await, "more than 100 columns");
    let fields = names.iter().map(|name| Field {
        name: name.clone(),
        value: Value::Null,
    });
    assert_invalid(
        session.insert("orders", fields.collect()).await,
        "more than 100 columns",
    );
    let sorted = Query {
        order: names
            .iter()
            .map(|name| order(name, Direction::Ascending))
            .collect(),
        ..query(Filter::All)
    };
    assert_invalid(session.fetch_all(sorted).await, "more than 100 columns");
}

#[tokio::test]
async fn a_table_needs_its_grant() {
    let world = world(&["read:orders", "write:posts"]).await;
    let mut session = world.session();
    assert_eq!(session.count("orders", Filter::All).await, Ok(0));
    let answer = session.delete("orders", Filter::All).await;
    assert!(
        matches!(&answer, Err(Error::Denied(message)) if message.contains("database = [\"write:orders\"]")),
        "{answer:?}"
    );
    world.assert_logged("delete wants to write the table `orders`");
    let answer = session.insert("orders", row([("id", text("a"))])).await;
    assert!(matches!(answer, Err(Error::Denied(_))), "{answer:?}");
    let answer = session.increment(add(Value::Integer(1), Filter::All)).await;
    assert!(matches!(answer, Err(Error::Denied(_))), "{answer:?}");

    // Who may only write must not find out what is there.
    assert_eq!(session.delete("posts", Filter::All).await, Ok(0));
    let answer = session
        .delete("posts", matching([equal("slug", text("x"))]))
        .await;
    assert!(
        matches!(&answer, Err(Error::Denied(message)) if message.contains("read:posts")),
        "{answer:?}"
    );

    let answer = session.count("users", Filter::All).await;
    assert!(
        matches!(&answer, Err(Error::Denied(message)) if message.contains("the host's own")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn the_plugin_s_own_table_needs_no_grant() {
    let prefix = TablePrefix::of(&PLUGIN.parse().unwrap());
    let grants = Grants {
        own_tables: Some(prefix.clone()),
        ..Grants::default()
    };
    let world = World::granting(grants).await;
    let own = format!("{}notes", prefix.as_str());
    let create = format!("CREATE TABLE {own} (id VARCHAR(40) PRIMARY KEY, views INTEGER)");
    world.database.execute(&create, &[]).await.unwrap();
    let mut session = world.session();
    let note = row([("id", text("a")), ("views", Value::Integer(1))]);
    session.insert(&own, note).await.unwrap();
    let seen = Addition {
        table: own.clone(),
        column: "views".to_owned(),
        ..add(Value::Integer(1), Filter::All)
    };
    assert_eq!(session.increment(seen).await, Ok(1));
    let sum = session.sum(&own, "views", Filter::All).await;
    assert_eq!(sum, Ok(Value::Integer(2)));
    let answer = session.count("posts", Filter::All).await;
    assert!(matches!(answer, Err(Error::Denied(_))), "{answer:?}");
}

#[tokio::test]
async fn rows_count_against_the_minute() {
    let quotas = Quotas {
        db_rows_read_per_minute: 3,
        db_rows_written_per_minute: 4,
        ..Quotas::default()
    };
    let world = limited(&["orders"], quotas).await;
    let mut session = world.session();
    fill(&mut session).await;
    let answer = session.delete("orders", Filter::All).await;
    assert!(
        matches!(&answer, Err(Error::Limit(message)) if message.contains("4 rows written a minute")),
        "{answer:?}"
    );
    session.fetch_all(query(Filter::All)).await.unwrap();
    let answer = session.fetch_one(query(Filter::All)).await;
    assert!(
        matches!(&answer, Err(Error::Limit(message)) if message.contains("3 rows read a minute")),
        "{answer:?}"
    );
    world.assert_logged("[limits]: db_rows_read_per_minute = 6");
}

#[tokio::test]
async fn the_open_transaction_is_used() {
    let world = world(&["orders"]).await;
    let mut session = world.session();
    session.db_begin().await;
    fill(&mut session).await;
    assert_eq!(session.count("orders", Filter::All).await, Ok(4));
    // A request that fails leaves the transaction as it was.
    session
        .insert("orders", row([("id", text("a"))]))
        .await
        .unwrap_err();
    session
        .increment(add(Value::Integer(1), Filter::All))
        .await
        .unwrap();
    session.db_rollback().await;
    assert_eq!(session.count("orders", Filter::All).await, Ok(0));

    session.db_begin().await;
    fill(&mut session).await;
    session.db_commit().await;
    assert_eq!(world.session().count("orders", Filter::All).await, Ok(4));
    // Rows that SQL has stored are the same ones.
    let rows = session
        .db_query("SELECT id FROM orders WHERE items = 2", None)
        .await;
    assert_eq!(rows, r#"[{"id":"b"}]"#);

    session.db_begin().await;
    session.delete("orders", Filter::All).await.unwrap();
    session.end_call().output().await;
    assert_eq!(world.session().count("orders", Filter::All).await, Ok(4));
}

#[tokio::test]
async fn ids_grow_and_the_clock_tells_the_time() {
    let world = world(&[]).await;
    let session = world.session();
    let ids: Vec<String> = (0..100).map(|_| session.new_id()).collect();
    assert!(ids.is_sorted() && ids[0] < ids[99]);
    assert!(
        ids.iter()
            .all(|id| id.len() == 36 && id.as_bytes()[14] == b'7'),
        "{ids:?}"
    );

    let (before, now, after) = (session.now(), session.unix_milliseconds(), session.now());
    let shape: String = now_shape(&before);
    assert_eq!(shape, "0000-00-00T00:00:00.000Z");
    assert!(before <= after);
    // 2026 and 2100.
    assert!(
        (1_767_225_600_000..4_102_444_800_000).contains(&now),
        "{now}"
    );
    assert_eq!(session.placeholder(1), "?");
}

/// A time with a 0 for each digit.
fn now_shape(now: &str) -> String {
    now.chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect()
}
