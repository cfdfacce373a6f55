//! Sums and groups.

use raisfast_contract::database::{Condition, Direction, Filter, Grouping, Operator, Value};
use raisfast_host_api::{
    Session,
    capability::{Db, Dialect},
};

use super::{
    assert_invalid, compare, decimal, equal, fill, grouping, matching, order, row, text, world,
};

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
