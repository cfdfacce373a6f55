//! Values as parameters.

use raisfast_types::database::Value;

use super::invalid;
use crate::{ApiError, capability::Scalar};

/// Digits of a decimal. MariaDB's have no more.
const MAX_DIGITS: usize = 65;

/// The parameter that stands for a value.
pub(super) fn parameter(value: Value) -> Result<Scalar, ApiError> {
    Ok(match value {
        Value::Null => Scalar::Null,
        Value::Boolean(truth) => Scalar::Bool(truth),
        Value::Integer(number) => Scalar::Integer(number),
        Value::Float(number) if number.is_finite() => Scalar::Real(number),
        Value::Float(number) => {
            return Err(invalid(format!(
                "{number} is no number that every database has; use null"
            )));
        }
        Value::Decimal(digits) if is_decimal(&digits) => Scalar::Text(digits),
        Value::Decimal(digits) => {
            let shown: String = digits.chars().take(80).collect();
            return Err(invalid(format!(
                "{shown:?} is no decimal: at most {MAX_DIGITS} digits, with a sign and a point, such as -12.50"
            )));
        }
        Value::Text(text) if text.contains('\0') => {
            return Err(invalid(
                "a text has a NUL character in it, which not every database keeps; leave it out, or take bytes",
            ));
        }
        Value::Text(text) => Scalar::Text(text),
        Value::Bytes(bytes) => Scalar::Bytes(bytes),
    })
}

/// Refuses what cannot be added.
pub(super) fn check_number(called: &str, value: &Value) -> Result<(), ApiError> {
    match value {
        Value::Integer(_) | Value::Float(_) | Value::Decimal(_) => Ok(()),
        _ => Err(invalid(format!(
            "`{called}` of an increment is a number: an integer, a float or a decimal"
        ))),
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_number(whole) && is_number(places) && digits.len() <= MAX_DIGITS + 1
}

#[cfg(test)]
mod tests {
    use super::is_decimal;

    #[test]
    fn a_decimal_is_digits_with_a_point() {
        for good in [
            "0",
            "-1",
            "+1.50",
            "007",
            "18446744073709551616",
            &"9".repeat(65),
        ] {
            assert!(is_decimal(good), "{good}");
        }
        for bad in [
            "",
            "-",
            ".",
            ".5",
            "5.",
            "1e3",
            "1,5",
            "0x10",
            " 1",
            "--1",
            "NaN",
            "١",
            "1.2.3",
            "1; DROP TABLE posts",
            &"9".repeat(70),
        ] {
            assert!(!is_decimal(bad), "{bad}");
        }
    }
}
