//! Conditions as scripts write them: `{"state": "open", "total": {"$gt": 10}}`.

use raisfast_plugin::bindings::raisfast::plugin_wit::database::{
    Comparison, Condition, Filter, Membership, Operator, Pattern, Span,
};
use serde_json::{Map, Value};

use super::value::to_value;

/// The most conditions within each other. The host has a limit of its own for all of them.
const MOST_DEEP: usize = 32;

/// Returns the rows that are meant: all of them for `{}` and for nothing.
pub(super) fn filter(wanted: &Value) -> Result<Filter, String> {
    match wanted {
        Value::Null => Ok(Filter::All),
        Value::Object(fields) if fields.is_empty() => Ok(Filter::All),
        Value::Object(fields) => {
            let mut parts = Vec::new();
            add_all(fields, &mut parts, 0)?;
            Ok(Filter::Matching(parts))
        }
        _ => Err("where: expected an object such as {\"state\": \"open\"}".into()),
    }
}

/// Adds what leaves one condition: that all fields of an object hold.
fn add_all(
    fields: &Map<String, Value>,
    parts: &mut Vec<Condition>,
    depth: usize,
) -> Result<(), String> {
    if depth > MOST_DEEP {
        return Err(format!(
            "where: more than {MOST_DEEP} conditions within each other"
        ));
    }
    let mut count = 0;
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("$and", Value::Array(items)) => {
                let joined = add_each("$and", items, parts, depth)?;
                parts.push(Condition::And(joined));
            }
            ("$or", Value::Array(items)) => {
                let joined = add_each("$or", items, parts, depth)?;
                parts.push(Condition::Or(joined));
            }
            ("$not", Value::Object(fields)) => {
                add_all(fields, parts, depth + 1)?;
                parts.push(Condition::Not);
            }
            ("$and" | "$or", _) => return Err(format!("where: {name} takes a list of objects")),
            ("$not", _) => return Err("where: $not takes an object".into()),
            (name, _) if name.starts_with('$') => return Err(unknown(name)),
            (column, Value::Object(operators)) => {
                add_operators(column, operators, parts)?;
            }
            (column, Value::Null) => parts.push(Condition::IsNull(column.to_owned())),
            (column, value) => parts.push(compare(column, Operator::Equal, value)),
        }
        count += 1;
    }
    join(count, parts)
}

/// Adds each condition of a list, and returns their number.
fn add_each(
    name: &str,
    items: &[Value],
    parts: &mut Vec<Condition>,
    depth: usize,
) -> Result<u32, String> {
    for item in items {
        let fields = item.as_object();
        let fields = fields.ok_or_else(|| format!("where: {name} takes a list of objects"))?;
        add_all(fields, parts, depth + 1)?;
    }
    match u32::try_from(items.len()) {
        Ok(0) | Err(_) => Err(format!("where: {name} takes at least one condition")),
        Ok(count) => Ok(count),
    }
}

/// Adds what leaves one condition: that all operators of a column hold.
fn add_operators(
    column: &str,
    operators: &Map<String, Value>,
    parts: &mut Vec<Condition>,
) -> Result<(), String> {
    let owned = || column.to_owned();
    for (name, value) in operators {
        match (name.as_str(), value) {
            ("$eq", Value::Null) | ("$null", Value::Bool(true)) => {
                parts.push(Condition::IsNull(owned()));
            }
            ("$ne", Value::Null) | ("$null", Value::Bool(false)) => {
                parts.extend([Condition::IsNull(owned()), Condition::Not]);
            }
            ("$eq", value) => parts.push(compare(column, Operator::Equal, value)),
            ("$ne", value) => parts.push(compare(column, Operator::NotEqual, value)),
            ("$gt", value) => parts.push(compare(column, Operator::Greater, value)),
            ("$gte", value) => parts.push(compare(column, Operator::GreaterOrEqual, value)),
            ("$lt", value) => parts.push(compare(column, Operator::Less, value)),
            ("$lte", value) => parts.push(compare(column, Operator::LessOrEqual, value)),
            ("$in", Value::Array(values)) => parts.push(Condition::In(Membership {
                column: owned(),
                values: values.iter().map(to_value).collect(),
            })),
            ("$like", Value::String(pattern)) => parts.push(Condition::Like(Pattern {
                column: owned(),
                pattern: pattern.clone(),
            })),
            ("$between", Value::Array(ends)) if ends.len() == 2 => {
                parts.push(Condition::Between(Span {
                    column: owned(),
                    low: to_value(&ends[0]),
                    high: to_value(&ends[1]),
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

fn compare(column: &str, operator: Operator, value: &Value) -> Condition {
    Condition::Compare(Comparison {
        column: column.to_owned(),
        operator,
        value: to_value(value),
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
    use serde_json::json;

    use super::*;

    fn parts(wanted: &Value) -> String {
        match filter(wanted).unwrap() {
            Filter::All => "all".into(),
            Filter::Matching(parts) => {
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
                shown.collect::<Vec<_>>().join(", ")
            }
        }
    }

    #[test]
    fn nothing_and_an_empty_object_mean_all_rows() {
        assert_eq!(parts(&json!({})), "all");
        assert_eq!(parts(&Value::Null), "all");
    }

    #[test]
    fn conditions_stand_in_postfix_order_and_leave_one() {
        for (wanted, expected) in [
            (json!({"a": 1}), "a Operator::Equal"),
            (json!({"a": null}), "a null"),
            (json!({"a": {"$ne": null}}), "a null, not"),
            (json!({"a": {"$null": false}}), "a null, not"),
            (
                json!({"a": {"$gt": 1, "$lte": 3}, "b": 2}),
                "a Operator::Greater, a Operator::LessOrEqual, and 2, b Operator::Equal, and 2",
            ),
            (
                json!({"$or": [{"a": {"$in": [1, 2]}}, {"$not": {"b": {"$like": "x%"}}}]}),
                "a in 2, b like x%, not, or 2",
            ),
            (
                json!({"$and": [{"a": {"$between": [1, 2]}}, {"b": {"$gte": 1}}], "c": {"$lt": 1}}),
                "a between, b Operator::GreaterOrEqual, and 2, c Operator::Less, and 2",
            ),
        ] {
            assert_eq!(parts(&wanted), expected, "{wanted}");
        }
    }

    #[test]
    fn what_is_not_a_condition_is_named() {
        let mut deep = json!({"a": 1});
        for _ in 0..40 {
            deep = json!({"$not": deep});
        }
        for (wanted, expected) in [
            (json!([]), "expected an object"),
            (json!("x"), "expected an object"),
            (json!({"a": {}}), "without a condition"),
            (json!({"$or": []}), "at least one"),
            (json!({"$or": {}}), "a list of objects"),
            (json!({"$and": [1]}), "a list of objects"),
            (json!({"$not": [{}]}), "$not takes an object"),
            (json!({"$nor": [{}]}), "`$nor` is not an operator"),
            (json!({"a": {"$above": 1}}), "`$above` is not an operator"),
            (json!({"a": {"b": 1}}), "`b` is not an operator"),
            (json!({"a": {"$in": 1}}), "$in of `a`"),
            (json!({"a": {"$between": [1]}}), "$between of `a`"),
            (json!({"a": {"$like": 1}}), "$like of `a`"),
            (json!({"a": {"$null": 1}}), "$null of `a`"),
            (deep, "within each other"),
        ] {
            let error = filter(&wanted).unwrap_err();
            assert!(error.contains(expected), "{wanted}: {error}");
        }
    }
}
