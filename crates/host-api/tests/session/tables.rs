//! The database functions that take no SQL, on whichever database the tests run.

use raisfast_contract::TablePrefix;
use raisfast_contract::database::{
    Addition, Bounds, Comparison, Condition, Direction, Error, Field, Filter, Grouping, Membership,
    Operator, Order, Pattern, Query, Row, Span, Total, Value,
};
use raisfast_host_api::{
    Grants, Quotas, Session,
    capability::{Db, Dialect},
};
use serde_json::json;

use crate::world::{PLUGIN, World};

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

#[tokio::test]
async fn every_kind_of_value_is_stored_and_read() {
    let world = world(&["orders"]).await;
    let mut session = world.session();
    let order = row([
        ("id", text("ä'\u{1F600}\\\"; DROP TABLE orders; --")),
        ("state", Value::Null),
        ("items", Value::Integer(-7)),
        ("units", Value::Integer(i64::MIN)),
        ("weight", Value::Float(0.1)),
        ("price", decimal("-12.50")),
        ("paid", Value::Boolean(true)),
        ("sheet", Value::Bytes(vec![0, 255, 7])),
    ]);
    session.insert("orders", order.clone()).await.unwrap();
    let all = Query {
        columns: Vec::new(),
        ..query(Filter::All)
    };
    let mut found = session.fetch_one(all).await.unwrap().unwrap();
    if world.database.dialect() == Dialect::Sqlite {
        // It has no decimals.
        assert_eq!(found[5].value, Value::Float(-12.5));
        found[5].value = decimal("-12.50");
    }
    assert_eq!(found, order);

    // What was stored is found by its value.
    for (index, field) in order.into_iter().enumerate() {
        let condition = match field.value {
            Value::Null => Condition::IsNull(field.name),
            value => equal(&field.name, value),
        };
        let count = session.count("orders", matching([condition])).await;
        assert_eq!(count, Ok(1), "column {index}");
    }
}

#[tokio::test]
async fn a_condition_finds_what_it_says() {
    let world = world(&["orders"]).await;
    let mut session = world.session();
    fill(&mut session).await;
    let items = |operator, number| compare("items", operator, Value::Integer(number));
    let like = |pattern: &str| {
        Condition::Like(Pattern {
            column: "state".to_owned(),
            pattern: pattern.to_owned(),
        })
    };
    let within = |values: Vec<Value>| {
        Condition::In(Membership {
            column: "id".to_owned(),
            values,
        })
    };
    let between = |column: &str, low, high| {
        Condition::Between(Span {
            column: column.to_owned(),
            low,
            high,
        })
    };
    let null = || Condition::IsNull("state".to_owned());
    for (found, parts) in [
        ("b", vec![items(Operator::Equal, 2)]),
        ("ac", vec![items(Operator::NotEqual, 2)]),
        ("a", vec![items(Operator::Less, 2)]),
        ("ab", vec![items(Operator::LessOrEqual, 2)]),
        ("c", vec![items(Operator::Greater, 2)]),
        ("bc", vec![items(Operator::GreaterOrEqual, 2)]),
        ("a", vec![equal("state", text("open"))]),
        ("", vec![equal("state", text("open' OR '1' = '1"))]),
        ("ac", vec![equal("price", decimal("10.5"))]),
        (
            "ac",
            vec![compare("price", Operator::Greater, decimal("9"))],
        ),
        ("ad", vec![within(vec![text("a"), text("d"), text("x")])]),
        ("", vec![within(vec![])]),
        ("abcd", vec![within(vec![]), Condition::Not]),
        ("a", vec![like("o%")]),
        ("ab", vec![like("_pen")]),
        ("c", vec![like(r"100\%\_%")]),
        ("", vec![like("100%x")]),
        ("", vec![like("*")]),
        (
            "bc",
            vec![between("items", Value::Integer(2), Value::Integer(3))],
        ),
        ("b", vec![between("price", decimal("0"), decimal("1.00"))]),
        ("d", vec![null()]),
        ("abc", vec![null(), Condition::Not]),
        (
            "bd",
            vec![items(Operator::Equal, 2), null(), Condition::Or(2)],
        ),
        (
            "ad",
            vec![
                items(Operator::Less, 2),
                like("open"),
                Condition::And(2),
                null(),
                Condition::Or(2),
            ],
        ),
        (
            "bc",
            vec![
                items(Operator::Less, 2),
                null(),
                Condition::Or(2),
                Condition::Not,
                Condition::And(1),
            ],
        ),
    ] {
        let told = format!("{parts:?}");
        assert_eq!(ids(&mut session, parts).await, found, "{told}");
    }
}

