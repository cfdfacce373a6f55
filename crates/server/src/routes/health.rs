//! `/healthz`, `/readyz` and `/metrics`, for whoever runs the server.

use axum::{
    Router,
    extract::{FromRequestParts, State},
    http::{StatusCode, header, request::Parts},
    response::IntoResponse,
    routing::get,
};

use super::Answer;
use crate::{auth::Admin, client_address::certain_address, problem::Problem, server::App};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// The process answers; no more is asked, so that a slow database does not get it restarted.
async fn alive() -> &'static str {
    "ok\n"
}

/// Requests can be served: the database answers and the server is not shutting down.
async fn ready(State(app): State<App>) -> Answer<&'static str> {
    let unavailable = |detail| Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail);
    if app.shutdown.is_cancelled() {
        return Err(unavailable("the server is shutting down"));
    }
    app.database.connection().ping().await.map_err(|error| {
        tracing::warn!(%error, "the database does not answer");
        unavailable("the database does not answer")
    })?;
    Ok("ok\n")
}

async fn metrics(State(app): State<App>, _: MetricsReader) -> impl IntoResponse {
    (
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        app.metrics.encode(&app.outbox).await,
    )
}

/// Who may read the figures: the networks that the operator names, and admins. They tell which plugins run
/// and how much the site is used. That a request comes from this machine says nothing: so does every visitor's
/// where a proxy stands before the server and writes no header.
struct MetricsReader;

impl FromRequestParts<App> for MetricsReader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let is_named = certain_address(parts, app).is_some_and(|address| {
            let mut networks = app.metrics_networks.iter();
            networks.any(|network| network.contains(&address))
        });
        if !is_named {
            Admin::from_request_parts(parts, app).await?;
        }
        Ok(Self)
    }
}
