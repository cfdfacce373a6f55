//! The database functions that take no SQL, on whichever database the tests run.

mod changing;
mod groups;
mod limits;
mod reading;

use raisfast_contract::database::{
    Addition, Bounds, Comparison, Condition, Direction, Error, Field, Filter, Grouping, Operator,
    Order, Query, Row, Total, Value,
};
use raisfast_host_api::{
    Grants, Quotas, Session,
    capability::{Db, Dialect},
};

use crate::world::World;

/// A world with the table `orders`, on which the plugin has these rights.
async fn world(grants: &[&str]) -> World {
    limited(grants, Quotas::default()).await
}

async fn limited(grants: &[&str], quotas: Quotas) -> World {
    let database = grants.iter().map(|grant| grant.parse().unwrap()).collect();
    let grants = Grants {
        database,
        ..Grants::default()
    };
    let world = World::new(grants, quotas).await;
    let (bytes, end) = match world.database.dialect() {
        Dialect::Sqlite => ("BLOB", ""),
        Dialect::Postgres => ("BYTEA", ""),
        Dialect::Mysql => ("BLOB", " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"),
    };
    let create = format!(
        "CREATE TABLE orders (id VARCHAR(40) PRIMARY KEY, state VARCHAR(40), items INTEGER, units BIGINT, \
         weight DOUBLE PRECISION, price DECIMAL(10, 2), paid BOOLEAN, sheet {bytes}){end}"
    );
    world.database.execute(&create, &[]).await.unwrap();
    world
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn decimal(digits: &str) -> Value {
    Value::Decimal(digits.to_owned())
}

fn row<const N: usize>(fields: [(&str, Value); N]) -> Row {
    let fields = fields.into_iter();
    fields
        .map(|(name, value)| Field {
            name: name.to_owned(),
            value,
        })
        .collect()
}

fn compare(column: &str, operator: Operator, value: Value) -> Condition {
    Condition::Compare(Comparison {
        column: column.to_owned(),
        operator,
        value,
    })
}

fn equal(column: &str, value: Value) -> Condition {
    compare(column, Operator::Equal, value)
}

fn matching<const N: usize>(parts: [Condition; N]) -> Filter {
    Filter::Matching(parts.into())
}

fn order(column: &str, direction: Direction) -> Order {
    Order {
        column: column.to_owned(),
        direction,
    }
}

fn query(filter: Filter) -> Query {
    Query {
        table: "orders".to_owned(),
        columns: vec!["id".to_owned()],
        filter,
        order: vec![order("id", Direction::Ascending)],
        limit: None,
        offset: 0,
    }
}

fn add(by: Value, filter: Filter) -> Addition {
    Addition {
        table: "orders".to_owned(),
        filter,
        column: "items".to_owned(),
        by,
        bounds: Bounds {
            min: None,
            max: None,
        },
        set: Vec::new(),
    }
}

fn grouping() -> Grouping {
    Grouping {
        table: "orders".to_owned(),
        columns: vec!["state".to_owned()],
        filter: Filter::All,
        count: Some("count".to_owned()),
        sums: vec![Total {
            column: "items".to_owned(),
            name: "items".to_owned(),
        }],
        having: Filter::All,
        order: vec![order("state", Direction::Ascending)],
        limit: None,
        offset: 0,
    }
}

/// Four orders, of which the last has no values.
async fn fill(session: &mut Session) {
    for (id, state, items, price) in [
        ("a", "open", 1, "10.50"),
        ("b", "Open", 2, "0.25"),
        ("c", "100%_sure", 3, "10.50"),
    ] {
        let order = row([
            ("id", text(id)),
            ("state", text(state)),
            ("items", Value::Integer(items)),
            ("price", decimal(price)),
        ]);
        session.insert("orders", order).await.unwrap();
    }
    session
        .insert("orders", row([("id", text("d"))]))
        .await
        .unwrap();
}

/// The ids of the rows that a condition finds, as one text.
async fn ids(session: &mut Session, parts: Vec<Condition>) -> String {
    let found = session.fetch_all(query(Filter::Matching(parts))).await;
    texts(&found.unwrap())
}

/// The texts of the rows' first columns.
fn texts(rows: &[Row]) -> String {
    let texts = rows.iter().map(|row| match &row[0].value {
        Value::Text(text) => text.as_str(),
        other => panic!("{other:?} is not text"),
    });
    texts.collect()
}

#[track_caller]
fn assert_invalid<T: std::fmt::Debug>(answer: Result<T, Error>, text: &str) {
    match answer {
        Err(Error::Invalid(message)) => assert!(message.contains(text), "{message}"),
        other => panic!("{other:?} should be refused with {text:?}"),
    }
}
