//! Tables without SQL mean the same on SQLite, PostgreSQL and MariaDB: what a column takes, what is
//! refused, times, increments, order.

use std::sync::Arc;

use raisfast_contract::{
    TablePrefix,
    database::{
        Addition, Bounds, Comparison, Condition, Direction, Error, Field, Filter, Membership,
        Operator, Order, Pattern, Query, Row, Value,
    },
};
use raisfast_db::Database;
use raisfast_host_api::{
    Grants, Quotas, Session,
    capability::{Db, Dialect, Migrations},
    migration::Migration,
};
use raisfast_test_databases::Server;

use crate::world::{PLUGIN, World};

const TABLE: &str = "own_com_example_test__kinds";

/// As a plugin's migration declares it, in the words that all three understand.
const MIGRATION: &str = "CREATE TABLE own_com_example_test__kinds (
    id VARCHAR(36) PRIMARY KEY,
    units BIGINT,
    items INTEGER,
    few SMALLINT,
    name VARCHAR(100),
    note TEXT,
    price DECIMAL(10, 2),
    weight DOUBLE PRECISION,
    paid BOOLEAN,
    happened TIMESTAMP,
    made TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    day DATE,
    hour TIME
);";

/// Makes three tests of each function: one a database.
macro_rules! on_every_database {
    ($(async fn $name:ident($session:ident: &mut Session) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn check($session: &mut Session) $body

            async fn on(url: String) {
                let world = world(url).await;
                check(&mut world.session()).await;
            }

            #[tokio::test]
            async fn sqlite() {
                on("sqlite::memory:".to_owned()).await;
            }

            #[tokio::test]
            async fn postgres() {
                on(Server::Postgres.fresh_database()).await;
            }

            #[tokio::test]
            async fn mariadb() {
                on(Server::Mariadb.fresh_database()).await;
            }
        }
    )*};
}

mod sums;

