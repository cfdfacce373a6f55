//! Sums, and the order of their parts.

use raisfast_contract::database::{
    Addition, Bounds, Direction, Filter, Operator, Order, Query, Value,
};
use raisfast_host_api::Session;
use raisfast_test_databases::Server;

use super::{TABLE, add, all, assert_unfit, compare, decimal, found, ids, insert, world};

on_every_database! {
    async fn a_sum_that_does_not_fit_leaves_its_row(session: &mut Session) {
        for (id, units) in [("a", i64::MAX), ("b", i64::MAX - 5), ("c", 0), ("d", i64::MIN)] {
            insert(session, id, "units", Value::Integer(units)).await.unwrap();
        }
        assert_eq!(session.increment(add("units", Value::Integer(5))).await, Ok(3));
        assert_eq!(session.increment(add("units", decimal("-9.0"))).await, Ok(3));
        assert_eq!(session.increment(add("units", Value::Integer(4))).await, Ok(4));
        let max = |max| Addition {
            bounds: Bounds { min: None, max: Some(max) },
            ..add("units", Value::Integer(1))
        };
        assert_eq!(session.increment(max(Value::Integer(i64::MAX))).await, Ok(4));
        assert_eq!(session.increment(max(decimal("1.5"))).await, Ok(1));
        assert_eq!(session.increment(max(decimal("99999999999999999999"))).await, Ok(4));
        assert_eq!(session.increment(max(decimal("-99999999999999999999"))).await, Ok(0));
        let far = add("units", decimal("99999999999999999999"));
        assert_eq!(session.increment(far).await, Ok(0));
    }

    async fn an_increment_keeps_the_column_s_type(session: &mut Session) {
        for column in ["units", "items", "few"] {
            insert(session, column, column, Value::Integer(1)).await.unwrap();
            assert_unfit(session.increment(add(column, Value::Float(1.5))).await, column);
            assert_eq!(session.increment(add(column, Value::Float(2.0))).await, Ok(1));
            assert_eq!(found(session, column, column).await, Value::Integer(3));
        }
        assert_eq!(session.increment(add("few", Value::Integer(32_764))).await, Ok(1));
        assert_eq!(session.increment(add("few", Value::Integer(1))).await, Ok(0));
        insert(session, "price", "price", decimal("0.10")).await.unwrap();
        assert_eq!(session.increment(add("price", decimal("0.2"))).await, Ok(1));
        let equal = compare("price", Operator::Equal, decimal("0.30"));
        assert_eq!(session.count(TABLE, equal).await, Ok(1));
        assert_eq!(session.increment(add("price", decimal("99999999.70"))).await, Ok(0));
        assert_eq!(session.increment(add("price", decimal("99999999.69"))).await, Ok(1));
        insert(session, "weight", "weight", Value::Float(f64::MAX)).await.unwrap();
        assert_eq!(session.increment(add("weight", Value::Float(f64::MAX))).await, Ok(0));
        assert_eq!(session.increment(add("weight", Value::Float(-1e308))).await, Ok(1));
        for column in ["name", "paid", "happened"] {
            assert_unfit(session.increment(add(column, Value::Integer(1))).await, column);
        }
    }

    async fn nothing_comes_before_every_value(session: &mut Session) {
        for (id, column, value) in [
            ("a", "units", Value::Integer(2)),
            ("b", "units", Value::Null),
            ("c", "units", Value::Integer(1)),
        ] {
            insert(session, id, column, value).await.unwrap();
        }
        for (direction, expected) in [(Direction::Ascending, "bca"), (Direction::Descending, "acb")] {
            let sorted = Query {
                order: vec![Order { column: "units".to_owned(), direction }],
                ..all()
            };
            assert_eq!(ids(session, sorted).await, expected);
        }
    }

    async fn truths_and_numbers_are_summed(session: &mut Session) {
        for (id, paid) in [("a", true), ("b", false), ("c", true)] {
            insert(session, id, "paid", Value::Boolean(paid)).await.unwrap();
        }
        assert_eq!(session.sum(TABLE, "paid", Filter::All).await, Ok(Value::Integer(2)));
        for column in ["name", "happened"] {
            assert_unfit(session.sum(TABLE, column, Filter::All).await, column);
        }
    }
}
