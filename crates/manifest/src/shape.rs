//! The values that a key takes. A shape reads a TOML value into a Rust value, reports what is wrong
//! with it, and describes itself as JSON Schema, so that the parser and the schema cannot disagree.

use std::{fmt::Display, marker::PhantomData, ops::Range};

use serde::Serialize;
use serde_json::{Value as Json, json};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    error::{Problem, Problems, quoted},
    foreign,
    suggestion::{did_you_mean, listed, nearest},
};

/// A value of the manifest, and how to speak of it.
pub(crate) struct Node<'a> {
    /// The path as it stands between the brackets of a table's header; empty for the whole file.
    pub(crate) path: String,
    /// The key in the source; for a table, its name in the header.
    pub(crate) name: Range<usize>,
    pub(crate) value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Node<'a> {
    /// The value of a key of this table.
    pub(crate) fn child(
        &self,
        key: &str,
        name: Range<usize>,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Self {
        let path = if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        };
        Node { path, name, value }
    }

    /// The table as an author knows it.
    pub(crate) fn title(&self) -> String {
        if self.path.is_empty() {
            "the manifest".to_owned()
        } else {
            format!("`[{}]`", self.path)
        }
    }

    /// The value as a table; reports it when it is none.
    pub(crate) fn table(&self, problems: &mut Problems<'_>) -> Option<&'a DeTable<'a>> {
        let table = self.value.get_ref().as_table();
        if table.is_none() {
            let items = self.value.get_ref().as_array();
            let doubled =
                items.is_some_and(|items| items.iter().any(|item| item.get_ref().is_table()));
            let help = doubled.then(|| format!("write {}, in single brackets", self.title()));
            self.report_type(format!("a table, {}", self.title()), help, problems);
        }
        table
    }

    /// Reports that the value is of another type than `expected`.
    pub(crate) fn report_type(
        &self,
        expected: String,
        help: Option<String>,
        problems: &mut Problems<'_>,
    ) {
        let found = self.value.get_ref();
        let article = if found.is_integer() || found.is_array() {
            "an"
        } else {
            "a"
        };
        problems.report(Problem {
            span: if found.is_table() {
                self.name.clone()
            } else {
                self.value.span()
            },
            message: format!("wrong type: this is {article} {}", found.type_str()),
            expected: Some(expected),
            help,
        });
    }

    /// Reports that the value breaks a rule.
    pub(crate) fn report(
        &self,
        message: String,
        expected: String,
        help: Option<String>,
        problems: &mut Problems<'_>,
    ) {
        problems.report(Problem {
            span: self.value.span(),
            message,
            expected: Some(expected),
            help,
        });
    }
}

/// The values that a key takes.
pub(crate) trait Shape: Sized {
    /// The type of the value that is read.
    type Value;

    /// The value, or `None` after a problem was reported.
    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Self::Value>;

    /// The value of a key that is not there; `None` when it must be there.
    fn absent(&self) -> Option<Self::Value> {
        None
    }

    /// Describes the accepted values, in words that may follow "expected".
    fn expected(&self) -> String;

    /// Describes the accepted values as JSON Schema.
    fn schema(&self) -> Json;

    /// The key may be left out.
    fn optional(self) -> Optional<Self> {
        Optional(self)
    }

    /// The key may be left out and then has this value.
    fn or(self, default: Self::Value) -> Or<Self>
    where
        Self::Value: Clone + Serialize,
    {
        Or {
            shape: self,
            default,
        }
    }
}

/// The shape itself; ties what it reads to the type of a field.
pub(crate) fn of<T, S: Shape<Value = T>>(shape: S) -> S {
    shape
}

/// See [`Shape::optional`].
pub(crate) struct Optional<S>(S);

impl<S: Shape> Shape for Optional<S> {
    type Value = Option<S::Value>;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Self::Value> {
        self.0.read(node, problems).map(Some)
    }

    fn absent(&self) -> Option<Self::Value> {
        Some(None)
    }

    fn expected(&self) -> String {
        self.0.expected()
    }

    fn schema(&self) -> Json {
        self.0.schema()
    }
}

/// See [`Shape::or`].
pub(crate) struct Or<S: Shape> {
    shape: S,
    default: S::Value,
}

impl<S: Shape> Shape for Or<S>
where
    S::Value: Clone + Serialize,
{
    type Value = S::Value;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Self::Value> {
        self.shape.read(node, problems)
    }

    fn absent(&self) -> Option<Self::Value> {
        Some(self.default.clone())
    }

    fn expected(&self) -> String {
        self.shape.expected()
    }

    fn schema(&self) -> Json {
        let mut schema = self.shape.schema();
        schema["default"] = json!(self.default);
        schema
    }
}

/// A whole number within bounds.
pub(crate) struct Integer<N> {
    min: i64,
    max: i64,
    number: PhantomData<N>,
}

/// A whole number from `min` to `max`.
pub(crate) fn integer<N>(min: i64, max: i64) -> Integer<N> {
    Integer {
        min,
        max,
        number: PhantomData,
    }
}

impl<N: TryFrom<i64>> Shape for Integer<N> {
    type Value = N;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<N> {
        let value = node.value.get_ref();
        let Some(number) = value.as_integer() else {
            let help = value
                .as_str()
                .and_then(|text| text.trim().parse::<i64>().ok())
                .map(|number| format!("write it without quotes: `{number}`"));
            node.report_type(self.expected(), help, problems);
            return None;
        };
        let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
        let accepted = number
            .filter(|number| (self.min..=self.max).contains(number))
            .and_then(|n| n.try_into().ok());
        if accepted.is_none() {
            let found = problems.text(&node.value.span());
            node.report(
                format!("{} is out of range", quoted(found)),
                self.expected(),
                None,
                problems,
            );
        }
        accepted
    }

