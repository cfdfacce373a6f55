//! The settings of plugins that were set, in the database. Secrets are sealed on their way there.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use raisfast_contract::PluginId;
use raisfast_db::{Database, DbError, Timestamp, entity::plugin_settings};
use raisfast_plugins::{SettingChange, SettingsMemory, SettingsMemoryError, StoredSetting};
use raisfast_seal::{Keys, Sealed};

use crate::{plugin_changes::PluginChanges, secret_key::SecretKey};

/// The table `plugin_settings`.
pub(crate) struct StoredSettings {
    pub(crate) database: Database,
    pub(crate) key: SecretKey,
    pub(crate) changes: PluginChanges,
}

/// Returns the place that a secret is bound to: in another row it does not open.
fn place<'a>(plugin: &'a str, setting: &'a str) -> [&'a str; 3] {
    ["plugin_settings", plugin, setting]
}

impl StoredSettings {
    /// Seals all secrets with the present key that a former one has sealed. After that the former
    /// one is needed no longer.
    pub(crate) async fn reseal(&self) -> Result<(), DbError> {
        let Some(keys) = self.key.known() else {
            return Ok(());
        };
        let current = keys.current().as_str();
        let (mut sealed, mut lost) = (0, 0);
        for row in self.database.settings_of_other_keys(current).await? {
            let place = place(&row.plugin_id, &row.setting);
            let Ok(text) = keys.open(&place, &sealed_in(&row)) else {
                lost += 1;
                continue;
            };
            let anew = keys.seal(&place, &text);
            let written = self
                .database
                .reseal_plugin_setting(&row, &anew.text, &anew.key);
            written.await?;
            sealed += 1;
        }
        if sealed > 0 {
            tracing::info!(
                key = current,
                secrets = sealed,
                "secrets sealed anew with the first key"
            );
        }
        if lost > 0 {
            tracing::warn!(
                secrets = lost,
                "secrets of plugins are sealed with a key that this server does not have: add it to RAISFAST_SECRET_KEY, \
                 or set them again; `raisfast plugin list` says which plugins need them"
            );
        }
        Ok(())
    }
}

fn opened(keys: Option<&Keys>, row: &plugin_settings::Model) -> StoredSetting {
    if row.key_id.is_none() {
        return StoredSetting::Plain(row.value.clone());
    }
    let sealed = sealed_in(row);
    let Some(keys) = keys else {
        return StoredSetting::Unreadable(format!(
            "it is sealed with the key {}, which is not here: this server has none yet",
            sealed.key
        ));
    };
    match keys.open(&place(&row.plugin_id, &row.setting), &sealed) {
        Ok(text) => StoredSetting::Secret(text),
        Err(error) => StoredSetting::Unreadable(error.to_string()),
    }
}

fn sealed_in(row: &plugin_settings::Model) -> Sealed {
    Sealed {
        key: row.key_id.clone().unwrap_or_default(),
        text: row.value.clone(),
    }
}

#[async_trait]
impl SettingsMemory for StoredSettings {
    async fn of(
        &self,
        plugin: &PluginId,
    ) -> Result<BTreeMap<String, StoredSetting>, SettingsMemoryError> {
        let rows = self.database.plugin_settings(plugin.as_str()).await;
        let keys = self.key.known();
        let rows = rows.map_err(failed)?.into_iter();
        Ok(rows
            .map(|row| (row.setting.clone(), opened(keys.as_deref(), &row)))
            .collect())
    }

    async fn change(
        &self,
        plugin: &PluginId,
        changes: Vec<(String, SettingChange)>,
    ) -> Result<(), SettingsMemoryError> {
        let (mut set, mut forget) = (Vec::new(), Vec::new());
        for (setting, change) in changes {
            let (value, key_id) = match change {
                SettingChange::Unset => {
                    forget.push(setting);
                    continue;
                }
                SettingChange::Plain(value) => (value, None),
                SettingChange::Secret(value) => {
                    let keys: Arc<Keys> = self.key.or_made().map_err(failed)?;
                    let sealed = keys.seal(&place(plugin.as_str(), &setting), &value);
                    (sealed.text, Some(sealed.key))
                }
            };
            set.push(plugin_settings::Model {
                plugin_id: plugin.to_string(),
                setting,
                value,
                key_id,
                updated_at: Timestamp::now(),
            });
        }
        let written = self
            .database
            .change_plugin_settings(plugin.as_str(), set, forget);
        let revision = written.await.map_err(failed)?;
        self.changes.made(plugin.as_str(), revision);
        Ok(())
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> SettingsMemoryError {
    SettingsMemoryError(Box::new(error))
}
