//! The interface `database`: its values, fields and requests as the cases write them.

use crate::{
    calls::{Arguments, SEPARATOR},
    raisfast::plugin_wit::database::{
        Addition, Bounds, Comparison, Condition, Direction, Field, Filter, Grouping, Membership,
        Operator, Order, Pattern, Query, Row, Span, Total, Value,
    },
};

const ROW_SEPARATOR: &str = "\u{1E}";

fn bytes(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two hexadecimal digits"))
        .collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A value that is written as `case:content`.
pub fn value(written: &str) -> Value {
    let (case, content) = written.split_once(':').expect("a case and its content");
    match case {
        "null" => Value::Null,
        "boolean" => Value::Boolean(content == "true"),
        "integer" => Value::Integer(content.parse().expect("an integer")),
        "float" => {
            let bits = u64::from_str_radix(content, 16).expect("16 hexadecimal digits");
            Value::Float(f64::from_bits(bits))
        }
        "decimal" => Value::Decimal(content.to_owned()),
        "text" => Value::Text(content.to_owned()),
        "bytes" => Value::Bytes(bytes(content)),
        _ => panic!("a value has no case `{case}`"),
    }
}

pub fn optional_value(written: &str) -> Option<Value> {
    (!written.is_empty()).then(|| value(written))
}

pub fn written_value(value: &Value) -> String {
    match value {
        Value::Null => "null:".to_owned(),
        Value::Boolean(content) => format!("boolean:{content}"),
        Value::Integer(content) => format!("integer:{content}"),
        Value::Float(content) => format!("float:{:016x}", content.to_bits()),
        Value::Decimal(content) => format!("decimal:{content}"),
        Value::Text(content) => format!("text:{content}"),
        Value::Bytes(content) => format!("bytes:{}", hexadecimal(content)),
    }
}

/// Names and values in turn.
pub fn fields(texts: &[&str]) -> Row {
    texts
        .chunks_exact(2)
        .map(|pair| Field {
            name: pair[0].to_owned(),
            value: value(pair[1]),
        })
        .collect()
}

pub fn written_row(row: &[Field]) -> String {
    let columns: Vec<String> = row
        .iter()
        .map(|field| [&field.name, written_value(&field.value).as_str()].join(SEPARATOR))
        .collect();
    columns.join(SEPARATOR)
}

pub fn written_rows(rows: &[Row]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| written_row(row)).collect();
    rows.join(ROW_SEPARATOR)
}

fn text(content: &str) -> Value {
    Value::Text(content.to_owned())
}

fn compare(column: &str, operator: Operator, value: Value) -> Condition {
    Condition::Compare(Comparison {
        column: column.to_owned(),
        operator,
        value,
    })
}

/// A condition of every kind, in postfix order.
fn chosen() -> Filter {
    Filter::Matching(vec![
        compare("name", Operator::NotEqual, text("left-out")),
        Condition::In(Membership {
            column: "name".to_owned(),
            values: vec![text("first"), text("second")],
        }),
        Condition::Like(Pattern {
            column: "name".to_owned(),
            pattern: "%s%".to_owned(),
        }),
        Condition::Between(Span {
            column: "whole".to_owned(),
            low: Value::Integer(i64::MIN),
            high: Value::Integer(i64::MAX),
        }),
        Condition::IsNull("nothing".to_owned()),
        Condition::IsNull("name".to_owned()),
        Condition::Not,
        Condition::And(6),
        compare("name", Operator::Equal, text("third")),
        Condition::Or(2),
    ])
}

pub fn filter(name: &str) -> Filter {
    match name {
        "all" => Filter::All,
        "chosen" => chosen(),
        _ => panic!("there is no filter `{name}`"),
    }
}

fn order(column: &str, direction: Direction) -> Vec<Order> {
    vec![Order {
        column: column.to_owned(),
        direction,
    }]
}

/// Returns the query for `fetch-one` and `fetch-all`.
pub fn query(call: &Arguments<'_>) -> Query {
    Query {
        table: call.text(0).to_owned(),
        columns: call.from(4).iter().map(|&name| name.to_owned()).collect(),
        filter: filter(call.text(1)),
        order: order("name", Direction::Ascending),
        limit: call.number(2),
        offset: call.number(3).unwrap_or_default(),
    }
}

pub fn addition(call: &Arguments<'_>) -> Addition {
    Addition {
        table: call.text(0).to_owned(),
        filter: filter(call.text(1)),
        column: call.text(2).to_owned(),
        by: value(call.text(3)),
        bounds: Bounds {
            min: optional_value(call.text(4)),
            max: optional_value(call.text(5)),
        },
        set: fields(call.from(6)),
    }
}

pub fn grouping_by_flag(call: &Arguments<'_>) -> Grouping {
    Grouping {
        table: call.text(0).to_owned(),
        columns: vec!["flag".to_owned()],
        filter: filter(call.text(1)),
        count: Some("rows".to_owned()),
        sums: vec![Total {
            column: "whole".to_owned(),
            name: "total".to_owned(),
        }],
        having: Filter::All,
        order: order("rows", Direction::Descending),
        limit: None,
        offset: 0,
    }
}
