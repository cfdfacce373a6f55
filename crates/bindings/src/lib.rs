//! The plugin contract as wasmtime sees it.
//!
//! [`GuestHooks`] finds the hooks that a component exports by name. A component may export some of
//! them; [`compatibility`] says in words what does not fit. [`GuestLifecycle`] finds the functions
//! of the lifecycle that it exports. The imports are linked by the host API.
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
mod interpreter;
mod lifecycle;
mod waiting;

pub use hooks::{GuestHook, GuestHooks, exported_hooks};
pub(crate) use interface::{exported_interface, is_interface};
pub use interpreter::{GuestInterpreter, Loaded};
pub use lifecycle::{GuestLifecycle, Verdict, exports_lifecycle};
pub use waiting::may_wait;

/// The contract's text, for tools that print or compare it.
pub use raisfast_plugin_wit::CONTRACT;

/// The interface that plugins export.
pub const HOOKS_INTERFACE: &str = "raisfast:plugin-wit/plugin-hooks";
/// The interface that plugins may export beside it.
pub const LIFECYCLE_INTERFACE: &str = "raisfast:plugin-wit/lifecycle";
/// The interface that interpreters of scripts export beside both.
pub const INTERPRETER_INTERFACE: &str = "raisfast:plugin-wit/interpreter";
