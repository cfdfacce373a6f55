//! The content server as a library: what the binary `raisfast` runs, and what end-to-end tests
//! start in process.
//!
//! This crate joins the others: it reads the configuration ([`Config`]), opens the database, starts
//! the plugins, and answers HTTP ([`Server`]). It decides nothing about posts (`raisfast-content`
//! does) or plugins (`raisfast-plugins` does); its own are the routes, problem documents, the event
//! stream and the command line ([`cli`]).
//!
//! ```no_run
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut config = raisfast::Config::with_data_dir("/tmp/raisfast");
//! config.addr.set_port(0);
//! let server = raisfast::Server::start(config).await?;
//! println!("http://{}/api/v1/posts", server.addr());
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod access_log;
mod advice;
mod app;
mod auth;
pub mod cli;
mod client_address;
mod comment_limit;
mod config;
mod connections;
mod counts;
mod following;
mod json_body;
mod log_fields;
mod log_json;
mod login_limit;
mod metrics;
mod must_load;
mod node;
pub mod openapi;
mod operator_socket;
mod plugin_changes;
mod problem;
mod providers;
mod routes;
mod secret_key;
mod server;
mod server_timing;
mod session_cookie;
mod shadows;
mod start_error;
mod traces;

pub use config::{
    CommentSettings, Config, ConfigError, ConnectionSettings, FlatTable, InvalidLimits,
    InvalidPoolSize, LimitCeilings, LogFormat, LogSettings, NodeSettings, OutboxSettings,
    PluginSettings, PoolSize, Secret,
};
pub use node::InUse;
pub use providers::events::{Event, EventReader, EventStream, Heard};
pub use providers::log::{PluginLog, PluginLogRecord};
pub use raisfast_cluster::{Node, Timing};
pub use raisfast_plugins::SafeMode;
pub use raisfast_vfs::S3Credentials;
pub use secret_key::SecretKeyError;
pub use server::Server;
pub use start_error::StartError;
