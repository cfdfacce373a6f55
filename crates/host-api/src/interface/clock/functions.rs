//! The functions of `interface clock`.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::Utc;

use crate::Session;

impl Session {
    /// `now`
    pub fn now(&self) -> String {
        raisfast_contract::timestamp(Utc::now())
    }

    /// `unix-milliseconds`
    pub fn unix_milliseconds(&self) -> u64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}
