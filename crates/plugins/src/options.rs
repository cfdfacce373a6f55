//! What an operator decides about plugins.

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroUsize,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use raisfast_hooks::Bus;
use raisfast_host_api::{Capabilities, Grants, Quotas};
use raisfast_manifest::{HookEntry, Manifest};
use raisfast_runtime::{PluginLimits, Runtime};
use raisfast_types::PluginId;

use crate::{CallCounters, Switches};

/// Everything that [`Plugins::start`](crate::Plugins::start) needs.
pub struct PluginsOptions {
    /// The directory of plugin folders; made where it does not exist.
    pub folder: PathBuf,
    /// Whether changes in the directory are followed.
    pub hot_reload: bool,
    /// Where plugins run.
    pub runtime: Runtime,
    /// Where they subscribe; observed by `counters`.
    pub bus: Bus,
    /// What is counted.
    pub counters: Arc<CallCounters>,
    /// What they may call.
    pub capabilities: Capabilities,
    /// Which plugins are turned off, across restarts.
    pub switches: Arc<dyn Switches>,
    /// The most that any manifest gets.
    pub ceilings: Ceilings,
    /// The operator's values for plugins' `[config]`.
    pub config: HashMap<PluginId, BTreeMap<String, String>>,
}

/// Defaults and upper limits; a manifest that asks for more gets the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceilings {
    /// A call's deadline where the manifest names none. Default 5 s.
    pub default_timeout: Duration,
    /// The longest deadline. Default 30 s.
    pub max_timeout: Duration,
    /// Instances where the manifest names no number. Default 4.
    pub default_pool_size: NonZeroUsize,
    /// The most instances. Default 64.
    pub max_pool_size: NonZeroUsize,
    /// Bytes an instance may have where the manifest names no number. Default 32 MiB.
    pub default_memory: usize,
    /// The most bytes an instance may have. Default 256 MiB.
    pub max_memory: usize,
}

impl Default for Ceilings {
    fn default() -> Self {
        Self {
            default_timeout: Duration::from_secs(5),
            max_timeout: Duration::from_secs(30),
            default_pool_size: NonZeroUsize::MIN.saturating_add(3),
            max_pool_size: NonZeroUsize::MIN.saturating_add(63),
            default_memory: 32 << 20,
            max_memory: 256 << 20,
        }
    }
}

impl Ceilings {
    /// The deadline of one hook: its own, else the plugin's, else the default.
    pub(crate) fn timeout(&self, manifest: &Manifest, hook: &HookEntry) -> Duration {
        hook.timeout_ms
            .or(manifest.permissions.timeout_ms)
            .map_or(self.default_timeout, Duration::from_millis)
            .min(self.max_timeout)
    }

    pub(crate) fn limits(&self, manifest: &Manifest) -> PluginLimits {
        let memory = manifest
            .permissions
            .max_memory_mb
            .map_or(self.default_memory, |mb| {
                usize::try_from(mb)
                    .unwrap_or(usize::MAX)
                    .saturating_mul(1 << 20)
            });
        PluginLimits {
            pool_size: manifest
                .pool
                .size
                .and_then(NonZeroUsize::new)
                .unwrap_or(self.default_pool_size)
                .min(self.max_pool_size),
            max_calls: manifest.pool.max_calls,
            max_memory: memory.min(self.max_memory),
            ..PluginLimits::default()
        }
    }
}

pub(crate) fn grants(manifest: &Manifest) -> Grants {
    Grants {
        http: manifest.permissions.http.clone(),
        config: manifest.permissions.config.clone(),
        database: manifest.permissions.database.clone(),
    }
}

pub(crate) fn quotas(manifest: &Manifest) -> Quotas {
    let asked = &manifest.limits;
    let default = Quotas::default();
    Quotas {
        kv_keys: asked.kv_keys.unwrap_or(default.kv_keys),
        kv_bytes: asked.kv_bytes.unwrap_or(default.kv_bytes),
        vfs_file_bytes: asked.vfs_file_bytes.unwrap_or(default.vfs_file_bytes),
        vfs_total_bytes: asked.vfs_total_bytes.unwrap_or(default.vfs_total_bytes),
        db_rows: asked.db_rows.unwrap_or(default.db_rows),
        db_bytes: asked.db_bytes.unwrap_or(default.db_bytes),
        http_request_bytes: asked
            .http_request_bytes
            .unwrap_or(default.http_request_bytes),
        http_response_bytes: asked
            .http_response_bytes
            .unwrap_or(default.http_response_bytes),
        http_requests_per_minute: asked
            .http_requests_per_minute
            .unwrap_or(default.http_requests_per_minute),
        log_records_per_minute: asked
            .log_records_per_minute
            .unwrap_or(default.log_records_per_minute),
        events_per_minute: asked.events_per_minute.unwrap_or(default.events_per_minute),
    }
}
