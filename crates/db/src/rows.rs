//! Rows as JSON, within limits. What a value is, each database's own module knows.

use futures::{Stream, TryStreamExt};
use raisfast_host_api::{
    ApiError, ErrorCode,
    capability::{Row, RowLimits},
};
use sea_orm::sqlx::{self, error::BoxDynError};
use serde_json::Value;

use crate::failure::api_error;

/// Why a query has no answer.
pub(crate) enum QueryError {
    /// It was not sent.
    NotSent(ApiError),
    /// The database refused it, or failed.
    Database(sqlx::Error),
    /// Its answer cannot be handed on. The rest of it is still on its way.
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
}

/// A row, and its size as JSON in bytes, roughly.
pub(crate) struct SizedRow {
    row: Row,
    bytes: u64,
}

impl RowReader {
    pub(crate) fn column(
        &mut self,
        name: &str,
        value: Result<Value, BoxDynError>,
    ) -> Result<(), QueryError> {
        let unusable = |message| QueryError::Answer(ApiError::new(ErrorCode::Sql, message));
        let value = value
            .map_err(|reason| unusable(format!("column `{name}` cannot be read: {reason}")))?;
        self.bytes += name.len() as u64 + 4 + size(&value);
        if self.row.insert(name.to_owned(), value).is_some() {
            return Err(unusable(format!(
                "two columns of the answer are called `{name}`; give one another name with AS"
            )));
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> SizedRow {
        SizedRow {
            row: self.row,
            bytes: self.bytes + 2,
        }
    }
}

/// Reads rows one at a time, so an answer over the limits ends the query instead of filling memory.
pub(crate) async fn collect(
    rows: &mut (impl Stream<Item = Result<SizedRow, QueryError>> + Unpin),
    limits: RowLimits,
) -> Result<Vec<Row>, QueryError> {
    let mut collected = Vec::new();
    let mut total = 0;
    while let Some(SizedRow { row, bytes }) = rows.try_next().await? {
        total += bytes;
        if collected.len() as u64 == limits.rows || total > limits.bytes {
            return Err(QueryError::Answer(too_large(limits)));
        }
        collected.push(row);
    }
    Ok(collected)
}

/// A number that JSON may not have: then its name stands for it, as it does on PostgreSQL.
pub(crate) fn real(number: f64) -> Value {
    serde_json::Number::from_f64(number).map_or_else(
        || match number {
            f64::INFINITY => "Infinity".into(),
            f64::NEG_INFINITY => "-Infinity".into(),
            _ => "NaN".into(),
        },
        Value::Number,
    )
}

/// A number of half the width, as the decimal that was meant: 0.1, and not 0.10000000149011612.
pub(crate) fn single_real(number: f32) -> Value {
    real(number.to_string().parse().unwrap_or(f64::from(number)))
}

/// A decimal, digit by digit: text, unless it is a whole number that fits into 64 bits. COUNT and SUM of
/// whole numbers are so numbers on every database, though some make decimals of them.
pub(crate) fn decimal(digits: String) -> Value {
    if let Ok(number) = digits.parse::<i64>() {
        return number.into();
    }
    match digits.parse::<u64>() {
        Ok(number) => number.into(),
        Err(_) => digits.into(),
    }
}

fn size(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64 + 2,
        // A number is at most 24 characters; most are far shorter.
        Value::Number(_) => 8,
        Value::Null | Value::Bool(_) => 5,
        Value::Array(values) => values.iter().map(|value| size(value) + 1).sum::<u64>() + 2,
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| name.len() as u64 + 4 + size(value))
            .sum::<u64>(),
    }
}

fn too_large(limits: RowLimits) -> ApiError {
    let RowLimits { rows, bytes } = limits;
    ApiError::new(
        ErrorCode::TooLarge,
        format!("the answer is over {rows} rows or {bytes} bytes; select less, or page with LIMIT"),
    )
}
