//! SQLite's values as JSON, and JSON's scalars as parameters.
//!
//! SQLite types values, not columns: an integer may stand in a text column, and an expression has
//! no declared type at all. So each value is asked what it is. The declared type decides one thing
//! only, whether 0 and 1 are a boolean.

use base64::{Engine, engine::general_purpose::STANDARD};
use raisfast_host_api::{
    ApiError, ErrorCode,
    capability::{Row, Scalar},
};
use sea_orm::sqlx::{
    Column, Decode, Row as _, Sqlite, TypeInfo, ValueRef,
    error::BoxDynError,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow, SqliteValueRef},
};
use serde_json::Value;

/// Binds the parameters, in order.
pub(crate) fn bind<'q>(
    mut query: Query<'q, Sqlite, SqliteArguments>,
    params: &[Scalar],
) -> Query<'q, Sqlite, SqliteArguments> {
    for param in params {
        query = match param {
            Scalar::Null => query.bind(None::<String>),
            Scalar::Bool(value) => query.bind(*value),
            Scalar::Integer(value) => query.bind(*value),
            Scalar::Real(value) => query.bind(*value),
            Scalar::Text(value) => query.bind(value.clone()),
        };
    }
    query
}

/// The row, column by column in the statement's order, and its size in bytes, roughly.
pub(crate) fn read_row(row: &SqliteRow) -> Result<(Row, u64), ApiError> {
    let mut object = Row::new();
    let mut bytes = 2;
    for column in row.columns() {
        let name = column.name();
        let value = row
            .try_get_raw(column.ordinal())
            .map_err(Into::into)
            .and_then(|value| read_value(value, column.type_info().name() == "BOOLEAN"))
            .map_err(|reason| unreadable(name, reason.as_ref()))?;
        bytes += name.len() as u64 + 4 + size(&value);
        if object.insert(name.to_owned(), value).is_some() {
            return Err(ApiError::new(
                ErrorCode::Sql,
                format!(
                    "two columns of the answer are called `{name}`; give one another name with AS"
                ),
            ));
        }
    }
    Ok((object, bytes))
}

fn read_value(value: SqliteValueRef<'_>, declared_boolean: bool) -> Result<Value, BoxDynError> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let class = value.type_info().into_owned();
    Ok(match class.name() {
        "INTEGER" => match <i64 as Decode<Sqlite>>::decode(value)? {
            number @ (0 | 1) if declared_boolean => Value::Bool(number == 1),
            number => number.into(),
        },
        "REAL" => real(<f64 as Decode<Sqlite>>::decode(value)?),
        "BLOB" => STANDARD
            .encode(<&[u8] as Decode<Sqlite>>::decode(value)?)
            .into(),
        _ => <&str as Decode<Sqlite>>::decode(value)?.into(),
    })
}

/// JSON has no infinity; SQLite has no NaN, it stores NULL instead.
fn real(number: f64) -> Value {
    serde_json::Number::from_f64(number).map_or_else(
        || {
            if number > 0.0 {
                "Infinity".into()
            } else {
                "-Infinity".into()
            }
        },
        Value::Number,
    )
}

fn size(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64 + 2,
        // A number is at most 24 characters; most are far shorter.
        Value::Number(_) => 8,
        _ => 5,
    }
}

fn unreadable(column: &str, reason: &dyn std::error::Error) -> ApiError {
    ApiError::new(
        ErrorCode::Sql,
        format!(
            "column `{column}` cannot be read: {reason}; if it holds bytes, select it with hex()"
        ),
    )
}