#[tokio::test]
async fn a_condition_that_is_none_is_refused() {
    let world = world(&["orders"]).await;
    let mut session = world.session();
    fill(&mut session).await;
    let null = || Condition::IsNull("state".to_owned());
    let deep = |levels: usize| {
        let mut parts = vec![null()];
        parts.extend(vec![Condition::Not; levels]);
        parts
    };
    let many = |number: usize| {
        let mut parts = vec![
            Condition::Between(Span {
                column: "items".to_owned(),
                low: Value::Integer(0),
                high: Value::Integer(9),
            });
            number - 1
        ];
        parts.push(Condition::And(u32::try_from(number).unwrap() - 1));
        parts
    };
    for (parts, told) in [
        (vec![], "the filter is `all`"),
        (vec![Condition::Not], "part 1 of the condition, `not`"),
        (
            vec![null(), Condition::And(2)],
            "part 2 of the condition, `and`, joins 2",
        ),
        (
            vec![null(), Condition::Or(u32::MAX)],
            "`or`, joins 4294967295",
        ),
        (vec![null(), Condition::Or(0)], "joins 0 conditions"),
        (vec![null(), null()], "leave 2 conditions"),
        (deep(13), "13 levels deep, and may be 12"),
        (many(201), "201 parts, and may have 200"),
        (vec![equal("items", Value::Null)], "use is-null"),
        (vec![equal("items", decimal("1 OR 1"))], "not a decimal"),
        (
            vec![equal("weight", Value::Float(f64::NAN))],
            "not a number",
        ),
        (
            vec![Condition::Like(Pattern {
                column: "state".to_owned(),
                pattern: "a\\".to_owned(),
            })],
            "in a pattern",
        ),
    ] {
        let answer = session.delete("orders", Filter::Matching(parts)).await;
        assert_invalid(answer, told);
    }
    assert_eq!(session.count("orders", Filter::All).await, Ok(4));
    // What is just allowed is understood.
    assert_eq!(ids(&mut session, deep(12)).await, "d");
    assert_eq!(ids(&mut session, many(200)).await, "abc");
}

