//! The server's configuration.

use std::collections::BTreeMap;

use raisfast_host_api::capability::Config;

/// Settings of a server that is not there.
pub(crate) struct Settings(pub(crate) BTreeMap<String, String>);

impl Config for Settings {
    fn get(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }
}
