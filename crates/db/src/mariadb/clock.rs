//! The clock of MariaDB.

/// Returns the expression of the time plus an offset in milliseconds: that of the statement's
/// beginning.
pub(crate) fn now(offset: i64) -> String {
    // It writes six digits of a second.
    format!(
        "concat(left(date_format(utc_timestamp(3) + INTERVAL {offset} * 1000 MICROSECOND, \
         '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')"
    )
}
