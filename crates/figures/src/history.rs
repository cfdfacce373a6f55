//! The last hour of all plugins and of the server: the differences between readings of what is
//! counted.
//!
//! A plugin or hook without a call in the last hour has no series and takes no room for one.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
    time::Duration,
};

use raisfast_contract::{HookName, PluginId};

use crate::{
    Calls, Distribution, PluginFigures,
    charts::{
        Amounts, CallChart, HookChart, HostCallChart, PluginChart, Recent, Steps, Summary, Waits,
    },
    figures::Range,
    histogram::nanos,
    plugin::HostCalls,
    series::{AmountSeries, CallSeries, RECENT, STEPS},
};

/// The most series of plugins and hooks: a plugin has one, and one for each hook. With what a
/// plugin has beside them they take 17 MiB at most.
pub const MOST_SERIES: usize = 1_024;

/// The closed steps.
#[derive(Debug)]
pub(crate) struct History {
    /// The number of steps that were closed since the beginning.
    closed: u64,
    /// The series for which there is room still.
    room: usize,
    requests_before: Calls,
    requests: CallSeries,
    plugins: BTreeMap<PluginId, PluginHistory>,
}

/// The past of one plugin.
#[derive(Debug, Default)]
struct PluginHistory {
    hooks: BTreeMap<HookName, CallHistory>,
    series: Option<Box<PluginSeries>>,
    is_left_out: bool,
    host_calls_before: HostCalls,
    waits_before: Distribution,
}

/// The series of a plugin as a whole.
#[derive(Debug, Default)]
struct PluginSeries {
    calls: CallSeries,
    host_calls: AmountSeries,
    waits: AmountSeries,
}

/// The past of one hook.
#[derive(Debug, Default)]
struct CallHistory {
    /// All that was counted when the last step was closed.
    before: Calls,
    series: Option<Box<CallSeries>>,
    is_left_out: bool,
}

impl History {
    pub(crate) fn with_room_for(room: usize) -> Self {
        Self {
            closed: 0,
            room,
            requests_before: Calls::default(),
            requests: CallSeries::default(),
            plugins: BTreeMap::new(),
        }
    }

    /// Returns the number of steps that were closed.
    pub(crate) fn closed(&self) -> u64 {
        self.closed
    }

    /// Closes all steps before this one. What was counted since the last time belongs to the last
    /// of them.
    pub(crate) fn close(
        &mut self,
        until: u64,
        requests: &Calls,
        plugins: &[(PluginId, Arc<PluginFigures>)],
    ) {
        let Some(missed) = until.checked_sub(self.closed + 1) else {
            return;
        };
        let missed = usize::try_from(missed).unwrap_or(STEPS).min(STEPS);
        self.closed = until;
        self.requests.skip(missed);
        self.requests.push(&requests.since(&self.requests_before));
        self.requests_before.clone_from(requests);
        for (id, figures) in plugins {
            let plugin = match self.plugins.entry(id.clone()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(PluginHistory::default()),
            };
            plugin.close(missed, figures, &mut self.room);
        }
    }

    /// Returns the steps of a range.
    pub(crate) fn steps(&self, range: Range, step: Duration) -> Steps {
        let kept = self.closed.min(STEPS as u64).min(range.last as u64);
        let after = range.after.map_or(0, |after| after.saturating_add(1));
        let first = (self.closed - kept).max(after).min(self.closed);
        Steps {
            ms: u64::try_from(step.as_millis()).unwrap_or(u64::MAX),
            first,
            count: usize::try_from(self.closed - first).unwrap_or(STEPS),
        }
    }

    /// Returns how long that is what counts as now, without the step that has begun.
    pub(crate) fn recent(&self, step: Duration) -> Duration {
        let steps = self.closed.min(RECENT as u64);
        step * u32::try_from(steps).unwrap_or(u32::MAX)
    }

    pub(crate) fn requests(&self, now: &Calls, steps: Steps, recent: Duration) -> CallChart {
        let mut recent_calls = self.requests.recent();
        recent_calls.add(&now.since(&self.requests_before));
        CallChart {
            all: Summary::of(now),
            recent: Some(Recent::of(&recent_calls, recent)),
            series: Some(self.requests.chart(steps.count)),
        }
    }

    /// Returns the calls of a plugin.
    pub(crate) fn calls(
        &self,
        plugin: &PluginId,
        figures: &PluginFigures,
        steps: Steps,
        recent: Duration,
    ) -> CallChart {
        let nothing = PluginHistory::default();
        let history = self.plugins.get(plugin).unwrap_or(&nothing);
        history.calls(figures, steps, recent)
    }

