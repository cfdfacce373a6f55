//! One trait a capability. A provider is made once for the server and shared by all plugins; where it
//! keeps something for a plugin, the plugin's id is an argument and the provider keeps plugins apart.
//! Providers trust their caller on grants, and nobody on bytes, paths and lengths.

mod column;
mod config;
mod content;
mod db;
mod events;
mod http;
mod kv;
mod log;
mod migrations;
mod row;
mod vfs;

use std::sync::Arc;

pub use column::{ColumnType, Columns, Digits};
pub use config::Config;
pub use content::Content;
pub use db::{Db, Dialect, RowLimits, Scalar, Transaction};
pub use events::Events;
pub use http::{Http, HttpRequest, HttpResponse, Method, RequestError};
pub use kv::{Kv, KvLimits};
pub use log::{Level, Log, LogRecord};
pub use migrations::Migrations;
pub use row::{ColumnValue, Row};
pub use vfs::{FileStat, Vfs, VfsLimits};

/// The providers that a server gives its plugins.
#[derive(Clone)]
pub struct Capabilities {
    /// Where log records go.
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
}
