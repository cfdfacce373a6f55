//! The plugin contract as wasmtime sees it.
//!
//! [`GuestHooks`] finds the hooks that a component exports by name. A component may export some of
//! them; [`compatibility`] says in words what does not fit. [`GuestLifecycle`] finds the functions of
//! the lifecycle that it exports. The imports are linked by the host API.
//!
//! Pools, deadlines and databases are not known here.
//!
//! ```
//! use raisfast_bindings::compatibility::contract;
//! use raisfast_contract::HookName;
//!
//! assert_eq!(
//!     contract(HookName::OnContentDeleted).to_string(),
//!     "func(content-type: string, id: string)",
//! );
//! ```

pub mod compatibility;
mod hooks;
mod interface;
mod lifecycle;
mod waiting;

pub use hooks::{GuestHook, GuestHooks, exported_hooks};
pub(crate) use interface::{exported_interface, is_interface};
pub use lifecycle::{GuestLifecycle, Verdict, exports_lifecycle};
pub use waiting::may_wait;

/// The contract's text, for tools that print or compare it.
pub const CONTRACT: &str = include_str!("../../../plugin-wit/plugin.wit");

/// The interface that plugins import; those below are imported too, by plugins that use them.
pub const HOST_API_INTERFACE: &str = "raisfast:plugin-wit/host-api";
/// The database without SQL. Its types are `raisfast_contract::database`, which wasmtime lifts and
/// lowers as they are.
pub const DATABASE_INTERFACE: &str = "raisfast:plugin-wit/database";
/// Identifiers for new rows.
pub const IDENTIFIERS_INTERFACE: &str = "raisfast:plugin-wit/identifiers";
/// The time.
pub const CLOCK_INTERFACE: &str = "raisfast:plugin-wit/clock";
/// Which delivery a call is. Its record is `raisfast_contract::Delivery`, which wasmtime lowers as
/// it is.
pub const DELIVERIES_INTERFACE: &str = "raisfast:plugin-wit/deliveries";
/// HTTP with all of it. Its types are `raisfast_contract::http`, which wasmtime lifts and lowers as
/// they are.
pub const HTTP_INTERFACE: &str = "raisfast:plugin-wit/http";
/// The interface that plugins export.
pub const HOOKS_INTERFACE: &str = "raisfast:plugin-wit/plugin-hooks";
/// The interface that plugins may export beside it.
pub const LIFECYCLE_INTERFACE: &str = "raisfast:plugin-wit/lifecycle";
/// The interface that a core module imports which was built for WASI preview 1, once the runtime's
/// adapter is inside it. It is not part of the contract.
pub const PREVIEW1_INTERFACE: &str = "raisfast:preview1/host";
/// The interface of the records; nothing to link.
pub const TYPES_INTERFACE: &str = "raisfast:plugin-wit/types";
