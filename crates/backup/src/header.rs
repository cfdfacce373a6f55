//! The first file of an archive.

use serde::{Deserialize, Serialize};

use crate::BackupError;

/// The newest arrangement of an archive that this build reads, and the one that it writes.
pub const FORMAT: u32 = 1;

/// The name of the first file.
pub(crate) const HEADER: &str = "raisfast-backup.json";
/// The name of the last file.
pub(crate) const DIGESTS: &str = "SHA256SUMS";

/// The most bytes of the first file.
pub(crate) const MAX_HEADER: u64 = 64 << 10;

/// A part of a site. Each has a folder of this name in an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The database's file.
    Database,
    /// The files that plugins wrote.
    Files,
    /// Plugins' folders.
    Plugins,
    /// The configuration file.
    Settings,
}

impl Part {
    /// All parts, in the order in which they lie in an archive. A file that a row names is written
    /// before the row, so the files are copied after the database.
    pub const ALL: [Self; 4] = [Self::Database, Self::Files, Self::Plugins, Self::Settings];

    /// Returns the name of the part's folder.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Files => "files",
            Self::Plugins => "plugins",
            Self::Settings => "settings",
        }
    }

    /// Splits the path of a file in an archive into the part and the path below its folder.
    pub(crate) fn of(path: &str) -> Option<(Self, &str)> {
        let (folder, below) = path.split_once('/')?;
        let part = Self::ALL.into_iter().find(|part| part.as_str() == folder)?;
        Some((part, below))
    }
}

/// The origin of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The arrangement of the archive.
    pub format: u32,
    /// The version of the server that wrote it.
    pub server: String,
    /// The parts of the site that it stands for, in order. One of them may have no files.
    pub parts: Vec<Part>,
    /// The steps of the database's schema, in order; empty where the database was left out.
    pub schema: Vec<String>,
    /// When the database was copied, RFC 3339.
    pub made_at: String,
}

#[derive(Deserialize)]
struct OnlyFormat {
    format: u32,
}

impl Header {
    /// Reads the first file of an archive. Its format is looked at before anything else, since a
    /// newer one may hold anything.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, BackupError> {
        let broken = |error: serde_json::Error| BackupError::NotABackup(error.to_string());
        let OnlyFormat { format } = serde_json::from_slice(bytes).map_err(broken)?;
        if format != FORMAT {
            return Err(BackupError::Format { found: format });
        }
        serde_json::from_slice(bytes).map_err(broken)
    }
}
