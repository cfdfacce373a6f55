//! `auth`: tokens for passwords.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{delete, post},
};
use raisfast_accounts::{AccountError, Users};
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::{
    app::App, auth::Login, client_address::ClientAddress, json_body::JsonBody,
    login_limit::LoginLimit,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/auth/login", post(login))
        .route("/auth/logout", post(logout))
        .route("/auth/tokens", delete(logout_everywhere))
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
    State(users): State<Users>,
    State(limit): State<Arc<LoginLimit>>,
    ClientAddress(address): ClientAddress,
    JsonBody(credentials): JsonBody<Credentials>,
) -> Answer<Json<Token>> {
    let Credentials { username, password } = credentials;
    let attempt = limit.attempt(&username, address)?;
    tokio::time::sleep(attempt.delay).await;
    let login = users.login(&username, &password).await;
    if !matches!(login, Err(AccountError::Unauthenticated)) {
        attempt.forgive();
    }
    let login = login?;
    Ok(Json(Token {
        token: login.token,
        expires_at: login.expires_at,
    }))
}

/// Ends every login of the one who asks, this one too.
async fn logout_everywhere(State(users): State<Users>, login: Login) -> Answer<StatusCode> {
    users.logout_everywhere(&login.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn logout(State(users): State<Users>, login: Login) -> Answer<StatusCode> {
    users.logout(&login.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
