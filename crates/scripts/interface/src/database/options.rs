//! Options as scripts write them: `{"order": ["-created_at"], "limit": 10}`.

use super::{
    columns::{row, to_column},
    condition::filter,
    contract::{Bounds, Direction, Filter, Grouping, Order, Row, Total},
};
use crate::{Object, Value};

/// The options of one call. Those that its function does not have are ignored.
#[derive(Clone, Copy)]
pub(super) struct Options<'a>(&'a [(String, Value)]);

impl<'a> Options<'a> {
    pub(super) fn of(options: &'a Value) -> Result<Self, String> {
        match options {
            Value::Null => Ok(Self(&[])),
            Value::List(items) if items.is_empty() => Ok(Self(&[])),
            Value::Object(options) => Ok(Self(options)),
            other => Err(format!(
                "options: expected an object such as {{\"limit\": 10}}, found {}",
                other.kind()
            )),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        let mut options = self.0.iter();
        let (_, value) = options.find(|(option, _)| option == name)?;
        Some(value).filter(|value| !value.is_null())
    }

    /// Returns the rows to be changed: all of them only where `all` says so.
    pub(super) fn changing(&self, filter: Filter) -> Result<Filter, String> {
        let is_meant = self.get("all") == Some(&Value::Boolean(true));
        if matches!(filter, Filter::All) && !is_meant {
            return Err(
                "where: it is empty; to change every row, say {\"all\": true} in options".into(),
            );
        }
        Ok(filter)
    }

    /// Returns an option that is a text or a list of texts.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let wrong = || format!("options: `{name}` takes a list of texts");
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Text(text)) => Ok(vec![text.clone()]),
            Some(Value::List(items)) => {
                let texts = items.iter().map(|item| item.as_text().map(str::to_owned));
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

    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, String> {
        let number = match self.get(name) {
            None => return Ok(None),
            Some(Value::Integer(number)) => u64::try_from(*number).ok(),
            Some(_) => None,
        };
        let wrong = || format!("options: `{name}` takes a whole number from 0");
        number.map(Some).ok_or_else(wrong)
    }

    pub(super) fn bounds(&self) -> Bounds {
        Bounds {
            min: self.get("min").map(to_column),
            max: self.get("max").map(to_column),
        }
    }

    pub(super) fn has_bounds(&self) -> bool {
        self.get("min").is_some() || self.get("max").is_some()
    }

    pub(super) fn set(&self) -> Result<Row, String> {
        self.get("set")
            .map_or(Ok(Vec::new()), |set| row(set, "set"))
    }

    pub(super) fn grouping(&self, table: &str) -> Result<Grouping, String> {
        let mut columns = self.texts("group_by")?;
        if columns.is_empty() {
            columns = self.texts("columns")?;
        }
        let count = self.get("count").and_then(Value::as_text);
        let filter_of = |name| filter(self.get(name).unwrap_or(&Value::Null));
        Ok(Grouping {
            table: table.to_owned(),
            columns,
            filter: filter_of("where")?,
            count: Some(count.unwrap_or("count").to_owned()),
            sums: self.sums()?,
            having: filter_of("having")?,
            order: self.order()?,
            limit: self.number("limit")?,
            offset: self.number("offset")?.unwrap_or_default(),
        })
    }

    /// Returns the totals: `["price"]` is `sum_price`, or with names, `{"total": "price"}`.
    fn sums(&self) -> Result<Vec<Total>, String> {
        if let Some(Value::Object(named)) = self.get("sums") {
            return named_sums(named);
        }
        let total = |column: String| Total {
            name: format!("sum_{column}"),
            column,
        };
        Ok(self.texts("sums")?.into_iter().map(total).collect())
    }
}

fn named_sums(named: &Object) -> Result<Vec<Total>, String> {
    let total = |(name, column): &(String, Value)| {
        let column = column.as_text();
        let column = column.ok_or("options: `sums` takes names and their columns")?;
        Ok(Total {
            column: column.to_owned(),
            name: name.clone(),
        })
    };
    named.iter().map(total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn options_say_what_is_wrong_with_them() {
        for (options, expected) in [
            (
                "1",
                "options: expected an object such as {\"limit\": 10}, found a number",
            ),
            (
                r#"{"limit": -1}"#,
                "options: `limit` takes a whole number from 0",
            ),
            (
                r#"{"limit": 1.5}"#,
                "options: `limit` takes a whole number from 0",
            ),
            (r#"{"order": 1}"#, "options: `order` takes a list of texts"),
            (
                r#"{"group_by": [1]}"#,
                "options: `group_by` takes a list of texts",
            ),
            (
                r#"{"sums": {"a": 1}}"#,
                "options: `sums` takes names and their columns",
            ),
            (
                r#"{"having": 1}"#,
                "where: expected an object such as {\"state\": \"open\"}, found a number",
            ),
        ] {
            let options = json::read(options).unwrap();
            let error = Options::of(&options).and_then(|options| options.grouping("t"));
            assert_eq!(error.unwrap_err(), expected);
        }
    }

    #[test]
    fn every_row_is_changed_only_where_it_is_meant() {
        for (options, is_meant) in [
            ("{}", false),
            (r#"{"all": 1}"#, false),
            (r#"{"all": false}"#, false),
            (r#"{"all": true}"#, true),
        ] {
            let options = json::read(options).unwrap();
            let changing = Options::of(&options).unwrap().changing(Filter::All);
            assert_eq!(changing.is_ok(), is_meant, "{options}");
        }
    }
}
