//! The arguments of a call.

use crate::{Value, json};

/// The arguments of a call, which the function takes one after the other.
#[derive(Debug)]
pub(super) struct Arguments {
    given: std::vec::IntoIter<Value>,
    names: std::slice::Iter<'static, &'static str>,
}

impl Arguments {
    pub(super) fn new(given: Vec<Value>, names: &'static [&'static str]) -> Self {
        Self {
            given: given.into_iter(),
            names: names.iter(),
        }
    }

    /// Takes the next one as it is.
    pub(super) fn value(&mut self) -> Value {
        self.names.next();
        self.given.next().unwrap_or_default()
    }

    /// Takes the next one as text: numbers and truths as theirs, objects and lists as JSON.
    pub(super) fn text(&mut self) -> Result<String, String> {
        let name = self.names.next().copied().unwrap_or("argument");
        match self.given.next().unwrap_or_default() {
            Value::Null => Err(format!("{name}: expected a text, found nothing")),
            Value::Bytes(bytes) => String::from_utf8(bytes)
                .map_err(|_| format!("{name}: expected a text, found bytes that are not UTF-8")),
            other => Ok(other.into_text()),
        }
    }

    /// Takes the next one as a name, which is a text and nothing else.
    pub(super) fn name(&mut self) -> Result<String, String> {
        let name = self.names.next().copied().unwrap_or("argument");
        match self.given.next().unwrap_or_default() {
            Value::Text(text) => Ok(text),
            other => Err(format!("{name}: expected a text, found {}", other.kind())),
        }
    }

    /// Takes the next one as a number of a parameter.
    pub(super) fn number(&mut self) -> Result<u32, String> {
        let name = self.names.next().copied().unwrap_or("argument");
        let number = match self.given.next().unwrap_or_default() {
            Value::Integer(number) => u32::try_from(number).ok(),
            _ => None,
        };
        number
            .filter(|number| *number > 0)
            .ok_or_else(|| format!("{name}: expected a whole number from 1"))
    }

    /// Takes the next one as JSON: a text is read, everything else is it.
    pub(super) fn json(&mut self) -> Result<Value, String> {
        let name = self.names.next().copied().unwrap_or("argument");
        match self.given.next().unwrap_or_default() {
            Value::Text(text) if text.trim().is_empty() => Ok(Value::Null),
            Value::Text(text) => json::read(&text).map_err(|error| format!("{name}: {error}")),
            other => Ok(other),
        }
    }

    /// Takes the next one as the parameters of a statement, as JSON text.
    pub(super) fn parameters(&mut self) -> Result<Option<String>, String> {
        let name = self.names.next().copied().unwrap_or("argument");
        match self.given.next().unwrap_or_default() {
            Value::Null => Ok(None),
            Value::Text(text) if text.trim().is_empty() => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            Value::Object(fields) if fields.is_empty() => Ok(None),
            Value::List(items) => {
                let scalars = items.into_iter().map(|item| match item {
                    Value::List(_) | Value::Object(_) => Value::Text(item.to_string()),
                    scalar => scalar,
                });
                Ok(Some(Value::List(scalars.collect()).to_string()))
            }
            other => Err(format!(
                "{name}: expected a list such as [1, \"a\"], found {}",
                other.kind()
            )),
        }
    }

    /// Takes all that are left, as one text.
    pub(super) fn line(self) -> String {
        let texts = self.given.map(Value::into_text);
        texts.collect::<Vec<_>>().join(" ")
    }
}
