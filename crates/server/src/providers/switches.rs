//! The plugins that an admin has turned off, in the database.

use std::collections::BTreeSet;

use async_trait::async_trait;
use raisfast_contract::PluginId;
use raisfast_db::Database;
use raisfast_plugins::{SwitchError, Switches};

use crate::plugin_changes::PluginChanges;

/// The table `plugin_states`.
pub(crate) struct StoredSwitches {
    pub(crate) database: Database,
    pub(crate) changes: PluginChanges,
}

#[async_trait]
impl Switches for StoredSwitches {
    async fn disabled(&self) -> Result<BTreeSet<PluginId>, SwitchError> {
        let ids = self.database.disabled_plugins().await.map_err(failed)?;
        ids.iter().map(|id| id.parse().map_err(failed)).collect()
    }

    async fn set(&self, plugin: &PluginId, enabled: bool) -> Result<(), SwitchError> {
        let set = self.database.set_plugin_enabled(plugin.as_str(), enabled);
        let revision = set.await.map_err(failed)?;
        self.changes.made(plugin.as_str(), revision);
        Ok(())
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> SwitchError {
    SwitchError(Box::new(error))
}

#[cfg(test)]
mod tests {
    use raisfast_cluster::Node;
    use raisfast_contract::PluginId;
    use raisfast_db::Database;
    use raisfast_plugins::Switches;

    use super::StoredSwitches;
    use crate::plugin_changes::PluginChanges;

    #[tokio::test]
    async fn a_switch_stays_as_it_was_set() {
        let database = Database::connect("sqlite::memory:").await.unwrap();
        let changes = PluginChanges::begin(database.clone(), Node::alone());
        let changes = changes.await.unwrap();
        let switches = StoredSwitches { database, changes };
        let one: PluginId = "com.example.one".parse().unwrap();
        let two: PluginId = "com.example.two".parse().unwrap();
        assert!(switches.disabled().await.unwrap().is_empty());
        switches.set(&one, false).await.unwrap();
        switches.set(&two, false).await.unwrap();
        switches.set(&two, true).await.unwrap();
        switches.set(&one, false).await.unwrap();
        assert_eq!(switches.disabled().await.unwrap(), [one].into());
    }
}
