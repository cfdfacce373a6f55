//! `content/{type}`: records of any type; the body is the data.

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use raisfast_content::{Content, ContentType, Contents, Listing};
use raisfast_contract::JsonObject;
use serde::Deserialize;

use super::{Answer, Page, Parameters, Segments};
use crate::{
    app::App,
    auth::{Login, Reader},
    json_body::JsonBody,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/content", get(types))
        .route("/content/{type}", get(list).post(create))
        .route(
            "/content/{type}/{id}",
            get(read).put(update).patch(patch).delete(delete),
        )
}

/// Types are not public: a site may have some that nobody is meant to find.
async fn types(
    _: Login,
    State(contents): State<Contents>,
    Parameters(page): Parameters<Page>,
) -> Answer<Json<Listing<ContentType>>> {
    Ok(Json(contents.types(page.cursor(), page.limit()).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Selection {
    text: Option<String>,
    cursor: Option<String>,
    limit: Option<u64>,
}

async fn list(
    State(contents): State<Contents>,
    reader: Reader,
    Segments(content_type): Segments<String>,
    Parameters(selection): Parameters<Selection>,
) -> Answer<Json<Listing<Content>>> {
    let cursor = selection.cursor.as_deref();
    let limit = selection.limit.unwrap_or(Page::DEFAULT_LIMIT);
    let listing = match selection.text {
        None => contents.list(&content_type, cursor, limit).await?,
        Some(text) => {
            // A search costs more than a stranger may spend.
            reader.must_be_user()?;
            contents.search(&content_type, &text, cursor, limit).await?
        }
    };
    Ok(Json(listing))
}

async fn read(
    State(contents): State<Contents>,
    Segments((content_type, id)): Segments<(String, String)>,
) -> Answer<Json<Content>> {
    Ok(Json(contents.get(&content_type, &id).await?))
}

async fn create(
    State(contents): State<Contents>,
    login: Login,
    Segments(content_type): Segments<String>,
    JsonBody(data): JsonBody<JsonObject>,
) -> Answer<impl IntoResponse> {
    let content = contents.create(&login.user, &content_type, data).await?;
    let location = format!("/api/v1/content/{}/{}", content.content_type, content.id);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(content),
    ))
}

async fn update(
    State(contents): State<Contents>,
    login: Login,
    Segments((content_type, id)): Segments<(String, String)>,
    JsonBody(data): JsonBody<JsonObject>,
) -> Answer<Json<Content>> {
    let content = contents
        .update(&login.user, &content_type, &id, data)
        .await?;
    Ok(Json(content))
}

async fn patch(
    State(contents): State<Contents>,
    login: Login,
    Segments((content_type, id)): Segments<(String, String)>,
    JsonBody(patch): JsonBody<JsonObject>,
) -> Answer<Json<Content>> {
    let content = contents
        .patch(&login.user, &content_type, &id, &patch)
        .await?;
    Ok(Json(content))
}

async fn delete(
    State(contents): State<Contents>,
    login: Login,
    Segments((content_type, id)): Segments<(String, String)>,
) -> Answer<StatusCode> {
    contents.delete(&login.user, &content_type, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
