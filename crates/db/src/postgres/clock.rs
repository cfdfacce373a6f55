//! The clock of PostgreSQL.

/// Returns the expression of the time plus an offset in milliseconds. `now()` would be the time at
/// which the transaction began. In a query of its own it is asked once a statement, and an index
/// can be searched for the answer.
pub(crate) fn now(offset: i64) -> String {
    format!(
        "(SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC' + {offset} * interval '1 millisecond', \
         'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'))"
    )
}
