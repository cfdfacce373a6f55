//! `posts`: what the site publishes.

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use raisfast_content::{Listing, PostPage};
use raisfast_types::{PostInput, PostOutput};

use super::{Answer, Page, Parameters, Segments};
use crate::{auth::Login, json_body::JsonBody, server::App};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/posts", post(create).get(list))
        // The segment is a slug for readers and an id for writers.
        .route("/posts/{post}", get(read).put(update).delete(delete))
}

async fn list(
    State(app): State<App>,
    Parameters(page): Parameters<Page>,
) -> Answer<Json<Listing<PostOutput>>> {
    Ok(Json(
        app.site.posts().list(page.cursor(), page.limit()).await?,
    ))
}

async fn read(State(app): State<App>, Segments(slug): Segments<String>) -> Answer<Json<PostPage>> {
    Ok(Json(app.site.posts().read(&slug).await?))
}

async fn create(
    State(app): State<App>,
    login: Login,
    JsonBody(input): JsonBody<PostInput>,
) -> Answer<impl IntoResponse> {
    let post = app.site.posts().create(&login.user, input).await?;
    let location = format!("/api/v1/posts/{}", post.slug);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(post),
    ))
}

async fn update(
    State(app): State<App>,
    login: Login,
    Segments(id): Segments<String>,
    JsonBody(input): JsonBody<PostInput>,
) -> Answer<Json<PostOutput>> {
    Ok(Json(
        app.site.posts().update(&login.user, &id, input).await?,
    ))
}

async fn delete(
    State(app): State<App>,
    login: Login,
    Segments(id): Segments<String>,
) -> Answer<StatusCode> {
    app.site.posts().delete(&login.user, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
