//! `interface identifiers` and `interface clock`.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{SecondsFormat, Utc};
use uuid::Uuid;

use super::Session;

impl Session {
    /// `new-id`
    pub fn new_id(&self) -> String {
        Uuid::now_v7().to_string()
    }

    /// `now`
    pub fn now(&self) -> String {
        Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// `unix-milliseconds`
    pub fn unix_milliseconds(&self) -> u64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}
