//! The functions as they are meant, on the server's own tables.

use raisfast_plugin::{
    clock,
    database::{Error, Row, field, placeholder, table},
    host_api, identifiers, row,
};
use serde_json::{Value, json};

use crate::{json_of, shown};

/// Content of the type `note`.
fn note(id: &str, data: &str) -> Row {
    row! {
        id: id,
        content_type: "note",
        data: data,
        created_by: "plugin",
        created_at: clock::now(),
        updated_at: clock::now(),
    }
}

/// Stores a text, and finds it by its value.
pub(crate) fn write_and_read(text: &str) -> Result<Value, Error> {
    let data = json!({ "text": text }).to_string();
    let id = identifiers::new_id();
    table("contents").insert(note(&id, &data))?;
    let found = table("contents")
        .filter(
            field("data")
                .eq(&data)
                .and(field("content_type").eq("note")),
        )
        .columns(["id", "data", "content_type"])
        .fetch_all()?;
    let first = table("contents").filter(field("id").eq(&id)).fetch_one()?;
    let gone = table("contents")
        .filter(field("id").eq("never"))
        .fetch_one()?;
    Ok(json!({
        "is_it": found.len() == 1 && found[0].get::<String>("id")? == id,
        "found": found[0].get::<String>("data")?,
        "columns": found[0].columns().map(|(name, _)| name).collect::<Vec<_>>(),
        "is_first": first.is_some_and(|first| first.columns().count() == 6),
        "is_gone": gone.is_none(),
    }))
}

/// Posts are renamed, counted up and deleted.
pub(crate) fn change() -> Result<Value, Error> {
    let posts = || table("posts");
    let renamed = posts()
        .filter(field("slug").like("f%").or(field("slug").eq("second")))
        .update(row! { title: "Renamed", excerpt: None::<String> })?;
    let counted = posts()
        .filter(field("slug").is_in(["first", "second"]))
        .increment("view_count", 5)
        .set(row! { excerpt: "counted" })
        .apply()?;
    let kept = posts().all().increment("view_count", -3).min(0).apply()?;
    let capped = posts().all().increment("view_count", 1).max(2).apply()?;
    let deleted = posts().filter(!field("slug").eq("first")).delete()?;
    Ok(json!([renamed, counted, kept, capped, deleted]))
}

/// Over the posts' views.
pub(crate) fn count_and_sum() -> Result<Value, Error> {
    let posts = || table("posts");
    posts()
        .filter(field("slug").eq("first"))
        .update(row! { view_count: 7 })?;
    let groups = posts()
        .all()
        .group_by(["status"])
        .count("posts")
        .sum("view_count", "views")
        .having(field("posts").ge(1))
        .order(field("views").desc())
        .order("status")
        .fetch_all()?;
    let latest = posts()
        .filter(field("published_at").is_not_null())
        .order(field("slug").desc())
        .limit(1)
        .offset(1)
        .fetch_one()?;
    Ok(json!({
        "count": posts().filter(field("view_count").between(0, 6)).count()?,
        "sum": json_of(&posts().all().sum("view_count")?),
        "groups": groups.iter().map(shown).collect::<Vec<_>>(),
        "latest": latest.map(|row| row.get::<String>("slug")).transpose()?,
    }))
}

/// Reports the rows within a transaction, and those left after each end.
pub(crate) fn transaction() -> Result<Value, Error> {
    let notes = || table("contents").filter(field("content_type").eq("note"));
    let mut seen = Vec::new();
    host_api::db_begin();
    table("contents").insert(note("one", "{}"))?;
    seen.push(notes().count()?);
    host_api::db_rollback();
    seen.push(notes().count()?);
    host_api::db_begin();
    table("contents").insert(note("one", "{}"))?;
    let twice = table("contents").insert(note("one", "{}"));
    let is_constraint = matches!(twice, Err(Error::Constraint(_)));
    notes().update(row! { data: r#"{"kept":true}"# })?;
    host_api::db_commit();
    seen.push(notes().count()?);
    Ok(json!({ "seen": seen, "constraint": is_constraint }))
}

/// Changes something in a transaction, and does not end it.
pub(crate) fn left_open() -> Result<Value, Error> {
    host_api::db_begin();
    let deleted = table("posts").all().delete()?;
    Ok(json!(deleted))
}

/// Reports the values that need no grant.
pub(crate) fn identity() -> Value {
    let (first, second) = (identifiers::new_id(), identifiers::new_id());
    let (begun, now, ended) = (
        clock::unix_milliseconds(),
        clock::now(),
        clock::unix_milliseconds(),
    );
    json!({
        "ids": [first, second],
        "now": now,
        "milliseconds": [begun, ended],
        "placeholder": placeholder(3),
    })
}

pub(crate) fn delete_all(name: &str) -> Result<Value, Error> {
    Ok(json!(table(name).all().delete()?))
}
