//! The counts of each plugin's calls. They begin with the server and survive reloads.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::Utc;
use raisfast_contract::{HookName, PluginId};
use raisfast_figures::{CallFigures, Calls, Figures};
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
    figures: Figures,
    last_errors: Arc<LastErrors>,
}

/// Each plugin's last failed call: when, in which hook, and why.
type LastErrors = Mutex<BTreeMap<PluginId, String>>;

/// Counts one hook's calls for one plugin.
pub(crate) struct HookCounter {
    plugin: PluginId,
    hook: HookName,
    calls: Arc<CallFigures>,
    last_errors: Arc<LastErrors>,
}

impl HookCounts {
    fn of(calls: &Calls) -> Self {
        let micros = calls.durations.total().as_micros();
        Self {
            calls: calls.count(),
            errors: calls.errors,
            total_micros: u64::try_from(micros).unwrap_or(u64::MAX),
        }
    }
}

impl CallCounters {
    /// Counts calls in these figures.
    pub(crate) fn of_figures(figures: Figures) -> Self {
        Self {
            figures,
            last_errors: Arc::default(),
        }
    }

    /// Returns the figures in which calls are counted.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// One hook's counts for one plugin.
    pub fn of(&self, plugin: &PluginId, hook: HookName) -> HookCounts {
        let figures = self.figures.known(plugin);
        let calls = figures.and_then(|figures| {
            let mut hooks = figures.hooks();
            let (_, calls) = hooks.find(|(known, _)| *known == hook)?;
            Some(calls.read())
        });
        calls.map_or_else(HookCounts::default, |calls| HookCounts::of(&calls))
    }

    /// Every hook that was called, with its calls, ordered by plugin and hook.
    pub fn all(&self) -> Vec<(PluginId, HookName, Calls)> {
        let mut all = Vec::new();
        for (plugin, figures) in self.figures.plugins() {
            let calls = figures.hooks().map(|(hook, calls)| (hook, calls.read()));
            let called = calls.filter(|(_, calls)| calls.count() > 0);
            all.extend(called.map(|(hook, calls)| (plugin.clone(), hook, calls)));
        }
        all
    }

    /// The plugin's last failed call: when, in which hook, and why.
    pub fn last_error(&self, plugin: &PluginId) -> Option<String> {
        locked(&self.last_errors).get(plugin).cloned()
    }

    /// Returns the counter of the calls of one hook.
    pub(crate) fn counter(&self, plugin: &PluginId, hook: HookName) -> HookCounter {
        HookCounter {
            plugin: plugin.clone(),
            hook,
            calls: self.figures.of(plugin).hook(hook),
            last_errors: Arc::clone(&self.last_errors),
        }
    }
}

impl HookCounter {
    pub(crate) fn called(&self, duration: Duration, outcome: Result<(), &HandlerError>) {
        call_times::note(&self.plugin, self.hook, duration);
        self.calls.note(duration, outcome.is_err());
        if let Err(error) = outcome {
            self.keep(error);
        }
    }

    #[cold]
    fn keep(&self, error: &HandlerError) {
        let text = format!("{} {}: {error}", timestamp(Utc::now()), self.hook);
        locked(&self.last_errors).insert(self.plugin.clone(), text);
    }
}

/// Locks the last errors. They stay good when a thread that writes one panics.
fn locked<T>(errors: &Mutex<T>) -> MutexGuard<'_, T> {
    errors.lock().unwrap_or_else(PoisonError::into_inner)
}
