//! Files for plugins: the provider of host-api's [`Vfs`](raisfast_host_api::capability::Vfs) over
//! opendal.
//!
//! Each plugin has one tree, `<root>/<plugin id>/`, and no way to name anything outside of it: a
//! path is parsed into a [`PluginPath`] before storage sees it, and on a local file system no
//! symbolic link is followed. What begins a tree is its first write; it survives restarts, upgrades
//! and removal of the plugin, and only the plugin or the operator deletes from it.
//!
//! - A write is atomic: a reader sees the old text or the new one, and a crash leaves one of them.
//!   It runs to its end even when the plugin that asked for it is gone.
//! - On a local file system, a write that has returned outlives the server's process. The text is
//!   on the disk before it gets its name, but when the name is, the system decides: a power failure
//!   may take back the last writes, each of them whole.
//! - A quota is exact: changes to one plugin's tree happen one after the other. The tree's size is
//!   counted once, at the first write after a start, and again where the storage failed halfway.
//!   Servers that share a bucket share [`Ledgers`], too, which the program provides.
//! - Folders come with the first file in them and go with the last.
//! - In a bucket of S3 a file is one object, `<prefix>/<plugin id>/<path>`, which is put as a
//!   whole: the same holds as on a local file system, and a write that has returned is as safe as
//!   the bucket. A storage that is busy is asked twice more; a request that takes 15 seconds has
//!   failed. It is the feature `s3`, which is on by default.
//! - Reading, writing, deleting or looking at a file costs the same, however many lie beside it. So
//!   does looking at a folder on a local file system; only a list of its names costs what it holds.
//!
//! This crate does not know grants (every plugin may use its own tree), and it keeps text only: a
//! file that somebody else put there and that is not UTF-8 cannot be read.
//!
//! ```
//! use raisfast_host_api::capability::{Vfs, VfsLimits};
//! use raisfast_vfs::VfsStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let files = VfsStore::open("memory://")?;
//! let plugin = "com.example.shop".parse()?;
//! let limits = VfsLimits { file_bytes: 1 << 20, total_bytes: 10 << 20 };
//!
//! files.write(&plugin, "cache/posts/hello.json", "{}", limits).await?;
//! assert_eq!(files.list(&plugin, "cache").await?.unwrap(), ["posts/"]);
//! assert!(files.read(&plugin, "../com.example.other/secret").await.is_err());
//! # Ok(())
//! # }
//! ```

mod credentials;
mod local;
mod path;
#[cfg(feature = "s3")]
mod s3;
mod storage;
mod store;
mod usage;

pub use credentials::S3Credentials;
pub use path::{InvalidPath, PluginPath};
pub use storage::VfsError;
pub use store::{HeldTree, VfsStore};
pub use usage::{Ledgers, MAX_FILES, Turn, Usage};
