//! `posts/{slug}/comments`: what visitors say; they need no login. `comments/{id}`: for admins.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, patch},
};
use raisfast_content::{Comment, CommentPatch, Listing, MAX_LIMIT};
use raisfast_contract::CommentInput;

use super::{Answer, Page, Parameters, Segments};
use crate::{auth::Admin, comment_limit::Commenter, json_body::JsonBody, server::App};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/posts/{post}/comments", get(list).post(create))
        .route("/comments/{comment}", patch(update).delete(delete))
}

async fn list(
    State(app): State<App>,
    Segments(slug): Segments<String>,
    Parameters(page): Parameters<Page>,
) -> Answer<Json<Listing<Comment>>> {
    // As many as may be: who asked for no page was given all comments once.
    let limit = page.limit.unwrap_or(MAX_LIMIT);
    let comments = app.site.comments();
    Ok(Json(comments.list(&slug, page.cursor(), limit).await?))
}

async fn create(
    _: Commenter,
    State(app): State<App>,
    Segments(slug): Segments<String>,
    JsonBody(input): JsonBody<CommentInput>,
) -> Answer<(StatusCode, Json<Comment>)> {
    let comment = app.site.comments().create(&slug, input).await?;
    Ok((StatusCode::CREATED, Json(comment)))
}

async fn update(
    admin: Admin,
    State(app): State<App>,
    Segments(id): Segments<String>,
    JsonBody(patch): JsonBody<CommentPatch>,
) -> Answer<Json<Comment>> {
    let comments = app.site.comments();
    Ok(Json(comments.patch(&admin.user, &id, patch).await?))
}

async fn delete(
    admin: Admin,
    State(app): State<App>,
    Segments(id): Segments<String>,
) -> Answer<StatusCode> {
    app.site.comments().delete(&admin.user, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
