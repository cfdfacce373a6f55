//! The difference between the value that a call was given and the one that it answered with.

use std::collections::BTreeSet;

use chrono::Utc;
use raisfast_contract::{HookKind, HookName, member_pointer, timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

/// The most fields of one call that are told.
const MOST_FIELDS: usize = 20;
/// The most characters of a line that are told.
const MOST_OF_A_LINE: usize = 64;
/// The characters of it that stand before the difference.
const BEFORE_THE_DIFFERENCE: usize = 24;

/// The change that the answer of one call makes to the value that it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The time at which it ended.
    pub at: String,
    /// The hook.
    pub hook: HookName,
    /// The fields that differ, at most 20.
    pub fields: Vec<FieldChange>,
    /// The number of further fields that differ.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_fields: usize,
}

/// The change of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The field, as a JSON pointer; empty where the value is one text.
    pub field: String,
    /// The number of the first line that differs, from 1.
    pub line: usize,
    /// The side that the call was given; none where the field was absent.
    pub before: Option<Side>,
    /// The side that it answered with; none where it has removed the field.
    pub after: Option<Side>,
}

/// One side of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The size of the whole field.
    pub bytes: usize,
    /// The line that differs, around the first difference; none where it has fewer lines.
    pub line: Option<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Change {
    /// Compares the parameter of a hook with its answer; `None` if nothing is replaced.
    pub(crate) fn of(hook: HookName, given: &Value, answer: &Value) -> Option<Self> {
        if hook.kind() == HookKind::Action || answer.is_null() {
            return None;
        }
        let (given, answer) = (members(hook, given), members(hook, answer));
        let names: BTreeSet<&String> = given.keys().chain(answer.keys()).collect();
        let mut fields: Vec<_> = names
            .into_iter()
            .filter_map(|name| {
                let (before, after) = (text(given.get(name)), text(answer.get(name)));
                FieldChange::of(name, before.as_deref(), after.as_deref())
            })
            .collect();
        let more_fields = fields.len().saturating_sub(MOST_FIELDS);
        fields.truncate(MOST_FIELDS);
        (!fields.is_empty()).then(|| Self {
            at: timestamp(Utc::now()),
            hook,
            fields,
            more_fields,
        })
    }
}

/// The members of a record, and of typed content those of its data; a text is a member without a
/// name.
fn members(hook: HookName, value: &Value) -> Map<String, Value> {
    let data = value.get("data").and_then(Value::as_str);
    let record = match data.filter(|_| hook.has_content_type()) {
        Some(data) => serde_json::from_str(data).unwrap_or_else(|_| data.into()),
        None => value.clone(),
    };
    match record {
        Value::Object(members) => members,
        text => Map::from_iter([(String::new(), text)]),
    }
}

/// A member as text; absent is the same as null.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

impl FieldChange {
    fn of(name: &str, before: Option<&str>, after: Option<&str>) -> Option<Self> {
        if before == after {
            return None;
        }
        let (mut before_lines, mut after_lines) = (lines(before), lines(after));
        let mut line = 0;
        // Both have the same lines where they differ in how these end.
        let (former, new) = loop {
            line += 1;
            let pair = (before_lines.next(), after_lines.next());
            if pair.0 != pair.1 || pair.0.is_none() {
                break pair;
            }
        };
        let common = former.unwrap_or_default().chars();
        let common = common.zip(new.unwrap_or_default().chars());
        let common = common.take_while(|(one, other)| one == other).count();
        let side = |text: Option<&str>, line: Option<&str>| {
            Some(Side {
                bytes: text?.len(),
                line: line.map(|line| around(line, common)),
            })
        };
        Some(Self {
            field: if name.is_empty() {
                String::new()
            } else {
                member_pointer(name)
            },
            line,
            before: side(before, former),
            after: side(after, new),
        })
    }
}

fn lines(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.into_iter().flat_map(|text| text.split('\n'))
}