    /// Returns all figures of a plugin.
    pub(crate) fn plugin(
        &self,
        plugin: &PluginId,
        figures: &PluginFigures,
        steps: Steps,
        recent: Duration,
    ) -> PluginChart {
        let nothing = PluginHistory::default();
        let history = self.plugins.get(plugin).unwrap_or(&nothing);
        let amounts = |series: fn(&PluginSeries) -> &AmountSeries| -> Option<Amounts> {
            let found = history.series.as_deref()?;
            Some(series(found).chart(steps.count))
        };
        PluginChart {
            steps,
            recent_ms: u64::try_from(recent.as_millis()).unwrap_or(u64::MAX),
            calls: history.calls(figures, steps, recent),
            hooks: figures
                .hooks()
                .map(|(hook, calls)| {
                    let now = calls.read();
                    let nothing = CallHistory::default();
                    let past = history.hooks.get(&hook).unwrap_or(&nothing);
                    let calls = CallChart {
                        all: Summary::of(&now),
                        recent: past.recent(&now).map(|calls| Recent::of(&calls, recent)),
                        series: past.series.as_ref().map(|series| series.chart(steps.count)),
                    };
                    HookChart { hook, calls }
                })
                .collect(),
            host_calls: figures
                .host_calls()
                .map(|(function, calls)| HostCallChart {
                    function: function.to_string(),
                    calls: calls.count,
                    total_micros: function.waits().then(|| nanos(calls.total) / 1_000),
                })
                .collect(),
            host_call_series: amounts(|series| &series.host_calls),
            waits: Waits::of(&figures.waits(), amounts(|series| &series.waits)),
            open_for: Duration::ZERO,
        }
    }

    /// Returns the number of plugins and hooks that have calls and no series.
    pub(crate) fn left_out(&self) -> usize {
        let plugins = self.plugins.values();
        plugins
            .map(|plugin| {
                let hooks = plugin.hooks.values().filter(|hook| hook.is_left_out);
                hooks.count() + usize::from(plugin.is_left_out)
            })
            .sum()
    }
}

impl PluginHistory {
    fn close(&mut self, missed: usize, figures: &PluginFigures, room: &mut usize) {
        let mut all = Calls::default();
        for (hook, calls) in figures.hooks() {
            let now = calls.read();
            let history = self.hooks.entry(hook).or_default();
            let calls = now.since(&history.before);
            all.add(&calls);
            history.before = now;
            history.close(missed, &calls, room);
        }
        let host_calls = sum(figures);
        let waits = figures.waits();
        let host_calls_before = std::mem::replace(&mut self.host_calls_before, host_calls);
        let waits_before = std::mem::replace(&mut self.waits_before, waits);
        let is_called = all.count() > 0;
        if self.series.is_none() && is_called {
            self.is_left_out = !take(room);
            if !self.is_left_out {
                self.series = Some(Box::default());
            }
        }
        let Some(series) = &mut self.series else {
            self.is_left_out &= is_called;
            return;
        };
        series.calls.skip(missed);
        series.calls.push(&all);
        series.host_calls.skip(missed);
        series.host_calls.push(
            host_calls.count.saturating_sub(host_calls_before.count),
            nanos(host_calls.total.saturating_sub(host_calls_before.total)),
        );
        series.waits.skip(missed);
        series
            .waits
            .push_waits(&self.waits_before.since(&waits_before));
        if !is_called && series.calls.is_empty() {
            self.series = None;
            *room += 1;
        }
    }

    fn calls(&self, figures: &PluginFigures, steps: Steps, recent: Duration) -> CallChart {
        let (mut all, mut recent_calls) = (Calls::default(), Some(Calls::default()));
        let nothing = CallHistory::default();
        for (hook, calls) in figures.hooks() {
            let now = calls.read();
            all.add(&now);
            let past = self.hooks.get(&hook).unwrap_or(&nothing);
            match (&mut recent_calls, past.recent(&now)) {
                (Some(recent_calls), Some(more)) => recent_calls.add(&more),
                (recent_calls, _) => *recent_calls = None,
            }
        }
        let series = self.series.as_ref();
        CallChart {
            all: Summary::of(&all),
            recent: recent_calls.map(|calls| Recent::of(&calls, recent)),
            series: series.map(|series| series.calls.chart(steps.count)),
        }
    }
}

impl CallHistory {
    fn close(&mut self, missed: usize, calls: &Calls, room: &mut usize) {
        let is_called = calls.count() > 0;
        if self.series.is_none() && is_called {
            self.is_left_out = !take(room);
            if !self.is_left_out {
                self.series = Some(Box::default());
            }
        }
        let Some(series) = &mut self.series else {
            self.is_left_out &= is_called;
            return;
        };
        series.skip(missed);
        series.push(calls);
        if !is_called && series.is_empty() {
            self.series = None;
            *room += 1;
        }
    }

    /// Returns the calls of the last minute, where they are known.
    fn recent(&self, now: &Calls) -> Option<Calls> {
        if self.is_left_out {
            return None;
        }
        let mut recent = now.since(&self.before);
        if let Some(series) = &self.series {
            recent.add(&series.recent());
        }
        Some(recent)
    }
}

/// Takes the room of a series, if there is any.
fn take(room: &mut usize) -> bool {
    let taken = room.checked_sub(1);
    *room = taken.unwrap_or(0);
    taken.is_some()
}

/// Returns all host calls of a plugin together.
fn sum(figures: &PluginFigures) -> HostCalls {
    let mut sum = HostCalls::default();
    for (_, calls) in figures.host_calls() {
        sum.count = sum.count.saturating_add(calls.count);
        sum.total = sum.total.saturating_add(calls.total);
    }
    sum
}
