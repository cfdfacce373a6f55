//! Rows that are read: values, conditions, names, order and pages.

use raisfast_contract::database::{
    Condition, Direction, Error, Filter, Membership, Operator, Pattern, Query, Span, Value,
};
use raisfast_host_api::capability::{Db, Dialect};

use super::{
    assert_invalid, compare, decimal, equal, fill, ids, matching, order, query, row, text, texts,
    world,
};

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
