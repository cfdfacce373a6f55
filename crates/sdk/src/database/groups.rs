//! Rows counted and summed by groups.

use super::{Condition, Error, Order, Row, Rows, host};

/// Groups of rows. Made by [`Rows::group_by`].
#[derive(Debug, Clone)]
#[must_use = "nothing is asked of the database yet"]
pub struct Groups(host::Grouping);

impl Groups {
    pub(super) fn new(rows: Rows, columns: Vec<String>) -> Self {
        Self(host::Grouping {
            table: rows.table,
            columns,
            filter: rows.filter,
            count: None,
            sums: Vec::new(),
            having: host::Filter::All,
            order: Vec::new(),
            limit: None,
            offset: 0,
        })
    }

    /// With the number of rows, under this name.
    pub fn count(mut self, name: impl Into<String>) -> Self {
        self.0.count = Some(name.into());
        self
    }

    /// With the sum of a column, under this name.
    pub fn sum(mut self, column: impl Into<String>, name: impl Into<String>) -> Self {
        self.0.sums.push(host::Total {
            column: column.into(),
            name: name.into(),
        });
        self
    }

    /// Only groups for which this holds: of their columns, the count and the sums, by name.
    pub fn having(mut self, condition: Condition) -> Self {
        self.0.having = condition.into_filter();
        self
    }

    /// Sorted by this too, where the orders before it leave groups equal.
    pub fn order(mut self, order: impl Into<Order>) -> Self {
        self.0.order.push(order.into().0);
        self
    }

    /// Returns at most this many groups.
    pub fn limit(mut self, groups: u64) -> Self {
        self.0.limit = Some(groups);
        self
    }

    /// Skips this many groups at the beginning.
    pub fn offset(mut self, groups: u64) -> Self {
        self.0.offset = groups;
        self
    }

    /// One row a group: its columns, the count, the sums.
    #[doc(alias = "dbGroupBy")]
    pub fn fetch_all(self) -> Result<Vec<Row>, Error> {
        Ok(host::group_by(&self.0)?.into_iter().map(Row).collect())
    }
}
