//! `content/{type}`: records of any type; the body is the data.

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use raisfast_content::{Content, Listing};
use raisfast_contract::JsonObject;

use super::{Answer, Page, Parameters, Segments};
use crate::{auth::Login, json_body::JsonBody, server::App};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/content/{type}", get(list).post(create))
        .route(
            "/content/{type}/{id}",
            get(read).put(update).patch(patch).delete(delete),
        )
}

async fn list(
    State(app): State<App>,
    Segments(content_type): Segments<String>,
    Parameters(page): Parameters<Page>,
) -> Answer<Json<Listing<Content>>> {
    Ok(Json(
        app.site
            .contents()
            .list(&content_type, page.cursor(), page.limit())
            .await?,
    ))
}

async fn read(
    State(app): State<App>,
    Segments((content_type, id)): Segments<(String, String)>,
) -> Answer<Json<Content>> {
    Ok(Json(app.site.contents().get(&content_type, &id).await?))
}

async fn create(
    State(app): State<App>,
    login: Login,
    Segments(content_type): Segments<String>,
    JsonBody(data): JsonBody<JsonObject>,
) -> Answer<impl IntoResponse> {
    let content = app
        .site
        .contents()
        .create(&login.user, &content_type, data)
        .await?;
    let location = format!("/api/v1/content/{}/{}", content.content_type, content.id);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(content),
    ))
}

async fn update(
    State(app): State<App>,
    login: Login,
    Segments((content_type, id)): Segments<(String, String)>,
    JsonBody(data): JsonBody<JsonObject>,
) -> Answer<Json<Content>> {
    let content = app
        .site
        .contents()
        .update(&login.user, &content_type, &id, data)
        .await?;
    Ok(Json(content))
}

async fn patch(
    State(app): State<App>,
    login: Login,
    Segments((content_type, id)): Segments<(String, String)>,
    JsonBody(patch): JsonBody<JsonObject>,
) -> Answer<Json<Content>> {
    let content = app
        .site
        .contents()
        .patch(&login.user, &content_type, &id, &patch)
        .await?;
    Ok(Json(content))
}

async fn delete(
    State(app): State<App>,
    login: Login,
    Segments((content_type, id)): Segments<(String, String)>,
) -> Answer<StatusCode> {
    app.site
        .contents()
        .delete(&login.user, &content_type, &id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
