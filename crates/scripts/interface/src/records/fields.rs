//! The fields of an object that a handler has returned.

use super::Read;
use crate::{Object, Value};

pub(super) struct Fields(Object);

impl Fields {
    pub(super) fn of(returned: Value) -> Result<Self, String> {
        match returned {
            Value::Object(fields) => Ok(Self(fields)),
            other => Err(format!("{}; expected an object or nothing", other.kind())),
        }
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(field, _)| field == name)?;
        Some(self.0.remove(at).1)
    }

    pub(super) fn text(&mut self, name: &str, before: String) -> Result<String, String> {
        match self.take(name) {
            None => Ok(before),
            Some(value) => text(name, "a text", value),
        }
    }

    pub(super) fn optional(
        &mut self,
        name: &str,
        before: Option<String>,
    ) -> Result<Option<String>, String> {
        match self.take(name) {
            None => Ok(before),
            Some(Value::Null) => Ok(None),
            Some(value) => text(name, "a text or nothing", value).map(Some),
        }
    }

    pub(super) fn texts(
        &mut self,
        name: &str,
        before: Option<Vec<String>>,
    ) -> Result<Option<Vec<String>>, String> {
        let items = match self.take(name) {
            None => return Ok(before),
            Some(Value::Null) => return Ok(None),
            Some(Value::List(items)) => items,
            // Languages whose empty list and empty object are the same.
            Some(Value::Object(fields)) if fields.is_empty() => Vec::new(),
            Some(other) => return Err(wrong(name, "a list of texts", &other)),
        };
        let texts = items
            .into_iter()
            .map(|item| text(name, "a list of texts", item));
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// Returns the record with the names of the fields that nobody has taken.
    pub(super) fn rest<R>(self, record: R) -> Read<R> {
        Read {
            record,
            unknown: self.0.into_iter().map(|(name, _)| name).collect(),
        }
    }
}

fn text(name: &str, expected: &str, value: Value) -> Result<String, String> {
    match value {
        Value::Text(text) => Ok(text),
        // An id that a script has read as a number.
        Value::Integer(number) => Ok(number.to_string()),
        other => Err(wrong(name, expected, &other)),
    }
}

pub(super) fn wrong(name: &str, expected: &str, found: &Value) -> String {
    format!("`{name}` as {}; expected {expected}", found.kind())
}
