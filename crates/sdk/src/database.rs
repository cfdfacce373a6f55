//! The database without SQL, on the tables that the manifest's `permissions.database` grants.
//!
//! A request begins with [`table`], says which rows it means with [`Table::filter`] or
//! [`Table::all`], and ends with what is to be done with them:
//!
//! ```no_run
//! use raisfast_plugin::{clock, database::*, identifiers, row};
//!
//! # fn main() -> Result<(), Error> {
//! table("shop_orders").insert(row! {
//!     id: identifiers::new_id(),
//!     state: "open",
//!     total: 25,
//!     created_at: clock::now(),
//! })?;
//!
//! let open = table("shop_orders")
//!     .filter(field("state").eq("open").and(field("total").gt(10)))
//!     .order(field("created_at").desc())
//!     .limit(20)
//!     .fetch_all()?;
//! for order in &open {
//!     let total: i64 = order.get("total")?;
//! }
//!
//! table("shop_products")
//!     .filter(field("id").eq("mug"))
//!     .increment("stock", -1)
//!     .min(0)
//!     .apply()?;
//! table("shop_orders").filter(field("state").eq("void")).delete()?;
//! # Ok(())
//! # }
//! ```
//!
//! To change or delete every row of a table, say so: `table("shop_orders").all().delete()`. What a
//! request does happens in the transaction that [`host_api::db_begin`](crate::host_api::db_begin)
//! has opened, if one is open.

mod condition;
mod groups;
mod row;
mod table;
mod value;

#[doc(inline)]
pub use crate::bindings::raisfast::plugin_wit::database::{Error, Value, placeholder};
pub use condition::{Column, Condition, Order, field};
pub use groups::Groups;
pub use row::Row;
pub use table::{Increment, Query, Rows, Table, table};
pub use value::FromValue;

use crate::bindings::raisfast::plugin_wit::database as host;

impl Error {
    /// Returns the cause of the error and the advice.
    pub fn message(&self) -> &str {
        match self {
            Self::Denied(message)
            | Self::Invalid(message)
            | Self::Constraint(message)
            | Self::Busy(message)
            | Self::Limit(message)
            | Self::Database(message)
            | Self::Internal(message) => message,
        }
    }
}
