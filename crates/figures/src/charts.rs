//! Figures as a page draws them: one list of numbers for each curve, all of one length.

use std::{collections::BTreeMap, time::Duration};

use raisfast_contract::{HookName, PluginId};
use serde::Serialize;

use crate::{Calls, Distribution, histogram::nanos};

/// The figures of the server and all plugins.
#[derive(Debug, Clone, Serialize)]
pub struct Chart {
    /// The steps of all series.
    pub steps: Steps,
    /// The time that `recent` stands for, in milliseconds.
    pub recent_ms: u64,
    /// The requests that the server has answered.
    pub requests: CallChart,
    /// The calls of each plugin that was ever called or loaded.
    #[serde(skip)]
    pub plugins: BTreeMap<PluginId, CallChart>,
    /// Plugins and hooks that have calls and no series, because as many have one as may.
    pub left_out: usize,
    /// The time since the last step was closed.
    #[serde(skip)]
    pub open_for: Duration,
}

/// The steps of series. Those before the first are not kept, or were not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Steps {
    /// The length of a step, in milliseconds.
    pub ms: u64,
    /// The number of the first, counted from the start of the server.
    pub first: u64,
    /// Their number.
    pub count: usize,
}

/// Calls since the server began, in the last minute, and in each step.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CallChart {
    /// Those since the server began.
    #[serde(flatten)]
    pub all: Summary,
    /// Those of the last minute, and of the step that has begun; absent where there is no series
    /// although there were calls.
    pub recent: Option<Recent>,
    /// Those of each step; absent where there were none, or a series has no room.
    pub series: Option<Series>,
}

/// Calls in five numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Calls that ended.
    pub calls: u64,
    /// Those that failed.
    pub errors: u64,
    /// Microseconds that they took together.
    pub total_micros: u64,
    /// The median, to within 14 %.
    pub p50_micros: Option<f64>,
    /// The 99th percentile, to within 14 %.
    pub p99_micros: Option<f64>,
}

impl Summary {
    pub(crate) fn of(calls: &Calls) -> Self {
        Self {
            calls: calls.count(),
            errors: calls.errors,
            total_micros: nanos(calls.durations.total()) / 1_000,
            p50_micros: micros(&calls.durations, 0.5),
            p99_micros: micros(&calls.durations, 0.99),
        }
    }
}

/// Calls of the last minute.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Recent {
    /// The calls.
    #[serde(flatten)]
    pub summary: Summary,
    /// Milliseconds of calls in each second.
    pub cost: f64,
}

impl Recent {
    pub(crate) fn of(calls: &Calls, length: Duration) -> Self {
        let took = calls.durations.total().as_secs_f64();
        let cost = 1_000.0 * took / length.as_secs_f64().max(0.001);
        Self {
            summary: Summary::of(calls),
            cost: (cost * 1_000.0).round() / 1_000.0,
        }
    }
}

/// Calls by step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    /// Calls that ended.
    pub calls: Vec<u32>,
    /// Those that failed.
    pub errors: Vec<u32>,
    /// Microseconds that they took together.
    pub total_micros: Vec<u32>,
    /// The median.
    pub p50_micros: Vec<Option<f64>>,
    /// The 99th percentile.
    pub p99_micros: Vec<Option<f64>>,
}

/// Numbers and times by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Amounts {
    /// Their number.
    pub count: Vec<u32>,
    /// Microseconds that they took together.
    pub total_micros: Vec<u32>,
}

/// The figures of one plugin.
#[derive(Debug, Clone, Serialize)]
pub struct PluginChart {
    /// The steps of all series.
    pub steps: Steps,
    /// The time that `recent` stands for, in milliseconds.
    pub recent_ms: u64,
    /// The calls of all hooks.
    #[serde(flatten)]
    pub calls: CallChart,
    /// The calls of each hook.
    pub hooks: Vec<HookChart>,
    /// The calls of each host function, in the contract's order.
    pub host_calls: Vec<HostCallChart>,
    /// All host calls by step; absent as the series of calls is.
    pub host_call_series: Option<Amounts>,
    /// The calls that found no instance idle.
    pub waits: Waits,
    /// The time since the last step was closed.
    #[serde(skip)]
    pub open_for: Duration,
}

/// The calls of one hook.
#[derive(Debug, Clone, Serialize)]
pub struct HookChart {
    /// The hook.
    pub hook: HookName,
    /// The calls.
    #[serde(flatten)]
    pub calls: CallChart,
}

/// The calls of one host function since the server began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostCallChart {
    /// The interface and the function.
    pub function: String,
    /// The number of calls.
    pub calls: u64,
    /// Microseconds that they took together; absent where the function returns at once.
    pub total_micros: Option<u64>,
}

/// Calls that waited for an instance since the server began.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waits {
    /// Their number, those that got none included.
    pub count: u64,
    /// Microseconds that they waited together.
    pub total_micros: u64,
    /// The median.
    pub p50_micros: Option<f64>,
    /// The 99th percentile.
    pub p99_micros: Option<f64>,
    /// Those of each step; absent as the series of calls is.
    pub series: Option<Amounts>,
}

impl Waits {
    pub(crate) fn of(waits: &Distribution, series: Option<Amounts>) -> Self {
        Self {
            count: waits.count(),
            total_micros: nanos(waits.total()) / 1_000,
            p50_micros: micros(waits, 0.5),
            p99_micros: micros(waits, 0.99),
            series,
        }
    }
}

/// Returns a quantile in microseconds, to the hundredth.
fn micros(durations: &Distribution, share: f64) -> Option<f64> {
    let found = durations.quantile(share)?;
    Some((found.as_secs_f64() * 1e8).round() / 100.0)
}
