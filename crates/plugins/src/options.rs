//! The options and ceilings that an operator sets for plugins.

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroUsize,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use raisfast_contract::{PluginId, for_each_limit};
use raisfast_health::Health;
use raisfast_hooks::Bus;
use raisfast_host_api::{Capabilities, Grants, Quotas};
use raisfast_manifest::{HookEntry, Manifest};
use raisfast_runtime::{PluginLimits, Runtime};

use crate::{Identities, PluginLoadError, Releases, SettingsMemory, Succession, Switches, Ticks};

/// Everything that [`Plugins::start`](crate::Plugins::start) needs.
pub struct PluginsOptions {
    /// The directory of plugin folders; made where it does not exist.
    pub folder: PathBuf,
    /// Changes in the directory are followed.
    pub hot_reload: bool,
    /// The engine in which plugins run.
    pub runtime: Runtime,
    /// The bus on which they subscribe; gated and observed by `health`.
    pub bus: Bus,
    /// The breakers and counts of their calls.
    pub health: Arc<Health>,
    /// The providers behind the host functions.
    pub capabilities: Capabilities,
    /// The memory of releases, for every server of the site.
    pub releases: Arc<dyn Releases>,
    /// The memory of which plugins are turned off.
    pub switches: Arc<dyn Switches>,
    /// The memory of which folder has which id.
    pub identities: Arc<dyn Identities>,
    /// The memory of which server has run which job when.
    pub ticks: Arc<dyn Ticks>,
    /// The most that any manifest gets.
    pub ceilings: Ceilings,
    /// The way in which versions follow each other.
    pub succession: Succession,
    /// The time that the start, and an administrator's request, wait for small plugins that have to
    /// be compiled.
    pub patience: Duration,
    /// The memory of settings that are made while the server runs.
    pub settings: Arc<dyn SettingsMemory>,
    /// The operator's values for plugins' settings, which come before all others.
    pub config: HashMap<PluginId, BTreeMap<String, String>>,
    /// The mode of this start.
    pub safe_mode: SafeMode,
    /// The last half of the messages about folders that cannot be loaded.
    pub way_out: WayOut,
}

/// A way to start in which no plugin is called, so that a broken one can be removed or turned off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SafeMode {
    /// Plugins are called.
    #[default]
    Off,
    /// No plugin is called. Filters with `on_error = "abort"` refuse requests, others are left out,
    /// and actions wait.
    Guarded,
    /// The same, but all filters are left out.
    Unguarded,
}

/// Returns what helps against an error, in the host's own names of settings and commands, where the
/// error itself does not say it all.
pub type WayOut = fn(&PluginLoadError) -> Option<String>;

/// Defaults and upper limits; a manifest that asks for more gets the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceilings {
    /// A call's deadline where the manifest names none. Default 5 s.
    pub default_timeout: Duration,
    /// The longest deadline, of calls and of an instance's initialisation. Default 30 s.
    pub max_timeout: Duration,
    /// Instances where the manifest names no number. Default 4.
    pub default_pool_size: NonZeroUsize,
    /// The most instances. Default 64.
    pub max_pool_size: NonZeroUsize,
    /// Bytes an instance may have where the manifest names no number. Default 32 MiB.
    pub default_memory: usize,
    /// The most bytes an instance may have. Default 256 MiB.
    pub max_memory: usize,
    /// The time that a call waits for an instance. Default: 500 ms.
    pub max_wait: Duration,
    /// The most of each quantity of `[limits]`. Default: as much as the manifest asks for.
    pub quotas: Quotas,
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
            max_wait: PluginLimits::default().max_wait,
            quotas: Quotas::UNLIMITED,
        }
    }
}

impl Ceilings {
    /// Returns the deadline of one hook: its own, else the plugin's, else the default.
    pub fn timeout(&self, manifest: &Manifest, hook: &HookEntry) -> Duration {
        hook.timeout_ms
            .or(manifest.permissions.timeout_ms)
            .map_or(self.default_timeout, Duration::from_millis)
            .min(self.max_timeout)
    }

    /// Returns the amount of each capability that the plugin may use.
    pub fn quotas(&self, manifest: &Manifest) -> Quotas {
        Quotas {
            collected_bytes: self.limits(manifest).max_memory as u64,
            ..quotas(manifest).at_most(self.quotas)
        }
    }

    /// Returns each thing that the manifest asks for and does not get.
    pub fn exceeded(&self, manifest: &Manifest) -> Vec<Exceeded> {
        let permissions = &manifest.permissions;
        let max_timeout_ms = u64::try_from(self.max_timeout.as_millis()).unwrap_or(u64::MAX);
        let max_memory_mb = (self.max_memory >> 20) as u64;
        let resources = [
            ("timeout_ms", permissions.timeout_ms, max_timeout_ms),
            ("max_memory_mb", permissions.max_memory_mb, max_memory_mb),
        ];
        let resources = resources.into_iter().filter_map(|(key, asked, most)| {
            let asked = asked.filter(|asked| *asked > most)?;
            Some(Exceeded {
                table: "permissions",
                key,
                asked,
                most,
            })
        });
        let asked = quotas(manifest).by_key().into_iter();
        let defaults = Quotas::default().by_key();
        let quotas = asked
            .zip(defaults)
            .zip(self.quotas.by_key())
            .filter(|(((_, asked), (_, default)), (_, most))| asked > most && asked != default)
            .map(|(((key, asked), _), (_, most))| Exceeded {
                table: "limits",
                key,
                asked,
                most,
            });
        resources.chain(quotas).collect()
    }

