//! Records as handlers are given them; a handler need not return one.

use raisfast_plugin::{
    exports::raisfast::plugin_wit::plugin_hooks::PostOutput,
    lifecycle::{Cause, InstancePlace},
};

use crate::{Object, Value, json};

/// Returns a stored post.
pub fn post_output(post: PostOutput) -> Value {
    Value::object([
        ("id", Value::Text(post.id)),
        ("title", post.title.into()),
        ("slug", post.slug.into()),
        ("content", post.content.into()),
        ("excerpt", post.excerpt.into()),
        ("status", post.status.into()),
        ("created_by", post.created_by.into()),
        ("updated_by", post.updated_by.into()),
        ("category_id", post.category_id.into()),
        ("view_count", post.view_count.into()),
        ("created_at", post.created_at.into()),
        ("updated_at", post.updated_at.into()),
        ("published_at", post.published_at.into()),
    ])
}

/// Returns the type and id of content, and the same once more as `body`.
pub fn content(content_type: String, id: String) -> Value {
    with_body(vec![
        ("content_type".into(), content_type.into()),
        ("id".into(), id.into()),
    ])
}

/// Returns a user who has logged in.
pub fn user(user_id: String) -> Value {
    Value::object([("user_id", Value::Text(user_id))])
}

/// Returns a tick's payload, and the same once more as `body`. One that is not JSON is a text.
pub fn tick(payload: Option<&str>) -> Value {
    let payload = payload.map(|text| json::read(text).unwrap_or_else(|_| text.into()));
    match payload {
        Some(Value::Object(fields)) => with_body(fields),
        other => other.into(),
    }
}

/// Returns content's data: the object that it is as JSON text, or the list. Another text, which
/// typed content does not have, stays as it is, so that no character of it is lost.
pub(super) fn data(text: &str) -> Value {
    match json::read(text) {
        Ok(decoded @ (Value::Object(_) | Value::List(_))) => decoded,
        _ => text.into(),
    }
}

/// Returns an instance's place.
pub fn place(place: InstancePlace) -> Value {
    let cause = match place.cause {
        Cause::VersionBegins => "version-begins",
        Cause::Replacement => "replacement",
    };
    Value::object([
        ("number", Value::from(place.number)),
        ("instances", place.instances.into()),
        ("cause", cause.into()),
    ])
}

/// Returns an object that has itself as `body`: existing scripts read it there.
pub(super) fn with_body(mut fields: Object) -> Value {
    let body = Value::Object(fields.clone());
    fields.push(("body".into(), body));
    Value::Object(fields)
}
