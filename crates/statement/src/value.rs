//! Values as parameters, of the type that their column is declared with.
//!
//! Databases differ in what they make of a value of another type: SQLite stores it, MariaDB bends
//! it, and PostgreSQL refuses it. So it is decided here. What can only mean one thing is taken,
//! such as 3.0 for a whole number; everything else is refused, with one error.

use raisfast_contract::database::Value;
use raisfast_sql_gate::Dialect;

use crate::{
    ColumnType, Scalar, StatementError,
    error::invalid,
    number::{MAX_DIGITS, Number, is_decimal},
    time,
    writer::Writer,
};

/// Characters of a value that an error shows.
const MAX_SHOWN: usize = 80;

impl Writer<'_> {
    /// Adds a value that goes into a column; returns the placeholder for it.
    pub(crate) fn stored(&mut self, column: &str, value: Value) -> Result<String, StatementError> {
        let value = checked(value)?;
        let data_type = self.target.columns.of(column);
        let scalar = match (data_type, &value) {
            (ColumnType::Other, _) | (_, Value::Null) => untyped(value),
            _ => fitting(self.target.dialect, data_type, &value)
                .ok_or_else(|| unfit(column, data_type, &value))?,
        };
        self.params.push(scalar);
        Ok("?".to_owned())
    }

    /// Adds a value with which a column is compared; returns the placeholder for it.
    pub(crate) fn compared(
        &mut self,
        column: &str,
        data_type: &ColumnType,
        value: Value,
    ) -> Result<String, StatementError> {
        let value = checked(value)?;
        let dialect = self.target.dialect;
        let scalar = match data_type {
            ColumnType::Other => {
                let is_decimal = matches!(value, Value::Decimal(_));
                let scalar = untyped(value);
                return Ok(self.added(scalar, is_decimal));
            }
            number if number.is_number() => {
                let number = Number::of(&value).ok_or_else(|| unfit(column, number, &value))?;
                return Ok(self.number(data_type, &number));
            }
            // Any length is worth comparing.
            ColumnType::Text(_) => fitting(dialect, &ColumnType::Text(None), &value),
            ColumnType::Bytes(_) => fitting(dialect, &ColumnType::Bytes(None), &value),
            other => fitting(dialect, other, &value),
        };
        let scalar = scalar.ok_or_else(|| unfit(column, data_type, &value))?;
        Ok(self.added(scalar, false))
    }

    /// A number that is compared with a column, or added to it.
    pub(crate) fn number(&mut self, data_type: &ColumnType, number: &Number) -> String {
        let scalar = number.scalar();
        // PostgreSQL expects a number of the column's own width, and would not compare it with
        // another one.
        let placeholder = match (self.target.dialect, data_type, &scalar) {
            (Dialect::Postgres, ColumnType::Integer { min, max }, Scalar::Integer(number))
                if !(min..=max).contains(&&i128::from(*number)) =>
            {
                "CAST(? AS BIGINT)"
            }
            (Dialect::Postgres, ColumnType::Integer { .. }, Scalar::Real(_)) => {
                "CAST(? AS DOUBLE PRECISION)"
            }
            (.., Scalar::Text(_)) => return self.added(scalar, true),
            _ => "?",
        };
        self.params.push(scalar);
        placeholder.to_owned()
    }

    fn added(&mut self, scalar: Scalar, is_decimal: bool) -> String {
        self.params.push(scalar);
        let placeholder = match self.target.dialect {
            _ if !is_decimal => "?",
            // The others would compare or add its text, or a number that is not exact.
            Dialect::Mysql => "CAST(? AS DECIMAL(65, 30))",
            Dialect::Sqlite | Dialect::Postgres => "CAST(? AS NUMERIC)",
        };
        placeholder.to_owned()
    }
}

/// Returns the text of a column's value as a plugin gets it.
pub fn shown(data_type: &ColumnType, text: String) -> String {
    match data_type {
        ColumnType::Timestamp(_) => time::shown(text),
        _ => text,
    }
}

