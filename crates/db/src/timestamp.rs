//! A point in time, as the database keeps it.

use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, DeriveValueType, TryFromU64};

/// RFC 3339 text in UTC with milliseconds, `2026-11-22T07:42:28.123Z`: always 24 characters, so
/// that the order of the text is the order of time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct Timestamp(String);

impl Timestamp {
    /// This moment.
    pub fn now() -> Self {
        Utc::now().into()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self(raisfast_contract::timestamp(time))
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

/// A time as part of a key is written by whoever inserts the row, and never counted up.
impl TryFromU64 for Timestamp {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("Timestamp"))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::Timestamp;

    #[test]
    fn text_sorts_as_time_does() {
        let earlier: Timestamp = Utc.timestamp_millis_opt(1_700_000_000_009).unwrap().into();
        let later: Timestamp = Utc.timestamp_millis_opt(1_700_000_000_010).unwrap().into();
        assert_eq!(earlier.as_str(), "2023-11-14T22:13:20.009Z");
        assert!(earlier < later);
    }
}
