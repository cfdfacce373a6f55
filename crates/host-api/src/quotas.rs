//! How much of each capability one plugin may use.

/// The quantities of a manifest's `[limits]`, with the defaults for what it does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Keys in the plugin's key-value store. Default 10,000.
    pub kv_keys: u64,
    /// Bytes of keys and values in the plugin's key-value store. Default 10 MiB.
    pub kv_bytes: u64,
    /// Bytes of one file. Default 1 MiB.
    pub vfs_file_bytes: u64,
    /// Bytes of all files of the plugin. Default 10 MiB.
    pub vfs_total_bytes: u64,
    /// Rows of one `db-query`; more is an error, not a cut. Default 1,000.
    pub db_rows: u64,
    /// Bytes of one `db-query`'s answer as JSON. Default 4 MiB.
    pub db_bytes: u64,
    /// Rows that queries answer in any minute. Default 1,000,000.
    pub db_rows_read_per_minute: u64,
    /// Rows that statements change in any minute. Default 100,000.
    pub db_rows_written_per_minute: u64,
    /// Bytes of one HTTP request's body. Default 1 MiB.
    pub http_request_bytes: u64,
    /// Bytes of one HTTP answer's body; over it the request fails. Default 4 MiB.
    pub http_response_bytes: u64,
    /// HTTP requests in any minute. Default 60.
    pub http_requests_per_minute: u64,
    /// Log records in any minute. Default 600.
    pub log_records_per_minute: u64,
    /// Events in any minute. Default 120.
    pub events_per_minute: u64,
    /// Bytes that the host collects for one call before it hands them over: rows, or an answer's body. It has
    /// no key in `[limits]`: it is what the guest's own memory may be, where more would find no place.
    pub collected_bytes: u64,
}

/// The key is none of `[limits]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no limit `{found}`; there are {}", Quotas::default().keys().join(", "))]
pub struct UnknownQuota {
    /// The key.
    pub found: String,
}

impl Quotas {
    /// No quantity has an end.
    pub const UNLIMITED: Self = Self {
        kv_keys: u64::MAX,
        kv_bytes: u64::MAX,
        vfs_file_bytes: u64::MAX,
        vfs_total_bytes: u64::MAX,
        db_rows: u64::MAX,
        db_bytes: u64::MAX,
        db_rows_read_per_minute: u64::MAX,
        db_rows_written_per_minute: u64::MAX,
        http_request_bytes: u64::MAX,
        http_response_bytes: u64::MAX,
        http_requests_per_minute: u64::MAX,
        log_records_per_minute: u64::MAX,
        events_per_minute: u64::MAX,
        collected_bytes: u64::MAX,
    };

    /// Each quantity with its key in the manifest's `[limits]`, to show it.
    pub fn by_key(mut self) -> [(&'static str, u64); 13] {
        self.by_key_mut().map(|(key, most)| (key, *most))
    }

    fn keys(self) -> [&'static str; 13] {
        self.by_key().map(|(key, _)| key)
    }

    /// Sets the quantity of a key of `[limits]`.
    ///
    /// ```
    /// use raisfast_host_api::Quotas;
    ///
    /// let mut quotas = Quotas::default();
    /// quotas.set("db_rows", 10)?;
    /// assert_eq!(quotas.db_rows, 10);
    /// assert!(quotas.set("rows", 10).is_err());
    /// # Ok::<(), raisfast_host_api::UnknownQuota>(())
    /// ```
    pub fn set(&mut self, key: &str, most: u64) -> Result<(), UnknownQuota> {
        let mut quotas = self.by_key_mut().into_iter();
        let (_, quota) = quotas
            .find(|(known, _)| *known == key)
            .ok_or_else(|| UnknownQuota {
                found: key.to_owned(),
            })?;
        *quota = most;
        Ok(())
    }

    /// The lower of the two, of each quantity.
    #[must_use]
    pub fn at_most(mut self, ceilings: Self) -> Self {
        for ((_, quota), (_, ceiling)) in self.by_key_mut().into_iter().zip(ceilings.by_key()) {
            *quota = ceiling.min(*quota);
        }
        self.collected_bytes = self.collected_bytes.min(ceilings.collected_bytes);
        self
    }

    fn by_key_mut(&mut self) -> [(&'static str, &mut u64); 13] {
        // Named one by one: a quantity that is added does not compile until it is here.
        let Self {
            kv_keys,
            kv_bytes,
            vfs_file_bytes,
            vfs_total_bytes,
            db_rows,
            db_bytes,
            db_rows_read_per_minute,
            db_rows_written_per_minute,
            http_request_bytes,
            http_response_bytes,
            http_requests_per_minute,
            log_records_per_minute,
            events_per_minute,
            collected_bytes: _,
        } = self;
        [
            ("kv_keys", kv_keys),
            ("kv_bytes", kv_bytes),
            ("vfs_file_bytes", vfs_file_bytes),
            ("vfs_total_bytes", vfs_total_bytes),
            ("db_rows", db_rows),
            ("db_bytes", db_bytes),
            ("db_rows_read_per_minute", db_rows_read_per_minute),
            ("db_rows_written_per_minute", db_rows_written_per_minute),
            ("http_request_bytes", http_request_bytes),
            ("http_response_bytes", http_response_bytes),
            ("http_requests_per_minute", http_requests_per_minute),
            ("log_records_per_minute", log_records_per_minute),
            ("events_per_minute", events_per_minute),
        ]
    }
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            kv_keys: 10_000,
            kv_bytes: 10 << 20,
            vfs_file_bytes: 1 << 20,
            vfs_total_bytes: 10 << 20,
            db_rows: 1_000,
            db_bytes: 4 << 20,
            db_rows_read_per_minute: 1_000_000,
            db_rows_written_per_minute: 100_000,
            http_request_bytes: 1 << 20,
            http_response_bytes: 4 << 20,
            http_requests_per_minute: 60,
            log_records_per_minute: 600,
            events_per_minute: 120,
            collected_bytes: 32 << 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_lowers_and_never_raises() {
        let mut ceilings = Quotas::UNLIMITED;
        ceilings.set("db_rows", 10).unwrap();
        ceilings.set("kv_keys", 1_000_000).unwrap();
        assert_eq!(
            Quotas::default().at_most(ceilings),
            Quotas {
                db_rows: 10,
                ..Quotas::default()
            }
        );
    }

    #[test]
    fn every_key_can_be_set() {
        let mut quotas = Quotas::default();
        for (number, key) in (0..).zip(quotas.keys()) {
            quotas.set(key, number).unwrap();
        }
        for (number, (key, most)) in (0..).zip(quotas.by_key()) {
            assert_eq!(most, number, "{key}");
        }
        let error = quotas.set("kv_key", 1).unwrap_err();
        assert!(error.to_string().contains("kv_keys, kv_bytes"), "{error}");
    }
}
