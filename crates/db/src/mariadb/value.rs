//! MariaDB's values.
//!
//! `BOOLEAN` is a `TINYINT(1)` there: 0 and 1 of one are read as a truth. `JSON` is text there, and
//! stays text. Times are in UTC: every connection has that zone.

use chrono::{NaiveDate, NaiveDateTime};
use raisfast_host_api::capability::ColumnValue;
use sea_orm::sqlx::{
    Decode, MySql, Type, TypeInfo, ValueRef,
    error::BoxDynError,
    mysql::{
        MySqlTypeInfo, MySqlValueRef,
        types::{MySqlTime, MySqlTimeSign},
    },
};

use crate::rows::{decimal, single_real};

pub(crate) fn read(value: MySqlValueRef<'_>) -> Result<ColumnValue, BoxDynError> {
    if value.is_null() {
        // So the driver calls the date 0000-00-00 too.
        return match decode::<&[u8]>(value) {
            Err(_) => Ok(ColumnValue::Null),
            Ok(_) => Err("it is the date 0000-00-00; select CAST(… AS CHAR)".into()),
        };
    }
    let data_type = value.type_info().into_owned();
    Ok(match data_type.name() {
        "BOOLEAN" => match decode::<i64>(value)? {
            number @ (0 | 1) => ColumnValue::Bool(number == 1),
            number => ColumnValue::Integer(number),
        },
        "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => {
            ColumnValue::Integer(decode::<i64>(value)?)
        }
        "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED"
        | "BIGINT UNSIGNED" | "YEAR" | "BIT" => unsigned(decode::<u64>(value)?),
        "FLOAT" => single_real(decode::<f32>(value)?),
        "DOUBLE" => ColumnValue::Real(decode::<f64>(value)?),
        "DECIMAL" => decimal(text(value)?.to_owned()),
        "DATE" => ColumnValue::Text(decode::<NaiveDate>(value)?.to_string()),
        "DATETIME" => ColumnValue::Text(timestamp(value)?),
        "TIMESTAMP" => ColumnValue::Text(timestamp(value)? + "Z"),
        "TIME" => ColumnValue::Text(time(&decode::<MySqlTime>(value)?)),
        "ENUM" | "SET" | "JSON" => ColumnValue::Text(text(value)?.to_owned()),
        "CHAR" | "VARCHAR" | "TINYTEXT" | "TEXT" | "MEDIUMTEXT" | "LONGTEXT" | "BINARY"
        | "VARBINARY" | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" => {
            if is_text(&data_type) {
                ColumnValue::Text(text(value)?.to_owned())
            } else {
                ColumnValue::Bytes(decode::<&[u8]>(value)?.to_owned())
            }
        }
        other => {
            return Err(format!("its type {other} has no form in JSON; select it as text").into());
        }
    })
}

fn unsigned(number: u64) -> ColumnValue {
    i64::try_from(number).map_or(ColumnValue::Unsigned(number), ColumnValue::Integer)
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
