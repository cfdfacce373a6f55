//! `…/provenance`: which plugins changed what was written, for admins.

use axum::{Json, Router, extract::State, routing::get};
use raisfast_content::{Comments, Contents, Posts, Provenance};
use serde::Serialize;

use super::{Answer, Segments};
use crate::{app::App, auth::Admin};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/posts/{post}/provenance", get(post))
        .route("/comments/{comment}/provenance", get(comment))
        .route("/content/{type}/{id}/provenance", get(content))
}

#[derive(Serialize)]
struct Writes {
    items: Vec<Provenance>,
}

async fn post(
    _: Admin,
    State(posts): State<Posts>,
    Segments(id): Segments<String>,
) -> Answer<Json<Writes>> {
    let items = posts.provenance(&id).await?;
    Ok(Json(Writes { items }))
}

async fn comment(
    _: Admin,
    State(comments): State<Comments>,
    Segments(id): Segments<String>,
) -> Answer<Json<Writes>> {
    let items = comments.provenance(&id).await?;
    Ok(Json(Writes { items }))
}

async fn content(
    _: Admin,
    State(contents): State<Contents>,
    Segments((content_type, id)): Segments<(String, String)>,
) -> Answer<Json<Writes>> {
    let items = contents.provenance(&content_type, &id).await?;
    Ok(Json(Writes { items }))
}
