//! `admin/plugins/{plugin}/settings`: what an operator sets for a plugin.

use std::collections::BTreeMap;

use axum::{Json, Router, extract::State, routing::get};
use raisfast_plugins::{PluginSettings, Plugins};
use serde_json::Value;

use super::{Answer, Segments, plugins::parse};
use crate::{app::App, auth::Admin, json_body::JsonBody};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/plugins/{plugin}/settings", get(show).put(change))
}

async fn show(
    _: Admin,
    State(plugins): State<Plugins>,
    Segments(plugin): Segments<String>,
) -> Answer<Json<PluginSettings>> {
    Ok(Json(plugins.settings(&parse(&plugin)?).await?))
}

/// Takes an object of the settings to change; those that it does not name stay as they are.
async fn change(
    _: Admin,
    State(plugins): State<Plugins>,
    Segments(plugin): Segments<String>,
    JsonBody(changes): JsonBody<BTreeMap<String, Value>>,
) -> Answer<Json<PluginSettings>> {
    let plugin = parse(&plugin)?;
    Ok(Json(plugins.change_settings(&plugin, &changes).await?))
}
