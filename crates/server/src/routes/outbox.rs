//! `admin/outbox`: what plugins have still to be told, for admins.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use raisfast_outbox::{DeliveryPage, DeliveryState, DeliveryStatus, Outbox, Selection};
use serde::{Deserialize, Serialize};

use super::{Answer, Page, Parameters, Segments, plugins::parse};
use crate::{app::App, auth::Admin, problem::Problem};

/// The most deliveries on a page.
const MAX_LIMIT: u64 = 100;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/outbox", get(list).delete(discard_all))
        .route("/outbox/retry", post(retry_all))
        .route("/outbox/{delivery}", get(show).delete(discard))
        .route("/outbox/{delivery}/retry", post(retry))
}

/// The deliveries that are meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    plugin: Option<String>,
    state: Option<DeliveryState>,
    cursor: Option<String>,
    limit: Option<u64>,
}

impl Which {
    fn selection(&self) -> Answer<Selection> {
        let plugin = self.plugin.as_deref().map(parse).transpose()?;
        Ok(Selection {
            plugin,
            state: self.state,
        })
    }

    /// A list is paged; what is done to all is not.
    fn refuse_page(&self) -> Answer<()> {
        if self.cursor.is_some() || self.limit.is_some() {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "this is done to all deliveries of a plugin; leave `cursor` and `limit` out",
            ));
        }
        Ok(())
    }
}

/// The number of deliveries that it was done to.
#[derive(Serialize)]
struct Count {
    deliveries: u64,
}

async fn list(
    _: Admin,
    State(outbox): State<Outbox>,
    Parameters(which): Parameters<Which>,
) -> Answer<Json<DeliveryPage>> {
    let limit = which.limit.unwrap_or(Page::DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            format!("a page holds 1 to {MAX_LIMIT} deliveries, not {limit}"),
        ));
    }
    let selection = which.selection()?;
    let cursor = which.cursor.as_deref();
    Ok(Json(outbox.list(&selection, cursor, limit).await?))
}

async fn show(
    _: Admin,
    State(outbox): State<Outbox>,
    Segments(delivery): Segments<String>,
) -> Answer<Json<DeliveryStatus>> {
    Ok(Json(outbox.get(&delivery).await?))
}

async fn retry(
    _: Admin,
    State(outbox): State<Outbox>,
    Segments(delivery): Segments<String>,
) -> Answer<StatusCode> {
    outbox.retry(&delivery).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn retry_all(
    _: Admin,
    State(outbox): State<Outbox>,
    Parameters(which): Parameters<Which>,
) -> Answer<Json<Count>> {
    which.refuse_page()?;
    let deliveries = outbox.retry_all(&which.selection()?).await?;
    Ok(Json(Count { deliveries }))
}

async fn discard(
    _: Admin,
    State(outbox): State<Outbox>,
    Segments(delivery): Segments<String>,
) -> Answer<StatusCode> {
    outbox.discard(&delivery).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn discard_all(
    _: Admin,
    State(outbox): State<Outbox>,
    Parameters(which): Parameters<Which>,
) -> Answer<Json<Count>> {
    which.refuse_page()?;
    let Selection {
        plugin: Some(plugin),
        state,
    } = which.selection()?
    else {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "what is discarded is never told: name the plugin, `?plugin=com.example.my-plugin`",
        ));
    };
    let deliveries = outbox.discard_all(&plugin, state).await?;
    Ok(Json(Count { deliveries }))
}
