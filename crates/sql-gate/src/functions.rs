//! The functions that plugins may call: pure ones, and the few that tell the time, make a random
//! number or repeat the id of the last insert.
//!
//! Not listed, and so refused: what reads files, runs SQL given as text, sleeps, locks, changes the
//! session, or tells of the server. Also refused is what makes a large value out of a small number
//! (`zeroblob`, `repeat`, `lpad`, `printf` with its widths): a plugin has its own memory for that.
//! A query can still ask for much work (a recursive CTE, nested `replace`); the deadline and the
//! database's own limits end it.

use crate::dialect::Rules;

/// Returns true if a function may be called where a value stands. The name is compared in lower
/// case.
pub(crate) fn is_allowed(rules: &Rules, name: &str) -> bool {
    lists(SHARED, name) || lists(rules.functions, name)
}

/// Returns true if a function may be called where a table stands.
pub(crate) fn is_allowed_as_table(rules: &Rules, name: &str) -> bool {
    lists(rules.table_functions, name)
}

/// Returns true for a name that is not a column but calls a function, and tells of the session.
pub(crate) fn is_called_by_name_alone(rules: &Rules, name: &str) -> bool {
    lists(rules.bare_functions, name)
}

/// Returns true if a name is among words that stand apart.
pub(crate) fn lists(words: &str, name: &str) -> bool {
    words.split_ascii_whitespace().any(|word| word == name)
}

/// The functions of every database; each one's own are in its file of [`dialect`](crate::dialect).
const SHARED: &str = "
    abs acos asin atan atan2 avg ceil ceiling coalesce concat concat_ws cos count cume_dist
    current_date current_time current_timestamp degrees dense_rank exp first_value floor lag
    last_value lead length ln log log10 lower ltrim max min mod nth_value ntile nullif octet_length
    percent_rank pi pow power radians rank replace round row_number rtrim sign sin sqrt substr
    substring sum tan trim upper
";
