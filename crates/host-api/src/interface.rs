//! The interfaces of the contract, a room each.
//!
//! A room holds up to three things: `capability`, the trait of the provider behind it; `functions`,
//! what a guest calls, as methods of [`Session`](crate::Session) that ask the grants and the limits
//! and then the provider; and `link`, which links the functions into a component. The functions of
//! the frozen `interface host-api` are divided among the rooms by what they are about.

/// The time.
#[cfg(feature = "sessions")]
mod clock {
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;
}

/// Settings: the plugin's own, and the server's as far as they are granted.
pub(crate) mod config {
    mod capability;
    #[cfg(feature = "sessions")]
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;
    #[cfg(feature = "sessions")]
    mod values;

    pub use capability::Config;
    #[cfg(feature = "sessions")]
    pub use values::{LiveSettings, SettingValues};
}

/// The database, with SQL and without.
#[cfg(feature = "sessions")]
pub(crate) mod database {
    mod capability;
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;
    mod parameters;
    mod row;
    mod sql;

    pub use capability::{
        ColumnType, Columns, Db, Dialect, Digits, RowLimits, Scalar, Transaction,
    };
    pub use row::{ColumnValue, Row};
}

/// The delivery that a call is.
#[cfg(feature = "sessions")]
mod deliveries {
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;
}

/// The administrators' event stream.
pub(crate) mod events {
    mod capability;
    #[cfg(feature = "sessions")]
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;

    pub use capability::Events;
}

/// Files of the plugin's own tree.
pub(crate) mod files {
    mod capability;
    #[cfg(feature = "sessions")]
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;

    pub use capability::{FileStat, Vfs, VfsLimits};
}

/// Outgoing HTTP.
pub(crate) mod http {
    mod capability;
    #[cfg(feature = "sessions")]
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;
    #[cfg(feature = "sessions")]
    mod redirect;

    pub use capability::{Http, HttpRequest, HttpResponse, Method, RequestError};
}

/// Identifiers for new rows.
#[cfg(feature = "sessions")]
mod identifiers {
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;
}

/// The plugin's own key-value store.
pub(crate) mod key_value {
    mod capability;
    #[cfg(feature = "sessions")]
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;

    pub use capability::{Kv, KvLimits};
}

/// The plugin's log.
#[cfg(feature = "sessions")]
pub(crate) mod log {
    mod capability;
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;

    pub use capability::{Level, Log, LogRecord};
}

/// The server's posts.
pub(crate) mod posts {
    mod capability;
    #[cfg(feature = "sessions")]
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;

    pub use capability::{Content, FoundPost};
}

/// Refusals of requests in the plugin's own words.
#[cfg(feature = "sessions")]
mod refusals {
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;
}

/// The script that an interpreter runs.
#[cfg(feature = "sessions")]
mod script {
    mod functions;
    #[cfg(feature = "component")]
    pub(super) mod link;
}

/// Links the functions of all rooms.
#[cfg(feature = "component")]
pub(crate) fn link<T: crate::HasSession>(
    linker: &mut wasmtime::component::Linker<T>,
) -> wasmtime::Result<()> {
    clock::link::link(linker)?;
    config::link::link(linker)?;
    database::link::link(linker)?;
    deliveries::link::link(linker)?;
    events::link::link(linker)?;
    files::link::link(linker)?;
    http::link::link(linker)?;
    identifiers::link::link(linker)?;
    key_value::link::link(linker)?;
    log::link::link(linker)?;
    posts::link::link(linker)?;
    refusals::link::link(linker)?;
    script::link::link(linker)
}
