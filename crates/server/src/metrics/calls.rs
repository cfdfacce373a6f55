//! The calls of plugins, asked for at each scrape.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder},
    metrics::{MetricType, exemplar::Exemplar},
    registry::Unit,
};
use raisfast_contract::{HookName, PluginId};
use raisfast_figures::{Calls, Distribution, Figures, PluginFigures};

use super::plugins::encode_counter;

/// Reads what is counted of the calls of all plugins.
pub(super) struct CallMetrics(pub(super) Figures);

impl fmt::Debug for CallMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallMetrics")
    }
}

impl Collector for CallMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let plugins = self.0.plugins();
        encode_calls(&mut encoder, &plugins)?;
        encode_host_calls(&mut encoder, &plugins)?;
        encode_waits(&mut encoder, &plugins)
    }
}

type Plugins = [(PluginId, Arc<PluginFigures>)];

fn encode_calls(encoder: &mut DescriptorEncoder, plugins: &Plugins) -> fmt::Result {
    let mut called: Vec<(&PluginId, HookName, Calls)> = Vec::new();
    for (plugin, figures) in plugins {
        let calls = figures.hooks().map(|(hook, calls)| (hook, calls.read()));
        let calls = calls.filter(|(_, calls)| calls.count() > 0);
        called.extend(calls.map(|(hook, calls)| (plugin, hook, calls)));
    }

    let help = "Calls of plugins that ended";
    let mut calls = encoder.encode_descriptor("plugin_calls", help, None, MetricType::Counter)?;
    for (plugin, hook, counted) in &called {
        let errors = counted.errors;
        for (outcome, count) in [
            ("ok", counted.count().saturating_sub(errors)),
            ("error", errors),
        ] {
            let labels = [
                ("plugin", plugin.as_str()),
                ("hook", hook.as_str()),
                ("outcome", outcome),
            ];
            encode_counter(&mut calls.encode_family(&labels)?, &count)?;
        }
    }

    let help = "Time that calls took, waiting for an instance included";
    let unit = Some(&Unit::Seconds);
    let mut seconds =
        encoder.encode_descriptor("plugin_calls_duration", help, unit, MetricType::Counter)?;
    for (plugin, hook, counted) in &called {
        let labels = [("plugin", plugin.as_str()), ("hook", hook.as_str())];
        let total = counted.durations.total().as_secs_f64();
        encode_counter(&mut seconds.encode_family(&labels)?, &total)?;
    }

    let help = "The time of one call, waiting for an instance included";
    let mut histograms =
        encoder.encode_descriptor("plugin_call_duration", help, unit, MetricType::Histogram)?;
    for (plugin, hook, counted) in &called {
        let labels = [("plugin", plugin.as_str()), ("hook", hook.as_str())];
        encode_histogram(&mut histograms.encode_family(&labels)?, &counted.durations)?;
    }
    Ok(())
}

fn encode_host_calls(encoder: &mut DescriptorEncoder, plugins: &Plugins) -> fmt::Result {
    let mut called = Vec::new();
    for (plugin, figures) in plugins {
        for (function, calls) in figures.host_calls() {
            called.push((plugin, function, function.to_string(), calls));
        }
    }

    let help = "Calls of host functions by plugins";
    let mut counts =
        encoder.encode_descriptor("plugin_host_calls", help, None, MetricType::Counter)?;
    for (plugin, _, name, calls) in &called {
        let labels = [("plugin", plugin.as_str()), ("function", name.as_str())];
        encode_counter(&mut counts.encode_family(&labels)?, &calls.count)?;
    }

    let help = "Time that calls of host functions took, of those functions that may wait";
    let unit = Some(&Unit::Seconds);
    let name = "plugin_host_calls_duration";
    let mut seconds = encoder.encode_descriptor(name, help, unit, MetricType::Counter)?;
    for (plugin, function, name, calls) in &called {
        if function.waits() {
            let labels = [("plugin", plugin.as_str()), ("function", name.as_str())];
            let total = calls.total.as_secs_f64();
            encode_counter(&mut seconds.encode_family(&labels)?, &total)?;
        }
    }
    Ok(())
}

fn encode_waits(encoder: &mut DescriptorEncoder, plugins: &Plugins) -> fmt::Result {
    let help = "The time for which a call that found no instance idle has waited for one";
    let unit = Some(&Unit::Seconds);
    let mut waits =
        encoder.encode_descriptor("plugin_instance_wait", help, unit, MetricType::Histogram)?;
    for (plugin, figures) in plugins {
        let waited = figures.waits();
        if waited.total() > Duration::ZERO {
            let labels = [("plugin", plugin.as_str())];
            encode_histogram(&mut waits.encode_family(&labels)?, &waited)?;
        }
    }
    Ok(())
}

/// Writes a histogram in 23 buckets.
fn encode_histogram(encoder: &mut MetricEncoder, durations: &Distribution) -> fmt::Result {
    type Exemplars = HashMap<usize, Exemplar<[(&'static str, &'static str); 0], f64>>;
    const NONE: Option<&Exemplars> = None;
    let total = durations.total().as_secs_f64();
    encoder.encode_histogram(total, durations.count(), &durations.coarse(), NONE)
}
