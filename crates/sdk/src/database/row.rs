//! Rows.

use super::{Error, FromValue, Value, host, value};

/// Columns and their values: what is inserted, set or fetched. Written with [`row!`](crate::row).
#[derive(Debug, Clone, Default)]
pub struct Row(pub(super) host::Row);

impl Row {
    /// With a further column.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.push(host::Field {
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// The value of a column.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when the row has no such column, or its value is of another type.
    pub fn get<T: FromValue>(&self, name: &str) -> Result<T, Error> {
        let field = self.0.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| {
            let names: Vec<&str> = self.0.iter().map(|field| field.name.as_str()).collect();
            Error::Invalid(format!(
                "the row has no column `{name}`; it has {}",
                names.join(", ")
            ))
        })?;
        value::read(name, field.value.clone())
    }

    /// The columns with their values, in order.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0
            .iter()
            .map(|field| (field.name.as_str(), &field.value))
    }
}

/// A [`Row`](crate::database::Row) from names and values: `row! { id: new_id(), total: 25, note:
/// None::<String> }`.
#[macro_export]
macro_rules! row {
    ($($name:ident: $value:expr),* $(,)?) => {
        $crate::database::Row::default()$(.with(stringify!($name), $value))*
    };
}
