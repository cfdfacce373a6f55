//! The parameters of a statement, as a guest passes them: a JSON array of scalars.
//!
//! They are counted while they are read. What is beyond the statement's placeholders is counted and
//! not kept, and a list or an object is read over: a guest's text could else take forty times its
//! length.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::Scalar;
use crate::{ApiError, ErrorCode};

/// The parameters of a statement with this many placeholders, which has to be their number.
pub(super) fn scalars(params: Option<&str>, placeholders: usize) -> Result<Vec<Scalar>, ApiError> {
    let Some(text) = params else {
        return counted(Vec::new(), 0, placeholders);
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Parameters { placeholders }
        .deserialize(&mut deserializer)
        .and_then(|read| deserializer.end().map(|()| read));
    let (scalars, count) = read.map_err(|error| {
        ApiError::new(
            ErrorCode::InvalidArgument,
            format!(
                "params is a JSON array of strings, numbers, booleans and nulls, such as [1, \"a\", null]; {error}"
            ),
        )
    })?;
    counted(scalars, count, placeholders)
}

fn counted(
    scalars: Vec<Scalar>,
    count: usize,
    placeholders: usize,
) -> Result<Vec<Scalar>, ApiError> {
    if count == placeholders {
        return Ok(scalars);
    }
    Err(ApiError::new(
        ErrorCode::InvalidArgument,
        format!("the statement has {placeholders} placeholders and {count} parameters"),
    ))
}

/// As many as there are placeholders, and their number in all.
struct Parameters {
    placeholders: usize,
}

impl<'de> DeserializeSeed<'de> for Parameters {
    type Value = (Vec<Scalar>, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Parameters {
    type Value = (Vec<Scalar>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut scalars = Vec::new();
        while scalars.len() < self.placeholders {
            let Some(parameter) = array.next_element()? else {
                let count = scalars.len();
                return Ok((scalars, count));
            };
            match parameter {
                Parameter::Scalar(scalar) => scalars.push(scalar),
                Parameter::Unfit(reason) => {
                    return Err(A::Error::custom(format_args!(
                        "parameter {} {reason}",
                        scalars.len() + 1
                    )));
                }
            }
        }
        let mut count = scalars.len();
        while array.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok((scalars, count))
    }
}

/// One element of the array.
enum Parameter {
    Scalar(Scalar),
    /// Nothing that a statement takes, and what is wrong with it.
    Unfit(&'static str),
}

/// The key under which `serde_json` hands a number over where it keeps all digits.
const NUMBER: &str = "$serde_json::private::Number";

fn number(digits: &str) -> Parameter {
    let is_whole = !digits.contains(['.', 'e', 'E']);
    match (digits.parse(), digits.parse()) {
        (Ok(whole), _) => Parameter::Scalar(Scalar::Integer(whole)),
        (Err(_), Ok(real)) if !is_whole => Parameter::Scalar(Scalar::Real(real)),
        _ => TOO_LARGE,
    }
}

const NO_LIST: Parameter = Parameter::Unfit("is a list or an object");
const TOO_LARGE: Parameter = Parameter::Unfit("does not fit 64 signed bits");

impl<'de> Deserialize<'de> for Parameter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ParameterVisitor)
    }
}

struct ParameterVisitor;

impl<'de> Visitor<'de> for ParameterVisitor {
    type Value = Parameter;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number, a boolean or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Parameter, E> {
        Ok(Parameter::Scalar(Scalar::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Parameter, E> {
        Ok(Parameter::Scalar(Scalar::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Parameter, E> {
        Ok(Parameter::Scalar(Scalar::Integer(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Parameter, E> {
        Ok(i64::try_from(value)
            .map_or(TOO_LARGE, |value| Parameter::Scalar(Scalar::Integer(value))))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Parameter, E> {
        Ok(Parameter::Scalar(Scalar::Real(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Parameter, E> {
        Ok(Parameter::Scalar(Scalar::Text(value.to_owned())))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Parameter, E> {
        Ok(Parameter::Scalar(Scalar::Text(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Parameter, A::Error> {
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(NO_LIST)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Parameter, A::Error> {
        let first = object.next_key::<String>()?;
        if first.as_deref() == Some(NUMBER) {
            return object.next_value::<String>().map(|digits| number(&digits));
        }
        if first.is_some() {
            object.next_value::<IgnoredAny>()?;
        }
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(NO_LIST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_scalar_arrives() {
        let params = r#"[null, true, -9223372036854775808, 1.5, 1e3, "a\"b"]"#;
        let expected = [
            Scalar::Null,
            Scalar::Bool(true),
            Scalar::Integer(i64::MIN),
            Scalar::Real(1.5),
            Scalar::Real(1000.0),
            Scalar::Text("a\"b".to_owned()),
        ];
        assert_eq!(scalars(Some(params), 6).unwrap(), expected);
        assert_eq!(scalars(None, 0).unwrap(), []);
        assert_eq!(scalars(Some("[]"), 0).unwrap(), []);
    }

    #[test]
    fn what_is_no_scalar_is_named_by_its_place() {
        for (params, reason) in [
            ("[1, [2]]", "parameter 2 is a list or an object"),
            (r#"[{"a": 1}, 2]"#, "parameter 1 is a list or an object"),
            ("[{}, 2]", "parameter 1 is a list or an object"),
            (
                "[1, 18446744073709551615]",
                "parameter 2 does not fit 64 signed bits",
            ),
            ("{}", "expected a JSON array"),
            ("[1, 2", "EOF"),
            ("[1, 2] 3", "trailing"),
        ] {
            let error = scalars(Some(params), 2).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidArgument, "{params}");
            assert!(error.message.contains(reason), "{params}: {error}");
        }
    }

    #[test]
    fn too_many_are_counted_and_not_kept() {
        let many = format!("[{}0]", "0,".repeat(1_000_000));
        let (kept, count) = Parameters { placeholders: 2 }
            .deserialize(&mut serde_json::Deserializer::from_str(&many))
            .unwrap();
        assert_eq!((kept.capacity() <= 4, count), (true, 1_000_001));
        let error = scalars(Some(&many), 2).unwrap_err();
        assert_eq!(
            error.message,
            "the statement has 2 placeholders and 1000001 parameters"
        );
        // Neither is what a list holds.
        scalars(Some(&format!("[{many}, 1]")), 2).unwrap_err();
    }
}
