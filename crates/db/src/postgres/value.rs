//! PostgreSQL's values as JSON.
//!
//! They arrive in the binary form of their type. A type that is not known here is an error that names it:
//! a plugin can always ask for the value as text.

use base64::{Engine, engine::general_purpose::STANDARD};
use sea_orm::sqlx::{
    TypeInfo, ValueRef,
    error::BoxDynError,
    postgres::{PgTypeInfo, PgTypeKind, PgValueRef},
};
use serde_json::Value;
use uuid::Uuid;

use super::{numeric, time};
use crate::rows::{decimal, real, single_real};

pub(crate) fn read(value: &PgValueRef<'_>) -> Result<Value, BoxDynError> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    of_type(&value.type_info(), value.as_bytes()?)
}

fn of_type(data_type: &PgTypeInfo, bytes: &[u8]) -> Result<Value, BoxDynError> {
    match data_type.kind() {
        PgTypeKind::Domain(inner) => return of_type(inner, bytes),
        PgTypeKind::Enum(_) => return text(bytes),
        _ => {}
    }
    Ok(match data_type.name() {
        "BOOL" => Value::Bool(bytes == [1]),
        "INT2" => i16::from_be_bytes(bytes.try_into()?).into(),
        "INT4" => i32::from_be_bytes(bytes.try_into()?).into(),
        "INT8" => i64::from_be_bytes(bytes.try_into()?).into(),
        "OID" => u32::from_be_bytes(bytes.try_into()?).into(),
        "FLOAT4" => single_real(f32::from_be_bytes(bytes.try_into()?)),
        "FLOAT8" => real(f64::from_be_bytes(bytes.try_into()?)),
        "NUMERIC" => decimal(numeric::read(bytes)?),
        "TEXT" | "VARCHAR" | "CHAR" | "\"CHAR\"" | "NAME" | "UNKNOWN" | "citext" => text(bytes)?,
        "UUID" => Uuid::from_slice(bytes)?.to_string().into(),
        "JSON" => serde_json::from_slice(bytes)?,
        // Its first byte is the version of the form.
        "JSONB" => serde_json::from_slice(bytes.get(1..).unwrap_or_default())?,
        "BYTEA" => STANDARD.encode(bytes).into(),
        "DATE" => time::date(i32::from_be_bytes(bytes.try_into()?))?.into(),
        "TIME" => time::time(i64::from_be_bytes(bytes.try_into()?))?.into(),
        "TIMESTAMP" => time::timestamp(i64::from_be_bytes(bytes.try_into()?), "")?.into(),
        "TIMESTAMPTZ" => time::timestamp(i64::from_be_bytes(bytes.try_into()?), "Z")?.into(),
        other => {
            return Err(format!(
                "its type {other} has no form in JSON; select CAST(… AS TEXT), or to_json(…)"
            )
            .into());
        }
    })
}

fn text(bytes: &[u8]) -> Result<Value, BoxDynError> {
    Ok(std::str::from_utf8(bytes)?.into())
}