/// The value as the column takes it; none where it does not.
fn fitting(dialect: Dialect, data_type: &ColumnType, value: &Value) -> Option<Scalar> {
    let text = match value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    };
    match data_type {
        ColumnType::Boolean => boolean(value).map(Scalar::Bool),
        ColumnType::Integer { min, max } => {
            let number = Number::of(value)?.whole()?;
            (min..=max)
                .contains(&&number)
                .then(|| Number::Whole(number).scalar())
        }
        ColumnType::Decimal(None) => Some(Number::of(value)?.scalar()),
        ColumnType::Decimal(Some(digits)) => Number::of(value)?.rounded(*digits).map(Scalar::Text),
        ColumnType::Double => Number::of(value)?.real().map(Scalar::Real),
        ColumnType::Single => {
            let number = Number::of(value)?.real()?;
            (number.abs() <= f64::from(f32::MAX)).then_some(Scalar::Real(number))
        }
        ColumnType::Text(most) => {
            let text = written(value)?;
            most.is_none_or(|most| text.chars().count() as u64 <= most)
                .then_some(Scalar::Text(text))
        }
        ColumnType::Bytes(most) => match value {
            Value::Bytes(bytes) if most.is_none_or(|most| bytes.len() as u64 <= most) => {
                Some(Scalar::Bytes(bytes.clone()))
            }
            _ => None,
        },
        ColumnType::Date => time::parse_date(text?).map(Scalar::Text),
        ColumnType::Time => time::parse_time_of_day(text?).map(Scalar::Text),
        ColumnType::Timestamp(places) => {
            time::written(dialect, time::parse(text?)?, *places).map(Scalar::Text)
        }
        ColumnType::Other => Some(untyped(value.clone())),
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(truth) => Some(*truth),
        Value::Integer(0) => Some(false),
        Value::Integer(1) => Some(true),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Everything but bytes as text.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Decimal(text) => Some(text.clone()),
        Value::Boolean(truth) => Some(u8::from(*truth).to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Null | Value::Bytes(_) => None,
    }
}

/// The value itself, where nothing is known of the column.
fn untyped(value: Value) -> Scalar {
    match value {
        Value::Null => Scalar::Null,
        Value::Boolean(truth) => Scalar::Bool(truth),
        Value::Integer(number) => Scalar::Integer(number),
        Value::Float(number) => Scalar::Real(number),
        Value::Decimal(text) | Value::Text(text) => Scalar::Text(text),
        Value::Bytes(bytes) => Scalar::Bytes(bytes),
    }
}

/// Refuses what no column takes.
fn checked(value: Value) -> Result<Value, StatementError> {
    match &value {
        Value::Float(number) if !number.is_finite() => Err(invalid(format!(
            "{number} is not a number that every database has; use null"
        ))),
        Value::Decimal(digits) if !is_decimal(digits) => {
            let shown: String = digits.chars().take(MAX_SHOWN).collect();
            Err(invalid(format!(
                "{shown:?} is not a decimal: at most {MAX_DIGITS} digits, with a sign and a point, such as -12.50"
            )))
        }
        Value::Text(text) if text.contains('\0') => Err(invalid(
            "a text has a NUL character in it, which not every database keeps; leave it out, or take bytes",
        )),
        _ => Ok(value),
    }
}

/// Refuses what cannot be added.
pub(crate) fn check_number(called: &str, value: Value) -> Result<Value, StatementError> {
    match value {
        Value::Integer(_) | Value::Float(_) | Value::Decimal(_) => checked(value),
        _ => Err(invalid(format!(
            "`{called}` of an increment is a number: an integer, a float or a decimal"
        ))),
    }
}

/// The error for a value of another type than the column's.
pub(crate) fn unfit(column: &str, data_type: &ColumnType, found: &Value) -> StatementError {
    let found = match found {
        Value::Null => "null".to_owned(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Decimal(digits) => digits.clone(),
        Value::Text(text) => {
            let characters = text.chars().count();
            let shown: String = text.chars().take(MAX_SHOWN).collect();
            if characters > MAX_SHOWN {
                format!("{shown:?}… of {characters} characters")
            } else {
                format!("{shown:?}")
            }
        }
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
    };
    StatementError::Unfit(format!(
        "the column `{column}` takes {data_type}, and the value is {found}"
    ))
}