async fn world(url: String) -> World {
    let grants = Grants {
        own_tables: Some(TablePrefix::of(&PLUGIN.parse().unwrap())),
        ..Grants::default()
    };
    let database = Arc::new(Database::connect(&url).await.unwrap());
    let migration = Migration::parse(database.dialect(), &grants, "1.sql", MIGRATION).unwrap();
    let ran = database.apply(&PLUGIN.parse().unwrap(), &[migration]).await;
    ran.unwrap();
    World::on(database, grants, Quotas::default())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn decimal(digits: &str) -> Value {
    Value::Decimal(digits.to_owned())
}

fn field(name: &str, value: Value) -> Field {
    Field {
        name: name.to_owned(),
        value,
    }
}

/// Inserts a row with one more value.
async fn insert(session: &mut Session, id: &str, name: &str, value: Value) -> Result<(), Error> {
    let row = vec![field("id", text(id)), field(name, value)];
    session.insert(TABLE, row).await
}

fn compare(column: &str, operator: Operator, value: Value) -> Filter {
    Filter::Matching(vec![Condition::Compare(Comparison {
        column: column.to_owned(),
        operator,
        value,
    })])
}

/// The row of an id, with this column alone.
async fn found(session: &mut Session, id: &str, column: &str) -> Value {
    let query = Query {
        columns: vec![column.to_owned()],
        filter: compare("id", Operator::Equal, text(id)),
        ..all()
    };
    let row: Row = session.fetch_one(query).await.unwrap().unwrap();
    row.into_iter().next().unwrap().value
}

fn all() -> Query {
    Query {
        table: TABLE.to_owned(),
        columns: vec!["id".to_owned()],
        filter: Filter::All,
        order: vec![Order {
            column: "id".to_owned(),
            direction: Direction::Ascending,
        }],
        limit: None,
        offset: 0,
    }
}

/// The ids of the rows that are found, in order.
async fn ids(session: &mut Session, query: Query) -> String {
    let rows = session.fetch_all(query).await.unwrap();
    rows.iter()
        .map(|row| match &row[0].value {
            Value::Text(id) => id.as_str(),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn add(column: &str, by: Value) -> Addition {
    Addition {
        table: TABLE.to_owned(),
        filter: Filter::All,
        column: column.to_owned(),
        by,
        bounds: Bounds {
            min: None,
            max: None,
        },
        set: Vec::new(),
    }
}

/// Values that no column of this type takes.
fn unfit() -> Vec<(&'static str, Value)> {
    vec![
        ("units", text("12abc")),
        ("units", text("")),
        ("units", Value::Float(1.7)),
        ("units", decimal("1.70")),
        ("units", decimal("9223372036854775808")),
        ("units", Value::Bytes(vec![1])),
        ("few", Value::Integer(32_768)),
        ("few", Value::Integer(-32_769)),
        ("name", text(&"ä".repeat(101))),
        ("name", Value::Bytes(vec![b'x'])),
        ("note", Value::Bytes(vec![0xff])),
        ("price", text("a lot")),
        ("price", decimal("100000000")),
        ("price", decimal("99999999.995")),
        ("weight", text("heavy")),
        ("weight", text("NaN")),
        ("paid", text("yes")),
        ("paid", Value::Integer(2)),
        ("paid", Value::Float(1.0)),
        ("happened", text("2026-02-30")),
        ("happened", text("now")),
        ("happened", text("2026-11-22T25:00:00Z")),
        ("happened", Value::Integer(1_700_000_000)),
        ("day", text("2026-02-30")),
        ("day", text("2026-11-22T07:42:28Z")),
        ("hour", text("25:00")),
        ("hour", Value::Integer(7)),
    ]
}

#[track_caller]
fn assert_unfit<T: std::fmt::Debug>(answer: Result<T, Error>, column: &str) {
    match answer {
        Err(Error::Database(message)) => {
            let told = format!("the column `{column}` takes ");
            assert!(message.starts_with(&told), "{message}");
        }
        other => panic!("`{column}`: {other:?}"),
    }
}

on_every_database! {
    async fn a_value_of_another_type_is_refused(session: &mut Session) {
        insert(session, "a", "units", Value::Integer(1)).await.unwrap();
        for (column, value) in unfit() {
            assert_unfit(insert(session, "b", column, value.clone()).await, column);
            let set = vec![field(column, value.clone())];
            assert_unfit(session.update(TABLE, Filter::All, set).await, column);
            let addition = Addition {
                set: vec![field(column, value)],
                ..add(if column == "units" { "items" } else { "units" }, Value::Integer(1))
            };
            assert_unfit(session.increment(addition).await, column);
        }
        assert_eq!(ids(session, all()).await, "a");
        assert_eq!(found(session, "a", "units").await, Value::Integer(1));
    }

    async fn what_can_mean_one_thing_only_is_taken(session: &mut Session) {
        for (column, value, kept) in [
            ("units", text(" 12 "), Value::Integer(12)),
            ("units", Value::Float(3.0), Value::Integer(3)),
            ("units", decimal("-2.00"), Value::Integer(-2)),
            ("units", Value::Boolean(true), Value::Integer(1)),
            ("units", Value::Integer(i64::MIN), Value::Integer(i64::MIN)),
            ("units", decimal("9223372036854775807"), Value::Integer(i64::MAX)),
            ("few", Value::Integer(-32_768), Value::Integer(-32_768)),
            ("name", text(&"ä".repeat(100)), text(&"ä".repeat(100))),
            ("name", Value::Integer(5), text("5")),
            ("name", Value::Float(1e21), text("1000000000000000000000")),
            ("name", Value::Float(2.0), text("2")),
            ("name", Value::Boolean(true), text("1")),
            ("name", decimal("1.50"), text("1.50")),
            ("weight", Value::Integer(2), Value::Float(2.0)),
            ("weight", text("0.25"), Value::Float(0.25)),
            ("paid", Value::Integer(1), Value::Boolean(true)),
            ("paid", text("false"), Value::Boolean(false)),
            ("day", text("2026-11-22"), text("2026-11-22")),
            ("hour", text("07:42"), text("07:42:00")),
            ("hour", text("07:42:28"), text("07:42:28")),
        ] {
            insert(session, "a", column, value.clone()).await.unwrap();
            assert_eq!(found(session, "a", column).await, kept, "{column} {value:?}");
            // And it is found by the value that was sent, and by the one that was kept.
            for same in [value, kept] {
                let equal = compare(column, Operator::Equal, same.clone());
                assert_eq!(session.count(TABLE, equal).await, Ok(1), "{column} {same:?}");
            }
            session.delete(TABLE, Filter::All).await.unwrap();
        }
    }

    async fn decimals_are_rounded_alike(session: &mut Session) {
        for (value, kept) in [
            (decimal("1.005"), "1.01"),
            (decimal("-1.005"), "-1.01"),
            (Value::Float(2.675), "2.68"),
            (text("0.1"), "0.10"),
            (Value::Integer(7), "7.00"),
        ] {
            insert(session, "a", "price", value.clone()).await.unwrap();
            let equal = compare("price", Operator::Equal, decimal(kept));
            assert_eq!(session.count(TABLE, equal).await, Ok(1), "{value:?}");
            session.delete(TABLE, Filter::All).await.unwrap();
        }
    }

    async fn a_comparison_with_another_type_is_refused(session: &mut Session) {
        insert(session, "a", "units", Value::Integer(12)).await.unwrap();
        for (column, value) in [
            ("units", text("12abc")),
            ("weight", text("")),
            ("paid", text("yes")),
            ("happened", text("now")),
            ("name", Value::Bytes(vec![1])),
        ] {
            let filter = compare(column, Operator::Equal, value);
            assert_unfit(session.count(TABLE, filter.clone()).await, column);
            assert_unfit(session.delete(TABLE, filter).await, column);
        }
        // What is beyond the column, or between its values, is still compared.
        for (operator, value, count) in [
            (Operator::Less, Value::Float(12.5), 1),
            (Operator::Greater, decimal("11.99"), 1),
            (Operator::Less, decimal("92233720368547758070"), 1),
            (Operator::Equal, text("12"), 1),
            (Operator::Equal, Value::Float(12.5), 0),
        ] {
            let filter = compare("units", operator, value.clone());
            assert_eq!(session.count(TABLE, filter).await, Ok(count), "{value:?}");
        }
        let large = compare("few", Operator::Less, Value::Integer(1 << 40));
        assert_eq!(session.count(TABLE, large).await, Ok(0));
        for column in ["units", "happened", "paid"] {
            let like = Filter::Matching(vec![Condition::Like(Pattern {
                column: column.to_owned(),
                pattern: "1%".to_owned(),
            })]);
            assert_unfit(session.count(TABLE, like).await, column);
        }
    }

    async fn a_list_may_have_as_many_values_as_a_request(session: &mut Session) {
        insert(session, "a", "items", Value::Integer(999)).await.unwrap();
        for column in ["items", "units"] {
            let values = (1..=1_000).map(Value::Integer).collect();
            let list = Filter::Matching(vec![Condition::In(Membership {
                column: column.to_owned(),
                values,
            })]);
            let found = u64::from(column == "items");
            assert_eq!(session.count(TABLE, list).await, Ok(found), "{column}");
        }
    }

    async fn a_pattern_means_the_same(session: &mut Session) {
        for (id, name) in [("a", "100%"), ("b", r"c:\win"), ("c", "c:win"), ("d", r"Tail\"), ("e", "[x]*?")] {
            insert(session, id, "name", text(name)).await.unwrap();
        }
        for (pattern, expected) in [
            (r"100\%", "a"),
            (r"c:\\win", "b"),
            (r"c:_win", "b"),
            ("C:%", ""),
            (r"Tail\\", "d"),
            ("[x]*?", "e"),
            ("%*%", "e"),
        ] {
            let query = Query {
                filter: Filter::Matching(vec![Condition::Like(Pattern {
                    column: "name".to_owned(),
                    pattern: pattern.to_owned(),
                })]),
                ..all()
            };
            assert_eq!(ids(session, query).await, expected, "{pattern}");
        }
    }

    async fn a_time_comes_back_as_the_clock_tells_it(session: &mut Session) {
        let now = session.now();
        insert(session, "now", "happened", text(&now)).await.unwrap();
        assert_eq!(found(session, "now", "happened").await, text(&now));
        let equal = compare("happened", Operator::Equal, text(&now));
        assert_eq!(session.delete(TABLE, equal).await, Ok(1));

        for (id, sent, kept) in [
            ("a", "1901-01-01T00:00:00Z", "1901-01-01T00:00:00.000Z"),
            ("b", "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            ("c", "2026-11-22T09:42:28.5+02:00", "2026-11-22T07:42:28.500Z"),
            ("d", "2026-11-22T07:42:28.501", "2026-11-22T07:42:28.501Z"),
            ("e", "2026-11-23", "2026-11-23T00:00:00.000Z"),
            ("f", "2026-11-23 01:00:00", "2026-11-23T01:00:00.000Z"),
            ("g", "2038-01-19T03:14:08Z", "2038-01-19T03:14:08.000Z"),
            ("h", "9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.999Z"),
        ] {
            insert(session, id, "happened", text(sent)).await.unwrap();
            assert_eq!(found(session, id, "happened").await, text(kept), "{sent}");
            for same in [sent, kept] {
                let equal = compare("happened", Operator::Equal, text(same));
                assert_eq!(session.count(TABLE, equal).await, Ok(1), "{same}");
            }
        }
        // Written in another zone, and compared as the moments that they are.
        let sorted = Query {
            order: vec![Order { column: "happened".to_owned(), direction: Direction::Descending }],
            filter: compare("happened", Operator::LessOrEqual, text("2026-11-22T23:42:28.501+16:00")),
            ..all()
        };
        assert_eq!(ids(session, sorted).await, "dcba");
        // A row that was read can be written back.
        let read = found(session, "h", "happened").await;
        let back = vec![field("happened", read)];
        assert_eq!(session.update(TABLE, Filter::All, back).await, Ok(8));
    }

    async fn the_database_s_own_time_is_like_the_clock_s(session: &mut Session) {
        let before = session.now();
        insert(session, "a", "units", Value::Integer(1)).await.unwrap();
        let Value::Text(made) = found(session, "a", "made").await else {
            panic!("no time");
        };
        // SQLite and the servers take the time from the same machine, in whole milliseconds or
        // less.
        assert_eq!((made.len(), made.ends_with('Z')), (24, true), "{made}");
        assert!(made[..19] >= before[..19], "{made} {before}");
        let since = compare("made", Operator::Equal, text(&made));
        assert_eq!(session.count(TABLE, since).await, Ok(1), "{made}");
    }

    async fn a_long_text_fits(session: &mut Session) {
        let long = "ä".repeat(70_000);
        insert(session, "a", "note", text(&long)).await.unwrap();
        assert_eq!(found(session, "a", "note").await, text(&long));
    }
}

/// Tables that were made before go on: their columns are what they were.
#[tokio::test]
async fn a_table_of_the_time_before_goes_on_on_mariadb() {
    let url = Server::Mariadb.fresh_database();
    let database = Arc::new(Database::connect(&url).await.unwrap());
    assert_eq!(database.dialect(), Dialect::Mysql);
    let create = MIGRATION
        .replace("note TEXT", "note TEXT CHARACTER SET utf8mb4")
        .replace("happened TIMESTAMP", "happened TIMESTAMP NULL");
    database
        .execute(create.trim_end_matches(';'), &[])
        .await
        .unwrap();
    let grants = Grants {
        own_tables: Some(TablePrefix::of(&PLUGIN.parse().unwrap())),
        ..Grants::default()
    };
    let world = World::on(database, grants, Quotas::default());
    let session = &mut world.session();
    insert(
        session,
        "a",
        "happened",
        text("2026-11-22T09:42:28.123+02:00"),
    )
    .await
    .unwrap();
    assert_eq!(
        found(session, "a", "happened").await,
        text("2026-11-22T07:42:28.000Z")
    );
    let equal = compare(
        "happened",
        Operator::Equal,
        text("2026-11-22T07:42:28.123Z"),
    );
    assert_eq!(session.count(TABLE, equal).await, Ok(1));
    let long = insert(session, "b", "note", text(&"x".repeat(70_000))).await;
    assert!(matches!(long, Err(Error::Database(_))), "{long:?}");
}
