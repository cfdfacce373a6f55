//! What handlers get and return: tables with keys in `snake_case`.

use raisfast_plugin::{
    exports::raisfast::plugin_wit::plugin_hooks::{
        CommentInput, ContentEvent, PostInput, PostOutput,
    },
    lifecycle::{Cause, InstancePlace},
};

use crate::{
    engine::Failure,
    json,
    packed::{self, Open, Packer, Value},
};

/// A record that a filter gets and returns.
pub(crate) trait Record: Sized {
    /// Packs the record as a table. What is absent is no field.
    fn pack(&self, packer: &mut Packer);

    /// Reads the fields that a handler has returned; what it leaves out is as it was, and
    /// `Host.null` takes it away. The error may follow "returned".
    fn read(fields: Fields, before: Self) -> Result<Self, String>;
}

/// Returns the fields of what a handler has returned: a table, or JSON text; none for nothing.
pub(crate) fn answer(answer: Value) -> Result<Option<Fields>, String> {
    let answer = match answer {
        Value::String(text) => {
            let text = String::from_utf8_lossy(&text);
            let mut packer = Packer::default();
            json::pack(&text, &mut packer)
                .map_err(|error| format!("a string that is not JSON: {error}"))?;
            packed::read(&packer.finish()).map_err(|error| error.to_string())?
        }
        other => other,
    };
    match answer {
        Value::None => Ok(None),
        Value::Object(fields) => Ok(Some(Fields(fields))),
        other => Err(format!("{}, and not a table of fields", kind(&other))),
    }
}

/// Returns status and message of what `fail` makes.
pub(crate) fn refusal(answer: &Value) -> Option<(u16, String)> {
    let Value::Object(fields) = answer else {
        return None;
    };
    let field = |name: &str| fields.iter().find(|(it, _)| it == name).map(|(_, it)| it);
    if field("__plugin_error") != Some(&Value::Boolean(true)) {
        return None;
    }
    let status = match field("__status") {
        Some(Value::Integer(status)) => u16::try_from(*status).ok(),
        _ => None,
    };
    let message = match field("__message") {
        Some(Value::String(message)) => String::from_utf8_lossy(message).into_owned(),
        _ => "the plugin refuses the request".to_owned(),
    };
    Some((status.unwrap_or(422), message))
}

/// Returns what `fail` makes, of a refusal that the script has raised.
pub(crate) fn raised(failure: Failure) -> Value {
    let status = failure.refused.unwrap_or(422);
    Value::Object(vec![
        ("__plugin_error".into(), Value::Boolean(true)),
        ("__status".into(), Value::Integer(status.into())),
        (
            "__message".into(),
            Value::String(failure.message.into_bytes()),
        ),
    ])
}

/// Returns a value's kind in words.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::None => "nil",
        Value::Boolean(_) => "a boolean",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Object(_) => "a table of fields",
    }
}

/// The fields of a table.
#[derive(Debug)]
pub(crate) struct Fields(Vec<(String, Value)>);

impl Fields {
    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(it, _)| it == name)?;
        Some(self.0.swap_remove(at).1)
    }

    fn text(&mut self, name: &str, before: String) -> Result<String, String> {
        self.take(name)
            .map_or(Ok(before), |value| string(name, value))
    }

    fn optional(&mut self, name: &str, before: Option<String>) -> Result<Option<String>, String> {
        match self.take(name) {
            None => Ok(before),
            Some(Value::None) => Ok(None),
            Some(value) => string(name, value).map(Some),
        }
    }

    fn texts(
        &mut self,
        name: &str,
        before: Option<Vec<String>>,
    ) -> Result<Option<Vec<String>>, String> {
        let items = match self.take(name) {
            None => return Ok(before),
            Some(Value::None) => return Ok(None),
            Some(Value::List(items)) => items,
            // `{}` is both.
            Some(Value::Object(fields)) if fields.is_empty() => Vec::new(),
            Some(other) => return Err(wrong(name, "a list of strings", &other)),
        };
        let texts = items.into_iter().map(|item| string(name, item));
        texts.collect::<Result<_, _>>().map(Some)
    }
}

fn string(name: &str, value: Value) -> Result<String, String> {
    match value {
        Value::String(bytes) => String::from_utf8(bytes)
            .map_err(|_| format!("`{name}` as a string that is not UTF-8; expected text")),
        // Lua itself takes a number where a string is expected.
        Value::Integer(number) => Ok(number.to_string()),
        other => Err(wrong(name, "a string", &other)),
    }
}

fn wrong(name: &str, expected: &str, found: &Value) -> String {
    format!("`{name}` as {}; expected {expected}", kind(found))
}

/// Adds a field with a text.
fn text(table: &mut Open<'_>, name: &str, value: &str) {
    let packer = table.item();
    packer.name(name);
    packer.string(value.as_bytes());
    table.add();
}

/// Adds a field with a text that is there.
fn optional(table: &mut Open<'_>, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        text(table, name, value);
    }
}

/// Adds the fields once more, as a table `body`: existing scripts read them there.
fn body(table: &mut Open<'_>) {
    let packer = table.item();
    packer.name("body");
    packer.same();
    table.add();
}

/// Packs a table of texts.
pub(crate) fn texts(packer: &mut Packer, fields: &[(&str, &str)]) {
    let mut table = packer.open_object();
    for (name, value) in fields {
        text(&mut table, name, value);
    }
    table.close();
}

