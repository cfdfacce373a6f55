//! `admin/plugins`: those that are installed, turned on and off, loaded again, removed; and
//! `admin/cron`: an entry, run now.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use raisfast_cluster::Node;
use raisfast_contract::{InvalidPluginId, PluginId};
use raisfast_db::Database;
use raisfast_plugins::{AdminError, PluginStatus, Plugins};
use serde::{Deserialize, Serialize};

use super::{
    Answer, Parameters, Segments,
    admin::Items,
    install,
    pauses::{self, Pause},
    removal,
};
use crate::{app::App, auth::Admin, problem::Problem};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/plugins", get(list).post(install::install))
        .route("/plugins/check", post(install::check))
        .route("/plugins/{plugin}", get(detail).delete(removal::remove))
        .route("/plugins/{plugin}/enable", post(enable))
        .route("/plugins/{plugin}/disable", post(disable))
        .route("/plugins/{plugin}/reload", post(reload))
        .route("/plugins/{plugin}/reset", post(reset))
        .route("/plugins/{plugin}/adopt", post(adopt))
        .route("/cron/{plugin}/{job_type}", post(fire))
}

async fn list(_: Admin, State(plugins): State<Plugins>) -> Json<Items<PluginStatus>> {
    let mut items = plugins.list();
    plugins.add_last_runs(&mut items).await;
    Json(Items { items })
}

/// A plugin here, and the servers on which it is paused.
#[derive(Serialize)]
struct Detail {
    #[serde(flatten)]
    here: PluginStatus,
    pauses: Vec<Pause>,
}

async fn detail(
    _: Admin,
    State(plugins): State<Plugins>,
    State(database): State<Database>,
    State(node): State<Node>,
    Segments(plugin): Segments<String>,
) -> Answer<Json<Detail>> {
    let id = parse(&plugin)?;
    let here = with_last_runs(&plugins, status(&plugins, &id)?).await;
    let pauses = pauses::of(&database, &node, &id).await?;
    Ok(Json(Detail { here, pauses }))
}

async fn enable(
    _: Admin,
    State(plugins): State<Plugins>,
    Segments(plugin): Segments<String>,
) -> Answer<(StatusCode, Json<PluginStatus>)> {
    let status = plugins.enable(&parse(&plugin)?).await?;
    Ok(loaded(with_last_runs(&plugins, status).await))
}

async fn disable(
    _: Admin,
    State(plugins): State<Plugins>,
    Segments(plugin): Segments<String>,
) -> Answer<Json<PluginStatus>> {
    let status = plugins.disable(&parse(&plugin)?).await?;
    Ok(Json(with_last_runs(&plugins, status).await))
}

async fn reload(
    _: Admin,
    State(plugins): State<Plugins>,
    Segments(plugin): Segments<String>,
) -> Answer<(StatusCode, Json<PluginStatus>)> {
    let status = plugins.reload(&parse(&plugin)?).await?;
    Ok(loaded(with_last_runs(&plugins, status).await))
}

/// A large plugin is not loaded yet, but begun to be.
fn loaded(status: PluginStatus) -> (StatusCode, Json<PluginStatus>) {
    let code = match status.compiling {
        Some(_) => StatusCode::ACCEPTED,
        None => StatusCode::OK,
    };
    (code, Json(status))
}

/// Ends the plugin's pauses.
async fn reset(
    _: Admin,
    State(plugins): State<Plugins>,
    Segments(plugin): Segments<String>,
) -> Answer<Json<PluginStatus>> {
    let status = plugins.reset(&parse(&plugin)?).await?;
    Ok(Json(with_last_runs(&plugins, status).await))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Adopter {
    /// A folder's name.
    folder: String,
}

/// Gives the plugin's id to another folder.
async fn adopt(
    _: Admin,
    State(plugins): State<Plugins>,
    Segments(plugin): Segments<String>,
    Parameters(Adopter { folder }): Parameters<Adopter>,
) -> Answer<(StatusCode, Json<PluginStatus>)> {
    let adopted = plugins.adopt(&parse(&plugin)?, &folder).await?;
    Ok(loaded(with_last_runs(&plugins, adopted).await))
}

/// Answers when the guest has: the caller learns whether the entry works.
async fn fire(
    _: Admin,
    State(plugins): State<Plugins>,
    Segments((plugin, job_type)): Segments<(String, String)>,
) -> Answer<StatusCode> {
    plugins.fire_cron(&parse(&plugin)?, &job_type).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the status of a plugin that is installed.
pub(super) fn status(plugins: &Plugins, plugin: &PluginId) -> Answer<PluginStatus> {
    let installed = plugins.get(plugin);
    installed.ok_or_else(|| AdminError::NotFound(plugin.to_string()).into())
}

/// Adds the last runs of a plugin's cron entries to its status.
pub(super) async fn with_last_runs(plugins: &Plugins, mut status: PluginStatus) -> PluginStatus {
    plugins
        .add_last_runs(std::slice::from_mut(&mut status))
        .await;
    status
}

/// Reads an id; a text that is not an id names no plugin.
pub(super) fn parse(plugin: &str) -> Answer<PluginId> {
    plugin
        .parse()
        .map_err(|error: InvalidPluginId| Problem::not_found(error.to_string()))
}
