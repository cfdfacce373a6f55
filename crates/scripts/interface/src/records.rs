//! The records of hooks as values, and back.

mod fields;
mod given;

use raisfast_plugin::exports::raisfast::plugin_wit::plugin_hooks::{
    CommentInput, ContentEvent, PostInput,
};

use self::fields::Fields;
use crate::{Value, json};

pub use given::{content, place, post_output, tick, user};

/// A record that a filter gets and returns.
pub trait Record: Sized {
    /// Returns the record as an object with keys in `snake_case`.
    fn to_value(&self) -> Value;

    /// Reads what a handler has returned; what it leaves out is as it was. The error may follow
    /// "returned".
    fn read(returned: Value, before: Self) -> Result<Read<Self>, String>;
}

/// A record that was read.
#[derive(Debug)]
pub struct Read<R> {
    /// The record.
    pub record: R,
    /// Keys that it does not have, and that are ignored.
    pub unknown: Vec<String>,
}

/// Returns what a handler has returned: an object, or one as JSON text; none for nothing. The error
/// may follow "returned".
pub fn returned(value: Value) -> Result<Option<Value>, String> {
    let value = match value {
        Value::Text(text) if text.trim().is_empty() => Value::Null,
        Value::Text(text) => {
            json::read(&text).map_err(|error| format!("a text that is {error}"))?
        }
        other => other,
    };
    Ok(Some(value).filter(|value| !value.is_null()))
}

/// Returns the text that a handler for text has returned; none for nothing. The error may follow
/// "returned".
pub fn returned_text(value: Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Text(text) => Ok(Some(text)),
        other => Err(format!("{}; expected a text or nothing", other.kind())),
    }
}

/// Returns status and message of what `fail` makes; none of another value.
pub fn refusal(returned: &Value) -> Option<(u16, String)> {
    if returned.get("__plugin_error")? != &Value::Boolean(true) {
        return None;
    }
    let status = match returned.get("__status") {
        Some(Value::Integer(status)) => u16::try_from(*status).ok(),
        _ => None,
    };
    let message = returned.get("__message").and_then(Value::as_text);
    let message = message.unwrap_or("the plugin refuses the request");
    Some((status.unwrap_or(422), message.to_owned()))
}

impl Record for PostInput {
    fn to_value(&self) -> Value {
        let tags = self.tag_ids.as_ref().map(|tags| {
            let tags = tags.iter().map(|tag| tag.as_str().into());
            Value::List(tags.collect())
        });
        Value::object([
            ("title", self.title.as_str().into()),
            ("content", self.content.as_str().into()),
            ("slug", self.slug.as_deref().into()),
            ("excerpt", self.excerpt.as_deref().into()),
            ("category_id", self.category_id.as_deref().into()),
            ("tag_ids", tags.into()),
            ("status", self.status.as_deref().into()),
            ("cover_image", self.cover_image.as_deref().into()),
        ])
    }

    fn read(returned: Value, before: Self) -> Result<Read<Self>, String> {
        let mut fields = Fields::of(returned)?;
        let record = Self {
            title: fields.text("title", before.title)?,
            content: fields.text("content", before.content)?,
            slug: fields.optional("slug", before.slug)?,
            excerpt: fields.optional("excerpt", before.excerpt)?,
            category_id: fields.optional("category_id", before.category_id)?,
            tag_ids: fields.texts("tag_ids", before.tag_ids)?,
            status: fields.optional("status", before.status)?,
            cover_image: fields.optional("cover_image", before.cover_image)?,
        };
        Ok(fields.rest(record))
    }
}

impl Record for CommentInput {
    fn to_value(&self) -> Value {
        Value::object([
            ("content", self.content.as_str().into()),
            ("nickname", self.nickname.as_deref().into()),
            ("email", self.email.as_deref().into()),
            ("parent_id", self.parent_id.as_deref().into()),
        ])
    }

    fn read(returned: Value, before: Self) -> Result<Read<Self>, String> {
        let mut fields = Fields::of(returned)?;
        let record = Self {
            content: fields.text("content", before.content)?,
            nickname: fields.optional("nickname", before.nickname)?,
            email: fields.optional("email", before.email)?,
            parent_id: fields.optional("parent_id", before.parent_id)?,
        };
        Ok(fields.rest(record))
    }
}

impl Record for ContentEvent {
    /// `data` is decoded, and all of it is there once more as `body`.
    fn to_value(&self) -> Value {
        let data = given::data(&self.data);
        given::with_body(vec![
            ("content_type".into(), self.content_type.as_str().into()),
            ("data".into(), data),
            ("id".into(), self.id.as_deref().into()),
        ])
    }

    /// `data` may be an object, or one as JSON text; `body` is what the handler was given.
    fn read(returned: Value, before: Self) -> Result<Read<Self>, String> {
        let mut fields = Fields::of(returned)?;
        fields.take("body");
        let data = match fields.take("data") {
            None => before.data,
            Some(Value::Text(text)) => text,
            Some(data @ Value::Object(_)) => data.to_string(),
            Some(other) => return Err(fields::wrong("data", "an object", &other)),
        };
        let record = Self {
            content_type: fields.text("content_type", before.content_type)?,
            data,
            id: fields.optional("id", before.id)?,
        };
        Ok(fields.rest(record))
    }
}
