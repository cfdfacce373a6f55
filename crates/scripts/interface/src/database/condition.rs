//! Conditions as scripts write them: `{"state": "open", "total": {"$gt": 10}}`.

use super::{
    columns::to_column,
    contract::{Comparison, Condition, Filter, Membership, Operator, Pattern, Span},
};
use crate::{Object, Value};

/// The most conditions within each other. The host has a limit of its own for all of them.
const MAX_DEPTH: usize = 32;

/// Returns the rows that are meant: all of them for `{}` and for nothing.
pub(super) fn filter(wanted: &Value) -> Result<Filter, String> {
    match wanted {
        Value::Null => Ok(Filter::All),
        // Languages whose empty list and empty object are the same.
        Value::List(items) if items.is_empty() => Ok(Filter::All),
        Value::Object(fields) if fields.is_empty() => Ok(Filter::All),
        Value::Object(fields) => {
            let mut parts = Vec::new();
            add_fields(fields, &mut parts, 0)?;
            Ok(Filter::Matching(parts))
        }
        other => Err(format!(
            "where: expected an object such as {{\"state\": \"open\"}}, found {}",
            other.kind()
        )),
    }
}

/// Returns true if a condition is about this column.
pub(super) fn names_column(filter: &Filter, column: &str) -> bool {
    let Filter::Matching(parts) = filter else {
        return false;
    };
    parts.iter().any(|part| match part {
        Condition::Compare(Comparison { column: named, .. })
        | Condition::In(Membership { column: named, .. })
        | Condition::Like(Pattern { column: named, .. })
        | Condition::Between(Span { column: named, .. })
        | Condition::IsNull(named) => named == column,
        Condition::And(_) | Condition::Or(_) | Condition::Not => false,
    })
}

/// Adds what leaves one condition: that all fields of an object hold.
fn add_fields(fields: &Object, parts: &mut Vec<Condition>, depth: usize) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!(
            "where: more than {MAX_DEPTH} conditions within each other"
        ));
    }
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("$and", Value::List(items)) => {
                let joined = add_items("$and", items, parts, depth)?;
                parts.push(Condition::And(joined));
            }
            ("$or", Value::List(items)) => {
                let joined = add_items("$or", items, parts, depth)?;
                parts.push(Condition::Or(joined));
            }
            ("$not", Value::Object(fields)) => {
                add_fields(fields, parts, depth + 1)?;
                parts.push(Condition::Not);
            }
            ("$and" | "$or", _) => return Err(format!("where: {name} takes a list of objects")),
            ("$not", _) => return Err("where: $not takes an object".into()),
            (name, _) if name.starts_with('$') => return Err(unknown(name)),
            (column, Value::Object(operators)) => add_operators(column, operators, parts)?,
            (column, value) => parts.push(compare(column, Operator::Equal, value)),
        }
    }
    join(fields.len(), parts)
}

/// Adds each condition of a list, and returns their number.
fn add_items(
    name: &str,
    items: &[Value],
    parts: &mut Vec<Condition>,
    depth: usize,
) -> Result<u32, String> {
    for item in items {
        let Value::Object(fields) = item else {
            return Err(format!("where: {name} takes a list of objects"));
        };
        add_fields(fields, parts, depth + 1)?;
    }
    match u32::try_from(items.len()) {
        Ok(0) | Err(_) => Err(format!("where: {name} takes at least one condition")),
        Ok(count) => Ok(count),
    }
}

/// Adds what leaves one condition: that all operators of a column hold.
fn add_operators(
    column: &str,
    operators: &Object,
    parts: &mut Vec<Condition>,
) -> Result<(), String> {
    let owned = || column.to_owned();
    for (name, value) in operators {
        match (name.as_str(), value) {
            ("$null", Value::Boolean(true)) => parts.push(Condition::IsNull(owned())),
            ("$ne", Value::Null) | ("$null", Value::Boolean(false)) => {
                parts.extend([Condition::IsNull(owned()), Condition::Not]);
            }
            ("$eq", value) => parts.push(compare(column, Operator::Equal, value)),
            ("$ne", value) => parts.push(compare(column, Operator::NotEqual, value)),
            ("$gt", value) => parts.push(compare(column, Operator::Greater, value)),
            ("$gte", value) => parts.push(compare(column, Operator::GreaterOrEqual, value)),
            ("$lt", value) => parts.push(compare(column, Operator::Less, value)),
            ("$lte", value) => parts.push(compare(column, Operator::LessOrEqual, value)),
            ("$in", value) if items(value).is_some() => parts.push(Condition::In(Membership {
                column: owned(),
                values: items(value)
                    .unwrap_or_default()
                    .iter()
                    .map(to_column)
                    .collect(),
            })),
            ("$like", Value::Text(pattern)) => parts.push(Condition::Like(Pattern {
                column: owned(),
                pattern: pattern.clone(),
            })),
            ("$between", Value::List(ends)) if ends.len() == 2 => {
                parts.push(Condition::Between(Span {
                    column: owned(),
                    low: to_column(&ends[0]),
                    high: to_column(&ends[1]),
                }));
            }
            ("$in", _) => return Err(format!("where: $in of `{column}` takes a list")),
            ("$like", _) => return Err(format!("where: $like of `{column}` takes a text")),
            ("$between", _) => {
                return Err(format!(
                    "where: $between of `{column}` takes two values in a list"
                ));
            }
            ("$null", _) => return Err(format!("where: $null of `{column}` takes true or false")),
            (name, _) => return Err(unknown(name)),
        }
    }
    join(operators.len(), parts)
}

