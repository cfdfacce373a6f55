//! `auth`: tokens for passwords.

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::{auth::Login, json_body::JsonBody, server::App};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/auth/login", post(login))
        .route("/auth/logout", post(logout))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    username: String,
    password: String,
}

#[derive(Serialize)]
struct Token {
    token: String,
    expires_at: String,
}

async fn login(
    State(app): State<App>,
    JsonBody(credentials): JsonBody<Credentials>,
) -> Answer<Json<Token>> {
    let login = app
        .site
        .users()
        .login(&credentials.username, &credentials.password)
        .await?;
    Ok(Json(Token {
        token: login.token,
        expires_at: login.expires_at,
    }))
}

async fn logout(State(app): State<App>, login: Login) -> Answer<StatusCode> {
    app.site.users().logout(&login.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
