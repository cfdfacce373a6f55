//! Increments: one statement, so that nobody else's change is lost in between.
//!
//! A row whose sum the column or a bound does not allow stays as it is. The condition says so
//! before anything is added: SQLite would go on with a number that is not exact, and the others
//! would fail.

use raisfast_contract::database::{Addition, Value};
use raisfast_sql_gate::Dialect;

use crate::{
    ColumnType, Digits, Statement, StatementError, Target,
    condition::Names,
    name::Quoted,
    number::Number,
    value::{check_number, unfit},
    writer::Writer,
};

/// Digits before the point of a decimal that MariaDB compares with one of 30 places.
const MAX_WHOLE_DIGITS: usize = 35;

/// The least and the most that a sum may be, as numbers.
struct Limits {
    min: Option<Value>,
    max: Option<Value>,
}

/// Writes an increment.
pub fn increment(target: Target<'_>, addition: Addition) -> Result<Statement, StatementError> {
    let Addition {
        table,
        filter,
        column,
        by,
        bounds,
        set,
    } = addition;
    let mut writer = Writer::new(target);
    let table = writer.quoted(&table)?;
    let quoted = writer.quoted(&column)?;
    let names = set.iter().map(|field| field.name.as_str());
    writer.columns("the increment", names.chain([column.as_str()]))?;
    let by = check_number("by", by)?;
    let number =
        |called, bound: Option<Value>| bound.map(|bound| check_number(called, bound)).transpose();
    let limits = Limits {
        min: number("min", bounds.min)?,
        max: number("max", bounds.max)?,
    };

    let data_type = target.columns.of(&column);
    let by = fitting(&column, data_type, by)?;
    let sum = writer.sum(&quoted, data_type, &by)?;
    writer.push(&format!("UPDATE {table} SET {quoted} = {sum}"));
    if !set.is_empty() {
        writer.push(", ");
        writer.assignments(set)?;
    }
    writer.push(&format!(" WHERE {quoted} IS NOT NULL"));
    writer.filter(" AND ", filter, &Names::Columns)?;
    match data_type {
        ColumnType::Integer { min, max } => writer.within(&quoted, (*min, *max), &by, &limits),
        _ => writer.compared_sums(&quoted, data_type, &by, limits)?,
    }
    writer.finish()
}

/// Returns the addition as a number that the column can hold.
fn fitting(column: &str, data_type: &ColumnType, by: Value) -> Result<Value, StatementError> {
    let number = Number::of(&by);
    let fits = match data_type {
        ColumnType::Other | ColumnType::Decimal(None) => return Ok(by),
        ColumnType::Integer { .. } => number
            .and_then(|number| number.whole())
            .map(|whole| Value::Decimal(whole.to_string())),
        ColumnType::Decimal(Some(digits)) => number
            .and_then(|number| number.rounded(*digits))
            .map(Value::Decimal),
        ColumnType::Double | ColumnType::Single => {
            number.and_then(|number| number.real()).map(Value::Float)
        }
        other => {
            return Err(StatementError::Unfit(format!(
                "the column `{column}` takes {other}, and an increment needs a number"
            )));
        }
    };
    fits.ok_or_else(|| unfit(column, data_type, &by))
}

