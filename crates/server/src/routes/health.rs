//! `/healthz`, `/readyz` and `/metrics`, for whoever runs the server.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};

use super::Answer;
use crate::{problem::Problem, server::App};

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

async fn metrics(State(app): State<App>) -> impl IntoResponse {
    (
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        app.metrics.encode(),
    )
}
