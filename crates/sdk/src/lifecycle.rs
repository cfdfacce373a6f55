//! An instance's beginning and end, and its state's way to the next version of the plugin.
//!
//! A plugin that wants to know implements [`Lifecycle`], writes only the functions it wants, and
//! names its type in [`export_plugin_lifecycle!`](crate::export_plugin_lifecycle), beside
//! [`export_plugin_hooks!`](crate::export_plugin_hooks):
//!
//! ```
//! use std::cell::Cell;
//!
//! use raisfast_plugin::*;
//!
//! use exports::raisfast::plugin_wit::plugin_hooks::*;
//! use lifecycle::Lifecycle;
//!
//! thread_local! {
//!     static LOGINS: Cell<u64> = const { Cell::new(0) };
//! }
//!
//! struct Plugin;
//!
//! impl Guest for Plugin {
//!     fn on_login(_user: String) {
//!         LOGINS.set(LOGINS.get() + 1);
//!     }
//! }
//!
//! impl Lifecycle for Plugin {
//!     fn snapshot() -> Option<Vec<u8>> {
//!         Some(LOGINS.get().to_le_bytes().to_vec())
//!     }
//!
//!     fn restore(state: Vec<u8>) -> Result<(), String> {
//!         let bytes = state.try_into().map_err(|_| "no count of logins".to_owned())?;
//!         LOGINS.set(u64::from_le_bytes(bytes));
//!         Ok(())
//!     }
//! }
//!
//! export_plugin_hooks!(Plugin);
//! export_plugin_lifecycle!(Plugin);
//! # fn main() {}
//! ```

use crate::{lifecycle_bindings::exports::raisfast::plugin_wit::lifecycle::Guest, panic};

#[doc(inline)]
pub use crate::lifecycle_bindings::exports::raisfast::plugin_wit::lifecycle::{
    Cause, InstancePlace,
};

/// The functions of a plugin that are called when one of its instances begins or ends. Each has a
/// default that does nothing.
pub trait Lifecycle {
    /// A fresh instance begins; no hook was called yet. An error, in words for the operator, means
    /// that it cannot work: where a version of the plugin begins, the version before it goes on
    /// instead.
    #[allow(unused_variables, reason = "a default ignores what it is given")]
    fn on_load(place: InstancePlace) -> Result<(), String> {
        Ok(())
    }

    /// The instance ends, because its version does. Not called on one that failed, or that had
    /// served its number of calls.
    fn on_unload() {}

    /// Returns the state of this instance for the next version of the plugin.
    fn snapshot() -> Option<Vec<u8>> {
        None
    }

    /// Takes over the state of an instance of the version before. An error has the instance made
    /// anew, without state.
    #[allow(unused_variables, reason = "a default ignores what it is given")]
    fn restore(state: Vec<u8>) -> Result<(), String> {
        Ok(())
    }
}

impl<T: Lifecycle> Guest for T {
    fn on_load(place: InstancePlace) -> Result<(), String> {
        panic::report_to_host();
        T::on_load(place)
    }

    fn on_unload() {
        T::on_unload();
    }

    fn snapshot() -> Option<Vec<u8>> {
        T::snapshot()
    }

    fn restore(state: Vec<u8>) -> Result<(), String> {
        T::restore(state)
    }
}
