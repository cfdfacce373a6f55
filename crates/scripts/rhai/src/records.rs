//! What handlers get and return, as JSON with keys in `snake_case`.

use raisfast_plugin::exports::raisfast::plugin_wit::plugin_hooks::{
    CommentInput, ContentEvent, PostInput, PostOutput,
};
use rhai::Dynamic;
use serde_json::{Map, Value, json};

use crate::json;

/// A record that a filter gets and returns.
pub(crate) trait Record: Sized {
    /// Returns the record as JSON.
    fn to_json(&self) -> Value;

    /// Reads what a handler has returned; what it leaves out is as it was. The error says what is
    /// wrong with it, in words that may follow "returned".
    fn from_json(value: Value, before: &Self) -> Result<Self, String>;
}

/// Returns what a handler has returned, as JSON: an object, or one as JSON text; none for nothing.
pub(crate) fn answer(answer: &Dynamic) -> Result<Option<Value>, String> {
    let value = match answer.clone().into_string() {
        Ok(text) if text.trim().is_empty() => return Ok(None),
        Ok(text) => serde_json::from_str(&text)
            .map_err(|error| format!("a text that is not JSON: {error}"))?,
        Err(_) => json::to_json(answer),
    };
    Ok(Some(value).filter(|value| !value.is_null()))
}

/// Returns status and message of what `fail` makes.
pub(crate) fn refusal(answer: &Value) -> Option<(u16, String)> {
    if answer.get("__plugin_error")? != true {
        return None;
    }
    let status = answer.get("__status").and_then(Value::as_u64);
    let message = answer.get("__message").and_then(Value::as_str);
    Some((
        status.and_then(|it| u16::try_from(it).ok()).unwrap_or(422),
        message
            .unwrap_or("the plugin refuses the request")
            .to_owned(),
    ))
}

/// Reads the fields of an object.
struct Fields(Map<String, Value>);

impl Fields {
    fn of(value: Value) -> Result<Self, String> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            other => Err(format!("{}, and not an object", kind(&other))),
        }
    }

    fn text(&mut self, name: &str, before: &str) -> Result<String, String> {
        match self.0.remove(name) {
            None => Ok(before.to_owned()),
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(wrong(name, "a text", &other)),
        }
    }

    fn optional(&mut self, name: &str, before: Option<&String>) -> Result<Option<String>, String> {
        match self.0.remove(name) {
            None => Ok(before.cloned()),
            Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(name, "a text or nothing", &other)),
        }
    }

    fn texts(
        &mut self,
        name: &str,
        before: Option<&Vec<String>>,
    ) -> Result<Option<Vec<String>>, String> {
        let items = match self.0.remove(name) {
            None => return Ok(before.cloned()),
            Some(Value::Null) => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(other) => return Err(wrong(name, "a list of texts", &other)),
        };
        let texts = items.into_iter().map(|item| match item {
            Value::String(text) => Ok(text),
            other => Err(wrong(name, "a list of texts", &other)),
        });
        texts.collect::<Result<_, _>>().map(Some)
    }
}

fn wrong(name: &str, expected: &str, found: &Value) -> String {
    format!("`{name}` as {}; expected {expected}", kind(found))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

impl Record for PostInput {
    fn to_json(&self) -> Value {
        json!({
            "title": self.title,
            "content": self.content,
            "slug": self.slug,
            "excerpt": self.excerpt,
            "category_id": self.category_id,
            "tag_ids": self.tag_ids,
            "status": self.status,
            "cover_image": self.cover_image,
        })
    }

    fn from_json(value: Value, before: &Self) -> Result<Self, String> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            title: fields.text("title", &before.title)?,
            content: fields.text("content", &before.content)?,
            slug: fields.optional("slug", before.slug.as_ref())?,
            excerpt: fields.optional("excerpt", before.excerpt.as_ref())?,
            category_id: fields.optional("category_id", before.category_id.as_ref())?,
            tag_ids: fields.texts("tag_ids", before.tag_ids.as_ref())?,
            status: fields.optional("status", before.status.as_ref())?,
            cover_image: fields.optional("cover_image", before.cover_image.as_ref())?,
        })
    }
}

impl Record for CommentInput {
    fn to_json(&self) -> Value {
        json!({
            "content": self.content,
            "nickname": self.nickname,
            "email": self.email,
            "parent_id": self.parent_id,
        })
    }

    fn from_json(value: Value, before: &Self) -> Result<Self, String> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            content: fields.text("content", &before.content)?,
            nickname: fields.optional("nickname", before.nickname.as_ref())?,
            email: fields.optional("email", before.email.as_ref())?,
            parent_id: fields.optional("parent_id", before.parent_id.as_ref())?,
        })
    }
}

