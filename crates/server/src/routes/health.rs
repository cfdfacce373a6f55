//! `/healthz`, `/readyz` and `/metrics`, for whoever runs the server.

use axum::{
    Router,
    extract::{FromRef, FromRequestParts, State},
    http::{StatusCode, header, request::Parts},
    response::IntoResponse,
    routing::get,
};
use raisfast_accounts::Users;
use raisfast_cluster::Node;
use raisfast_db::Database;
use raisfast_outbox::Outbox;
use raisfast_plugins::Plugins;
use tokio_util::sync::CancellationToken;

use super::Answer;
use crate::{
    app::App,
    auth::Admin,
    client_address::TrustedProxies,
    metrics::{Metrics, MetricsNetworks},
    must_load::MustLoad,
    problem::Problem,
};

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

/// Requests can be served: the database answers, the server's lease has not run out, the plugins
/// that must be loaded serve, and the server is not shutting down.
async fn ready(
    State(database): State<Database>,
    State(node): State<Node>,
    State(shutdown): State<CancellationToken>,
    State(plugins): State<Plugins>,
    State(must_load): State<MustLoad>,
) -> Answer<&'static str> {
    let unavailable = |detail| Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail);
    if shutdown.is_cancelled() {
        return Err(unavailable("the server is shutting down"));
    }
    database.connection().ping().await.map_err(|error| {
        tracing::warn!(%error, "the database does not answer");
        unavailable("the database does not answer")
    })?;
    if node.id().is_none() {
        return Err(unavailable(
            "the lease of this server has run out: it could not renew it in the database in time, \
             and makes no deliveries until it has another",
        ));
    }
    if let Some(missing) = must_load.missing(&plugins) {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, missing));
    }
    Ok("ok\n")
}

async fn metrics(
    State(metrics): State<Metrics>,
    State(outbox): State<Outbox>,
    _: MetricsReader,
) -> impl IntoResponse {
    (
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        metrics.encode(&outbox).await,
    )
}

/// A reader of the figures: from a network that the operator names, or an admin. They tell which
/// plugins run and how much the site is used. That a request comes from this machine says nothing:
/// so does every visitor's where a proxy stands before the server and writes no header.
struct MetricsReader;

impl<S> FromRequestParts<S> for MetricsReader
where
    S: Sync,
    Users: FromRef<S>,
    TrustedProxies: FromRef<S>,
    MetricsNetworks: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let address = TrustedProxies::from_ref(state).certain_address(parts);
        let networks = MetricsNetworks::from_ref(state);
        if !address.is_some_and(|address| networks.contain(address)) {
            Admin::from_request_parts(parts, state).await?;
        }
        Ok(Self)
    }
}
