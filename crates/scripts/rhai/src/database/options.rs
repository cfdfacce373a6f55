//! Options as scripts write them: `{"order": ["-created_at"], "limit": 10}`.

use raisfast_plugin::bindings::raisfast::plugin_wit::database::{
    Bounds, Direction, Field, Filter, Grouping, Order, Total,
};
use serde_json::{Map, Value};

use super::{condition::filter, row, value::to_value};

/// The options of one call. Those that its function does not have are ignored.
pub(super) struct Options<'a>(Option<&'a Map<String, Value>>);

impl<'a> Options<'a> {
    pub(super) fn of(options: &'a Value) -> Result<Self, String> {
        match options {
            Value::Null => Ok(Self(None)),
            Value::Object(options) => Ok(Self(Some(options))),
            _ => Err("options: expected an object such as {\"limit\": 10}".into()),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        let value = self.0.and_then(|options| options.get(name));
        value.filter(|value| !value.is_null())
    }

    /// Returns the rows to be changed: all of them only where `all` says so.
    pub(super) fn changing(&self, filter: Filter) -> Result<Filter, String> {
        let is_meant = self.get("all") == Some(&Value::Bool(true));
        if matches!(filter, Filter::All) && !is_meant {
            return Err(
                "where: it is empty; to change every row, say {\"all\": true} in options".into(),
            );
        }
        Ok(filter)
    }

    pub(super) fn columns(&self) -> Result<Vec<String>, String> {
        self.texts("columns")
    }

    /// Returns an option that is a text or a list of texts.
    fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let wrong = || format!("options: `{name}` takes a list of texts");
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(vec![text.clone()]),
            Some(Value::Array(items)) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
                texts.collect::<Option<_>>().ok_or_else(wrong)
            }
            Some(_) => Err(wrong()),
        }
    }

    pub(super) fn order(&self) -> Result<Vec<Order>, String> {
        let order = |text: String| match text.strip_prefix('-') {
            Some(column) => Order {
                column: column.to_owned(),
                direction: Direction::Descending,
            },
            None => Order {
                column: text,
                direction: Direction::Ascending,
            },
        };
        Ok(self.texts("order")?.into_iter().map(order).collect())
    }

    pub(super) fn limit(&self) -> Result<Option<u64>, String> {
        self.number("limit")
    }

    pub(super) fn offset(&self) -> Result<u64, String> {
        Ok(self.number("offset")?.unwrap_or_default())
    }

    fn number(&self, name: &str) -> Result<Option<u64>, String> {
        let wrong = || format!("options: `{name}` takes a whole number from 0");
        let number = self.get(name).map(|value| value.as_u64().ok_or_else(wrong));
        number.transpose()
    }

    pub(super) fn bounds(&self) -> Bounds {
        Bounds {
            min: self.get("min").map(to_value),
            max: self.get("max").map(to_value),
        }
    }

    pub(super) fn set(&self) -> Result<Vec<Field>, String> {
        self.get("set")
            .map_or(Ok(Vec::new()), |set| row(set, "set"))
    }

    pub(super) fn grouping(&self, table: &str) -> Result<Grouping, String> {
        let mut columns = self.texts("group_by")?;
        if columns.is_empty() {
            columns = self.columns()?;
        }
        let count = self
            .get("count")
            .map(|name| name.as_str().unwrap_or("count"));
        Ok(Grouping {
            table: table.to_owned(),
            columns,
            filter: filter(self.get("where").unwrap_or(&Value::Null))?,
            count: Some(count.unwrap_or("count").to_owned()),
            sums: self.sums()?,
            having: filter(self.get("having").unwrap_or(&Value::Null))?,
            order: self.order()?,
            limit: self.limit()?,
            offset: self.offset()?,
        })
    }

    /// Returns the totals: `["price"]`, or with names, `{"total": "price"}`.
    fn sums(&self) -> Result<Vec<Total>, String> {
        if let Some(Value::Object(named)) = self.get("sums") {
            let total = |(name, column): (&String, &Value)| {
                let column = column.as_str();
                let column = column.ok_or("options: `sums` takes names and their columns")?;
                Ok(Total {
                    column: column.to_owned(),
                    name: name.clone(),
                })
            };
            return named.iter().map(total).collect();
        }
        let total = |column: String| Total {
            name: format!("sum_{column}"),
            column,
        };
        Ok(self.texts("sums")?.into_iter().map(total).collect())
    }
}
