//! Misuse that a plugin could try with the contract's own types: the SDK would not let it.

use raisfast_plugin::bindings::raisfast::plugin_wit::database::{
    self as host, Comparison, Condition, Error, Field, Filter, Operator, Query, Value as Column,
};
use serde_json::{Value, json};

fn equal(column: &str, value: &str) -> Condition {
    Condition::Compare(Comparison {
        column: column.to_owned(),
        operator: Operator::Equal,
        value: Column::Text(value.to_owned()),
    })
}

/// The name of a table or column, wherever one may stand. Each place has to refuse it; the last
/// refusal is the answer.
pub(crate) fn name(name: &str) -> Result<Value, Error> {
    let field = vec![Field {
        name: name.to_owned(),
        value: Column::Null,
    }];
    let condition = Filter::Matching(vec![equal(name, "x")]);
    let refusals = [
        host::delete(name, &Filter::All).map(drop),
        host::delete("posts", &condition).map(drop),
        host::update("posts", &Filter::All, &field).map(drop),
        host::insert("posts", &field),
        host::sum("posts", name, &Filter::All).map(drop),
    ];
    let mut last = None;
    for refusal in refusals {
        last = Some(refusal.expect_err("a place takes the name"));
    }
    Err(last.expect("there are places"))
}

/// A value in a condition.
pub(crate) fn value(value: &str) -> Result<Value, Error> {
    Ok(json!(host::count(
        "posts",
        &Filter::Matching(vec![equal("slug", value)])
    )?))
}

/// Parts of a condition, a letter each: `c` a comparison, `a` an `and` of two, `o` an `or` of
/// 4,294,967,295, `z` an `and` of none, `n` a `not`.
pub(crate) fn parts(letters: &str) -> Result<Value, Error> {
    let parts = letters.chars().map(|letter| match letter {
        'c' => equal("slug", "first"),
        'a' => Condition::And(2),
        'o' => Condition::Or(u32::MAX),
        'z' => Condition::And(0),
        'n' => Condition::Not,
        other => panic!("`{other}` is not a part"),
    });
    Ok(json!(host::count(
        "posts",
        &Filter::Matching(parts.collect())
    )?))
}

/// More than `db_rows`.
pub(crate) fn too_many_rows() -> Result<Value, Error> {
    let query = Query {
        table: "posts".to_owned(),
        columns: Vec::new(),
        filter: Filter::All,
        order: Vec::new(),
        limit: Some(u64::MAX),
        offset: 0,
    };
    Ok(json!(host::fetch_all(&query)?.len()))
}
