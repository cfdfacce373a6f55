//! `openapi.json`: the API as an OpenAPI document, for programs.

use axum::{Router, http::header, response::IntoResponse, routing::get};

use crate::{app::App, openapi::document};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/openapi.json", get(read))
}

async fn read() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document())
}
