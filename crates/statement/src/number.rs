//! Numbers as guests send them: whole, not exact, or digit by digit.

use raisfast_contract::database::Value;

use crate::{Digits, Scalar};

/// Digits of a decimal. MariaDB's have no more.
pub(crate) const MAX_DIGITS: usize = 65;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Number {
    Whole(i128),
    Real(f64),
    /// With a sign and a point, and more digits than the others keep.
    Digits(String),
}

impl Number {
    /// Reads a value as a number. A truth is 0 or 1, and text a number where it is written as one,
    /// as on every database.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Boolean(truth) => Some(Self::Whole(i128::from(*truth))),
            Value::Integer(number) => Some(Self::Whole((*number).into())),
            Value::Float(number) => number.is_finite().then_some(Self::Real(*number)),
            Value::Decimal(text) => Self::of_digits(text),
            Value::Text(text) => {
                let text = text.trim();
                Self::of_digits(text).or_else(|| {
                    let is_written =
                        text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
                    let number = text.parse::<f64>().ok()?;
                    (is_written && number.is_finite()).then_some(Self::Real(number))
                })
            }
            Value::Null | Value::Bytes(_) => None,
        }
    }

    fn of_digits(text: &str) -> Option<Self> {
        if !is_decimal(text) {
            return None;
        }
        let (whole, places) = text.split_once('.').unwrap_or((text, ""));
        let whole = places
            .bytes()
            .all(|digit| digit == b'0')
            .then(|| whole.parse().ok())
            .flatten();
        Some(whole.map_or_else(|| Self::Digits(text.to_owned()), Self::Whole))
    }

    /// The number, where it is a whole one.
    pub(crate) fn whole(&self) -> Option<i128> {
        match self {
            Self::Whole(number) => Some(*number),
            // As text a whole number has no point, and no digit is lost.
            Self::Real(number) => number.to_string().parse().ok(),
            Self::Digits(_) => None,
        }
    }

    /// The nearest number that is not exact.
    pub(crate) fn real(&self) -> Option<f64> {
        let number = match self {
            Self::Real(number) => *number,
            Self::Whole(_) | Self::Digits(_) => self.digits().parse().ok()?,
        };
        number.is_finite().then_some(number)
    }

    /// All of its digits.
    pub(crate) fn digits(&self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Digits(digits) => digits.clone(),
        }
    }

    /// The digits, rounded as PostgreSQL and MariaDB do, half away from zero; none where there are
    /// too many before the point.
    pub(crate) fn rounded(&self, Digits { whole, places }: Digits) -> Option<String> {
        let written = self.digits();
        let (sign, digits) = match written.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", written.strip_prefix('+').unwrap_or(&written)),
        };
        let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
        let kept = after.get(..places).unwrap_or(after);
        let mut digits = format!("0{before}{kept:0<places$}").into_bytes();
        if after
            .as_bytes()
            .get(places)
            .is_some_and(|next| *next >= b'5')
        {
            for digit in digits.iter_mut().rev() {
                if *digit < b'9' {
                    *digit += 1;
                    break;
                }
                *digit = b'0';
            }
        }
        let digits = String::from_utf8(digits).ok()?;
        let (before, after) = digits.split_at(digits.len() - places);
        let before = before.trim_start_matches('0');
        if before.len() > whole {
            return None;
        }
        let before = if before.is_empty() { "0" } else { before };
        Some(if after.is_empty() {
            format!("{sign}{before}")
        } else {
            format!("{sign}{before}.{after}")
        })
    }

    /// The parameter that stands for it, and what stands for the parameter if it is a decimal's
    /// text.
    pub(crate) fn scalar(&self) -> Scalar {
        match self {
            Self::Real(number) => Scalar::Real(*number),
            Self::Whole(number) => i64::try_from(*number)
                .map_or_else(|_| Scalar::Text(number.to_string()), Scalar::Integer),
            Self::Digits(digits) => Scalar::Text(digits.clone()),
        }
    }
}

pub(crate) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_number(whole) && is_number(places) && digits.len() <= MAX_DIGITS + 1
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_number_is_whole_or_not() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (value, whole) in [
            (Value::Integer(7), Some(7)),
            (Value::Float(3.0), Some(3)),
            (Value::Float(1.7), None),
            (Value::Decimal("2.00".to_owned()), Some(2)),
            (Value::Decimal("2.01".to_owned()), None),
            (Value::Boolean(true), Some(1)),
            (text(" 12 "), Some(12)),
            (text("1e3"), Some(1000)),
            (text("+5"), Some(5)),
        ] {
            assert_eq!(Number::of(&value).unwrap().whole(), whole, "{value:?}");
        }
        for none in ["", "12abc", "now", "inf", "-inf", "NaN", "1e999", "0x10"] {
            assert_eq!(Number::of(&text(none)), None, "{none}");
        }
    }

    #[test]
    fn digits_are_rounded_half_away_from_zero() {
        let price = Digits {
            whole: 3,
            places: 2,
        };
        let rounded = |digits: &str| Number::Digits(digits.to_owned()).rounded(price);
        for (digits, found) in [
            ("1", "1.00"),
            ("1.005", "1.01"),
            ("-1.005", "-1.01"),
            ("1.004999", "1.00"),
            ("9.999", "10.00"),
            ("0.1", "0.10"),
            ("+00012.5", "12.50"),
            ("999.994", "999.99"),
        ] {
            assert_eq!(rounded(digits).as_deref(), Some(found), "{digits}");
        }
        assert_eq!(rounded("999.995"), None);
        assert_eq!(rounded("1000"), None);
        let whole = Digits {
            whole: 2,
            places: 0,
        };
        assert_eq!(Number::Real(9.5).rounded(whole).as_deref(), Some("10"));
    }
}
