//! How much of each capability one plugin may use.

/// The quantities of a manifest's `[limits]`, with the defaults for what it does not name.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

impl Quotas {
    /// Each quantity with its key in the manifest's `[limits]`, to show it.
    pub fn by_key(&self) -> [(&'static str, u64); 11] {
        // Named one by one: a quantity that is added does not compile until it is shown.
        let Self {
            kv_keys,
            kv_bytes,
            vfs_file_bytes,
            vfs_total_bytes,
            db_rows,
            db_bytes,
            http_request_bytes,
            http_response_bytes,
            http_requests_per_minute,
            log_records_per_minute,
            events_per_minute,
        } = *self;
        [
            ("kv_keys", kv_keys),
            ("kv_bytes", kv_bytes),
            ("vfs_file_bytes", vfs_file_bytes),
            ("vfs_total_bytes", vfs_total_bytes),
            ("db_rows", db_rows),
            ("db_bytes", db_bytes),
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
            http_request_bytes: 1 << 20,
            http_response_bytes: 4 << 20,
            http_requests_per_minute: 60,
            log_records_per_minute: 600,
            events_per_minute: 120,
        }
    }
}
