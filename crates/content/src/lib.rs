//! Posts, comments and typed content: what each may contain, who may change it, and where
//! each hook fires.
//!
//! A [`Site`] joins a database to a hook bus. Every operation takes one snapshot of the bus when it
//! begins, so that it sees one generation of plugins in all its filters. A change goes the same way
//! everywhere: check the input, run the filters (whose answers are checked like the input), write
//! it together with what the actions have to be told, commit. The outbox tells them.
//!
//! This crate does not know axum, so an error is a [`ContentError`] and not a status, nor wasm, so
//! a plugin is whatever has subscribed to the bus.
//!
//! ```
//! use raisfast_accounts::Users;
//! use raisfast_cluster::Node;
//! use raisfast_content::Site;
//! use raisfast_db::Database;
//! use raisfast_hooks::Bus;
//! use raisfast_outbox::{Outbox, OutboxOptions};
//! use raisfast_contract::PostInput;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (database, bus) = (Database::connect("sqlite::memory:").await?, Bus::new());
//! let outbox = Outbox::start(
//!     database.clone(),
//!     bus.clone(),
//!     Node::alone(),
//!     OutboxOptions::default(),
//! )
//! .await?;
//! let users = Users::new(database.clone(), bus.clone(), outbox.clone());
//! let password = users.ensure_admin(None).await?.expect("a fresh database has no admin");
//! let login = users.login("admin", &password).await?;
//!
//! let site = Site::new(database, bus, outbox);
//! let post = site
//!     .posts()
//!     .create(
//!         &login.user,
//!         PostInput {
//!             title: "Hello, world".to_owned(),
//!             content: "*First* post".to_owned(),
//!             status: Some("published".to_owned()),
//!             ..PostInput::default()
//!         },
//!     )
//!     .await?;
//! assert_eq!(post.slug, "hello-world");
//! let page = site.posts().read("hello-world").await?;
//! assert_eq!(page.html, "<p><em>First</em> post</p>\n");
//! # Ok(())
//! # }
//! ```

mod check;
mod comments;
mod contents;
mod error;
mod filter_rules;
mod listing;
mod permission;
mod posts;
mod provenance;
mod search;
mod site;
mod view_notices;

pub use comments::{
    Comment, CommentPatch, CommentStatus, CommentedPost, Comments, ModeratedComment,
};
pub use contents::{Content, ContentType, Contents};
pub use error::{ContentError, FieldError};
pub use filter_rules::FilterRules;
pub use listing::{Listing, MAX_LIMIT};
pub use posts::{Post, PostPage, PostPatch, PostReplacement, PostSelection, Posts};
pub use provenance::{Outcome, PluginShare, Provenance};
pub use site::Site;
