//! The interface `database`: its values, fields and requests as the cases write them.

use raisfast_plugin::database::{Condition, Query, Row, Rows, Value, field, table};

use crate::calls::{Arguments, SEPARATOR};

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
    texts.chunks_exact(2).fold(Row::default(), |row, pair| {
        row.with(pair[0], value(pair[1]))
    })
}

pub fn written_row(row: &Row) -> String {
    let columns: Vec<String> = row
        .columns()
        .map(|(name, value)| [name, &written_value(value)].join(SEPARATOR))
        .collect();
    columns.join(SEPARATOR)
}

pub fn written_rows(rows: &[Row]) -> String {
    let rows: Vec<String> = rows.iter().map(written_row).collect();
    rows.join(ROW_SEPARATOR)
}

/// A condition of every kind.
fn chosen() -> Condition {
    field("name")
        .ne("left-out")
        .and(field("name").is_in(["first", "second"]))
        .and(field("name").like("%s%"))
        .and(field("whole").between(i64::MIN, i64::MAX))
        .and(field("nothing").is_null())
        .and(field("name").is_not_null())
        .or(field("name").eq("third"))
}

/// The rows of a table that a filter means.
pub fn rows_of(name: &str, filter: &str) -> Rows {
    match filter {
        "all" => table(name).all(),
        "chosen" => table(name).filter(chosen()),
        _ => panic!("there is no filter `{filter}`"),
    }
}

/// Returns the query for `fetch-one` and `fetch-all`.
pub fn query(call: &Arguments<'_>) -> Query {
    let rows = rows_of(call.text(0), call.text(1));
    let query = rows
        .columns(call.from(4).iter().copied())
        .order("name")
        .offset(call.number(3).unwrap_or_default());
    match call.number(2) {
        Some(limit) => query.limit(limit),
        None => query,
    }
}
