//! Long values, written short.
//!
//! `{ repeat = "ab", times = 3 }` stands for the text `ababab`, also with a text `before` and
//! `after` it; `{ list = "tag-", count = 3 }` for the list `tag-0`, `tag-1`, `tag-2`, and with
//! `reversed = true` for the same from its end.

use serde::Deserialize;
use serde_json::Value;

/// The most bytes that one value may become: more than any hook takes.
const MAX_BYTES: usize = 64 << 20;

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Short {
    Text {
        repeat: String,
        times: usize,
        #[serde(default)]
        before: String,
        #[serde(default)]
        after: String,
    },
    List {
        list: String,
        count: usize,
        #[serde(default)]
        reversed: bool,
    },
}

/// Writes out what is written short, wherever it stands. The error is the value that would be too
/// long.
pub(crate) fn write_out(value: Value) -> Result<Value, String> {
    match value {
        Value::Object(table) => {
            let written = Value::Object(table);
            if let Ok(short) = Short::deserialize(&written) {
                return short.long().ok_or_else(|| written.to_string());
            }
            let Value::Object(table) = written else {
                return Ok(written);
            };
            let entries = table
                .into_iter()
                .map(|(key, value)| Ok((key, write_out(value)?)));
            entries.collect()
        }
        Value::Array(items) => items.into_iter().map(write_out).collect(),
        scalar => Ok(scalar),
    }
}

impl Short {
    fn long(self) -> Option<Value> {
        match self {
            Self::Text {
                repeat,
                times,
                before,
                after,
            } => {
                let bytes = repeat.len().checked_mul(times)?;
                (bytes <= MAX_BYTES).then(|| [before, repeat.repeat(times), after].concat().into())
            }
            Self::List {
                list,
                count,
                reversed,
            } => {
                let bytes = list.len().checked_add(20)?.checked_mul(count)?;
                let item = |number| Value::from(format!("{list}{number}"));
                (bytes <= MAX_BYTES).then(|| {
                    if reversed {
                        (0..count).rev().map(item).collect()
                    } else {
                        (0..count).map(item).collect()
                    }
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::write_out;

    #[test]
    fn text_and_lists_are_written_out_wherever_they_stand() {
        let short = json!({
            "title": {"repeat": "ab", "times": 2},
            "named": {"before": "on: ", "repeat": "x", "times": 3},
            "steps": [{"tag_ids": {"list": "t", "count": 2, "reversed": true}}],
        });
        let long = json!({
            "title": "abab",
            "named": "on: xxx",
            "steps": [{"tag_ids": ["t1", "t0"]}],
        });
        assert_eq!(write_out(short).unwrap(), long);
    }

    #[test]
    fn a_table_with_other_keys_stays_one() {
        let table = json!({"repeat": "ab", "count": 2});
        assert_eq!(write_out(table.clone()).unwrap(), table);
    }

    #[test]
    fn what_would_fill_the_memory_is_refused() {
        let endless = json!({"repeat": "ab", "times": u64::MAX});
        let error = write_out(json!([endless.clone()])).unwrap_err();
        assert_eq!(error, endless.to_string());
        assert!(write_out(json!({"list": "", "count": 1u64 << 40})).is_err());
    }
}
