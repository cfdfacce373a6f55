//! `posts/{slug}/comments`: what visitors say; they need no login. `comments/{id}`: for admins.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, patch},
};
use raisfast_content::{Comment, CommentPatch, Comments, Listing, MAX_LIMIT};
use raisfast_contract::CommentInput;

use super::{Answer, Page, Parameters, Segments};
use crate::{app::App, auth::Admin, comment_limit::Commenter, json_body::JsonBody};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/posts/{post}/comments", get(list).post(create))
        .route("/comments/{comment}", patch(update).delete(delete))
}

async fn list(
    State(comments): State<Comments>,
    Segments(slug): Segments<String>,
    Parameters(page): Parameters<Page>,
) -> Answer<Json<Listing<Comment>>> {
    // As many as may be: who asked for no page was given all comments once.
    let limit = page.limit.unwrap_or(MAX_LIMIT);
    Ok(Json(comments.list(&slug, page.cursor(), limit).await?))
}

async fn create(
    _: Commenter,
    State(comments): State<Comments>,
    Segments(slug): Segments<String>,
    JsonBody(input): JsonBody<CommentInput>,
) -> Answer<(StatusCode, Json<Comment>)> {
    let comment = comments.create(&slug, input).await?;
    Ok((StatusCode::CREATED, Json(comment)))
}

async fn update(
    admin: Admin,
    State(comments): State<Comments>,
    Segments(id): Segments<String>,
    JsonBody(patch): JsonBody<CommentPatch>,
) -> Answer<Json<Comment>> {
    Ok(Json(comments.patch(&admin.user, &id, patch).await?))
}

async fn delete(
    admin: Admin,
    State(comments): State<Comments>,
    Segments(id): Segments<String>,
) -> Answer<StatusCode> {
    comments.delete(&admin.user, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
