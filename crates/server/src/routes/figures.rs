//! `admin/figures` and `admin/plugins/{plugin}/figures`: what is counted, now and in the last hour.

use axum::{Json, Router, extract::State, routing::get};
use chrono::{TimeDelta, Utc};
use raisfast_contract::{PluginId, timestamp};
use raisfast_figures::{CallChart, Chart, Figures, PluginChart, Range, STEPS};
use raisfast_plugins::{PluginState, Plugins};
use serde::{Deserialize, Serialize};

use super::{
    Answer, Parameters, Segments,
    plugins::{parse, status},
};
use crate::{app::App, auth::Admin};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/figures", get(all))
        .route("/plugins/{plugin}/figures", get(one))
}

/// The part of the series that is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// The steps after this one.
    after: Option<u64>,
    /// The last ones, this many.
    last: Option<usize>,
}

impl From<Which> for Range {
    fn from(Which { after, last }: Which) -> Self {
        Self {
            after,
            last: last.unwrap_or(STEPS),
        }
    }
}

#[derive(Serialize)]
struct Times {
    /// The present time.
    at: String,
    /// The end of the last step.
    closed_at: String,
}

impl Times {
    fn new(open_for: std::time::Duration) -> Self {
        let now = Utc::now();
        let open_for = TimeDelta::from_std(open_for).unwrap_or_default();
        Self {
            at: timestamp(now),
            closed_at: timestamp(now - open_for),
        }
    }
}

#[derive(Serialize)]
struct All {
    #[serde(flatten)]
    times: Times,
    #[serde(flatten)]
    chart: Chart,
    /// The installed plugins, the costliest in the last minute first.
    plugins: Vec<Installed>,
}

#[derive(Serialize)]
struct Installed {
    plugin: PluginId,
    name: Option<String>,
    state: PluginState,
    #[serde(flatten)]
    calls: CallChart,
}

async fn all(
    _: Admin,
    State(plugins): State<Plugins>,
    State(figures): State<Figures>,
    Parameters(which): Parameters<Which>,
) -> Json<All> {
    // A plugin that was never called has figures since it was loaded.
    let installed = plugins.list().into_iter();
    let installed: Vec<_> = installed
        .filter_map(|plugin| Some((plugin.id?, plugin.name, plugin.state)))
        .collect();
    let chart = figures.chart(figures.elapsed(), which.into());
    let mut plugins: Vec<_> = installed
        .into_iter()
        .map(|(plugin, name, state)| Installed {
            calls: chart.plugins.get(&plugin).cloned().unwrap_or_default(),
            plugin,
            name,
            state,
        })
        .collect();
    let cost = |plugin: &Installed| plugin.calls.recent.map_or(0.0, |recent| recent.cost);
    let total = |plugin: &Installed| plugin.calls.all.total_micros;
    plugins.sort_by(|one, other| {
        let by_cost = cost(other).total_cmp(&cost(one));
        by_cost.then_with(|| total(other).cmp(&total(one)))
    });
    Json(All {
        times: Times::new(chart.open_for),
        chart,
        plugins,
    })
}

#[derive(Serialize)]
struct One {
    plugin: PluginId,
    #[serde(flatten)]
    times: Times,
    #[serde(flatten)]
    chart: PluginChart,
}

async fn one(
    _: Admin,
    State(plugins): State<Plugins>,
    State(figures): State<Figures>,
    Segments(plugin): Segments<String>,
    Parameters(which): Parameters<Which>,
) -> Answer<Json<One>> {
    let plugin = parse(&plugin)?;
    status(&plugins, &plugin)?;
    let chart = figures.plugin_chart(&plugin, figures.elapsed(), which.into());
    Ok(Json(One {
        times: Times::new(chart.open_for),
        plugin,
        chart,
    }))
}
