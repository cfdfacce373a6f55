//! `posts`: what the site publishes.

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use raisfast_content::{Listing, Post, PostPage, PostPatch, PostReplacement, PostSelection, Posts};
use raisfast_contract::PostInput;
use serde::Deserialize;

use super::{Answer, Page, Parameters, Segments};
use crate::{
    app::App,
    auth::{Login, Reader},
    json_body::JsonBody,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/posts", post(create).get(list))
        // The segment is a slug or an id for readers and an id for writers.
        .route(
            "/posts/{post}",
            get(read).put(update).patch(patch).delete(delete),
        )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Selection {
    status: Option<String>,
    author: Option<String>,
    title: Option<String>,
    cursor: Option<String>,
    limit: Option<u64>,
}

async fn list(
    State(posts): State<Posts>,
    reader: Reader,
    Parameters(selection): Parameters<Selection>,
) -> Answer<Json<Listing<Post>>> {
    let Selection {
        status,
        author,
        title,
        cursor,
        limit,
    } = selection;
    let wanted = PostSelection {
        status,
        author,
        title,
    };
    let user = if wanted.needs_login() {
        Some(reader.must_be_user()?)
    } else {
        None
    };
    let limit = limit.unwrap_or(Page::DEFAULT_LIMIT);
    let listing = posts
        .select(user.as_ref(), &wanted, cursor.as_deref(), limit)
        .await?;
    Ok(Json(listing))
}

async fn read(
    State(posts): State<Posts>,
    reader: Reader,
    Segments(post): Segments<String>,
) -> Answer<Json<PostPage>> {
    let page = posts.read_as(reader.user(), &post).await;
    Ok(Json(page?))
}

async fn create(
    State(posts): State<Posts>,
    login: Login,
    JsonBody(input): JsonBody<PostInput>,
) -> Answer<impl IntoResponse> {
    let post = posts.create(&login.user, input).await?;
    let location = format!("/api/v1/posts/{}", post.slug);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(post),
    ))
}

async fn update(
    State(posts): State<Posts>,
    login: Login,
    Segments(id): Segments<String>,
    JsonBody(replacement): JsonBody<PostReplacement>,
) -> Answer<Json<Post>> {
    Ok(Json(posts.update(&login.user, &id, replacement).await?))
}

async fn patch(
    State(posts): State<Posts>,
    login: Login,
    Segments(id): Segments<String>,
    JsonBody(patch): JsonBody<PostPatch>,
) -> Answer<Json<Post>> {
    Ok(Json(posts.patch(&login.user, &id, patch).await?))
}

async fn delete(
    State(posts): State<Posts>,
    login: Login,
    Segments(id): Segments<String>,
) -> Answer<StatusCode> {
    posts.delete(&login.user, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
