//! Tables, and what is done with their rows.

use super::{Condition, Error, Groups, Order, Row, Value, host};

/// A table. What is granted, the manifest says.
#[doc(alias = "db")]
pub fn table(name: impl Into<String>) -> Table {
    Table(name.into())
}

/// A table. Made by [`table`].
#[derive(Debug, Clone)]
#[must_use = "nothing is asked of the database yet"]
pub struct Table(String);

impl Table {
    /// Inserts one row. Columns that it does not name get their defaults.
    ///
    /// ```no_run
    /// # use raisfast_plugin::{database::*, identifiers, row};
    /// table("shop_orders").insert(row! { id: identifiers::new_id(), state: "open" })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "dbInsert")]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a row is written for the call: `row! { … }`"
    )]
    pub fn insert(self, row: Row) -> Result<(), Error> {
        host::insert(&self.0, &row.0)
    }

    /// The rows for which a condition holds.
    pub fn filter(self, condition: Condition) -> Rows {
        Rows {
            table: self.0,
            filter: condition.into_filter(),
        }
    }

    /// Every row.
    pub fn all(self) -> Rows {
        Rows {
            table: self.0,
            filter: host::Filter::All,
        }
    }
}

/// Some rows of a table, or all of them. Made by [`Table::filter`] and [`Table::all`].
#[derive(Debug, Clone)]
#[must_use = "nothing is asked of the database yet"]
pub struct Rows {
    pub(super) table: String,
    pub(super) filter: host::Filter,
}

impl Rows {
    /// These columns of the rows, and not all of them.
    pub fn columns<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Query {
        let mut query = self.query();
        query.0.columns = names.into_iter().map(str::to_owned).collect();
        query
    }

    /// The rows in this order.
    pub fn order(self, order: impl Into<Order>) -> Query {
        self.query().order(order)
    }

    /// Returns at most this many rows.
    pub fn limit(self, rows: u64) -> Query {
        self.query().limit(rows)
    }

    /// The first row, if there is one.
    ///
    /// ```no_run
    /// # use raisfast_plugin::{database::*};
    /// if let Some(order) = table("shop_orders").filter(field("id").eq("1")).fetch_one()? {
    ///     let total: i64 = order.get("total")?;
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "dbFetchOne")]
    pub fn fetch_one(self) -> Result<Option<Row>, Error> {
        self.query().fetch_one()
    }

    /// Every row; more than the plugin's `db_rows` are an error.
    ///
    /// ```no_run
    /// # use raisfast_plugin::{database::*};
    /// for order in table("shop_orders").filter(field("note").is_not_null()).fetch_all()? {
    ///     let note: String = order.get("note")?;
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "dbFetchAll")]
    pub fn fetch_all(self) -> Result<Vec<Row>, Error> {
        self.query().fetch_all()
    }

    /// Sets columns of the rows. Returns the number of rows.
    ///
    /// ```no_run
    /// # use raisfast_plugin::{database::*, row};
    /// let closed = table("shop_orders")
    ///     .filter(field("state").is_in(["paid", "void"]))
    ///     .update(row! { state: "closed", note: None::<String> })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "dbUpdate")]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a row is written for the call: `row! { … }`"
    )]
    pub fn update(self, set: Row) -> Result<u64, Error> {
        host::update(&self.table, &self.filter, &set.0)
    }

    /// Deletes the rows. Returns their number.
    ///
    /// ```no_run
    /// # use raisfast_plugin::{database::*};
    /// table("shop_orders").filter(field("created_at").lt("2026-01-01")).delete()?;
    /// let rest = table("shop_carts").all().delete()?;
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "dbDelete")]
    pub fn delete(self) -> Result<u64, Error> {
        host::delete(&self.table, &self.filter)
    }

    /// The number of rows.
    ///
    /// ```no_run
    /// # use raisfast_plugin::{database::*};
    /// let large = table("shop_orders").filter(field("total").ge(100)).count()?;
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "dbCount")]
    pub fn count(self) -> Result<u64, Error> {
        host::count(&self.table, &self.filter)
    }

    /// The sum of a column; 0 where there is nothing to add.
    ///
    /// ```no_run
    /// # use raisfast_plugin::{database::*};
    /// let total = table("shop_orders").all().sum("total")?;
    /// if let Value::Integer(total) = total {
    ///     assert!(total >= 0);
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "dbSum")]
    pub fn sum(self, column: &str) -> Result<Value, Error> {
        host::sum(&self.table, column, &self.filter)
    }

    /// Adds to a column of the rows, in the database: no other change is lost. A row without a
    /// value there stays as it is.
    ///
    /// ```no_run
    /// # use raisfast_plugin::{clock, database::*, row};
    /// let sold = table("shop_products")
    ///     .filter(field("id").eq("mug"))
    ///     .increment("stock", -1)
    ///     .min(0)
    ///     .set(row! { sold_at: clock::now() })
    ///     .apply()?;
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "dbIncrement")]
    pub fn increment(self, column: impl Into<String>, by: impl Into<Value>) -> Increment {
        Increment(host::Addition {
            table: self.table,
            filter: self.filter,
            column: column.into(),
            by: by.into(),
            bounds: host::Bounds {
                min: None,
                max: None,
            },
            set: Vec::new(),
        })
    }

    /// The rows by the values of these columns.
    ///
    /// ```no_run
    /// # use raisfast_plugin::{database::*};
    /// let customers = table("shop_orders")
    ///     .all()
    ///     .group_by(["customer"])
    ///     .count("orders")
    ///     .sum("total", "revenue")
    ///     .having(field("orders").gt(1))
    ///     .order(field("revenue").desc())
    ///     .fetch_all()?;
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "dbGroupBy")]
    pub fn group_by<'n>(self, columns: impl IntoIterator<Item = &'n str>) -> Groups {
        Groups::new(self, columns.into_iter().map(str::to_owned).collect())
    }

    fn query(self) -> Query {
        Query(host::Query {
            table: self.table,
            columns: Vec::new(),
            filter: self.filter,
            order: Vec::new(),
            limit: None,
            offset: 0,
        })
    }
}

