//! `posts/{slug}/comments`: what visitors say; they need no login.

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use raisfast_content::Comment;
use raisfast_types::CommentInput;
use serde::Serialize;

use super::{Answer, Segments};
use crate::{json_body::JsonBody, server::App};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/posts/{post}/comments", get(list).post(create))
}

#[derive(Serialize)]
struct Comments {
    items: Vec<Comment>,
}

async fn list(State(app): State<App>, Segments(slug): Segments<String>) -> Answer<Json<Comments>> {
    let items = app.site.comments().list(&slug).await?;
    Ok(Json(Comments { items }))
}

async fn create(
    State(app): State<App>,
    Segments(slug): Segments<String>,
    JsonBody(input): JsonBody<CommentInput>,
) -> Answer<(StatusCode, Json<Comment>)> {
    let comment = app.site.comments().create(&slug, input).await?;
    Ok((StatusCode::CREATED, Json(comment)))
}