    /// Returns the limits of the plugin's instances.
    pub fn limits(&self, manifest: &Manifest) -> PluginLimits {
        let memory = manifest
            .permissions
            .max_memory_mb
            .map_or(self.default_memory, |mb| {
                usize::try_from(mb)
                    .unwrap_or(usize::MAX)
                    .saturating_mul(1 << 20)
            });
        let defaults = PluginLimits::default();
        PluginLimits {
            pool_size: manifest
                .pool
                .size
                .and_then(NonZeroUsize::new)
                .unwrap_or(self.default_pool_size)
                .min(self.max_pool_size),
            max_calls: manifest.pool.max_calls,
            max_wait: self.max_wait,
            max_memory: memory.min(self.max_memory),
            // Initialisation is a call too, and has no longer deadline than any other.
            start_timeout: defaults.start_timeout.min(self.max_timeout),
            ..defaults
        }
    }
}

/// A line of a manifest that asks for more than the operator lets it have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "manifest.toml asks under [{table}] for {key} = {asked}, and the operator lets it have {most} at most"
)]
pub struct Exceeded {
    /// The line's table in the manifest.
    pub table: &'static str,
    /// The line's key.
    pub key: &'static str,
    /// The line's value.
    pub asked: u64,
    /// The operator's ceiling, which the plugin gets.
    pub most: u64,
}

/// Returns the grants of the manifest's `[permissions]`. If the plugin has tables of its own, its
/// migrations say so.
pub fn grants(manifest: &Manifest) -> Grants {
    Grants {
        http: manifest.permissions.http.clone(),
        config: manifest.permissions.config.clone(),
        database: manifest.permissions.database.clone(),
        own_tables: None,
    }
}

/// Returns the manifest's `[limits]`, with the defaults for those it leaves out.
pub fn quotas(manifest: &Manifest) -> Quotas {
    let limits = &manifest.limits;
    let default = Quotas::default();
    macro_rules! quotas {
        ($($(#[$doc:meta])* $key:ident = $default:expr;)*) => {
            Quotas {
                $($key: limits.$key.unwrap_or(default.$key),)*
                collected_bytes: default.collected_bytes,
            }
        };
    }
    for_each_limit!(quotas)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(more: &str) -> Manifest {
        let plugin = "[plugin]\nid = \"com.example.x\"\nname = \"X\"\nversion = \"1.0.0\"\n";
        Manifest::parse("manifest.toml", &format!("{plugin}{more}")).unwrap()
    }

    #[test]
    fn a_hook_has_its_own_deadline_else_the_plugins_else_the_default_and_never_more_than_the_ceiling()
     {
        let ceilings = Ceilings::default();
        let deadline = |more: &str| {
            let manifest = manifest(more);
            let hook = &manifest.hooks[&raisfast_contract::HookName::OnLogin];
            ceilings.timeout(&manifest, hook).as_millis()
        };
        assert_eq!(deadline("[hooks.on-login]"), 5_000);
        assert_eq!(
            deadline("[hooks.on-login]\n[permissions]\ntimeout_ms = 70"),
            70
        );
        assert_eq!(
            deadline("[hooks.on-login]\ntimeout_ms = 60\n[permissions]\ntimeout_ms = 70"),
            60
        );
        assert_eq!(deadline("[hooks.on-login]\ntimeout_ms = 60000"), 30_000);
    }

    #[test]
    fn a_manifest_gets_the_memory_and_instances_it_asks_for_up_to_the_ceiling() {
        let ceilings = Ceilings {
            max_memory: 64 << 20,
            max_pool_size: NonZeroUsize::new(8).unwrap(),
            ..Ceilings::default()
        };
        let limits = |more: &str| {
            let limits = ceilings.limits(&manifest(more));
            (limits.max_memory >> 20, limits.pool_size.get())
        };
        assert_eq!(limits(""), (32, 4));
        assert_eq!(
            limits("[permissions]\nmax_memory_mb = 48\n[pool]\nsize = 2"),
            (48, 2)
        );
        assert_eq!(
            limits("[permissions]\nmax_memory_mb = 512\n[pool]\nsize = 64"),
            (64, 8)
        );
    }

    #[test]
    fn the_operators_ceiling_is_lower_than_what_a_manifest_asks_for_and_than_the_default() {
        let ceilings = Ceilings {
            quotas: Quotas {
                kv_keys: 10,
                db_rows: 5,
                ..Quotas::UNLIMITED
            },
            ..Ceilings::default()
        };
        let manifest = manifest("[limits]\nkv_keys = 11\nevents_per_minute = 7");
        assert_eq!(
            ceilings.quotas(&manifest),
            Quotas {
                kv_keys: 10,
                db_rows: 5,
                events_per_minute: 7,
                ..Quotas::default()
            }
        );
        // Of the default nobody has asked for more.
        let [exceeded] = ceilings.exceeded(&manifest).try_into().unwrap();
        assert_eq!(
            exceeded.to_string(),
            "manifest.toml asks under [limits] for kv_keys = 11, and the operator lets it have 10 at most"
        );
    }

    #[test]
    fn time_and_memory_over_the_ceiling_are_told_too() {
        let manifest = manifest("[permissions]\ntimeout_ms = 40_000\nmax_memory_mb = 257");
        let told = Ceilings::default().exceeded(&manifest);
        let told: Vec<_> = told.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "manifest.toml asks under [permissions] for timeout_ms = 40000, and the operator lets it have 30000 at most",
                "manifest.toml asks under [permissions] for max_memory_mb = 257, and the operator lets it have 256 at most",
            ]
        );
    }

    #[test]
    fn a_limit_of_the_manifest_takes_the_place_of_the_default() {
        let quotas = quotas(&manifest("[limits]\nkv_keys = 7"));
        assert_eq!(
            quotas,
            Quotas {
                kv_keys: 7,
                ..Quotas::default()
            }
        );
    }
}
