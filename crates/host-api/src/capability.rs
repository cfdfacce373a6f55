//! The traits of the providers, one a capability. A provider is made once for the server and shared
//! by all plugins; where it keeps something for a plugin, the plugin's id is an argument and the
//! provider keeps plugins apart. Providers trust their caller on grants, and nobody on bytes, paths
//! and lengths.
//!
//! Each stands in the room of its functions, under `interface`.

#[cfg(feature = "sessions")]
use std::sync::Arc;

pub use crate::interface::{
    config::Config,
    events::Events,
    files::{FileStat, Vfs, VfsLimits},
    http::{Http, HttpRequest, HttpResponse, Method, RequestError},
    key_value::{Kv, KvLimits},
    posts::{Content, FoundPost},
};
#[cfg(feature = "sessions")]
pub use raisfast_figures::Figures;
#[cfg(feature = "sessions")]
pub use raisfast_recording::Recorders;

#[cfg(feature = "sessions")]
pub use crate::{
    interface::database::{
        ColumnType, ColumnValue, Columns, Db, Dialect, Digits, Row, RowLimits, Scalar, Transaction,
    },
    interface::log::{Level, Log, LogRecord},
    migration::Migrations,
};

/// The providers that a server gives its plugins.
#[cfg(feature = "sessions")]
#[derive(Clone)]
pub struct Capabilities {
    /// The receiver of log records.
    pub log: Arc<dyn Log>,
    /// The server's configuration.
    pub config: Arc<dyn Config>,
    /// Outgoing HTTP.
    pub http: Arc<dyn Http>,
    /// The key-value store.
    pub kv: Arc<dyn Kv>,
    /// Posts.
    pub content: Arc<dyn Content>,
    /// The database.
    pub db: Arc<dyn Db>,
    /// Plugins' own tables in it.
    pub migrations: Arc<dyn Migrations>,
    /// Files.
    pub vfs: Arc<dyn Vfs>,
    /// The administrators' event stream.
    pub events: Arc<dyn Events>,
    /// The recorders of plugins' calls.
    pub recorders: Recorders,
    /// The counts of plugins' calls.
    pub figures: Figures,
}
