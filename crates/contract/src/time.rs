//! Times as text, in the one form of the contract.

use chrono::{DateTime, SecondsFormat, Utc};

/// Writes a time as RFC 3339 text in UTC with milliseconds, such as `2026-11-22T07:42:28.123Z`:
/// always 24 characters, so that the order of the text is the order of time.
pub fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
