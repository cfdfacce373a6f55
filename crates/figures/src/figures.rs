//! The figures of one server: of its requests and of each plugin, counted, and closed step by step.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use raisfast_contract::PluginId;

use crate::{CallFigures, Chart, MOST_SERIES, PluginChart, PluginFigures, STEPS, history::History};

/// The steps that somebody asks for: the last of those after a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The last step that is known already.
    pub after: Option<u64>,
    /// The most steps.
    pub last: usize,
}

impl Default for Range {
    fn default() -> Self {
        Self {
            after: None,
            last: STEPS,
        }
    }
}

/// The figures of all plugins and of the server's requests. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Figures(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    begun: Instant,
    step: Duration,
    requests: CallFigures,
    plugins: Mutex<BTreeMap<PluginId, Arc<PluginFigures>>>,
    history: Mutex<History>,
}

/// With steps of ten seconds.
impl Default for Figures {
    fn default() -> Self {
        Self::with_steps_of(Duration::from_secs(10))
    }
}

impl Figures {
    /// Begins to count, with steps of this length.
    pub fn with_steps_of(step: Duration) -> Self {
        Self::with_room_for(MOST_SERIES, step)
    }

    fn with_room_for(series: usize, step: Duration) -> Self {
        Self(Arc::new(Inner {
            begun: Instant::now(),
            step: step.max(Duration::from_millis(1)),
            requests: CallFigures::default(),
            plugins: Mutex::default(),
            history: Mutex::new(History::with_room_for(series)),
        }))
    }

    /// Returns the time since these figures began.
    pub fn elapsed(&self) -> Duration {
        self.0.begun.elapsed()
    }

    /// Returns the figures of one plugin, to be kept by whoever counts. They survive reloads.
    pub fn of(&self, plugin: &PluginId) -> Arc<PluginFigures> {
        let mut plugins = locked(&self.0.plugins);
        match plugins.get(plugin) {
            Some(known) => Arc::clone(known),
            None => Arc::clone(plugins.entry(plugin.clone()).or_default()),
        }
    }

    /// Returns the figures of one plugin if anybody has asked for them.
    pub fn known(&self, plugin: &PluginId) -> Option<Arc<PluginFigures>> {
        locked(&self.0.plugins).get(plugin).cloned()
    }

    /// Returns the figures of all plugins, in the order of their ids.
    pub fn plugins(&self) -> Vec<(PluginId, Arc<PluginFigures>)> {
        let plugins = locked(&self.0.plugins);
        let plugins = plugins.iter();
        plugins
            .map(|(id, figures)| (id.clone(), Arc::clone(figures)))
            .collect()
    }

    /// Returns the figures of the requests that the server answers.
    pub fn requests(&self) -> &CallFigures {
        &self.0.requests
    }

    /// Returns how long it is until the step is over that is open at a time since the
    /// [beginning](Self::elapsed).
    pub fn left_of_step(&self, now: Duration) -> Duration {
        let over = now.as_nanos() % self.0.step.as_nanos();
        let over = Duration::from_nanos(u64::try_from(over).unwrap_or_default());
        self.0.step.saturating_sub(over)
    }

    /// Closes the steps that are over, at a time since the [beginning](Self::elapsed). Somebody has
    /// to call this once a step; a call that comes late leaves the steps before it empty.
    pub fn close(&self, now: Duration) {
        let until = now.as_nanos() / self.0.step.as_nanos();
        let until = u64::try_from(until).unwrap_or(u64::MAX);
        let (requests, plugins) = (self.0.requests.read(), self.plugins());
        locked(&self.0.history).close(until, &requests, &plugins);
    }

    /// Returns the figures of the server and all plugins, at a time since the
    /// [beginning](Self::elapsed).
    pub fn chart(&self, now: Duration, range: Range) -> Chart {
        let plugins = self.plugins();
        let requests = self.0.requests.read();
        let history = locked(&self.0.history);
        let steps = history.steps(range, self.0.step);
        let open_for = self.open_for(&history, now);
        let recent = history.recent(self.0.step) + open_for;
        Chart {
            steps,
            recent_ms: u64::try_from(recent.as_millis()).unwrap_or(u64::MAX),
            requests: history.requests(&requests, steps, recent),
            plugins: plugins
                .into_iter()
                .map(|(id, figures)| {
                    let calls = history.calls(&id, &figures, steps, recent);
                    (id, calls)
                })
                .collect(),
            left_out: history.left_out(),
            open_for,
        }
    }

    /// Returns all figures of one plugin, at a time since the [beginning](Self::elapsed).
    pub fn plugin_chart(&self, plugin: &PluginId, now: Duration, range: Range) -> PluginChart {
        let figures = self.known(plugin).unwrap_or_default();
        let history = locked(&self.0.history);
        let steps = history.steps(range, self.0.step);
        let open_for = self.open_for(&history, now);
        let recent = history.recent(self.0.step) + open_for;
        PluginChart {
            open_for,
            ..history.plugin(plugin, &figures, steps, recent)
        }
    }

    fn open_for(&self, history: &History, now: Duration) -> Duration {
        let closed = u32::try_from(history.closed()).unwrap_or(u32::MAX);
        now.saturating_sub(self.0.step.saturating_mul(closed))
    }
}

/// Locks what is kept. It stays good when a thread that reads it panics.
fn locked<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