/// Packs the name of typed content.
pub(crate) fn content(packer: &mut Packer, content_type: &str, id: &str) {
    let mut table = packer.open_object();
    text(&mut table, "content_type", content_type);
    text(&mut table, "id", id);
    body(&mut table);
    table.close();
}

/// Packs a tick's payload, if it has one.
pub(crate) fn tick(packer: &mut Packer, payload: Option<&str>) {
    let mut read = Packer::default();
    if json::pack(payload.unwrap_or("null"), &mut read).is_err() {
        read = Packer::default();
        read.none();
    }
    match packed::read(&read.finish()) {
        Ok(Value::Object(fields)) => {
            let mut table = packer.open_object();
            for (name, value) in fields {
                let packer = table.item();
                packer.name(&name);
                packer.value(&value);
                table.add();
            }
            body(&mut table);
            table.close();
        }
        Ok(other) => packer.value(&other),
        Err(_) => packer.none(),
    }
}

/// Packs an instance's place.
pub(crate) fn place(packer: &mut Packer, place: InstancePlace) {
    packer.object(3);
    packer.name("number");
    packer.integer(place.number.into());
    packer.name("instances");
    packer.integer(place.instances.into());
    packer.name("cause");
    packer.string(match place.cause {
        Cause::VersionBegins => b"version-begins",
        Cause::Replacement => b"replacement",
    });
}

/// Packs a stored post.
pub(crate) fn post(packer: &mut Packer, post: &PostOutput) {
    let mut table = packer.open_object();
    for (name, value) in [
        ("id", &post.id),
        ("title", &post.title),
        ("slug", &post.slug),
        ("content", &post.content),
        ("status", &post.status),
        ("created_by", &post.created_by),
        ("created_at", &post.created_at),
        ("updated_at", &post.updated_at),
    ] {
        text(&mut table, name, value);
    }
    for (name, value) in [
        ("excerpt", &post.excerpt),
        ("updated_by", &post.updated_by),
        ("category_id", &post.category_id),
        ("published_at", &post.published_at),
    ] {
        optional(&mut table, name, value.as_ref());
    }
    let packer = table.item();
    packer.name("view_count");
    packer.integer(post.view_count);
    table.add();
    table.close();
}

impl Record for PostInput {
    fn pack(&self, packer: &mut Packer) {
        let mut table = packer.open_object();
        text(&mut table, "title", &self.title);
        text(&mut table, "content", &self.content);
        for (name, value) in [
            ("slug", &self.slug),
            ("excerpt", &self.excerpt),
            ("category_id", &self.category_id),
            ("status", &self.status),
            ("cover_image", &self.cover_image),
        ] {
            optional(&mut table, name, value.as_ref());
        }
        if let Some(tags) = &self.tag_ids {
            let packer = table.item();
            packer.name("tag_ids");
            packer.list(tags.len());
            for tag in tags {
                packer.string(tag.as_bytes());
            }
            table.add();
        }
        table.close();
    }

    fn read(mut fields: Fields, before: Self) -> Result<Self, String> {
        Ok(Self {
            title: fields.text("title", before.title)?,
            content: fields.text("content", before.content)?,
            slug: fields.optional("slug", before.slug)?,
            excerpt: fields.optional("excerpt", before.excerpt)?,
            category_id: fields.optional("category_id", before.category_id)?,
            tag_ids: fields.texts("tag_ids", before.tag_ids)?,
            status: fields.optional("status", before.status)?,
            cover_image: fields.optional("cover_image", before.cover_image)?,
        })
    }
}

impl Record for CommentInput {
    fn pack(&self, packer: &mut Packer) {
        let mut table = packer.open_object();
        text(&mut table, "content", &self.content);
        for (name, value) in [
            ("nickname", &self.nickname),
            ("email", &self.email),
            ("parent_id", &self.parent_id),
        ] {
            optional(&mut table, name, value.as_ref());
        }
        table.close();
    }

    fn read(mut fields: Fields, before: Self) -> Result<Self, String> {
        Ok(Self {
            content: fields.text("content", before.content)?,
            nickname: fields.optional("nickname", before.nickname)?,
            email: fields.optional("email", before.email)?,
            parent_id: fields.optional("parent_id", before.parent_id)?,
        })
    }
}

impl Record for ContentEvent {
    fn pack(&self, packer: &mut Packer) {
        let mut table = packer.open_object();
        text(&mut table, "content_type", &self.content_type);
        let packer = table.item();
        packer.name("data");
        let mut data = Packer::default();
        match json::pack(&self.data, &mut data) {
            Ok(()) => packer.packed(&data),
            Err(_) => packer.string(self.data.as_bytes()),
        }
        table.add();
        optional(&mut table, "id", self.id.as_ref());
        body(&mut table);
        table.close();
    }

    /// `data` may be a table, or JSON text; `body` is what the handler was given.
    fn read(mut fields: Fields, before: Self) -> Result<Self, String> {
        let data = match fields.take("data") {
            None => before.data,
            Some(Value::String(text)) => string("data", Value::String(text))?,
            Some(table @ (Value::Object(_) | Value::List(_))) => {
                json::text(&table).map_err(|error| format!("`data` that is not JSON: {error}"))?
            }
            Some(other) => return Err(wrong("data", "a table", &other)),
        };
        Ok(Self {
            content_type: fields.text("content_type", before.content_type)?,
            data,
            id: fields.optional("id", before.id)?,
        })
    }
}
