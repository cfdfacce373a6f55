//! The database without SQL, as scripts call it: tables, conditions and options as JSON, answers
//! as JSON text.

mod condition;
mod options;
mod value;

use raisfast_plugin::bindings::raisfast::plugin_wit::database as host;
use serde_json::{Map, Value, json};

use self::{condition::filter, options::Options, value::to_value};

/// The answer of a function: an object, or the reason why nothing was done.
type Answer = Result<Value, String>;

/// Returns an answer as JSON text; a failure is `{"error": "…"}`.
pub(crate) fn text(answer: Answer) -> String {
    answer
        .unwrap_or_else(|error| json!({"error": error}))
        .to_string()
}

/// Inserts one row.
pub(crate) fn insert(table: &str, data: &Value) -> Answer {
    let row = row(data, "data")?;
    host::insert(table, &row).map_err(reason)?;
    let mut answer = json!({"rows_affected": 1});
    if let Some(id) = data.get("id") {
        answer["id"] = id.clone();
    }
    Ok(answer)
}

/// Returns the first row.
pub(crate) fn fetch_one(table: &str, wanted: &Value, options: &Value) -> Answer {
    let query = query(table, wanted, options)?;
    let row = host::fetch_one(&query).map_err(reason)?;
    let row = row.map_or(Value::Null, object);
    Ok(json!({"row": row, "data": row}))
}

/// Returns all rows.
pub(crate) fn fetch_all(table: &str, wanted: &Value, options: &Value) -> Answer {
    let query = query(table, wanted, options)?;
    let rows = host::fetch_all(&query).map_err(reason)?;
    Ok(json!({"rows": rows.into_iter().map(object).collect::<Vec<_>>()}))
}

/// Sets columns of rows.
pub(crate) fn update(table: &str, data: &Value, wanted: &Value, options: &Value) -> Answer {
    let filter = Options::of(options)?.changing(filter(wanted)?)?;
    let set = row(data, "data")?;
    let rows = host::update(table, &filter, &set).map_err(reason)?;
    Ok(json!({"rows_affected": rows}))
}

/// Deletes rows.
pub(crate) fn delete(table: &str, wanted: &Value, options: &Value) -> Answer {
    let filter = Options::of(options)?.changing(filter(wanted)?)?;
    let rows = host::delete(table, &filter).map_err(reason)?;
    Ok(json!({"rows_affected": rows}))
}

/// Adds to columns of rows: `{"stock": -1}`.
pub(crate) fn increment(table: &str, columns: &Value, wanted: &Value, options: &Value) -> Answer {
    let options = Options::of(options)?;
    let filter = options.changing(filter(wanted)?)?;
    let columns = columns.as_object().filter(|columns| !columns.is_empty());
    let columns = columns.ok_or("columns: expected an object such as {\"stock\": -1}")?;
    let mut set = options.set()?;
    let mut rows = 0;
    for (column, by) in columns {
        let addition = host::Addition {
            table: table.to_owned(),
            filter: filter.clone(),
            column: column.clone(),
            by: to_value(by),
            bounds: options.bounds(),
            set: std::mem::take(&mut set),
        };
        rows = host::increment(&addition).map_err(reason)?;
    }
    Ok(json!({"rows_affected": rows}))
}

/// Counts rows.
pub(crate) fn count(table: &str, wanted: &Value) -> Answer {
    let count = host::count(table, &filter(wanted)?).map_err(reason)?;
    Ok(json!({"count": count}))
}

/// Adds up a column.
pub(crate) fn sum(table: &str, column: &str, wanted: &Value) -> Answer {
    let sum = host::sum(table, column, &filter(wanted)?).map_err(reason)?;
    Ok(json!({"sum": value::to_json(sum)}))
}

/// Returns one row a group.
pub(crate) fn group_by(table: &str, options: &Value) -> Answer {
    let grouping = Options::of(options)?.grouping(table)?;
    let rows = host::group_by(&grouping).map_err(reason)?;
    Ok(json!({"rows": rows.into_iter().map(object).collect::<Vec<_>>()}))
}

fn query(table: &str, wanted: &Value, options: &Value) -> Result<host::Query, String> {
    let options = Options::of(options)?;
    Ok(host::Query {
        table: table.to_owned(),
        columns: options.columns()?,
        filter: filter(wanted)?,
        order: options.order()?,
        limit: options.limit()?,
        offset: options.offset()?,
    })
}

fn row(data: &Value, name: &str) -> Result<Vec<host::Field>, String> {
    let columns = data.as_object();
    let columns =
        columns.ok_or_else(|| format!("{name}: expected an object of columns and their values"))?;
    let field = |(name, value): (&String, &Value)| host::Field {
        name: name.clone(),
        value: to_value(value),
    };
    Ok(columns.iter().map(field).collect())
}

fn object(row: Vec<host::Field>) -> Value {
    let fields = row.into_iter();
    Value::Object(
        fields
            .map(|field| (field.name, value::to_json(field.value)))
            .collect::<Map<_, _>>(),
    )
}

fn reason(error: host::Error) -> String {
    error.message().to_owned()
}
