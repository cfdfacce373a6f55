//! Rows, within limits. What a value is, each database's own module knows.

use std::collections::HashSet;

use futures::{Stream, TryStreamExt};
use raisfast_host_api::{
    ApiError, ErrorCode,
    capability::{ColumnValue, Row, RowLimits},
};
use sea_orm::sqlx::{self, error::BoxDynError};

use crate::driver_error::api_error;

/// The reason for which a query has no answer.
pub(crate) enum QueryError {
    /// It was not sent.
    NotSent(ApiError),
    /// The database refused it, or failed.
    Database(sqlx::Error),
    /// The answer cannot be handed on. The rest of it is still on its way.
    Answer(ApiError),
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::NotSent(error) | QueryError::Answer(error) => error,
            QueryError::Database(error) => api_error(&error),
        }
    }
}

/// A row that is read column by column, in the statement's order.
#[derive(Default)]
pub(crate) struct RowReader {
    row: Row,
    bytes: u64,
    memory: u64,
}

/// A row, its size as JSON and what it takes in memory, in bytes, roughly.
pub(crate) struct SizedRow {
    row: Row,
    bytes: u64,
    memory: u64,
}

impl RowReader {
    pub(crate) fn column(
        &mut self,
        name: &str,
        value: Result<ColumnValue, BoxDynError>,
    ) -> Result<(), QueryError> {
        let value = value
            .map_err(|reason| unusable(format!("column `{name}` cannot be read: {reason}")))?;
        let length = size(&value);
        self.bytes += name.len() as u64 + 4 + length;
        self.memory += COLUMN + name.len() as u64 + length * factor(&value);
        self.row.push(name, value);
        Ok(())
    }

    pub(crate) fn finish(self) -> SizedRow {
        SizedRow {
            row: self.row,
            bytes: self.bytes + 2,
            memory: self.memory + ROW,
        }
    }
}

/// Reads rows one at a time, so an answer over the limits ends the query instead of filling memory.
pub(crate) async fn collect(
    rows: &mut (impl Stream<Item = Result<SizedRow, QueryError>> + Unpin),
    limits: RowLimits,
) -> Result<Vec<Row>, QueryError> {
    let mut collected = Vec::new();
    let (mut total, mut held) = (0, 0);
    while let Some(SizedRow { row, bytes, memory }) = rows.try_next().await? {
        total += bytes;
        held += memory;
        if collected.is_empty() {
            check_names(&row)?;
        }
        if collected.len() as u64 == limits.rows || total > limits.bytes || held > limits.memory {
            return Err(QueryError::Answer(too_large(limits)));
        }
        collected.push(row);
    }
    Ok(collected)
}

/// All rows of an answer have the same columns.
fn check_names(row: &Row) -> Result<(), QueryError> {
    let mut names = HashSet::new();
    match row.columns().iter().find(|(name, _)| !names.insert(name)) {
        None => Ok(()),
        Some((name, _)) => Err(unusable(format!(
            "two columns of the answer are called `{name}`; give one another name with AS"
        ))),
    }
}

fn unusable(message: String) -> QueryError {
    QueryError::Answer(ApiError::new(ErrorCode::Sql, message))
}

/// A number of half the width, as the decimal that was meant: 0.1, and not 0.10000000149011612.
pub(crate) fn single_real(number: f32) -> ColumnValue {
    ColumnValue::Real(number.to_string().parse().unwrap_or(f64::from(number)))
}

/// A decimal, digit by digit: a whole number that fits into 64 bits is one. COUNT and SUM of whole
/// numbers are so integers on every database, though some make decimals of them.
pub(crate) fn decimal(digits: String) -> ColumnValue {
    if let Ok(number) = digits.parse::<i64>() {
        return ColumnValue::Integer(number);
    }
    match digits.parse::<u64>() {
        Ok(number) => ColumnValue::Unsigned(number),
        Err(_) => ColumnValue::Decimal(digits),
    }
}

/// Bytes that a row takes beside its columns, and a column beside its name and value.
const ROW: u64 = 32;
const COLUMN: u64 = size_of::<(String, ColumnValue)>() as u64 + 16;

/// Returns the factor from a value's length as JSON to what it takes in memory.
fn factor(value: &ColumnValue) -> u64 {
    match value {
        // Each value within is one of these.
        ColumnValue::Json(_) => size_of::<ColumnValue>() as u64 / 2,
        _ => 1,
    }
}

/// Bytes of a value as JSON, roughly.
fn size(value: &ColumnValue) -> u64 {
    match value {
        ColumnValue::Decimal(text) | ColumnValue::Text(text) => text.len() as u64 + 2,
        ColumnValue::Bytes(bytes) => bytes.len() as u64 * 4 / 3 + 2,
        // A number is at most 24 characters; most are far shorter.
        ColumnValue::Integer(_) | ColumnValue::Unsigned(_) | ColumnValue::Real(_) => 8,
        ColumnValue::Null | ColumnValue::Bool(_) => 5,
        ColumnValue::Json(value) => json_size(value),
    }
}

fn json_size(value: &serde_json::Value) -> u64 {
    match value {
        serde_json::Value::String(text) => text.len() as u64 + 2,
        serde_json::Value::Number(_) => 8,
        serde_json::Value::Null | serde_json::Value::Bool(_) => 5,
        serde_json::Value::Array(values) => {
            values.iter().map(|value| json_size(value) + 1).sum::<u64>() + 2
        }
        serde_json::Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| name.len() as u64 + 4 + json_size(value))
            .sum::<u64>(),
    }
}

fn too_large(limits: RowLimits) -> ApiError {
    let RowLimits {
        rows,
        bytes,
        memory,
    } = limits;
    ApiError::new(
        ErrorCode::TooLarge,
        format!(
            "the answer is over {rows} rows or {bytes} bytes, or over {memory} bytes of memory; \
             select less, or page with LIMIT"
        ),
    )
}
