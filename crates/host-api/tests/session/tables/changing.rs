//! Rows that are changed: how many, and by how much.

use raisfast_contract::database::{Addition, Bounds, Error, Filter, Operator, Query, Value};
use raisfast_host_api::Session;
use serde_json::json;

use super::{
    add, assert_invalid, compare, decimal, equal, fill, ids, matching, query, row, text, world,
};

#[tokio::test]
async fn changes_answer_how_many_rows_they_met() {
    let world = world(&["orders"]).await;
    let mut session = world.session();
    fill(&mut session).await;
    let cheap = || matching([compare("price", Operator::Less, Value::Integer(1))]);
    let set = || row([("state", text("cheap")), ("paid", Value::Boolean(false))]);
    assert_eq!(session.update("orders", cheap(), set()).await, Ok(1));
    // Also a row that has these values already.
    assert_eq!(session.update("orders", cheap(), set()).await, Ok(1));
    assert_eq!(
        ids(&mut session, vec![equal("state", text("cheap"))]).await,
        "b"
    );
    let answer = session.update("orders", Filter::All, Vec::new()).await;
    assert_invalid(answer, "names no column");
    let twice = row([("state", text("x")), ("state", text("y"))]);
    assert_invalid(
        session.update("orders", Filter::All, twice.clone()).await,
        "twice",
    );
    assert_invalid(session.insert("orders", twice).await, "twice");
    assert_invalid(
        session.insert("orders", Vec::new()).await,
        "names no column",
    );

    let answer = session.insert("orders", row([("id", text("a"))])).await;
    assert!(matches!(answer, Err(Error::Constraint(_))), "{answer:?}");
    assert_eq!(session.delete("orders", cheap()).await, Ok(1));
    assert_eq!(session.delete("orders", cheap()).await, Ok(0));
    assert_eq!(session.delete("orders", Filter::All).await, Ok(3));
    assert_eq!(session.count("orders", Filter::All).await, Ok(0));
}

#[tokio::test]
async fn an_increment_stays_within_its_bounds() {
    let world = world(&["orders"]).await;
    let mut session = world.session();
    fill(&mut session).await;
    // A row without a value stays without one.
    assert_eq!(
        session
            .increment(add(Value::Integer(10), Filter::All))
            .await,
        Ok(3)
    );
    assert_eq!(values(&mut session).await, json!([11, 12, 13, null]));
    let bounded = |by, min, max| Addition {
        bounds: Bounds {
            min: Some(Value::Integer(min)),
            max: Some(Value::Integer(max)),
        },
        ..add(Value::Integer(by), Filter::All)
    };
    assert_eq!(session.increment(bounded(-12, 0, 100)).await, Ok(2));
    assert_eq!(values(&mut session).await, json!([11, 0, 1, null]));
    assert_eq!(session.increment(bounded(5, 0, 6)).await, Ok(2));
    assert_eq!(values(&mut session).await, json!([11, 5, 6, null]));

    let with_set = Addition {
        set: row([("state", text("sold"))]),
        ..add(Value::Integer(-5), matching([equal("id", text("b"))]))
    };
    assert_eq!(session.increment(with_set).await, Ok(1));
    assert_eq!(values(&mut session).await, json!([11, 0, 6, null]));
    assert_eq!(
        ids(&mut session, vec![equal("state", text("sold"))]).await,
        "b"
    );

    let price = Addition {
        column: "price".to_owned(),
        ..add(decimal("0.25"), matching([equal("id", text("a"))]))
    };
    assert_eq!(session.increment(price).await, Ok(1));
    assert_eq!(
        ids(&mut session, vec![equal("price", decimal("10.75"))]).await,
        "a"
    );
}

async fn values(session: &mut Session) -> serde_json::Value {
    let all = Query {
        columns: vec!["items".to_owned()],
        ..query(Filter::All)
    };
    let rows = session.fetch_all(all).await.unwrap();
    rows.into_iter()
        .map(|row| match row[0].value {
            Value::Integer(number) => json!(number),
            _ => json!(null),
        })
        .collect()
}

#[tokio::test]
async fn an_increment_that_is_none_is_refused() {
    let world = world(&["orders"]).await;
    let mut session = world.session();
    fill(&mut session).await;
    for by in [
        Value::Null,
        text("1"),
        Value::Boolean(true),
        Value::Bytes(vec![1]),
    ] {
        assert_invalid(session.increment(add(by, Filter::All)).await, "is a number");
    }
    let bound = Addition {
        bounds: Bounds {
            min: Some(text("0")),
            max: None,
        },
        ..add(Value::Integer(1), Filter::All)
    };
    assert_invalid(session.increment(bound).await, "`min` of an increment");
    let twice = Addition {
        set: row([("items", Value::Integer(0))]),
        ..add(Value::Integer(1), Filter::All)
    };
    assert_invalid(session.increment(twice).await, "twice");

    // Beyond 64 bits no row is changed, and none becomes something else.
    let huge = row([("id", text("e")), ("units", Value::Integer(i64::MAX))]);
    session.insert("orders", huge).await.unwrap();
    let over = Addition {
        column: "units".to_owned(),
        ..add(Value::Integer(1), Filter::All)
    };
    assert_eq!(session.increment(over).await, Ok(0));
    let exact = matching([equal("units", Value::Integer(i64::MAX))]);
    assert_eq!(session.count("orders", exact).await, Ok(1));
}