impl Writer<'_> {
    /// The column and what is added to it.
    fn sum(
        &mut self,
        column: &Quoted,
        data_type: &ColumnType,
        by: &Value,
    ) -> Result<String, StatementError> {
        let added = self.operand(data_type, by)?;
        Ok(match (self.target.dialect, data_type) {
            // It adds numbers that are not exact.
            (Dialect::Sqlite, ColumnType::Decimal(Some(Digits { places, .. }))) => {
                format!("round({column} + {added}, {places})")
            }
            _ => format!("{column} + {added}"),
        })
    }

    fn operand(&mut self, data_type: &ColumnType, value: &Value) -> Result<String, StatementError> {
        match Number::of(value) {
            Some(number) if *data_type != ColumnType::Other => Ok(self.number(data_type, &number)),
            _ => self.compared("by", &ColumnType::Other, value.clone()),
        }
    }

    /// Keeps to the rows of which the sum is within the column's range and the bounds. What a row
    /// may have had before is computed here, so that no database computes what it cannot hold.
    fn within(
        &mut self,
        column: &Quoted,
        (least, most): (i128, i128),
        by: &Value,
        limits: &Limits,
    ) {
        let by = Number::of(by).and_then(|by| by.whole()).unwrap_or_default();
        let bound = |bound: &Option<Value>, end: Bound| {
            let number = bound.as_ref().and_then(Number::of)?;
            Some(end.of(&number))
        };
        let low = bound(&limits.min, Bound::Least).map_or(least, |min| min.max(least));
        let high = bound(&limits.max, Bound::Most).map_or(most, |max| max.min(most));
        // Neither end is far beyond what the column holds anyway.
        let low = low.saturating_sub(by).max(least);
        let high = high.saturating_sub(by).min(most);
        if low > high {
            self.push(" AND 1 = 0");
            return;
        }
        let data_type = ColumnType::Integer {
            min: least,
            max: most,
        };
        for (operator, edge) in [(">=", low), ("<=", high)] {
            let edge = self.number(&data_type, &Number::Whole(edge));
            self.push(&format!(" AND {column} {operator} {edge}"));
        }
    }

    /// The same for numbers that are not whole.
    fn compared_sums(
        &mut self,
        column: &Quoted,
        data_type: &ColumnType,
        by: &Value,
        limits: Limits,
    ) -> Result<(), StatementError> {
        match data_type {
            ColumnType::Double => self.below(column, f64::MAX, by)?,
            ColumnType::Single => self.below(column, f64::from(f32::MAX), by)?,
            ColumnType::Decimal(Some(Digits { whole, places })) if *whole <= MAX_WHOLE_DIGITS => {
                let most = if *places == 0 {
                    "9".repeat(*whole)
                } else {
                    format!("0{}.{}", "9".repeat(*whole), "9".repeat(*places))
                };
                for (operator, edge) in [(">=", format!("-{most}")), ("<=", most)] {
                    let sum = self.sum(column, data_type, by)?;
                    let edge = self.operand(data_type, &Value::Decimal(edge))?;
                    self.push(&format!(" AND {sum} {operator} {edge}"));
                }
            }
            // SQLite alone would go on with a number that is not exact.
            ColumnType::Other if self.target.dialect == Dialect::Sqlite => {
                if let Value::Integer(by) = *by {
                    let (operator, edge) = if by > 0 {
                        ("<=", i64::MAX - by)
                    } else {
                        (">=", i64::MIN - by)
                    };
                    let edge = self.operand(data_type, &Value::Integer(edge))?;
                    self.push(&format!(" AND {column} {operator} {edge}"));
                }
            }
            _ => {}
        }
        for (operator, bound) in [(">=", limits.min), ("<=", limits.max)] {
            let Some(bound) = bound else { continue };
            let sum = self.sum(column, data_type, by)?;
            let bound = self.operand(data_type, &bound)?;
            self.push(&format!(" AND {sum} {operator} {bound}"));
        }
        Ok(())
    }

    /// Keeps to the rows of which the sum is finite.
    fn below(&mut self, column: &Quoted, most: f64, by: &Value) -> Result<(), StatementError> {
        let by = Number::of(by).and_then(|by| by.real()).unwrap_or_default();
        let (operator, edge) = if by > 0.0 {
            ("<=", most - by)
        } else {
            (">=", -most - by)
        };
        let edge = self.operand(&ColumnType::Double, &Value::Float(edge))?;
        self.push(&format!(" AND {column} {operator} {edge}"));
        Ok(())
    }
}

/// An end of a range of whole numbers.
#[derive(Clone, Copy)]
enum Bound {
    Least,
    Most,
}

impl Bound {
    /// The whole number that is within, next to the end.
    fn of(self, end: &Number) -> i128 {
        if let Some(whole) = end.whole() {
            return whole;
        }
        let digits = end.digits();
        let is_negative = digits.starts_with('-');
        let whole = digits.split_once('.').map_or(&*digits, |(whole, _)| whole);
        // That many digits are beyond every column.
        let whole: i128 = whole.parse().unwrap_or(if is_negative {
            i128::MIN / 2
        } else {
            i128::MAX / 2
        });
        match (self, is_negative) {
            (Self::Least, false) => whole.saturating_add(1),
            (Self::Most, true) => whole.saturating_sub(1),
            _ => whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_between_whole_numbers_is_the_next_one_within() {
        for (digits, least, most) in [
            ("10", 10, 10),
            ("10.5", 11, 10),
            ("-10.5", -10, -11),
            ("-0.5", 0, -1),
            ("0.5", 1, 0),
            ("3.00", 3, 3),
        ] {
            let number = Number::of(&Value::Decimal(digits.to_owned())).unwrap();
            assert_eq!(Bound::Least.of(&number), least, "{digits}");
            assert_eq!(Bound::Most.of(&number), most, "{digits}");
        }
    }
}
