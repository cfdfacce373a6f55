//! The memory of a gate never changes its decisions.

use std::sync::Arc;

use raisfast_sql_gate::{Dialect, Gate, Refusal};

const SELECT: &str = "select title from posts where id = ?";
const UPDATE: &str = "update posts set title = ? where id = ?";

#[test]
fn the_second_answer_is_the_first_one() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        let gate = Gate::new(dialect);
        let (query, change) = (gate.query(SELECT).unwrap(), gate.execute(UPDATE).unwrap());
        assert!(Arc::ptr_eq(&query, &gate.query(SELECT).unwrap()));
        assert!(Arc::ptr_eq(&change, &gate.execute(UPDATE).unwrap()));
        let fresh = Gate::new(dialect);
        assert_eq!(query, fresh.query(SELECT).unwrap());
        assert_eq!(change, fresh.execute(UPDATE).unwrap());
    }
}

#[test]
fn what_one_function_lets_through_the_other_still_refuses() {
    let gate = Gate::new(Dialect::Sqlite);
    for _ in 0..2 {
        gate.query(SELECT).unwrap();
        gate.execute(UPDATE).unwrap();
        assert!(matches!(
            gate.execute(SELECT),
            Err(Refusal::NotAChange { .. })
        ));
        assert!(matches!(gate.query(UPDATE), Err(Refusal::NotAQuery { .. })));
    }
}

#[test]
fn a_refusal_stays_one() {
    let gate = Gate::new(Dialect::Sqlite);
    let sql = "select load_extension('x') from posts";
    let refusal = gate.query(sql).unwrap_err();
    assert_eq!(gate.query(sql).unwrap_err(), refusal);
}

#[test]
fn only_the_very_same_text_is_the_same_statement() {
    let gate = Gate::new(Dialect::Sqlite);
    assert!(gate.query("select a from posts").is_ok());
    let other = gate.query("select a from \"users\"").unwrap();
    assert!(other.reads.contains("users") && other.reads.len() == 1);
    assert!(gate.query("select a from posts ").is_ok());
    assert!(gate.query("select a from posts; select 1").is_err());
}

/// The instances of one plugin share a gate.
#[test]
fn calls_at_the_same_time_get_the_same_answers() {
    let gate = Gate::new(Dialect::Postgres);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                // More than are remembered, so that some are dropped while others are asked for.
                for number in 0..300 {
                    let statement = gate
                        .query(&format!("select a{number} from t{number}"))
                        .unwrap();
                    assert_eq!(
                        statement.sql,
                        format!("SELECT a{number} FROM \"t{number}\"")
                    );
                    assert!(statement.reads.contains(&format!("t{number}")));
                }
            });
        }
    });
}