impl Record for ContentEvent {
    fn to_json(&self) -> Value {
        let data: Value = serde_json::from_str(&self.data).unwrap_or(Value::Null);
        let mut event = json!({
            "content_type": self.content_type,
            "data": data,
            "id": self.id,
        });
        event["body"] = event.clone();
        event
    }

    /// `data` may be an object, or one as JSON text; `body` is what the handler was given.
    fn from_json(value: Value, before: &Self) -> Result<Self, String> {
        let mut fields = Fields::of(value)?;
        let data = match fields.0.remove("data") {
            None => before.data.clone(),
            Some(Value::String(text)) => text,
            Some(Value::Object(data)) => Value::Object(data).to_string(),
            Some(other) => return Err(wrong("data", "an object", &other)),
        };
        Ok(Self {
            content_type: fields.text("content_type", &before.content_type)?,
            data,
            id: fields.optional("id", before.id.as_ref())?,
        })
    }
}

/// Returns a stored post as JSON.
pub(crate) fn post_output(post: PostOutput) -> Value {
    json!({
        "id": post.id,
        "title": post.title,
        "slug": post.slug,
        "content": post.content,
        "excerpt": post.excerpt,
        "status": post.status,
        "created_by": post.created_by,
        "updated_by": post.updated_by,
        "category_id": post.category_id,
        "view_count": post.view_count,
        "created_at": post.created_at,
        "updated_at": post.updated_at,
        "published_at": post.published_at,
    })
}

/// Returns the name of typed content as JSON, and the same once more as `body`.
pub(crate) fn content(content_type: &str, id: &str) -> Value {
    let content = json!({"content_type": content_type, "id": id});
    let mut with_body = content.clone();
    with_body["body"] = content;
    with_body
}

/// Returns a tick's payload, and the same once more as `body`.
pub(crate) fn tick(payload: &str) -> Value {
    let mut payload: Value = serde_json::from_str(payload).unwrap_or(Value::Null);
    if payload.is_object() {
        payload["body"] = payload.clone();
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post() -> PostInput {
        PostInput {
            title: "One".into(),
            content: "Text".into(),
            slug: Some("one".into()),
            excerpt: None,
            category_id: None,
            tag_ids: Some(vec!["a".into()]),
            status: None,
            cover_image: None,
        }
    }

    #[test]
    fn a_record_that_is_returned_as_it_was_is_the_same() {
        let read = PostInput::from_json(post().to_json(), &post()).unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", post()));
    }

    #[test]
    fn what_is_left_out_stays_and_null_removes() {
        let read = PostInput::from_json(json!({"slug": null, "tag_ids": []}), &post()).unwrap();
        assert_eq!((read.title.as_str(), read.slug), ("One", None));
        assert_eq!(read.tag_ids, Some(Vec::new()));
    }

    #[test]
    fn a_field_of_another_type_is_named() {
        for (value, expected) in [
            (json!({"title": 1}), "`title` as a number; expected a text"),
            (
                json!({"tag_ids": ["a", 1]}),
                "`tag_ids` as a number; expected a list of texts",
            ),
            (json!([1]), "a list, and not an object"),
        ] {
            assert_eq!(PostInput::from_json(value, &post()).unwrap_err(), expected);
        }
    }

    #[test]
    fn content_has_its_data_decoded_and_a_body_and_takes_data_in_both_forms() {
        let event = ContentEvent {
            content_type: "product".into(),
            data: r#"{"price":1}"#.into(),
            id: None,
        };
        let given = event.to_json();
        assert_eq!(given["data"], json!({"price": 1}));
        assert_eq!(given["body"]["data"]["price"], 1);
        for data in [json!({"price": 2}), json!("{\"price\":2}")] {
            let answer = json!({"data": data, "body": {"data": {"price": 3}}});
            let read = ContentEvent::from_json(answer, &event).unwrap();
            assert_eq!(
                (read.data.as_str(), read.content_type.as_str()),
                (r#"{"price":2}"#, "product")
            );
        }
        assert!(ContentEvent::from_json(json!({"data": 1}), &event).is_err());
    }

    #[test]
    fn an_answer_is_an_object_or_its_text_or_nothing() {
        assert_eq!(answer(&Dynamic::UNIT), Ok(None));
        assert_eq!(answer(&"null".into()), Ok(None));
        assert_eq!(answer(&" ".into()), Ok(None));
        assert_eq!(answer(&"{\"a\": 1}".into()), Ok(Some(json!({"a": 1}))));
        assert!(answer(&"text".into()).unwrap_err().contains("not JSON"));
    }

    #[test]
    fn a_refusal_is_told_from_an_answer() {
        let fail = json!({"__plugin_error": true, "__status": 409, "__message": "taken"});
        assert_eq!(refusal(&fail), Some((409, "taken".into())));
        assert_eq!(refusal(&json!({"title": "x"})), None);
        let odd = json!({"__plugin_error": true, "__status": 70_000});
        assert_eq!(refusal(&odd).unwrap().0, 422);
    }
}
