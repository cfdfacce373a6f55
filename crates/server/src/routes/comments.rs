//! `posts/{slug}/comments`: what visitors say; they need no login. `comments`: those on all posts,
//! for who moderates.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, patch},
};
use raisfast_content::{
    Comment, CommentPatch, CommentStatus, Comments, Listing, MAX_LIMIT, ModeratedComment,
};
use raisfast_contract::CommentInput;
use serde::{Deserialize, Serialize};

use super::{Answer, Page, Parameters, Segments};
use crate::{
    app::App,
    auth::{Moderator, Reader},
    comment_limit::Commenter,
    json_body::JsonBody,
    problem::Problem,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/posts/{post}/comments", get(list).post(create))
        .route("/comments", get(list_all).delete(delete_spam))
        .route("/comments/{comment}", patch(update).delete(delete))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Selection {
    status: Option<String>,
    cursor: Option<String>,
    limit: Option<u64>,
}

async fn list(
    State(comments): State<Comments>,
    reader: Reader,
    Segments(slug): Segments<String>,
    Parameters(selection): Parameters<Selection>,
) -> Answer<Json<Listing<Comment>>> {
    // As many as may be: who asked for no page was given all comments once.
    let limit = selection.limit.unwrap_or(MAX_LIMIT);
    let cursor = selection.cursor.as_deref();
    let listing = match selection.status.as_deref() {
        // A user may see the post while nobody else does.
        Some(status) if status != CommentStatus::Approved.as_str() || reader.user().is_some() => {
            let reader = reader.must_be_user()?;
            comments
                .list_by_status(&reader, &slug, status, cursor, limit)
                .await?
        }
        _ => comments.list(&slug, cursor, limit).await?,
    };
    Ok(Json(listing))
}

async fn list_all(
    Moderator { user }: Moderator,
    State(comments): State<Comments>,
    Parameters(selection): Parameters<Selection>,
) -> Answer<Json<Listing<ModeratedComment>>> {
    let listing = comments
        .list_all(
            &user,
            selection.status.as_deref(),
            selection.cursor.as_deref(),
            selection.limit.unwrap_or(Page::DEFAULT_LIMIT),
        )
        .await?;
    Ok(Json(listing))
}

/// The comments that are deleted together. Only spam is: nobody deletes all others by mistake.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Discarded {
    status: String,
}

/// The number of comments that it was done to.
#[derive(Serialize)]
struct Count {
    comments: u64,
}

async fn delete_spam(
    Moderator { user }: Moderator,
    State(comments): State<Comments>,
    Parameters(Discarded { status }): Parameters<Discarded>,
) -> Answer<Json<Count>> {
    if status != CommentStatus::Spam.as_str() {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "only spam is deleted together: say `?status=spam`, or delete the others one by one",
        ));
    }
    let comments = comments.delete_spam(&user).await?;
    Ok(Json(Count { comments }))
}

async fn create(
    Commenter { user }: Commenter,
    State(comments): State<Comments>,
    Segments(slug): Segments<String>,
    JsonBody(input): JsonBody<CommentInput>,
) -> Answer<(StatusCode, Json<Comment>)> {
    let comment = comments.create_as(user.as_ref(), &slug, input).await?;
    Ok((StatusCode::CREATED, Json(comment)))
}

async fn update(
    Moderator { user }: Moderator,
    State(comments): State<Comments>,
    Segments(id): Segments<String>,
    JsonBody(patch): JsonBody<CommentPatch>,
) -> Answer<Json<Comment>> {
    Ok(Json(comments.patch(&user, &id, patch).await?))
}

async fn delete(
    Moderator { user }: Moderator,
    State(comments): State<Comments>,
    Segments(id): Segments<String>,
) -> Answer<StatusCode> {
    comments.delete(&user, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