#[tokio::test]
async fn a_name_is_a_name_and_nothing_else() {
    let world = world(&["*"]).await;
    let mut session = world.session();
    fill(&mut session).await;
    let long = "a".repeat(64);
    for name in [
        "",
        "1st",
        "Orders",
        "orders;",
        "orders--",
        "id = id OR id",
        "id` OR `id",
        "id\" OR \"id",
        "id) OR (1 = 1",
        "main.orders",
        "größe",
        "a\0",
        &long,
    ] {
        let told = "is not a valid name of a table or column";
        assert_invalid(session.count(name, Filter::All).await, told);
        assert_invalid(session.delete(name, Filter::All).await, told);
        assert_invalid(session.sum("orders", name, Filter::All).await, told);
        let condition = matching([equal(name, text("a"))]);
        assert_invalid(session.delete("orders", condition).await, told);
        let field = row([(name, text("a"))]);
        assert_invalid(session.insert("orders", field.clone()).await, told);
        assert_invalid(session.update("orders", Filter::All, field).await, told);
        let sorted = Query {
            order: vec![order(name, Direction::Ascending)],
            ..query(Filter::All)
        };
        assert_invalid(session.fetch_all(sorted).await, told);
        let column = Query {
            columns: vec![name.to_owned()],
            ..query(Filter::All)
        };
        assert_invalid(session.fetch_one(column).await, told);
    }
    assert_eq!(session.count("orders", Filter::All).await, Ok(4));

    // A name that no column has is the database's to refuse, and never a text that equals itself.
    let answer = session
        .delete("orders", matching([equal("nothing", text("nothing"))]))
        .await;
    assert!(matches!(answer, Err(Error::Database(_))), "{answer:?}");
    let answer = session.count("nothing", Filter::All).await;
    assert!(matches!(answer, Err(Error::Database(_))), "{answer:?}");
    // Names that are words of SQL are names.
    let answer = session.count("select", Filter::All).await;
    assert!(
        matches!(&answer, Err(Error::Database(message)) if message.contains("select")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn rows_come_in_order_and_page_by_page() {
    let world = world(&["orders"]).await;
    let mut session = world.session();
    fill(&mut session).await;
    let sorted = |column: &str, direction| Query {
        order: vec![order(column, direction), order("id", Direction::Descending)],
        ..query(Filter::All)
    };
    for (found, column, direction) in [
        ("dabc", "items", Direction::Ascending),
        ("cbad", "items", Direction::Descending),
        ("dbca", "price", Direction::Ascending),
        ("cabd", "price", Direction::Descending),
    ] {
        let rows = session.fetch_all(sorted(column, direction)).await.unwrap();
        assert_eq!(texts(&rows), found, "{column}");
    }
    for (found, limit, offset) in [
        ("ab", Some(2), 0),
        ("bc", Some(2), 1),
        ("d", Some(2), 3),
        ("", Some(2), 9),
        ("", Some(0), 0),
        ("cd", None, 2),
        ("abcd", Some(u64::MAX), 0),
    ] {
        let page = Query {
            limit,
            offset,
            ..query(Filter::All)
        };
        let rows = session.fetch_all(page.clone()).await.unwrap();
        assert_eq!(texts(&rows), found, "{limit:?} from {offset}");
        let first = session.fetch_one(page).await.unwrap();
        assert_eq!(first, rows.into_iter().next());
    }
    let beyond = Query {
        offset: u64::MAX,
        ..query(Filter::All)
    };
    assert_invalid(session.fetch_all(beyond).await, "the offset");
}

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

#[tokio::test]
async fn sums_are_what_the_column_holds() {
    let world = world(&["orders"]).await;
    let mut session = world.session();
    let sum = async |session: &mut Session, column| {
        session.sum("orders", column, Filter::All).await.unwrap()
    };
    assert_eq!(sum(&mut session, "items").await, Value::Integer(0));
    fill(&mut session).await;
    assert_eq!(sum(&mut session, "items").await, Value::Integer(6));
    let price = sum(&mut session, "price").await;
    if world.database.dialect() == Dialect::Sqlite {
        assert_eq!(price, Value::Float(21.25));
    } else {
        assert_eq!(price, decimal("21.25"));
    }
    let some = matching([equal("id", text("d"))]);
    assert_eq!(
        session.sum("orders", "items", some).await,
        Ok(Value::Integer(0))
    );
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

#[tokio::test]
async fn groups_are_counted_and_summed() {
    let world = world(&["orders"]).await;
    let mut session = world.session();
    for (id, state, items) in [
        ("a", "new", 1),
        ("b", "old", 2),
        ("c", "new", 4),
        ("d", "old", 8),
        ("e", "x", 16),
    ] {
        let order = row([
            ("id", text(id)),
            ("state", text(state)),
            ("items", Value::Integer(items)),
        ]);
        session.insert("orders", order).await.unwrap();
    }
    let group = |state: &str, count, items| {
        row([
            ("state", text(state)),
            ("count", Value::Integer(count)),
            ("items", Value::Integer(items)),
        ])
    };
    let all = session.group_by(grouping()).await.unwrap();
    assert_eq!(
        all,
        [group("new", 2, 5), group("old", 2, 10), group("x", 1, 16)]
    );

    let number = |name: &str, operator, number| compare(name, operator, Value::Integer(number));
    let some = Grouping {
        filter: matching([number("items", Operator::Less, 8)]),
        having: matching([
            number("items", Operator::Greater, 1),
            number("count", Operator::Greater, 1),
            equal("state", text("old")),
            Condition::Or(2),
            Condition::And(2),
        ]),
        order: vec![order("items", Direction::Descending)],
        ..grouping()
    };
    assert_eq!(
        session.group_by(some).await.unwrap(),
        [group("new", 2, 5), group("old", 1, 2)]
    );

    let page = Grouping {
        order: vec![
            order("count", Direction::Descending),
            order("items", Direction::Descending),
        ],
        limit: Some(1),
        offset: 1,
        ..grouping()
    };
    assert_eq!(session.group_by(page).await.unwrap(), [group("new", 2, 5)]);

    let unknown = Grouping {
        order: vec![order("id", Direction::Ascending)],
        ..grouping()
    };
    assert_invalid(
        session.group_by(unknown).await,
        "`id` is not a column of the groups",
    );
    let clash = Grouping {
        count: Some("state".to_owned()),
        ..grouping()
    };
    assert_invalid(session.group_by(clash).await, "twice");
    let none = Grouping {
        columns: Vec::new(),
        ..grouping()
    };
    assert_invalid(session.group_by(none).await, "names no column");
}

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
