//! Times as text.

use chrono::{DateTime, SecondsFormat, Utc};

/// Writes a time as RFC 3339 text with milliseconds, as administrators see times.
pub fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
