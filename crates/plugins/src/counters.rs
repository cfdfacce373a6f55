//! What is counted of each plugin's calls. Counts begin with the server and survive reloads.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use chrono::{DateTime, SecondsFormat, Utc};
use raisfast_hooks::{HandlerError, Observer};
use raisfast_types::{HookName, PluginId};
use serde::Serialize;

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

/// Counts calls; give it to [`Bus::observed`](raisfast_hooks::Bus::observed).
#[derive(Default)]
pub struct CallCounters {
    hooks: RwLock<HashMap<(PluginId, HookName), Arc<Cell>>>,
    last_errors: Mutex<HashMap<PluginId, String>>,
}

#[derive(Default)]
struct Cell {
    calls: AtomicU64,
    errors: AtomicU64,
    micros: AtomicU64,
}

impl Cell {
    fn add(&self, micros: u64, failed: bool) {
        self.calls.fetch_add(1, Relaxed);
        self.errors.fetch_add(u64::from(failed), Relaxed);
        self.micros.fetch_add(micros, Relaxed);
    }

    fn counts(&self) -> HookCounts {
        HookCounts {
            calls: self.calls.load(Relaxed),
            errors: self.errors.load(Relaxed),
            total_micros: self.micros.load(Relaxed),
        }
    }
}

impl CallCounters {
    /// One hook's counts for one plugin.
    pub fn of(&self, plugin: &PluginId, hook: HookName) -> HookCounts {
        let hooks = self.hooks.read().unwrap_or_else(PoisonError::into_inner);
        hooks
            .get(&(plugin.clone(), hook))
            .map_or_else(HookCounts::default, |cell| cell.counts())
    }

    /// Every hook that was called, with its counts, ordered by plugin and hook.
    pub fn all(&self) -> Vec<(PluginId, HookName, HookCounts)> {
        let hooks = self.hooks.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = hooks
            .iter()
            .map(|((plugin, hook), cell)| (plugin.clone(), *hook, cell.counts()))
            .collect();
        all.sort_by(|left, right| (&left.0, left.1).cmp(&(&right.0, right.1)));
        all
    }

    /// The plugin's last failed call: when, in which hook, and why.
    pub fn last_error(&self, plugin: &PluginId) -> Option<String> {
        let last = self
            .last_errors
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        last.get(plugin).cloned()
    }

    fn cell(&self, plugin: &PluginId, hook: HookName) -> Arc<Cell> {
        let key = (plugin.clone(), hook);
        let known = self
            .hooks
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        known.unwrap_or_else(|| {
            let mut hooks = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(hooks.entry(key).or_default())
        })
    }
}

impl Observer for CallCounters {
    fn called(
        &self,
        plugin: &PluginId,
        hook: HookName,
        duration: Duration,
        outcome: Result<(), &HandlerError>,
    ) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.cell(plugin, hook).add(micros, outcome.is_err());
        if let Err(error) = outcome {
            let text = format!("{} {hook}: {error}", timestamp(Utc::now()));
            let mut last = self
                .last_errors
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            last.insert(plugin.clone(), text);
        }
    }
}

pub(crate) fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
