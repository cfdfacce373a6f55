//! For thousands of random requests, on every dialect: the gate takes the statement, finds the
//! table that was named and as many placeholders as there are parameters; and no text of the
//! request stands in it.

use raisfast_contract::database::{
    Addition, Bounds, Comparison, Condition, Direction, Field, Filter, Grouping, Membership,
    Operator, Order, Pattern, Query, Row, Span, Total, Value,
};
use raisfast_sql_gate::{Dialect, Gate};
use raisfast_statement::{
    Columns, Statement, StatementError, Target, count, delete, group, increment, insert, select,
    sum, update,
};

/// A text that every text of a request holds.
const MARK: &str = "mark'); -- \" ` ? \\ /*! $1";
const REQUESTS: u32 = 2_000;

/// The same requests in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn name(&mut self) -> String {
        let names = [
            "id", "select", "order", "_a1", "user", "values", "true", "null",
        ];
        names[self.below(names.len())].to_owned()
    }

    fn value(&mut self) -> Value {
        match self.below(5) {
            0 => Value::Boolean(true),
            1 => Value::Integer(-1),
            2 => Value::Float(0.5),
            3 => Value::Decimal("-1.50".to_owned()),
            _ => Value::Text(MARK.to_owned()),
        }
    }

    fn number(&mut self) -> Value {
        match self.below(3) {
            0 => Value::Integer(7),
            1 => Value::Float(0.5),
            _ => Value::Decimal("0.25".to_owned()),
        }
    }

    fn leaf(&mut self) -> Condition {
        let operators = [
            Operator::Equal,
            Operator::NotEqual,
            Operator::Less,
            Operator::LessOrEqual,
            Operator::Greater,
            Operator::GreaterOrEqual,
        ];
        let column = self.name();
        match self.below(5) {
            0 => Condition::Compare(Comparison {
                column,
                operator: operators[self.below(operators.len())],
                value: self.value(),
            }),
            1 => Condition::In(Membership {
                column,
                values: (0..self.below(4)).map(|_| self.value()).collect(),
            }),
            2 => Condition::Like(Pattern {
                column,
                pattern: MARK.replace('\\', "%_[*"),
            }),
            3 => Condition::Between(Span {
                column,
                low: self.value(),
                high: self.value(),
            }),
            _ => Condition::IsNull(column),
        }
    }

    fn parts(&mut self, depth: usize, parts: &mut Vec<Condition>) {
        let kind = if depth == 0 { 0 } else { self.below(4) };
        match kind {
            1 | 2 => {
                let joined = self.below(3) + 1;
                for _ in 0..joined {
                    self.parts(depth - 1, parts);
                }
                let joined = u32::try_from(joined).unwrap();
                parts.push(if kind == 1 {
                    Condition::And(joined)
                } else {
                    Condition::Or(joined)
                });
            }
            3 => {
                self.parts(depth - 1, parts);
                parts.push(Condition::Not);
            }
            _ => parts.push(self.leaf()),
        }
    }

    fn filter(&mut self) -> Filter {
        if self.below(5) == 0 {
            return Filter::All;
        }
        let mut parts = Vec::new();
        self.parts(4, &mut parts);
        Filter::Matching(parts)
    }

    fn row(&mut self) -> Row {
        let names = ["a", "group", "c"];
        let names = &names[..=self.below(names.len())];
        names
            .iter()
            .map(|name| Field {
                name: (*name).to_owned(),
                value: self.value(),
            })
            .collect()
    }

    fn order(&mut self) -> Vec<Order> {
        (0..self.below(3))
            .map(|number| Order {
                column: self.name(),
                direction: [Direction::Ascending, Direction::Descending][number],
            })
            .collect()
    }

    fn bound(&mut self) -> Option<Value> {
        (self.below(2) == 0).then(|| self.number())
    }

    fn query(&mut self, table: String) -> Query {
        Query {
            table,
            columns: (self.below(2) == 0)
                .then(|| self.name())
                .into_iter()
                .collect(),
            filter: self.filter(),
            order: self.order(),
            limit: None,
            offset: self.below(2) as u64,
        }
    }

    fn addition(&mut self, table: String) -> Addition {
        Addition {
            table,
            filter: self.filter(),
            column: "stock".to_owned(),
            by: self.number(),
            bounds: Bounds {
                min: self.bound(),
                max: self.bound(),
            },
            set: if self.below(2) == 0 {
                Vec::new()
            } else {
                self.row()
            },
        }
    }

    fn grouping(&mut self, table: String) -> Grouping {
        let columns = [
            "id", "select", "order", "_a1", "user", "values", "true", "null",
        ];
        Grouping {
            table,
            columns: columns.map(str::to_owned).into(),
            filter: self.filter(),
            count: (self.below(2) == 0).then(|| "count".to_owned()),
            sums: (0..self.below(3))
                .map(|number| Total {
                    column: self.name(),
                    name: format!("sum_{number}"),
                })
                .collect(),
            having: self.filter(),
            order: self.order(),
            limit: None,
            offset: self.below(2) as u64,
        }
    }
}

/// One request, and whether it changes the table.
fn request(
    target: Target<'_>,
    table: &str,
    random: &mut Random,
) -> (Result<Statement, StatementError>, bool) {
    let name = table.to_owned();
    match random.below(8) {
        0 => (insert(target, table, random.row()), true),
        1 => (select(target, random.query(name), 10), false),
        2 => (update(target, table, random.filter(), random.row()), true),
        3 => (delete(target, table, random.filter()), true),
        4 => (count(target, table, random.filter()), false),
        5 => (increment(target, random.addition(name)), true),
        6 => {
            let column = random.name();
            (sum(target, table, &column, random.filter()), false)
        }
        _ => (group(target, random.grouping(name), 10), false),
    }
}

#[test]
fn the_gate_takes_every_request_for_what_it_is() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        let gate = Gate::new(dialect);
        let target = Target {
            dialect,
            columns: &Columns::default(),
        };
        let mut random = Random(1);
        for number in 0..REQUESTS {
            let table = ["posts", "order", "shop_1"][random.below(3)];
            let (statement, changes) = request(target, table, &mut random);
            let Statement { sql, params } = statement.unwrap();
            assert!(!sql.contains("mark"), "{sql}");
            let decided = if changes {
                gate.execute(&sql)
            } else {
                gate.query(&sql)
            };
            let decided =
                decided.unwrap_or_else(|refusal| panic!("{dialect:?} {number}: {refusal}: {sql}"));
            assert_eq!(decided.placeholders, params.len(), "{sql}");
            let touched: Vec<&String> = decided.reads.union(&decided.writes).collect();
            assert_eq!(touched, [table], "{sql}");
            assert_eq!(!decided.writes.is_empty(), changes, "{sql}");
        }
    }
}