/// Rows that are to be fetched.
#[derive(Debug, Clone)]
#[must_use = "nothing is asked of the database yet"]
pub struct Query(host::Query);

impl Query {
    /// Sorted by this too, where the orders before it leave rows equal.
    pub fn order(mut self, order: impl Into<Order>) -> Self {
        self.0.order.push(order.into().0);
        self
    }

    /// Returns at most this many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.0.limit = Some(rows);
        self
    }

    /// Skips this many rows at the beginning.
    pub fn offset(mut self, rows: u64) -> Self {
        self.0.offset = rows;
        self
    }

    /// The first row, if there is one.
    #[doc(alias = "dbFetchOne")]
    pub fn fetch_one(self) -> Result<Option<Row>, Error> {
        Ok(host::fetch_one(&self.0)?.map(Row))
    }

    /// Every row; more than the plugin's `db_rows` are an error.
    #[doc(alias = "dbFetchAll")]
    pub fn fetch_all(self) -> Result<Vec<Row>, Error> {
        Ok(host::fetch_all(&self.0)?.into_iter().map(Row).collect())
    }
}

/// An increment that is to be made. Made by [`Rows::increment`].
#[derive(Debug, Clone)]
#[must_use = "nothing is changed before `apply`"]
pub struct Increment(host::Addition);

impl Increment {
    /// A row that would get below this stays as it is.
    pub fn min(mut self, least: impl Into<Value>) -> Self {
        self.0.bounds.min = Some(least.into());
        self
    }

    /// A row that would get above this stays as it is.
    pub fn max(mut self, most: impl Into<Value>) -> Self {
        self.0.bounds.max = Some(most.into());
        self
    }

    /// Other columns that get a value along with it.
    pub fn set(mut self, columns: Row) -> Self {
        self.0.set = columns.0;
        self
    }

    /// Makes the change. Returns the number of rows that were changed.
    pub fn apply(self) -> Result<u64, Error> {
        host::increment(&self.0)
    }
}
