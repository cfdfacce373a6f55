//! A site in one file.
//!
//! [`write()`] makes an archive of a site's parts while the site goes on, [`Archive::check`] reads
//! one to its end before anything is touched, and [`Staged`] puts one in the place of another site:
//! beside it first, then by renaming, so that an interruption leaves the former site.
//!
//! An archive is a tar in gzip, which other tools can read:
//!
//! ```text
//! raisfast-backup.json      format, server, schema: the first file, so that it is read first
//! database/raisfast.db      a copy of one moment
//! files/<plugin>/…          what plugins wrote
//! plugins/<folder>/…        manifests, wasm, migrations
//! settings/configuration.toml
//! SHA256SUMS                the digest of each file above: the last file, so that nothing is lost
//!                           behind it; `sha256sum --check` reads it
//! ```
//!
//! It holds hashes of passwords and may hold secrets, so only its owner can read it. It is not
//! trusted: a path that leads elsewhere, a link, a second file of the same name, a digest that
//! differs and a newer format are refused.
//!
//! This crate does not know what lies in a database, nor whether a server runs: the caller does.

mod archive;
mod error;
mod header;
mod journal;
mod replace;
mod walk;
mod write;

pub use archive::{Archive, Contents};
pub use error::BackupError;
pub use header::{FORMAT, Header, Part};
pub use journal::{JOURNAL, recover};
pub use replace::{Place, Places, Staged};
pub use walk::{MAX_FILES, Size, size_of};
pub use write::{Sources, Written, write};
