//! The database without SQL: tables, conditions and options as scripts write them, and answers.

mod columns;
mod condition;
mod options;

pub use raisfast_plugin::bindings::raisfast::plugin_wit::database as contract;

use self::{
    columns::{from_column, object, row, to_column},
    condition::{filter, names_column},
    contract::{Addition, Filter, Query},
    options::Options,
};
use crate::{Host, Reason, Value};

/// The answer of a function, or the reason why nothing was done.
pub type Answer = Result<Value, Reason>;

/// Inserts one row: `{"rows_affected": 1, "id": …}`.
pub fn insert(host: &dyn Host, table: &str, data: &Value) -> Answer {
    let row = row(data, "data")?;
    host.insert(table, &row).map_err(reason)?;
    let mut answer = vec![("rows_affected".to_owned(), Value::Integer(1))];
    if let Some(id) = data.get("id") {
        answer.push(("id".to_owned(), id.clone()));
    }
    Ok(Value::Object(answer))
}

/// Returns the first row, as `row` and as `data`.
pub fn fetch_one(host: &dyn Host, table: &str, wanted: &Value, options: &Value) -> Answer {
    let query = query(table, wanted, options)?;
    let row = host.fetch_one(&query).map_err(reason)?;
    let row = row.map_or(Value::Null, object);
    Ok(Value::object([("row", row.clone()), ("data", row)]))
}

/// Returns the rows.
pub fn fetch_all(host: &dyn Host, table: &str, wanted: &Value, options: &Value) -> Answer {
    let query = query(table, wanted, options)?;
    rows(host.fetch_all(&query))
}

/// Sets columns of rows.
pub fn update(
    host: &dyn Host,
    table: &str,
    data: &Value,
    wanted: &Value,
    options: &Value,
) -> Answer {
    let filter = Options::of(options)?.changing(filter(wanted)?)?;
    let set = row(data, "data")?;
    affected(host.update(table, &filter, &set).map_err(reason)?)
}

/// Deletes rows.
pub fn delete(host: &dyn Host, table: &str, wanted: &Value, options: &Value) -> Answer {
    let filter = Options::of(options)?.changing(filter(wanted)?)?;
    affected(host.delete(table, &filter).map_err(reason)?)
}

/// Adds to columns of rows: `{"stock": -1}`. Several columns are one transaction; each is added to
/// in the same rows.
pub fn increment(
    host: &dyn Host,
    table: &str,
    columns: &Value,
    wanted: &Value,
    options: &Value,
) -> Answer {
    let options = Options::of(options)?;
    let filter = options.changing(filter(wanted)?)?;
    let mut additions = additions(table, columns, &filter, options)?;
    if let [addition] = &additions[..] {
        return affected(host.increment(addition).map_err(reason)?);
    }
    if options.has_bounds() {
        return Err(
            "options: `min` and `max` go with one column; call dbIncrement for each".into(),
        );
    }
    // A column that the condition names comes last: the rows are the same ones for those before.
    additions.sort_by_key(|addition| names_column(&filter, &addition.column));
    let named = additions.iter();
    if named.filter(|it| names_column(&filter, &it.column)).count() > 1 {
        return Err(
            "where: it names more than one of the columns that are added to; call dbIncrement for each"
                .into(),
        );
    }
    in_transaction(host, || {
        let mut rows = 0;
        for addition in &additions {
            rows = host.increment(addition).map_err(reason)?;
        }
        affected(rows)
    })
}

/// Returns the number of rows.
pub fn count(host: &dyn Host, table: &str, wanted: &Value) -> Answer {
    let count = host.count(table, &filter(wanted)?).map_err(reason)?;
    Ok(Value::object([("count", count)].map(numbered)))
}

/// Returns the sum of a column.
pub fn sum(host: &dyn Host, table: &str, column: &str, wanted: &Value) -> Answer {
    let sum = host.sum(table, column, &filter(wanted)?).map_err(reason)?;
    Ok(Value::object([("sum", from_column(sum))]))
}

/// Returns a row for each group.
pub fn group_by(host: &dyn Host, table: &str, options: &Value) -> Answer {
    let grouping = Options::of(options)?.grouping(table)?;
    rows(host.group_by(&grouping))
}

fn additions(
    table: &str,
    columns: &Value,
    filter: &Filter,
    options: Options<'_>,
) -> Result<Vec<Addition>, String> {
    let columns = match columns {
        Value::Object(columns) if !columns.is_empty() => columns,
        _ => return Err("columns: expected an object such as {\"stock\": -1}".into()),
    };
    let mut set = options.set()?;
    let additions = columns.iter().map(|(column, by)| {
        if !matches!(by, Value::Integer(_) | Value::Float(_) | Value::Decimal(_)) {
            return Err(format!(
                "columns: `{column}` takes a number to add, and is {}",
                by.kind()
            ));
        }
        Ok(Addition {
            table: table.to_owned(),
            filter: filter.clone(),
            column: column.clone(),
            by: to_column(by),
            bounds: options.bounds(),
            set: std::mem::take(&mut set),
        })
    });
    additions.collect()
}

/// Runs statements in the open transaction, or else in one of their own.
fn in_transaction(host: &dyn Host, run: impl FnOnce() -> Answer) -> Answer {
    let begun = crate::functions::answered(&host.db_begin());
    if let Err(error) = &begun
        && error.code.as_deref() != Some("transaction")
    {
        return Err(error.clone());
    }
    let answer = run();
    if begun.is_ok() {
        let ended = match &answer {
            Ok(_) => host.db_commit(),
            Err(_) => host.db_rollback(),
        };
        let ended = crate::functions::answered(&ended);
        if answer.is_ok() {
            ended?;
        }
    }
    answer
}

fn query(table: &str, wanted: &Value, options: &Value) -> Result<Query, String> {
    let options = Options::of(options)?;
    Ok(Query {
        table: table.to_owned(),
        columns: options.texts("columns")?,
        filter: filter(wanted)?,
        order: options.order()?,
        limit: options.number("limit")?,
        offset: options.number("offset")?.unwrap_or_default(),
    })
}

fn rows(found: Result<Vec<contract::Row>, contract::Error>) -> Answer {
    let rows = found.map_err(reason)?.into_iter().map(object).collect();
    Ok(Value::object([("rows", Value::List(rows))]))
}

#[allow(clippy::unnecessary_wraps, reason = "the answer of a function")]
fn affected(rows: u64) -> Answer {
    Ok(Value::object([("rows_affected", rows)].map(numbered)))
}

fn numbered((name, number): (&str, u64)) -> (&str, Value) {
    (name, number.into())
}

#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` takes")]
fn reason(error: contract::Error) -> Reason {
    let code = match error {
        contract::Error::Denied(_) => "denied",
        contract::Error::Invalid(_) => "invalid",
        contract::Error::Constraint(_) => "constraint",
        contract::Error::Busy(_) => "busy",
        contract::Error::Limit(_) => "limit",
        contract::Error::Database(_) => "database",
        contract::Error::Internal(_) => "internal",
    };
    Reason::named(code, error.message())
}
