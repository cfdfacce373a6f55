//! MariaDB's values as JSON.
//!
//! `BOOLEAN` is a `TINYINT(1)` there: 0 and 1 of one are read as a truth. `JSON` is text there, and stays
//! text. Times are in UTC: every connection has that zone.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{NaiveDate, NaiveDateTime};
use sea_orm::sqlx::{
    Decode, MySql, Type, TypeInfo, ValueRef,
    error::BoxDynError,
    mysql::{
        MySqlTypeInfo, MySqlValueRef,
        types::{MySqlTime, MySqlTimeSign},
    },
};
use serde_json::Value;

use crate::rows::{decimal, real, single_real};

pub(crate) fn read(value: MySqlValueRef<'_>) -> Result<Value, BoxDynError> {
    if value.is_null() {
        // So the driver calls the date 0000-00-00 too.
        return match decode::<&[u8]>(value) {
            Err(_) => Ok(Value::Null),
            Ok(_) => Err("it is the date 0000-00-00; select CAST(… AS CHAR)".into()),
        };
    }
    let data_type = value.type_info().into_owned();
    Ok(match data_type.name() {
        "BOOLEAN" => match decode::<i64>(value)? {
            number @ (0 | 1) => Value::Bool(number == 1),
            number => number.into(),
        },
        "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => decode::<i64>(value)?.into(),
        "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED"
        | "BIGINT UNSIGNED" | "YEAR" | "BIT" => decode::<u64>(value)?.into(),
        "FLOAT" => single_real(decode::<f32>(value)?),
        "DOUBLE" => real(decode::<f64>(value)?),
        "DECIMAL" => decimal(text(value)?.to_owned()),
        "DATE" => decode::<NaiveDate>(value)?.to_string().into(),
        "DATETIME" => timestamp(value)?.into(),
        "TIMESTAMP" => (timestamp(value)? + "Z").into(),
        "TIME" => time(&decode::<MySqlTime>(value)?).into(),
        "ENUM" | "SET" | "JSON" => text(value)?.into(),
        "CHAR" | "VARCHAR" | "TINYTEXT" | "TEXT" | "MEDIUMTEXT" | "LONGTEXT" | "BINARY"
        | "VARBINARY" | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" => {
            if is_text(&data_type) {
                text(value)?.into()
            } else {
                STANDARD.encode(decode::<&[u8]>(value)?).into()
            }
        }
        other => {
            return Err(format!("its type {other} has no form in JSON; select it as text").into());
        }
    })
}

/// Text is what has a character set, whatever the type's name: a binary collation is one too.
fn is_text(data_type: &MySqlTypeInfo) -> bool {
    <str as Type<MySql>>::compatible(data_type)
}

fn decode<'r, T: Decode<'r, MySql>>(value: MySqlValueRef<'r>) -> Result<T, BoxDynError> {
    T::decode(value)
}

fn text(value: MySqlValueRef<'_>) -> Result<&str, BoxDynError> {
    decode::<&str>(value)
}

fn timestamp(value: MySqlValueRef<'_>) -> Result<String, BoxDynError> {
    let time = decode::<NaiveDateTime>(value)?;
    Ok(time.format("%Y-%m-%dT%H:%M:%S%.f").to_string())
}

/// A `TIME` may be negative and longer than a day.
fn time(time: &MySqlTime) -> String {
    let sign = if time.sign() == MySqlTimeSign::Negative {
        "-"
    } else {
        ""
    };
    let mut text = format!(
        "{sign}{:02}:{:02}:{:02}",
        time.hours(),
        time.minutes(),
        time.seconds()
    );
    if time.microseconds() > 0 {
        let places = format!("{:06}", time.microseconds());
        text.push('.');
        text.push_str(places.trim_end_matches("000"));
    }
    text
}
