//! The plugins without which the site is not to be served.

use std::sync::Arc;

use raisfast_contract::PluginId;
use raisfast_plugins::{PluginStatus, Plugins};

/// The plugins that the operator names in `plugins.must_load`. Cloning shares them.
#[derive(Clone)]
pub(crate) struct MustLoad(Arc<[PluginId]>);

impl MustLoad {
    pub(crate) fn new(plugins: Vec<PluginId>) -> Self {
        Self(plugins.into())
    }

    /// Returns in words which of them do not serve, if some do not. One that is paused after
    /// failures serves: it is loaded, and its breaker decides.
    pub(crate) fn missing(&self, plugins: &Plugins) -> Option<String> {
        let missing = self.0.iter().filter_map(|plugin| {
            let state = match plugins.get(plugin) {
                Some(status) if serves(&status) => return None,
                Some(status) => status.state.as_str(),
                None => "not installed",
            };
            Some(format!("{plugin} ({state})"))
        });
        let missing: Vec<_> = missing.collect();
        (!missing.is_empty()).then(|| {
            format!(
                "plugins that must be loaded do not serve: {}",
                missing.join(", ")
            )
        })
    }
}

/// Returns true if some version of the plugin serves.
fn serves(status: &PluginStatus) -> bool {
    status.generation.is_some()
}
