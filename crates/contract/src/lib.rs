//! The plugin contract as plain Rust: the four records, the hooks with their signatures, the types
//! of the typed interfaces, and the plugin id, with the names of tables that follow from it.
//!
//! Each list is here once: [`for_each_hook!`] is the table of hooks, and whoever needs a list of
//! them makes it from the table.
//!
//! One value of these types flows from the route that parsed it to the guest that reads it, without
//! conversions. With the feature `component` the records derive wasmtime's lifting and lowering;
//! without it this crate knows serde, JSON and SHA-256. It does not know pools, databases or
//! manifests.
//!
//! ```
//! use raisfast_contract::{HookKind, HookName, PluginId};
//!
//! let hook: HookName = "on-post-creating".parse()?;
//! assert_eq!(hook.kind(), HookKind::Filter);
//!
//! let id: PluginId = "com.example.my-plugin".parse()?;
//! assert_eq!(id.as_str(), "com.example.my-plugin");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod call;
pub mod custom_section;
pub mod database;
mod delivery;
mod fields;
pub mod grant;
pub mod hook;
pub mod http;
pub mod interface;
mod json;
mod json_pointer;
pub mod lifecycle;
mod limit;
mod octets;
mod plugin_id;
mod printable;
mod records;
mod refusal;
mod script;
mod server_table;
mod table_prefix;
mod time;
pub mod written_hooks;

pub use call::{BoxedCall, Call, boxed};
pub use delivery::Delivery;
pub use fields::{Fields, member_pointer};
pub use hook::{Hook, HookKind, HookName, UnknownHook};
pub use json::{InvalidJsonObject, JsonObject};
pub use json_pointer::{is_json_pointer, pointer_segment};
pub use plugin_id::{InvalidPluginId, PluginId};
pub use printable::{Printable, is_printable, printable_within};
pub use records::{CommentInput, ContentEvent, PostInput, PostOutput};
pub use refusal::Refusal;
pub use script::{Script, ScriptFailure, ScriptFile, ScriptLanguage};
pub use server_table::{Reach, ServerTable};
pub use table_prefix::TablePrefix;
pub use time::timestamp;
