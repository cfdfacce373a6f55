//! The differences from what was expected, short enough to read.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// Characters of a value that are shown.
const SHOWN: usize = 100;

/// One thing that was otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The place: the step, from 1, where there are several, and the part of it, such as `step 2:
    /// answer.slug`.
    pub place: String,
    /// The expected value; long values are cut.
    pub expected: String,
    /// The value that was found instead.
    pub found: String,
}

impl Difference {
    pub(crate) fn new(
        place: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            place: place.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    pub(crate) fn of_step(mut self, number: usize) -> Self {
        self.place = format!("step {number}: {}", self.place);
        self
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n  expected {}\n  found    {}",
            self.place, self.expected, self.found
        )
    }
}

/// The differences between two values: of two objects, a field each.
pub(crate) fn between(place: &str, expected: &Value, found: &Value) -> Vec<Difference> {
    if expected == found {
        return Vec::new();
    }
    if let (Value::Object(expected), Value::Object(found)) = (expected, found) {
        let keys = expected.keys().chain(found.keys());
        let mut names: Vec<&String> = keys.collect();
        names.sort();
        names.dedup();
        return names
            .into_iter()
            .flat_map(|name| {
                let of = |side: &serde_json::Map<_, Value>| side.get(name).cloned();
                between(
                    &format!("{place}.{name}"),
                    &of(expected).unwrap_or_default(),
                    &of(found).unwrap_or_default(),
                )
            })
            .collect();
    }
    let from = first_difference(expected, found);
    vec![Difference::new(
        place,
        shown(expected, from),
        shown(found, from),
    )]
}

/// A value as a person reads it.
pub(crate) fn whole(value: &Value) -> String {
    shown(value, 0)
}

/// A value from this character on, cut after some.
fn shown(value: &Value, from: usize) -> String {
    let text = match value {
        Value::Null => return "(absent)".into(),
        Value::String(text) => text,
        other => return cut(&other.to_string(), from, ""),
    };
    let quoted = |part: &str| format!("{part:?}");
    if text.chars().count() <= SHOWN {
        return quoted(text);
    }
    cut(&quoted(text), from, &format!(" ({} bytes)", text.len()))
}

fn cut(text: &str, from: usize, note: &str) -> String {
    // A little of what is equal, to show where it is.
    let from = from.saturating_sub(SHOWN / 4);
    let part: String = text.chars().skip(from).take(SHOWN).collect();
    let before = if from == 0 {
        String::new()
    } else {
        format!("(from character {from}) …")
    };
    let after = if text.chars().count() > from + SHOWN {
        "…"
    } else {
        ""
    };
    format!("{before}{part}{after}{note}")
}

/// The first character in which the two differ as they are shown.
fn first_difference(expected: &Value, found: &Value) -> usize {
    let written = |value: &Value| match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    let (expected, found) = (written(expected), written(found));
    let pairs = expected.chars().zip(found.chars());
    pairs.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Difference, between};

    #[test]
    fn equal_values_have_no_difference() {
        assert!(between("answer", &json!({"a": [1]}), &json!({"a": [1]})).is_empty());
    }

    #[test]
    fn records_differ_field_by_field_and_absent_is_not_empty() {
        let expected = json!({"slug": null, "title": "A", "status": "draft"});
        let found = json!({"slug": "", "title": "B", "status": "draft"});
        assert_eq!(
            between("answer", &expected, &found),
            [
                Difference::new("answer.slug", "(absent)", "\"\""),
                Difference::new("answer.title", "\"A\"", "\"B\""),
            ]
        );
    }

    #[test]
    fn of_long_texts_the_place_is_shown_where_they_part() {
        let expected = "x".repeat(1_000_000);
        let found = format!("{}y{}", "x".repeat(500_000), "x".repeat(499_999));
        let differences = between("answer", &json!(expected), &json!(found));
        let [one] = differences.as_slice() else {
            panic!("one difference")
        };
        assert!(one.found.contains("xy"), "{one}");
        assert!(one.found.contains("(from character 4999"), "{one}");
        assert!(one.found.len() < 250, "{one}");
        assert!(one.expected.ends_with("(1000000 bytes)"), "{one}");
    }
}
