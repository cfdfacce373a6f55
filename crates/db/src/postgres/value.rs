//! PostgreSQL's values.
//!
//! They arrive in the binary form of their type. A type that is not known here is an error that
//! names it: a plugin can always ask for the value as text.

use raisfast_host_api::capability::ColumnValue;
use sea_orm::sqlx::{
    TypeInfo, ValueRef,
    error::BoxDynError,
    postgres::{PgTypeInfo, PgTypeKind, PgValueRef},
};
use uuid::Uuid;

use super::{numeric, time};
use crate::rows::{decimal, single_real};

pub(crate) fn read(value: &PgValueRef<'_>) -> Result<ColumnValue, BoxDynError> {
    if value.is_null() {
        return Ok(ColumnValue::Null);
    }
    of_type(&value.type_info(), value.as_bytes()?)
}

fn of_type(data_type: &PgTypeInfo, bytes: &[u8]) -> Result<ColumnValue, BoxDynError> {
    match data_type.kind() {
        PgTypeKind::Domain(inner) => return of_type(inner, bytes),
        PgTypeKind::Enum(_) => return text(bytes),
        _ => {}
    }
    Ok(match data_type.name() {
        "BOOL" => ColumnValue::Bool(bytes == [1]),
        "INT2" => ColumnValue::Integer(i16::from_be_bytes(bytes.try_into()?).into()),
        "INT4" => ColumnValue::Integer(i32::from_be_bytes(bytes.try_into()?).into()),
        "INT8" => ColumnValue::Integer(i64::from_be_bytes(bytes.try_into()?)),
        "OID" => ColumnValue::Integer(u32::from_be_bytes(bytes.try_into()?).into()),
        "FLOAT4" => single_real(f32::from_be_bytes(bytes.try_into()?)),
        "FLOAT8" => ColumnValue::Real(f64::from_be_bytes(bytes.try_into()?)),
        "NUMERIC" => decimal(numeric::read(bytes)?),
        "TEXT" | "VARCHAR" | "CHAR" | "\"CHAR\"" | "NAME" | "UNKNOWN" | "citext" => text(bytes)?,
        "UUID" => ColumnValue::Text(Uuid::from_slice(bytes)?.to_string()),
        "JSON" => ColumnValue::Json(serde_json::from_slice(bytes)?),
        // Its first byte is the version of the form.
        "JSONB" => ColumnValue::Json(serde_json::from_slice(bytes.get(1..).unwrap_or_default())?),
        "BYTEA" => ColumnValue::Bytes(bytes.to_owned()),
        "DATE" => ColumnValue::Text(time::date(i32::from_be_bytes(bytes.try_into()?))?),
        "TIME" => ColumnValue::Text(time::time(i64::from_be_bytes(bytes.try_into()?))?),
        "TIMESTAMP" => {
            ColumnValue::Text(time::timestamp(i64::from_be_bytes(bytes.try_into()?), "")?)
        }
        "TIMESTAMPTZ" => {
            ColumnValue::Text(time::timestamp(i64::from_be_bytes(bytes.try_into()?), "Z")?)
        }
        other => {
            return Err(format!(
                "its type {other} has no form in JSON; select CAST(… AS TEXT), or to_json(…)"
            )
            .into());
        }
    })
}

fn text(bytes: &[u8]) -> Result<ColumnValue, BoxDynError> {
    Ok(ColumnValue::Text(std::str::from_utf8(bytes)?.to_owned()))
}
