//! `get-data` and `set-data` of `interface host-api`.

use super::KvLimits;
use crate::{Session, interface::log::Level, session::NAME_BYTES};

impl Session {
    /// `get-data`
    pub async fn get_data(&self, key: &str) -> Option<String> {
        if key.len() > NAME_BYTES {
            return None;
        }
        let value = self.plugin.capabilities.kv.get(&self.plugin.id, key).await;
        self.logged("get-data", value).flatten()
    }

    /// `set-data`; refused while the session's own transaction is open.
    pub async fn set_data(&self, key: &str, value: &str) -> bool {
        if key.len() > NAME_BYTES {
            self.report(
                Level::Warn,
                &format!(
                    "set-data: the key is {} bytes long; the limit is {NAME_BYTES}",
                    key.len()
                ),
            );
            return false;
        }
        if self.transaction.is_some() {
            // The store writes on a connection of its own, which would wait for this very
            // transaction.
            self.report(
                Level::Warn,
                "set-data while a transaction is open would wait for it in vain; call db-commit or db-rollback first",
            );
            return false;
        }
        let limits = KvLimits {
            keys: self.plugin.quotas.kv_keys,
            bytes: self.plugin.quotas.kv_bytes,
        };
        let set = self
            .plugin
            .capabilities
            .kv
            .set(&self.plugin.id, key, value, limits)
            .await;
        self.stored(
            "set-data",
            ["kv_keys", "kv_bytes"],
            &self.plugin.rates.kv_full,
            set,
        )
    }
}
