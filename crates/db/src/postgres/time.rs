//! PostgreSQL's dates and times: days and microseconds since the year 2000, and two infinities.
//!
//! As text they are RFC 3339. A `timestamp` has no zone and so no offset at its end.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

const INFINITY: &str = "infinity";
const MINUS_INFINITY: &str = "-infinity";

fn epoch() -> NaiveDate {
    NaiveDate::from_ymd_opt(2000, 1, 1).expect("it is a date")
}

pub(crate) fn date(days: i32) -> Result<String, String> {
    let distance = Days::new(u64::from(days.unsigned_abs()));
    let date = match days {
        i32::MAX => return Ok(INFINITY.to_owned()),
        i32::MIN => return Ok(MINUS_INFINITY.to_owned()),
        0.. => epoch().checked_add_days(distance),
        _ => epoch().checked_sub_days(distance),
    };
    let date = date.ok_or("the date is too far away; select CAST(… AS TEXT)")?;
    Ok(date.to_string())
}

pub(crate) fn time(microseconds: i64) -> Result<String, String> {
    // 24:00:00 is a time there.
    let seconds = u32::try_from(microseconds / 1_000_000).ok();
    let rest = u32::try_from(microseconds % 1_000_000).ok();
    seconds
        .zip(rest)
        .and_then(|(seconds, rest)| {
            NaiveTime::from_num_seconds_from_midnight_opt(seconds, rest * 1_000)
        })
        .map(|time| time.format("%H:%M:%S%.f").to_string())
        .ok_or_else(|| "the time is not one of a day; select CAST(… AS TEXT)".to_owned())
}

/// The zone is what follows the time.
pub(crate) fn timestamp(microseconds: i64, zone: &str) -> Result<String, String> {
    match microseconds {
        i64::MAX => return Ok(INFINITY.to_owned()),
        i64::MIN => return Ok(MINUS_INFINITY.to_owned()),
        _ => {}
    }
    let time = epoch()
        .and_time(NaiveTime::MIN)
        .checked_add_signed(TimeDelta::microseconds(microseconds))
        .ok_or("the time is too far away; select CAST(… AS TEXT)")?;
    Ok(format!("{}{zone}", time.format("%Y-%m-%dT%H:%M:%S%.f")))
}

/// From `2026-11-22`.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    match text {
        INFINITY => Some(i32::MAX),
        MINUS_INFINITY => Some(i32::MIN),
        _ => {
            let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            i32::try_from((date - epoch()).num_days()).ok()
        }
    }
}

/// From `07:42` or `07:42:28.123`.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    let time = NaiveTime::parse_from_str(text, "%H:%M:%S%.f")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"))
        .ok()?;
    (time - NaiveTime::MIN).num_microseconds()
}

/// From RFC 3339, from the same without an offset, which means UTC, or from a date alone.
pub(crate) fn parse_timestamp(text: &str) -> Option<i64> {
    match text {
        INFINITY => return Some(i64::MAX),
        MINUS_INFINITY => return Some(i64::MIN),
        _ => {}
    }
    let time = DateTime::parse_from_rfc3339(text)
        .map(|time| time.with_timezone(&Utc).naive_utc())
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"))
        .or_else(|_| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|date| date.and_time(NaiveTime::MIN))
        })
        .ok()?;
    (time - epoch().and_time(NaiveTime::MIN)).num_microseconds()
}
