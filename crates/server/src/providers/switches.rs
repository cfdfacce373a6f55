//! The plugins that an admin has turned off, in the database.

use std::collections::BTreeSet;

use async_trait::async_trait;
use raisfast_contract::PluginId;
use raisfast_db::Database;
use raisfast_plugins::{SwitchError, Switches};

/// The table `plugin_states`.
pub(crate) struct StoredSwitches(pub(crate) Database);

#[async_trait]
impl Switches for StoredSwitches {
    async fn disabled(&self) -> Result<BTreeSet<PluginId>, SwitchError> {
        let ids = self.0.disabled_plugins().await.map_err(failed)?;
        ids.iter().map(|id| id.parse().map_err(failed)).collect()
    }

    async fn set(&self, plugin: &PluginId, enabled: bool) -> Result<(), SwitchError> {
        let set = self.0.set_plugin_enabled(plugin.as_str(), enabled);
        set.await.map_err(failed)
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> SwitchError {
    SwitchError(Box::new(error))
}

#[cfg(test)]
mod tests {
    use raisfast_contract::PluginId;
    use raisfast_db::Database;
    use raisfast_plugins::Switches;

    use super::StoredSwitches;

    #[tokio::test]
    async fn a_switch_stays_as_it_was_set() {
        let switches = StoredSwitches(Database::connect("sqlite::memory:").await.unwrap());
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
