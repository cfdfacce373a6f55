//! Test a plugin in the real sandbox, without a server.
//!
//! A [`Sandbox`] is what a test puts around a plugin: settings, posts, files, recorded HTTP
//! answers. It loads the plugin's folder as the server does: the same manifest, the same checks,
//! the same engine, limits and grants; only the manifest decides what the plugin may reach. The
//! [`SandboxedPlugin`] is then called hook by hook, and shows what it has left behind: files, data,
//! log records, events, requests.
//!
//! The providers behind the host functions are real where that matters, and always in memory: SQL
//! runs on SQLite with the server's schema, files on the server's file store; HTTP requests get
//! recorded answers and never leave the process. Nothing outlives the test.
//!
//! The server is not known here. A filter's answer is judged by the server's rules, but not stored;
//! a call has no effect on other plugins, and cron entries fire by [`SandboxedPlugin::fire_cron`]
//! alone.
//!
//! ```no_run
//! use raisfast_testkit::{PostInput, Sandbox, hook::OnPostCreating};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A folder with manifest.toml and the wasm, relative to the package of the test.
//! let plugin = Sandbox::new()
//!     .with_config("slug_length", "20")
//!     .load("../../target/plugins/seo")
//!     .await?;
//!
//! let post = PostInput { title: "Hello, World!".into(), ..PostInput::default() };
//! let changed = plugin.filter::<OnPostCreating>(post).await?.expect("the post is changed");
//! assert_eq!(changed.slug.as_deref(), Some("hello-world"));
//! assert!(plugin.logs().is_empty());
//! # Ok(())
//! # }
//! ```

mod compiled;
mod error;
mod plugin;
mod posts;
mod providers;
mod sandbox;
mod stage;

pub use error::{CallError, LoadError};
pub use plugin::SandboxedPlugin;
pub use posts::PostError;
pub use providers::{Event, LogEntry, Request};
pub use raisfast_content::FilterRules;
pub use raisfast_contract::{
    CommentInput, ContentEvent, Delivery, HookName, PostInput, PostOutput, Refusal, hook,
};
pub use raisfast_host_api::{
    ApiError, ErrorCode,
    capability::{HttpResponse, Level, Method},
};
pub use sandbox::Sandbox;
pub use stage::{Played, Stage};

/// One row as a JSON object, in the statement's order.
pub type Row = serde_json::Map<String, serde_json::Value>;
