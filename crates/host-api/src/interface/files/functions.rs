//! `vfs-read`, `vfs-write`, `vfs-delete`, `vfs-exists`, `vfs-list` and `vfs-stat` of
//! `interface host-api`.

use super::VfsLimits;
use crate::Session;

impl Session {
    /// `vfs-read`
    pub async fn vfs_read(&self, path: &str) -> Option<String> {
        let text = self
            .plugin
            .capabilities
            .vfs
            .read(&self.plugin.id, path)
            .await;
        self.logged("vfs-read", text).flatten()
    }

    /// `vfs-write`
    pub async fn vfs_write(&self, path: &str, content: &str) -> bool {
        let limits = VfsLimits {
            file_bytes: self.plugin.quotas.vfs_file_bytes,
            total_bytes: self.plugin.quotas.vfs_total_bytes,
        };
        let written = self
            .plugin
            .capabilities
            .vfs
            .write(&self.plugin.id, path, content, limits)
            .await;
        self.stored(
            "vfs-write",
            ["vfs_file_bytes", "vfs_total_bytes"],
            &self.plugin.rates.files_full,
            written,
        )
    }

    /// `vfs-delete`
    pub async fn vfs_delete(&self, path: &str) -> bool {
        let deleted = self
            .plugin
            .capabilities
            .vfs
            .delete(&self.plugin.id, path)
            .await;
        self.logged("vfs-delete", deleted).unwrap_or(false)
    }

    /// `vfs-exists`
    pub async fn vfs_exists(&self, path: &str) -> bool {
        let exists = self
            .plugin
            .capabilities
            .vfs
            .exists(&self.plugin.id, path)
            .await;
        self.logged("vfs-exists", exists).unwrap_or(false)
    }

    /// `vfs-list`
    pub async fn vfs_list(&self, path: &str) -> Option<String> {
        let names = self
            .plugin
            .capabilities
            .vfs
            .list(&self.plugin.id, path)
            .await;
        let names = self.logged("vfs-list", names).flatten()?;
        serde_json::to_string(&names).ok()
    }

    /// `vfs-stat`
    pub async fn vfs_stat(&self, path: &str) -> Option<String> {
        let stat = self
            .plugin
            .capabilities
            .vfs
            .stat(&self.plugin.id, path)
            .await;
        let stat = self.logged("vfs-stat", stat).flatten()?;
        serde_json::to_string(&stat).ok()
    }
}
