//! The counts of each plugin's calls. They begin with the server and survive reloads.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use chrono::Utc;
use raisfast_contract::{HookName, PluginId};
use raisfast_hooks::HandlerError;
use serde::Serialize;

use raisfast_contract::timestamp;

use crate::call_times;

/// One hook's counts for one plugin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct HookCounts {
    /// Calls that ended.
    pub calls: u64,
    /// Those that failed.
    pub errors: u64,
    /// Microseconds that all calls took together.
    pub total_micros: u64,
}

/// The counts of all plugins.
#[derive(Default)]
pub struct CallCounters {
    /// Those of every hook that was ever subscribed to.
    hooks: Mutex<BTreeMap<(PluginId, HookName), Arc<HookCounter>>>,
    last_errors: Arc<LastErrors>,
}

/// Each plugin's last failed call: when, in which hook, and why.
type LastErrors = Mutex<BTreeMap<PluginId, String>>;

/// Counts one hook's calls for one plugin.
pub(crate) struct HookCounter {
    plugin: PluginId,
    hook: HookName,
    calls: AtomicU64,
    errors: AtomicU64,
    /// Not microseconds: a call may take less than one, and a thousand of those are not nothing.
    nanos: AtomicU64,
    last_errors: Arc<LastErrors>,
}

impl HookCounter {
    fn counts(&self) -> HookCounts {
        HookCounts {
            calls: self.calls.load(Relaxed),
            errors: self.errors.load(Relaxed),
            total_micros: self.nanos.load(Relaxed) / 1_000,
        }
    }
}

impl CallCounters {
    /// One hook's counts for one plugin.
    pub fn of(&self, plugin: &PluginId, hook: HookName) -> HookCounts {
        let hooks = locked(&self.hooks);
        hooks
            .get(&(plugin.clone(), hook))
            .map_or_else(HookCounts::default, |counter| counter.counts())
    }

    /// Every hook that was called, with its counts, ordered by plugin and hook.
    pub fn all(&self) -> Vec<(PluginId, HookName, HookCounts)> {
        let hooks = locked(&self.hooks);
        hooks
            .iter()
            .map(|((plugin, hook), counter)| (plugin.clone(), *hook, counter.counts()))
            .filter(|(_, _, counts)| counts.calls > 0)
            .collect()
    }

    /// The plugin's last failed call: when, in which hook, and why.
    pub fn last_error(&self, plugin: &PluginId) -> Option<String> {
        locked(&self.last_errors).get(plugin).cloned()
    }

    /// Returns the counter of the calls of one hook.
    pub(crate) fn counter(&self, plugin: &PluginId, hook: HookName) -> Arc<HookCounter> {
        let mut hooks = locked(&self.hooks);
        let counter = hooks.entry((plugin.clone(), hook)).or_insert_with(|| {
            Arc::new(HookCounter {
                plugin: plugin.clone(),
                hook,
                calls: AtomicU64::default(),
                errors: AtomicU64::default(),
                nanos: AtomicU64::default(),
                last_errors: Arc::clone(&self.last_errors),
            })
        });
        Arc::clone(counter)
    }
}

impl HookCounter {
    pub(crate) fn called(&self, duration: Duration, outcome: Result<(), &HandlerError>) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        call_times::note(&self.plugin, self.hook, duration);
        self.calls.fetch_add(1, Relaxed);
        self.nanos.fetch_add(nanos, Relaxed);
        if let Err(error) = outcome {
            self.errors.fetch_add(1, Relaxed);
            let text = format!("{} {}: {error}", timestamp(Utc::now()), self.hook);
            locked(&self.last_errors).insert(self.plugin.clone(), text);
        }
    }
}

/// Locks the counts. They stay good when a thread that counts panics.
fn locked<T>(counts: &Mutex<T>) -> MutexGuard<'_, T> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}
