//! SQLite's values, and parameters.
//!
//! SQLite types values, not columns: an integer may stand in a text column, and an expression has
//! no declared type at all. So each value is asked what it is. The declared type decides one thing
//! only, whether 0 and 1 are a boolean.

use raisfast_host_api::capability::{ColumnValue, Scalar};
use sea_orm::sqlx::{
    Column, Decode, Row as _, Sqlite, TypeInfo, ValueRef,
    error::BoxDynError,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow, SqliteValueRef},
};

use crate::rows::{QueryError, RowReader, SizedRow};

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
            Scalar::Bytes(value) => query.bind(value.clone()),
        };
    }
    query
}

pub(crate) fn read_row(row: &SqliteRow) -> Result<SizedRow, QueryError> {
    let mut reader = RowReader::default();
    for column in row.columns() {
        let value = row
            .try_get_raw(column.ordinal())
            .map_err(Into::into)
            .and_then(|value| read_value(value, column.type_info().name() == "BOOLEAN"));
        reader.column(column.name(), value)?;
    }
    Ok(reader.finish())
}

fn read_value(
    value: SqliteValueRef<'_>,
    declared_boolean: bool,
) -> Result<ColumnValue, BoxDynError> {
    if value.is_null() {
        return Ok(ColumnValue::Null);
    }
    let class = value.type_info().into_owned();
    Ok(match class.name() {
        "INTEGER" => match <i64 as Decode<Sqlite>>::decode(value)? {
            number @ (0 | 1) if declared_boolean => ColumnValue::Bool(number == 1),
            number => ColumnValue::Integer(number),
        },
        "REAL" => ColumnValue::Real(<f64 as Decode<Sqlite>>::decode(value)?),
        "BLOB" => ColumnValue::Bytes(<Vec<u8> as Decode<Sqlite>>::decode(value)?),
        _ => ColumnValue::Text(
            <String as Decode<Sqlite>>::decode(value)
                .map_err(|reason| format!("{reason}; if it holds bytes, select it with hex()"))?,
        ),
    })
}
