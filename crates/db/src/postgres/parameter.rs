//! Parameters as PostgreSQL's values, in the binary form of the type that it expects.

use base64::{Engine, engine::general_purpose::STANDARD};
use raisfast_host_api::capability::Scalar;
use sea_orm::sqlx::{
    Encode, Postgres, Type, TypeInfo,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, PgTypeKind},
};
use serde_json::json;
use uuid::Uuid;

use super::{numeric, time};

/// A value of the type that is expected of it.
pub(crate) struct Parameter {
    data_type: PgTypeInfo,
    /// None is NULL.
    bytes: Option<Vec<u8>>,
}

impl Parameter {
    /// Fails with what is expected instead.
    pub(crate) fn new(scalar: &Scalar, expected: &PgTypeInfo) -> Result<Self, String> {
        let bytes = match scalar {
            Scalar::Null => None,
            _ => Some(encode(scalar, expected)?),
        };
        Ok(Self {
            data_type: expected.clone(),
            bytes,
        })
    }
}

fn encode(scalar: &Scalar, expected: &PgTypeInfo) -> Result<Vec<u8>, String> {
    match expected.kind() {
        PgTypeKind::Domain(inner) => return encode(scalar, inner),
        PgTypeKind::Enum(_) => {
            return text(scalar)
                .map(String::into_bytes)
                .ok_or_else(|| "text".to_owned());
        }
        _ => {}
    }
    let name = expected.name();
    let (bytes, words) = match name {
        "BOOL" => (
            boolean(scalar).map(|value| vec![u8::from(value)]),
            "true or false",
        ),
        "INT2" => (
            whole(scalar)
                .and_then(|value| i16::try_from(value).ok())
                .map(|value| value.to_be_bytes().to_vec()),
            "a whole number of 16 bits",
        ),
        "INT4" => (
            whole(scalar)
                .and_then(|value| i32::try_from(value).ok())
                .map(|value| value.to_be_bytes().to_vec()),
            "a whole number of 32 bits",
        ),
        "INT8" => (
            whole(scalar).map(|value| value.to_be_bytes().to_vec()),
            "a whole number of 64 bits",
        ),
        "OID" => (
            whole(scalar)
                .and_then(|value| u32::try_from(value).ok())
                .map(|value| value.to_be_bytes().to_vec()),
            "a whole number of 32 bits",
        ),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "as an assignment of a double to a real does"
        )]
        "FLOAT4" => (
            real(scalar).map(|value| (value as f32).to_be_bytes().to_vec()),
            "a number",
        ),
        "FLOAT8" => (
            real(scalar).map(|value| value.to_be_bytes().to_vec()),
            "a number",
        ),
        "NUMERIC" => (
            text(scalar).and_then(|text| numeric::write(text.trim())),
            "a decimal",
        ),
        "TEXT" | "VARCHAR" | "CHAR" | "\"CHAR\"" | "NAME" | "UNKNOWN" | "citext" => {
            (text(scalar).map(String::into_bytes), "text")
        }
        "JSON" => (document(scalar).map(String::into_bytes), "JSON"),
        // Its first byte is the version of the form.
        "JSONB" => (
            document(scalar).map(|json| [&[1], json.as_bytes()].concat()),
            "JSON",
        ),
        "UUID" => (
            written(scalar)
                .and_then(|text| Uuid::try_parse(text).ok())
                .map(|id| id.as_bytes().to_vec()),
            "a UUID",
        ),
        "BYTEA" => (
            match scalar {
                Scalar::Bytes(bytes) => Some(bytes.clone()),
                _ => written(scalar).and_then(|text| STANDARD.decode(text).ok()),
            },
            "bytes, or base64",
        ),
        "DATE" => (
            written(scalar)
                .and_then(time::parse_date)
                .map(|days| days.to_be_bytes().to_vec()),
            "a date such as 2026-11-22",
        ),
        "TIME" => (
            written(scalar)
                .and_then(time::parse_time)
                .map(|time| time.to_be_bytes().to_vec()),
            "a time such as 07:42:28",
        ),
        "TIMESTAMP" | "TIMESTAMPTZ" => (
            written(scalar)
                .and_then(time::parse_timestamp)
                .map(|time| time.to_be_bytes().to_vec()),
            "a time such as 2026-11-22T07:42:28Z",
        ),
        other => {
            return Err(format!(
                "of PostgreSQL's type {other}, which no value of JSON has (compare as text: \
                 CAST(… AS TEXT))"
            ));
        }
    };
    bytes.ok_or_else(|| format!("{words} (PostgreSQL expects {name} there)"))
}

fn written(scalar: &Scalar) -> Option<&str> {
    match scalar {
        Scalar::Text(text) => Some(text.trim()),
        _ => None,
    }
}

/// A number for a truth is what SQLite and MariaDB take.
fn boolean(scalar: &Scalar) -> Option<bool> {
    match scalar {
        Scalar::Bool(value) => Some(*value),
        Scalar::Integer(0) => Some(false),
        Scalar::Integer(1) => Some(true),
        _ => written(scalar)?.parse().ok(),
    }
}

fn whole(scalar: &Scalar) -> Option<i64> {
    match scalar {
        Scalar::Integer(value) => Some(*value),
        Scalar::Bool(value) => Some(i64::from(*value)),
        // JSON does not tell 3 from 3.0. As text a whole number has no point, and no digit is lost.
        Scalar::Real(value) => value.to_string().parse().ok(),
        _ => written(scalar)?.parse().ok(),
    }
}

fn real(scalar: &Scalar) -> Option<f64> {
    match scalar {
        #[expect(
            clippy::cast_precision_loss,
            reason = "as an assignment of a bigint to a double does"
        )]
        Scalar::Integer(value) => Some(*value as f64),
        Scalar::Real(value) => Some(*value),
        _ => written(scalar)?.parse().ok(),
    }
}

fn text(scalar: &Scalar) -> Option<String> {
    Some(match scalar {
        Scalar::Null => String::new(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::Real(value) => value.to_string(),
        Scalar::Text(text) => text.clone(),
        Scalar::Bytes(_) => return None,
    })
}

/// Text is a document as it stands; what else there is in JSON is one of its own.
fn document(scalar: &Scalar) -> Option<String> {
    match scalar {
        Scalar::Real(value) => Some(json!(value).to_string()),
        other => text(other),
    }
}

impl Type<Postgres> for Parameter {
    fn type_info() -> PgTypeInfo {
        <str as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Parameter {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match &self.bytes {
            None => Ok(IsNull::Yes),
            Some(bytes) => {
                buffer.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
        }
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.data_type.clone())
    }
}
