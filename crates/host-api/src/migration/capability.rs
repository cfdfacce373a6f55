//! Plugins' own tables.

use async_trait::async_trait;
use raisfast_contract::PluginId;

use super::{Migration, MigrationError};

/// Brings plugins' own tables up to date.
#[async_trait]
pub trait Migrations: Send + Sync {
    /// Runs those of a plugin's migrations that have not run on this database, and returns their
    /// names. `migrations` are all that the plugin has, in the order of their names.
    ///
    /// Each file runs as a whole or not at all, and once, whoever else asks for it at the same
    /// time. It is an error if a file that has run is not among them as it was, or if one of those
    /// that have not comes before it; nothing runs then.
    async fn apply(
        &self,
        plugin: &PluginId,
        migrations: &[Migration],
    ) -> Result<Vec<String>, MigrationError>;
}
