//! Times: read in the forms in which plugins write them, written in the one that a database takes.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use raisfast_sql_gate::Dialect;

/// Reads RFC 3339, the same with a space or without an offset, which means UTC, or a date alone.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let time = DateTime::parse_from_rfc3339(text)
        .map(|time| time.with_timezone(&Utc))
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
                .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"))
                .or_else(|_| date(text).map(|date| date.and_time(NaiveTime::MIN)))
                .map(|time| time.and_utc())
        })
        .ok()?;
    // Every database counts these years, and writes them with four digits.
    (1..=9999).contains(&time.year()).then_some(time)
}

fn date(text: &str) -> chrono::ParseResult<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
}

/// A date as every database writes it.
pub(crate) fn parse_date(text: &str) -> Option<String> {
    let date = date(text.trim()).ok()?;
    (1..=9999).contains(&date.year()).then(|| date.to_string())
}

/// A time of a day as every database writes it, to the microsecond.
pub(crate) fn parse_time_of_day(text: &str) -> Option<String> {
    let text = text.trim();
    let time = NaiveTime::parse_from_str(text, "%H:%M:%S%.f")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"))
        .ok()?;
    let text = time.format("%H:%M:%S%.6f").to_string();
    Some(text.trim_end_matches(".000000").to_owned())
}

/// The time as a database takes it, cut to this many places after the second. On SQLite it is text,
/// whose order is that of time because each has 24 characters.
pub(crate) fn written(dialect: Dialect, time: DateTime<Utc>, places: u32) -> Option<String> {
    let unit = 10_i64.pow(6_u32.saturating_sub(places));
    let micros = time.timestamp_micros().div_euclid(unit) * unit;
    let time = DateTime::from_timestamp_micros(micros)?;
    Some(match dialect {
        Dialect::Sqlite => time.to_rfc3339_opts(SecondsFormat::Millis, true),
        Dialect::Postgres => time.to_rfc3339_opts(SecondsFormat::Micros, true),
        // It knows no offset; its connections have the zone UTC.
        Dialect::Mysql => time.format("%Y-%m-%d %H:%M:%S%.6f").to_string(),
    })
}

/// The form in which plugins get times: that of `clock.now()`, with more places only where there
/// are more.
pub(crate) fn shown(text: String) -> String {
    let Some(time) = parse(&text) else {
        // What stood there before the column's type counted.
        return text;
    };
    let form = if time.timestamp_subsec_micros() % 1_000 == 0 {
        SecondsFormat::Millis
    } else {
        SecondsFormat::Micros
    };
    time.to_rfc3339_opts(form, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_one_moment() {
        for text in [
            "2026-11-22T07:42:28.120Z",
            "2026-11-22T09:42:28.12+02:00",
            "2026-11-22 07:42:28.12",
            "2026-11-22T07:42:28.120000",
            " 2026-11-22 07:42:28.120Z ",
        ] {
            assert_eq!(shown(text.to_owned()), "2026-11-22T07:42:28.120Z", "{text}");
            let time = parse(text).unwrap();
            let written = |dialect, places| written(dialect, time, places).unwrap();
            assert_eq!(written(Dialect::Sqlite, 3), "2026-11-22T07:42:28.120Z");
            assert_eq!(written(Dialect::Postgres, 6), "2026-11-22T07:42:28.120000Z");
            assert_eq!(written(Dialect::Mysql, 3), "2026-11-22 07:42:28.120000");
            assert_eq!(written(Dialect::Mysql, 0), "2026-11-22 07:42:28.000000");
        }
        let before = parse("1969-12-31T23:59:59.9999Z").unwrap();
        assert_eq!(
            written(Dialect::Sqlite, before, 3).unwrap(),
            "1969-12-31T23:59:59.999Z"
        );
        assert_eq!(shown("2026-11-22".to_owned()), "2026-11-22T00:00:00.000Z");
    }

    #[test]
    fn what_is_not_a_time_is_none() {
        for text in [
            "",
            "now",
            "2026-02-30",
            "2026-02-30T00:00:00Z",
            "infinity",
            "12:00",
            "20261122",
            "2026-11-22T25:00:00Z",
            "10000-01-01T00:00:00Z",
            "0000-01-01",
            "1700000000",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(shown("now".to_owned()), "now");
        assert_eq!(parse_date("2026-02-30"), None);
        assert_eq!(parse_date("2026-2-3").as_deref(), Some("2026-02-03"));
        assert_eq!(parse_time_of_day("7:42").as_deref(), Some("07:42:00"));
        assert_eq!(
            parse_time_of_day("07:42:28.5").as_deref(),
            Some("07:42:28.500000")
        );
        assert_eq!(parse_time_of_day("24:00"), None);
    }
}