    fn expected(&self) -> String {
        format!("an integer from {} to {}", self.min, self.max)
    }

    fn schema(&self) -> Json {
        json!({ "type": "integer", "minimum": self.min, "maximum": self.max })
    }
}

/// `true` or `false`.
pub(crate) struct Flag;

impl Shape for Flag {
    type Value = bool;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<bool> {
        let flag = node.value.get_ref().as_bool();
        if flag.is_none() {
            let word = node
                .value
                .get_ref()
                .as_str()
                .filter(|text| ["true", "false"].contains(text));
            let help = word.map(|word| format!("write it without quotes: `{word}`"));
            node.report_type(self.expected(), help, problems);
        }
        flag
    }

    fn expected(&self) -> String {
        "`true` or `false`".to_owned()
    }

    fn schema(&self) -> Json {
        json!({ "type": "boolean" })
    }
}

/// The reason why a text is refused.
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl<D: Display> From<D> for Refusal {
    fn from(message: D) -> Self {
        Self {
            message: message.to_string(),
            help: None,
        }
    }
}

/// A string that follows a rule.
pub(crate) struct Text<T> {
    /// The kind of text, with its article.
    pub(crate) what: &'static str,
    /// A text that is accepted.
    pub(crate) example: &'static str,
    /// The rule as far as a regular expression can say it; empty for none.
    pub(crate) pattern: &'static str,
    pub(crate) parse: fn(&str) -> Result<T, Refusal>,
}

impl<T> Shape for Text<T> {
    type Value = T;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<T> {
        let value = node.value.get_ref();
        let Some(text) = value.as_str() else {
            let bare = problems.text(&node.value.span());
            let help = match (self.parse)(bare) {
                _ if value.is_array() || value.is_table() => None,
                Ok(_) => Some(format!("put it in quotes: `\"{bare}\"`")),
                Err(refusal) => refusal.help,
            };
            node.report_type(format!("a string: {}", self.expected()), help, problems);
            return None;
        };
        match (self.parse)(text) {
            Ok(accepted) => Some(accepted),
            Err(Refusal { message, help }) => {
                node.report(message, self.expected(), help, problems);
                None
            }
        }
    }

    fn expected(&self) -> String {
        format!("{}, such as `{}`", self.what, self.example)
    }

    fn schema(&self) -> Json {
        let mut schema = json!({ "type": "string", "examples": [self.example] });
        if !self.pattern.is_empty() {
            schema["pattern"] = json!(self.pattern);
        }
        schema
    }
}

/// One of a few words.
pub(crate) struct Choice<T: 'static> {
    /// The name of the words, with their article.
    pub(crate) what: &'static str,
    pub(crate) words: &'static [(&'static str, T)],
}

impl<T: Copy> Choice<T> {
    fn words(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().map(|&(word, _)| word)
    }
}

impl<T: Copy> Shape for Choice<T> {
    type Value = T;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<T> {
        let Some(text) = node.value.get_ref().as_str() else {
            node.report_type(self.expected(), None, problems);
            return None;
        };
        let chosen = self
            .words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|&(_, value)| value);
        if chosen.is_none() {
            let help = nearest(text, self.words()).map(did_you_mean);
            node.report(
                format!("{} is not {}", quoted(text), self.what),
                self.expected(),
                help,
                problems,
            );
        }
        chosen
    }

    fn expected(&self) -> String {
        listed(self.words(), "or")
    }

    fn schema(&self) -> Json {
        json!({ "type": "string", "enum": self.words().collect::<Vec<_>>() })
    }
}

/// The longest list, so that a manifest cannot keep the host busy.
const MAX_ITEMS: usize = 256;

/// Values of one shape, up to [`MAX_ITEMS`]; none when the key is left out.
pub(crate) struct List<S>(pub(crate) S);

impl<S: Shape> Shape for List<S> {
    type Value = Vec<S::Value>;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Self::Value> {
        if foreign::takes_one_item(&node.path) && node.value.get_ref().is_str() {
            return self.0.read(node, problems).map(|item| vec![item]);
        }
        let Some(items) = node.value.get_ref().as_array() else {
            let help = if node.value.get_ref().is_table() {
                format!("write `[[{}]]`, in double brackets", node.path)
            } else {
                format!(
                    "put it in brackets: `[{}]`",
                    problems.text(&node.value.span())
                )
            };
            node.report_type(self.expected(), Some(help), problems);
            return None;
        };
        if items.len() > MAX_ITEMS {
            node.report(
                format!("this list has {} items", items.len()),
                format!("at most {MAX_ITEMS}"),
                None,
                problems,
            );
            return None;
        }
        // Every item is read, so that every problem is found.
        let read: Vec<Option<S::Value>> = items
            .iter()
            .map(|value| {
                let item = Node {
                    path: format!("[{}]", node.path),
                    name: value.span(),
                    value,
                };
                self.0.read(&item, problems)
            })
            .collect();
        read.into_iter().collect()
    }

    fn absent(&self) -> Option<Self::Value> {
        Some(Vec::new())
    }

    fn expected(&self) -> String {
        format!("a list, each item {}", self.0.expected())
    }

    fn schema(&self) -> Json {
        json!({ "type": "array", "items": self.0.schema(), "maxItems": MAX_ITEMS })
    }
}
