//! Tables with fixed keys. The macro [`table!`] makes, from one list of keys, the struct, its
//! documentation, its reader and its JSON Schema.

use std::marker::PhantomData;

use serde_json::{Map, Value as Json, json};
use toml::de::DeTable;

use crate::{
    error::{Problem, Problems, quoted},
    foreign,
    shape::{Node, Shape},
    suggestion::{did_you_mean, listed, nearest},
};

/// Defines a table of the manifest: `pub field [as "key"]: Type = shape;`.
macro_rules! table {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {$(
            $(#[doc = $field_doc:literal])*
            pub $field:ident $(as $key:literal)?: $type:ty = $shape:expr;
        )*}
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {$(
            $(#[doc = $field_doc])*
            pub $field: $type,
        )*}

        impl $crate::table::Table for $name {
            fn read(keys: &mut $crate::table::Keys<'_, '_, '_>) -> Option<Self> {
                $(let $field = keys.take($crate::table::key!($field $($key)?), &$crate::shape::of::<$type, _>($shape));)*
                keys.finish();
                Some(Self { $($field: $field?),* })
            }

            fn absent() -> Option<Self> {
                Some(Self { $($field: $crate::shape::Shape::absent(&$crate::shape::of::<$type, _>($shape))?),* })
            }

            fn schema() -> serde_json::Value {
                let mut schema = $crate::table::TableSchema::new(&[$($doc),*]);
                $(schema.key($crate::table::key!($field $($key)?), &[$($field_doc),*], &$crate::shape::of::<$type, _>($shape));)*
                schema.finish()
            }
        }
    };
}

/// The key of a field: its name unless it says another.
macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

pub(crate) use {key, table};

/// The result of [`table!`].
pub(crate) trait Table: Sized {
    fn read(keys: &mut Keys<'_, '_, '_>) -> Option<Self>;
    /// The table with none of its keys given; `None` when one is required.
    fn absent() -> Option<Self>;
    fn schema() -> Json;
}

/// A table as a shape.
pub(crate) struct TableOf<T>(PhantomData<T>);

pub(crate) fn table_of<T: Table>() -> TableOf<T> {
    TableOf(PhantomData)
}

impl<T: Table> Shape for TableOf<T> {
    type Value = T;

    fn read(&self, node: &Node<'_>, problems: &mut Problems<'_>) -> Option<T> {
        let table = node.table(problems)?;
        T::read(&mut Keys {
            node,
            table,
            problems,
            known: Vec::new(),
            missing: Vec::new(),
        })
    }

    fn absent(&self) -> Option<T> {
        T::absent()
    }

    fn expected(&self) -> String {
        let schema = T::schema();
        let required = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str);
        match listed(required, "and").as_str() {
            "" => "a table".to_owned(),
            required => format!("a table with {required}"),
        }
    }

    fn schema(&self) -> Json {
        T::schema()
    }
}

/// Reads a table key by key, and remembers which keys there may be.
pub(crate) struct Keys<'n, 'a, 's> {
    node: &'n Node<'a>,
    table: &'a DeTable<'a>,
    problems: &'n mut Problems<'s>,
    known: Vec<&'static str>,
    /// Required keys that are not there, and what they take.
    missing: Vec<(&'static str, String)>,
}

impl Keys<'_, '_, '_> {
    /// The value of `key`, or what it is when left out.
    pub(crate) fn take<S: Shape>(&mut self, key: &'static str, shape: &S) -> Option<S::Value> {
        self.known.push(key);
        if let Some((name, value)) = self.table.get_key_value(key) {
            return shape.read(&self.node.child(key, name.span(), value), self.problems);
        }
        if let Some(foreign) = foreign::name_of(&self.node.path, key)
            && let Some((name, value)) = self.table.get_key_value(foreign)
        {
            return shape.read(&self.node.child(foreign, name.span(), value), self.problems);
        }
        let absent = shape.absent();
        if absent.is_none() {
            self.missing.push((key, shape.expected()));
        }
        absent
    }

    /// Reports the keys that nobody took, and those that are missing. A missing key that an unknown
    /// one was probably meant to be is one mistake, not two.
    pub(crate) fn finish(&mut self) {
        for name in self.table.keys() {
            let key = name.get_ref().as_ref();
            if self.known.contains(&key) || foreign::is_accepted(&self.node.path, key) {
                continue;
            }
            let meant = nearest(key, self.known.iter().copied());
            self.missing.retain(|&(missing, _)| Some(missing) != meant);
            self.problems.report(Problem {
                span: name.span(),
                message: format!("unknown key {} in {}", quoted(key), self.node.title()),
                expected: Some(listed(self.known.iter().copied(), "or")),
                help: meant.map(did_you_mean),
            });
        }
        for (key, expected) in self.missing.drain(..) {
            self.problems.report(Problem {
                span: self.node.name.clone(),
                message: format!("{} lacks `{key}`", self.node.title()),
                expected: Some(format!("`{key}`: {expected}")),
                help: None,
            });
        }
    }
}

/// The JSON Schema of a table, while it is being put together.
pub(crate) struct TableSchema {
    description: String,
    properties: Map<String, Json>,
    required: Vec<&'static str>,
}

impl TableSchema {
    pub(crate) fn new(doc: &[&str]) -> Self {
        Self {
            description: prose(doc),
            properties: Map::new(),
            required: Vec::new(),
        }
    }

    pub(crate) fn key<S: Shape>(&mut self, key: &'static str, doc: &[&str], shape: &S) {
        let mut schema = shape.schema();
        schema["description"] = json!(prose(doc));
        self.properties.insert(key.to_owned(), schema);
        if shape.absent().is_none() {
            self.required.push(key);
        }
    }

    pub(crate) fn finish(self) -> Json {
        let mut schema = json!({
            "type": "object",
            "description": self.description,
            "properties": self.properties,
            "additionalProperties": false,
        });
        if !self.required.is_empty() {
            schema["required"] = json!(self.required);
        }
        schema
    }
}

/// A doc comment's lines as one paragraph.
fn prose(doc: &[&str]) -> String {
    doc.iter()
        .map(|line| line.trim())
        .collect::<Vec<_>>()
        .join(" ")
}
