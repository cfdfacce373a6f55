//! Plugins' figures, asked for at each scrape: what plugins count themselves is not counted twice.

use std::{fmt, time::Duration};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeCounterValue, MetricEncoder},
    metrics::{MetricType, exemplar::Exemplar},
    registry::Unit,
};
use raisfast_health::BreakerState;
use raisfast_plugins::{PluginState, PluginStatus, Plugins, PoolCounts};

/// Reads the figures of all plugins.
pub(super) struct PluginFigures(pub(super) Plugins);

impl fmt::Debug for PluginFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PluginFigures")
    }
}

impl Collector for PluginFigures {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let plugins = self.0.list();
        encode_states(&mut encoder, &plugins)?;
        encode_pools(&mut encoder, &plugins)?;
        encode_limits(&mut encoder, &plugins)?;
        encode_breakers(&mut encoder, &plugins)
    }
}

fn encode_states(encoder: &mut DescriptorEncoder, plugins: &[PluginStatus]) -> fmt::Result {
    let help = "Installed plugins by state";
    let mut states = encoder.encode_descriptor("plugins", help, None, MetricType::Gauge)?;
    for state in [
        PluginState::Running,
        PluginState::Outdated,
        PluginState::Compiling,
        PluginState::NeedsSettings,
        PluginState::Disabled,
        PluginState::SafeMode,
        PluginState::Failed,
    ] {
        let count = plugins
            .iter()
            .filter(|plugin| plugin.state == state)
            .count();
        let labels = [("state", state.as_str())];
        encode_gauge(&mut states.encode_family(&labels)?, count)?;
    }
    Ok(())
}

/// A figure's name, what it means, and where it stands.
type PoolFigure<T> = (&'static str, &'static str, fn(&PoolCounts) -> T);

fn encode_pools(encoder: &mut DescriptorEncoder, plugins: &[PluginStatus]) -> fmt::Result {
    let pools: Vec<(&str, PoolCounts)> = plugins
        .iter()
        .filter_map(|plugin| Some((plugin.id.as_ref()?.as_str(), plugin.pool?)))
        .collect();

    let gauges: [PoolFigure<usize>; 4] = [
        (
            "plugin_pool_size",
            "Instances that a plugin is to have",
            |pool| pool.size,
        ),
        (
            "plugin_pool_idle",
            "Instances that wait for a call",
            |pool| pool.idle,
        ),
        ("plugin_pool_busy", "Instances in a call", |pool| pool.busy),
        (
            "plugin_pool_waiting",
            "Callers that wait for an instance",
            |pool| pool.waiting,
        ),
    ];
    for (name, help, count) in gauges {
        let mut gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (plugin, pool) in &pools {
            encode_gauge(
                &mut gauge.encode_family(&[("plugin", *plugin)])?,
                count(pool),
            )?;
        }
    }

    // Gauges, because they begin again with each generation.
    let since_load: [PoolFigure<u64>; 2] = [
        (
            "plugin_pool_created",
            "Instances made since the plugin was loaded",
            |pool| pool.created,
        ),
        (
            "plugin_pool_discarded",
            "Instances thrown away since the plugin was loaded, after a call that ended abnormally",
            |pool| pool.discarded,
        ),
    ];
    for (name, help, count) in since_load {
        let mut gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (plugin, pool) in &pools {
            gauge
                .encode_family(&[("plugin", *plugin)])?
                .encode_gauge(&count(pool))?;
        }
    }
    Ok(())
}

/// Writes the limits of each plugin: quantities by their keys in the manifest's `[limits]`, memory,
/// and the time of a call.
fn encode_limits(encoder: &mut DescriptorEncoder, plugins: &[PluginStatus]) -> fmt::Result {
    let plugins = plugins
        .iter()
        .filter_map(|plugin| Some((plugin.id.as_ref()?.as_str(), plugin)));

    let help = "The most that a plugin may use of a quantity";
    let mut limits = encoder.encode_descriptor("plugin_limit", help, None, MetricType::Gauge)?;
    for (id, plugin) in plugins.clone() {
        let memory = plugin.max_memory.map(|bytes| {
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            ("memory_bytes", bytes)
        });
        for (limit, most) in plugin.limits.clone().into_iter().chain(memory) {
            let labels = [("plugin", id), ("limit", limit)];
            limits.encode_family(&labels)?.encode_gauge(&most)?;
        }
    }

    let help = "The deadline of a call";
    let unit = Some(&Unit::Seconds);
    let mut deadlines =
        encoder.encode_descriptor("plugin_call_deadline", help, unit, MetricType::Gauge)?;
    for (id, plugin) in plugins {
        for hook in &plugin.hooks {
            let labels = [("plugin", id), ("hook", hook.hook.as_str())];
            let deadline = Duration::from_millis(hook.timeout_ms).as_secs_f64();
            deadlines.encode_family(&labels)?.encode_gauge(&deadline)?;
        }
    }
    Ok(())
}

/// The plugins that are paused, and what that has cost.
fn encode_breakers(encoder: &mut DescriptorEncoder, plugins: &[PluginStatus]) -> fmt::Result {
    let breakers = plugins.iter().flat_map(|plugin| {
        let id = plugin.id.as_ref().map_or("", |id| id.as_str());
        let hooks = plugin.hooks.iter();
        hooks.map(move |hook| {
            let labels = [("plugin", id), ("hook", hook.hook.as_str())];
            (labels, &hook.breaker)
        })
    });

    let help = "Whether a plugin is called (0), is tried by one call (1), or is paused (2)";
    let mut states =
        encoder.encode_descriptor("plugin_breaker_state", help, None, MetricType::Gauge)?;
    for (labels, breaker) in breakers.clone() {
        let state = match breaker.state {
            BreakerState::Closed => 0,
            BreakerState::HalfOpen => 1,
            BreakerState::Open => 2,
        };
        encode_gauge(&mut states.encode_family(&labels)?, state)?;
    }

    // A gauge, because it begins again with each version.
    let help = "Calls that were not made because the plugin was paused";
    let mut skipped =
        encoder.encode_descriptor("plugin_calls_skipped", help, None, MetricType::Gauge)?;
    for (labels, breaker) in breakers {
        let mut family = skipped.encode_family(&labels)?;
        family.encode_gauge(&breaker.skipped)?;
    }
    Ok(())
}

pub(super) fn encode_counter(
    encoder: &mut MetricEncoder,
    count: &impl EncodeCounterValue,
) -> fmt::Result {
    const NONE: Option<&Exemplar<[(&str, &str); 0], u64>> = None;
    encoder.encode_counter(count, NONE)
}

fn encode_gauge(encoder: &mut MetricEncoder, count: usize) -> fmt::Result {
    encoder.encode_gauge(&u64::try_from(count).unwrap_or(u64::MAX))
}
