//! Files.

use async_trait::async_trait;
use raisfast_contract::PluginId;
use serde::Serialize;

use crate::ApiError;

/// The most that one plugin may keep in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VfsLimits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files.
    pub total_bytes: u64,
}

/// The facts about a file or folder; serialises as the contract's `vfs-stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FileStat {
    /// Bytes; 0 for a folder.
    pub size: u64,
    /// True for a folder.
    pub is_dir: bool,
    /// Unix seconds of the last change, where the storage knows.
    pub modified: Option<i64>,
}

/// One tree of files a plugin. Paths are the guest's own text: relative, `/` between segments. A
/// provider refuses (with [`crate::ErrorCode::InvalidArgument`]) whatever could mean another place:
/// `..`, an absolute path, backslash, NUL and control characters, device names; and never follows a
/// link out of the tree.
#[async_trait]
pub trait Vfs: Send + Sync {
    /// The file's text; `None` where there is no such file.
    async fn read(&self, plugin: &PluginId, path: &str) -> Result<Option<String>, ApiError>;

    /// Writes the file whole, and the folders above it: a reader sees the old text or the new.
    /// Fails with [`crate::ErrorCode::Quota`], and changes nothing, beyond `limits`; exact even
    /// under concurrent writers.
    async fn write(
        &self,
        plugin: &PluginId,
        path: &str,
        content: &str,
        limits: VfsLimits,
    ) -> Result<(), ApiError>;

    /// Deletes a file; false where there was none.
    async fn delete(&self, plugin: &PluginId, path: &str) -> Result<bool, ApiError>;

    /// Returns whether a file or folder exists.
    async fn exists(&self, plugin: &PluginId, path: &str) -> Result<bool, ApiError>;

    /// Names in a folder (the empty path is the root), sorted, folders with `/` at the end; `None`
    /// where there is no such folder. The root is always there.
    async fn list(&self, plugin: &PluginId, path: &str) -> Result<Option<Vec<String>>, ApiError>;

    /// Returns the facts about a file or folder; `None` where there is none.
    async fn stat(&self, plugin: &PluginId, path: &str) -> Result<Option<FileStat>, ApiError>;
}
