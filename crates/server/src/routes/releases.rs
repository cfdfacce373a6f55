//! `admin/plugins/{plugin}/releases` and `…/rollback`: the versions that were installed, on every
//! server of the site.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use raisfast_plugins::{AdminError, PluginReleases, Plugins};
use serde::Deserialize;

use super::{
    Answer, Parameters, Segments,
    install::{Installed, answer},
    plugins::parse,
};
use crate::{app::App, auth::Admin};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/plugins/{plugin}/releases", get(list))
        .route("/plugins/{plugin}/rollback", post(roll_back))
}

async fn list(
    _: Admin,
    State(plugins): State<Plugins>,
    Segments(plugin): Segments<String>,
) -> Answer<Json<PluginReleases>> {
    let id = parse(&plugin)?;
    let releases = plugins.releases(&id).await?;
    if releases.releases.is_empty() && plugins.get(&id).is_none() {
        return Err(AdminError::NotFound(plugin).into());
    }
    Ok(Json(releases))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Former {
    /// A version, or the beginning of a digest; the one before the present one where it is absent.
    release: Option<String>,
}

/// Installs a release of before, on every server.
async fn roll_back(
    _: Admin,
    State(plugins): State<Plugins>,
    Segments(plugin): Segments<String>,
    Parameters(Former { release }): Parameters<Former>,
) -> Answer<(StatusCode, Json<Installed>)> {
    let id = parse(&plugin)?;
    let done = plugins.roll_back(&id, release.as_deref()).await?;
    Ok(answer(&plugins, done).await)
}
