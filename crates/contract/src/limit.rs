//! The only list of limits.

/// Calls a macro with the table of limits: the quantities of a manifest's `[limits]`, from which
/// each list of limits is made.
///
/// A row is the key in the manifest and the default where neither the manifest nor the operator
/// says a number. Its comment is what the manifest's schema says about it.
///
/// ```
/// macro_rules! keys {
///     ($($(#[doc = $doc:literal])* $key:ident = $default:expr;)*) => {
///         [$(stringify!($key),)*]
///     };
/// }
/// let keys = raisfast_contract::for_each_limit!(keys);
/// assert!(keys.contains(&"db_rows"));
/// ```
#[macro_export]
macro_rules! for_each_limit {
    ($callback:ident) => {
        $callback! {
            /// Keys in the plugin's key-value store.
            kv_keys = 10_000;
            /// Bytes of keys and values in the plugin's key-value store.
            kv_bytes = 10 << 20;
            /// Bytes of one file.
            vfs_file_bytes = 1 << 20;
            /// Bytes of all files of the plugin.
            vfs_total_bytes = 10 << 20;
            /// Rows of one query; more is an error, not a cut.
            db_rows = 1_000;
            /// Bytes of one query's answer as JSON.
            db_bytes = 4 << 20;
            /// Rows that queries return in any minute.
            db_rows_read_per_minute = 1_000_000;
            /// Rows that statements change in any minute.
            db_rows_written_per_minute = 100_000;
            /// Bytes of one HTTP request's body.
            http_request_bytes = 1 << 20;
            /// Bytes of one HTTP answer's body; over it the request fails.
            http_response_bytes = 4 << 20;
            /// HTTP requests in any minute.
            http_requests_per_minute = 60;
            /// Log records in any minute.
            log_records_per_minute = 600;
            /// Events in any minute.
            events_per_minute = 120;
        }
    };
}
