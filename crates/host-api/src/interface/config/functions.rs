//! `get-config` of `interface host-api`.

use crate::Session;

impl Session {
    /// `get-config`
    pub fn get_config(&self, key: &str) -> Option<String> {
        if let Some(own) = self.plugin.config.get(key) {
            return Some(own);
        }
        if !self.plugin.grants.allows_config(key) {
            // A key that the server does not have is neither a secret nor a denial.
            if self.plugin.capabilities.config.get(key).is_some() {
                self.report_denial(
                    &format!("get-config of the server's `{key}`"),
                    &format!("[permissions]: config = [{key:?}]"),
                );
            }
            return None;
        }
        self.plugin.capabilities.config.get(key)
    }
}
