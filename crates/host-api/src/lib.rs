//! The functions of the host that a plugin may call.
//!
//! Three layers, from the outside in:
//!
//! - [`capability`]: one small object-safe trait a capability (`Log`, `Config`, `Http`, `Kv`,
//!   `Content`, `Db`, `Migrations`, `Vfs`, `Events`). Providers implement them; they know nothing
//!   of grants.
//! - [`Grants`] and [`Quotas`]: what one plugin's manifest allows, and how much.
//! - [`Session`]: the contract's functions for one hook call after the other, which asks the
//!   grants, calls the providers, and answers in the shapes that the contract promises.
//!
//! This crate does not know wasm: a session is as callable from a test as from a guest. It does not
//! know sea-orm, opendal or reqwest either.
//!
//! ```
//! use raisfast_host_api::Grants;
//! use raisfast_contract::grant::Access;
//!
//! let grants = Grants {
//!     database: vec!["read:posts".parse()?],
//!     ..Grants::default()
//! };
//! assert!(grants.allows_table(Access::Read, "posts"));
//! assert!(!grants.allows_table(Access::Write, "posts"));
//! // Whatever is granted, accounts stay out of reach.
//! let everything = Grants { database: vec!["*".parse()?], ..Grants::default() };
//! assert!(!everything.allows_table(Access::Read, "users"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod capability;
mod error;
#[cfg(feature = "sessions")]
mod grants;
mod interface;
#[cfg(feature = "component")]
mod link;
#[cfg(feature = "sessions")]
pub mod migration;
#[cfg(feature = "sessions")]
mod passage;
#[cfg(feature = "sessions")]
mod plugin;
#[cfg(feature = "sessions")]
mod quotas;
#[cfg(feature = "sessions")]
mod rate;
#[cfg(feature = "sessions")]
mod session;

pub use error::{ApiError, ErrorCode};
#[cfg(feature = "component")]
pub use link::{HasSession, link};
#[cfg(feature = "sessions")]
pub use {
    capability::Capabilities,
    grants::Grants,
    interface::config::{LiveSettings, SettingValues},
    plugin::HostedPlugin,
    quotas::{Quotas, UnknownQuota},
    session::Session,
};