/// Returns the items of a list. In some languages an empty one is an empty object.
fn items(value: &Value) -> Option<&[Value]> {
    match value {
        Value::List(items) => Some(items),
        Value::Object(fields) if fields.is_empty() => Some(&[]),
        _ => None,
    }
}

/// Makes one condition of the last ones.
fn join(count: usize, parts: &mut Vec<Condition>) -> Result<(), String> {
    match u32::try_from(count) {
        Ok(0) => return Err("where: an object without a condition".into()),
        Ok(1) => {}
        Ok(count) => parts.push(Condition::And(count)),
        Err(_) => return Err("where: too many conditions".into()),
    }
    Ok(())
}

/// A comparison. That with nothing is what scripts mean by it: there is no value.
fn compare(column: &str, operator: Operator, value: &Value) -> Condition {
    if value.is_null() && operator == Operator::Equal {
        return Condition::IsNull(column.to_owned());
    }
    Condition::Compare(Comparison {
        column: column.to_owned(),
        operator,
        value: to_column(value),
    })
}

fn unknown(name: &str) -> String {
    format!(
        "where: `{name}` is not an operator; there are $eq, $ne, $gt, $gte, $lt, $lte, $in, $like, $between and $null \
         for a column, and $and, $or and $not"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn parts(wanted: &str) -> Result<String, String> {
        let Filter::Matching(parts) = filter(&json::read(wanted).unwrap())? else {
            return Ok("all".into());
        };
        let shown = parts.iter().map(|part| match part {
            Condition::Compare(it) => format!("{} {:?}", it.column, it.operator),
            Condition::In(it) => format!("{} in {}", it.column, it.values.len()),
            Condition::Like(it) => format!("{} like {}", it.column, it.pattern),
            Condition::Between(it) => format!("{} between", it.column),
            Condition::IsNull(column) => format!("{column} null"),
            Condition::And(count) => format!("and {count}"),
            Condition::Or(count) => format!("or {count}"),
            Condition::Not => "not".into(),
        });
        let shown = shown.collect::<Vec<_>>().join(", ");
        Ok(shown.replace("Operator::", ""))
    }

    #[test]
    fn conditions_stand_in_postfix_order_and_leave_one() {
        for (wanted, expected) in [
            ("{}", "all"),
            ("null", "all"),
            ("[]", "all"),
            (r#"{"a": 1}"#, "a Equal"),
            (r#"{"a": {"$eq": 1}}"#, "a Equal"),
            (r#"{"a": {"$ne": 1}}"#, "a NotEqual"),
            (r#"{"a": {"$gte": 1}}"#, "a GreaterOrEqual"),
            (r#"{"a": {"$lt": 1}}"#, "a Less"),
            (r#"{"a": null}"#, "a null"),
            (r#"{"a": {"$eq": null}}"#, "a null"),
            (r#"{"a": {"$null": true}}"#, "a null"),
            (r#"{"a": {"$null": false}}"#, "a null, not"),
            (r#"{"a": {"$ne": null}}"#, "a null, not"),
            (r#"{"a": {"$in": []}}"#, "a in 0"),
            (r#"{"a": {"$in": {}}}"#, "a in 0"),
            (
                r#"{"a": {"$gt": 1, "$lte": 3}, "b": 2}"#,
                "a Greater, a LessOrEqual, and 2, b Equal, and 2",
            ),
            (
                r#"{"$or": [{"a": {"$in": [1, 2]}}, {"$not": {"b": {"$like": "x%"}}}]}"#,
                "a in 2, b like x%, not, or 2",
            ),
            (
                r#"{"$and": [{"a": {"$between": [1, 2]}}, {"b": 1}], "c": 1}"#,
                "a between, b Equal, and 2, c Equal, and 2",
            ),
        ] {
            assert_eq!(parts(wanted).as_deref(), Ok(expected), "{wanted}");
        }
    }

    #[test]
    fn what_is_not_a_condition_is_named() {
        for (wanted, expected) in [
            (
                "1",
                "expected an object such as {\"state\": \"open\"}, found a number",
            ),
            (r#"{"$nor": []}"#, "`$nor` is not an operator"),
            (r#"{"a": {"$regex": "x"}}"#, "`$regex` is not an operator"),
            (r#"{"a": {}}"#, "an object without a condition"),
            (r#"{"$or": []}"#, "$or takes at least one condition"),
            (r#"{"$or": [{}]}"#, "an object without a condition"),
            (r#"{"$or": {}}"#, "$or takes a list of objects"),
            (r#"{"$not": 1}"#, "$not takes an object"),
            (r#"{"a": {"$in": 1}}"#, "$in of `a` takes a list"),
            (r#"{"a": {"$like": 1}}"#, "$like of `a` takes a text"),
            (
                r#"{"a": {"$between": [1]}}"#,
                "$between of `a` takes two values",
            ),
            (r#"{"a": {"$null": 1}}"#, "$null of `a` takes true or false"),
        ] {
            let error = parts(wanted).unwrap_err();
            assert!(error.contains(expected), "{wanted}: {error}");
        }
    }

    #[test]
    fn depth_has_a_bound() {
        let nested = |depth| r#"{"$not":"#.repeat(depth) + r#"{"a":1}"# + &"}".repeat(depth);
        assert!(parts(&nested(MAX_DEPTH)).is_ok());
        let error = parts(&nested(MAX_DEPTH + 1)).unwrap_err();
        assert_eq!(error, "where: more than 32 conditions within each other");
    }
}
