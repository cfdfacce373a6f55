//! The clock of SQLite: that of the machine.

/// Returns the expression of the time plus an offset in milliseconds.
pub(crate) fn now(offset: i64) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (seconds, rest) = (offset.unsigned_abs() / 1_000, offset.unsigned_abs() % 1_000);
    format!("strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '{sign}{seconds}.{rest:03} seconds')")
}
