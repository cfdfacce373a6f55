//! The folder that has each plugin's id, in the database.

use std::collections::BTreeMap;

use async_trait::async_trait;
use raisfast_contract::PluginId;
use raisfast_db::Database;
use raisfast_plugins::{Identities, IdentityError};

use crate::plugin_changes::PluginChanges;

/// The table `plugin_identities`.
pub(crate) struct StoredIdentities {
    pub(crate) database: Database,
    pub(crate) changes: PluginChanges,
}

#[async_trait]
impl Identities for StoredIdentities {
    async fn folders(&self) -> Result<BTreeMap<PluginId, String>, IdentityError> {
        let rows = self.database.plugin_folders().await.map_err(failed)?;
        rows.into_iter()
            .map(|row| Ok((row.plugin_id.parse().map_err(failed)?, row.folder)))
            .collect()
    }

    async fn give(&self, plugin: &PluginId, folder: &str) -> Result<(), IdentityError> {
        let given = self.database.give_plugin(plugin.as_str(), folder);
        let revision = given.await.map_err(failed)?;
        self.changes.made(plugin.as_str(), revision);
        Ok(())
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> IdentityError {
    IdentityError(Box::new(error))
}

#[cfg(test)]
mod tests {
    use raisfast_cluster::Node;
    use raisfast_contract::PluginId;
    use raisfast_db::Database;
    use raisfast_plugins::Identities;

    use super::StoredIdentities;
    use crate::plugin_changes::PluginChanges;

    #[tokio::test]
    async fn an_id_has_the_folder_that_it_was_given_to_last() {
        let database = Database::connect("sqlite::memory:").await.unwrap();
        let changes = PluginChanges::begin(database.clone(), Node::alone());
        let changes = changes.await.unwrap();
        let identities = StoredIdentities { database, changes };
        let id: PluginId = "com.example.one".parse().unwrap();
        assert!(identities.folders().await.unwrap().is_empty());
        identities.give(&id, "one").await.unwrap();
        identities.give(&id, "another").await.unwrap();
        let folders = identities.folders().await.unwrap();
        assert_eq!(folders, [(id, "another".to_owned())].into());
    }
}
