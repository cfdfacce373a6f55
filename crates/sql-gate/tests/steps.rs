//! Reading a statement takes steps in proportion to its length, whatever it says.

use raisfast_sql_gate::{Dialect, Gate, Refusal, migration};

const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql];

/// As deep as the parser lets calls be nested.
const DEPTH: usize = 44;

/// Forms that the parser reads in two ways, one after the other, with whatever stands inside.
const READ_TWICE: [(&str, &str); 8] = [
    ("position(", ",1)"),
    ("case ", " end"),
    ("case-", ""),
    ("1 in ((select ", ") x)"),
    ("1 from ((select ", ") x)"),
    ("current_time(", ")"),
    ("interval ", ""),
    ("{fn f(", ")}"),
];

fn nested((opens, closes): (&str, &str), depth: usize) -> String {
    format!("{}1{}", opens.repeat(depth), closes.repeat(depth))
}

/// Without a limit on the steps, this test does not end.
#[test]
fn what_can_be_read_in_two_ways_ends_however_deep_it_is() {
    for dialect in DIALECTS {
        let gate = Gate::new(dialect);
        for outer in READ_TWICE {
            for inner in READ_TWICE {
                let both = (
                    &*format!("{}{}", outer.0, inner.0),
                    &*format!("{}{}", inner.1, outer.1),
                );
                for depth in [DEPTH / 4, DEPTH / 2, DEPTH] {
                    let _ = gate.query(&format!("select {}", nested(both, depth)));
                }
            }
        }
    }
}

#[test]
fn a_statement_that_takes_too_many_steps_is_refused_with_their_number() {
    let expression = nested(("position(", ",1)"), DEPTH);
    for dialect in DIALECTS {
        let refusal = Gate::new(dialect)
            .query(&format!("select {expression}"))
            .unwrap_err();
        assert!(
            matches!(refusal, Refusal::TooManySteps { limit } if limit < 10_000),
            "{refusal}"
        );
        let change = format!("delete from posts where {expression} = 1");
        let refusal = Gate::new(dialect).execute(&change).unwrap_err();
        assert!(matches!(refusal, Refusal::TooManySteps { .. }), "{refusal}");
    }
}

#[test]
fn a_migration_that_takes_too_many_steps_is_refused_at_its_line() {
    let expression = nested(("position(", ",1)"), DEPTH);
    let file = format!("create table a (id integer);\ndelete from a where {expression} = 1");
    for dialect in DIALECTS {
        let refused = migration(dialect, &file).unwrap_err();
        assert_eq!(refused.line, 2);
        assert!(
            matches!(refused.refusal, Refusal::TooManySteps { .. }),
            "{refused}"
        );
    }
}

#[test]
fn what_is_long_or_deep_in_earnest_stays_within_the_steps() {
    let position = nested(("position('a' in ", ")"), 20);
    let rows = vec!["(?, ?, ?)"; 4_000].join(", ");
    let cases = "case when 1 = 1 then ".repeat(20) + "2" + &" end".repeat(20);
    let queries = [
        format!("select {cases}"),
        format!("select {}1", "1, ".repeat(20_000)),
        format!("select 1 where 1 in ({}1)", "1, ".repeat(20_000)),
    ];
    for dialect in DIALECTS {
        let gate = Gate::new(dialect);
        for query in &queries {
            assert!(gate.query(query).is_ok(), "{dialect:?}: {query:.60}");
        }
        let insert = format!("insert into posts (a, b, c) values {rows}");
        assert_eq!(gate.execute(&insert).unwrap().placeholders, 12_000);
    }
    let gate = Gate::new(Dialect::Postgres);
    assert!(gate.query(&format!("select {position}")).is_ok());
}

/// The parser looks at the next token again and again; it must not step over what stands between
/// each time.
#[test]
fn what_stands_between_two_tokens_costs_nothing() {
    for dialect in DIALECTS {
        for gap in [" ", "\n", "/**/", "/*+*/"] {
            let gaps = gap.repeat(50_000 / gap.len());
            let statement = Gate::new(dialect).query(&format!("select 1 +{gaps}1"));
            assert_eq!(statement.unwrap().sql, "SELECT 1 + 1", "{gap:?}");
        }
    }
}

/// The operators whose left side SQLite's and MySQL's dialects copy.
#[test]
fn copies_of_the_left_side_count() {
    let long = format!("({}1)", "1,".repeat(25_000));
    for (dialect, operator) in [(Dialect::Sqlite, " glob 1"), (Dialect::Mysql, " div 1")] {
        let gate = Gate::new(dialect);
        let refused = gate.query(&format!("select {long}{}", operator.repeat(400)));
        assert!(matches!(refused, Err(Refusal::TooManySteps { .. })));
        let chain = format!("select a{} from posts", operator.repeat(20));
        assert!(gate.query(&chain).is_ok());
    }
}

/// Host functions run on fibres, of which a thread's limits say nothing: the gate brings its own
/// stack.
#[test]
fn the_deepest_statements_fit_on_any_stack() {
    let run = || {
        for dialect in DIALECTS {
            for outer in READ_TWICE {
                let _ = Gate::new(dialect).query(&format!("select {}", nested(outer, DEPTH)));
            }
            let chain = format!("select {}", vec!["1"; 999].join("+"));
            assert!(Gate::new(dialect).query(&chain).is_ok());
            let change = format!("delete from a where {} = 1", vec!["1"; 900].join("+"));
            assert!(migration(dialect, &change).is_ok());
        }
    };
    let thread = std::thread::Builder::new().stack_size(256 << 10);
    assert!(thread.spawn(run).unwrap().join().is_ok());
}

/// MariaDB's bound of an operand writes it twice.
#[test]
fn bounds_in_one_another_do_not_double() {
    for dialect in DIALECTS {
        for parts in [
            ("locate(", ", a)"),
            ("replace(a, ", ", 'b')"),
            ("instr(a, ", ")"),
        ] {
            let sql = format!("select {} from posts", nested(parts, 18).replace('1', "a"));
            if let Ok(statement) = Gate::new(dialect).query(&sql) {
                assert!(statement.sql.len() < 8_000, "{} bytes", statement.sql.len());
            }
        }
    }
}