/// The part of a line around the character of this number.
fn around(line: &str, at: usize) -> String {
    let skipped = if line.chars().count() > MOST_OF_A_LINE {
        at.saturating_sub(BEFORE_THE_DIFFERENCE)
    } else {
        0
    };
    let mut rest = line.chars().skip(skipped);
    let mut part = String::new();
    if skipped > 0 {
        part.push('…');
    }
    part.extend(rest.by_ref().take(MOST_OF_A_LINE));
    if rest.next().is_some() {
        part.push('…');
    }
    part
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changes(hook: HookName, given: &Value, answer: &Value) -> Vec<String> {
        let Some(change) = Change::of(hook, given, answer) else {
            return Vec::new();
        };
        let side = |side: &Option<Side>| {
            side.as_ref().map_or_else(
                || "absent".to_owned(),
                |side| format!("{} {:?}", side.bytes, side.line.as_deref().unwrap_or("-")),
            )
        };
        let fields = change.fields.iter().map(|field| {
            let (before, after) = (side(&field.before), side(&field.after));
            format!("{}:{} {before} > {after}", field.field, field.line)
        });
        fields.collect()
    }

    #[test]
    fn each_kind_of_value_is_compared_by_its_fields() {
        let post = |excerpt: Value, content: &str| json!({"title": "T", "excerpt": excerpt, "content": content});
        let given = post(Value::Null, "one\ntwo\nthree");
        let creating = HookName::OnPostCreating;
        assert_eq!(
            changes(creating, &given, &post("E".into(), "one\nTwo\nthree")),
            [
                r#"/content:2 13 "two" > 13 "Two""#,
                r#"/excerpt:1 absent > 1 "E""#
            ]
        );
        assert!(changes(creating, &given, &given).is_empty());
        assert!(changes(creating, &given, &Value::Null).is_empty());

        let content = |data: &str| json!({"content_type": "note", "id": null, "data": data});
        assert_eq!(
            changes(
                HookName::OnContentCreating,
                &content(r#"{"a": 1, "b/c": [1]}"#),
                &content(r#"{"b/c": [1, 2], "a": 1}"#)
            ),
            [r#"/b~1c:1 3 "[1]" > 5 "[1,2]""#]
        );
        assert_eq!(
            changes(
                HookName::FilterHtml,
                &"<p>a</p>\n".into(),
                &"<p>a</p>\n<hr>".into()
            ),
            [r#":2 9 "" > 13 "<hr>""#]
        );
        let deleted = HookName::OnPostDeleted;
        assert!(changes(deleted, &"a".into(), &"b".into()).is_empty());
    }

    #[test]
    fn a_text_that_goes_on_differs_in_a_line_that_the_other_lacks() {
        assert_eq!(
            changes(HookName::FilterHtml, &"a".into(), &"a\nb".into()),
            [r#":2 1 "-" > 3 "b""#]
        );
    }

    #[test]
    fn a_long_line_is_told_around_its_difference_and_many_fields_by_their_number() {
        let long = "ä".repeat(500);
        let change = Change::of(
            HookName::FilterHtml,
            &format!("{long}x{long}").into(),
            &format!("{long}y{long}").into(),
        );
        let change = change.expect("it differs");
        let line = change.fields[0]
            .after
            .as_ref()
            .unwrap()
            .line
            .clone()
            .unwrap();
        assert!(line.contains("äyä"), "{line}");
        assert!(line.chars().count() <= MOST_OF_A_LINE + 2, "{line}");

        let many: Map<String, Value> = (0..50).map(|n| (n.to_string(), n.into())).collect();
        let data =
            |members: Map<String, Value>| json!({"data": Value::Object(members).to_string()});
        let change = Change::of(HookName::OnContentUpdating, &data(Map::new()), &data(many));
        let change = change.expect("it differs");
        assert_eq!((change.fields.len(), change.more_fields), (20, 30));
    }
}
