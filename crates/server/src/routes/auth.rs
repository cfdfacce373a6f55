//! `auth`: tokens for passwords, in the answer or in a cookie.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::{delete, get, post, put},
};
use raisfast_accounts::{AccountError, User, Users};
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::{
    app::App, auth::Login, client_address::ClientAddress, json_body::JsonBody,
    login_limit::LoginLimit, session_cookie,
};

pub(super) fn routes(with_console: bool) -> Router<App> {
    let routes = Router::new()
        .route("/auth/login", post(login))
        .route("/auth/logout", post(logout))
        .route("/auth/tokens", delete(logout_everywhere))
        .route("/auth/me", get(me))
        .route("/auth/password", put(change_password))
        .route("/auth/session", delete(end_session));
    if with_console {
        routes.route("/auth/session", post(begin_session))
    } else {
        routes
    }
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
    let login = check(&users, &limit, address, &credentials).await?;
    Ok(Json(Token {
        token: login.token,
        expires_at: login.expires_at,
    }))
}

/// Logs in, within the limit of failed logins.
async fn check(
    users: &Users,
    limit: &Arc<LoginLimit>,
    address: IpAddr,
    credentials: &Credentials,
) -> Answer<raisfast_accounts::Login> {
    let Credentials { username, password } = credentials;
    let attempt = limit.attempt(username, address).await?;
    tokio::time::sleep(attempt.delay).await;
    let login = users.login(username, password).await;
    if !login.as_ref().is_err_and(AccountError::is_failed_guess) {
        attempt.forgive().await;
    }
    Ok(login?)
}

/// The user of a login.
#[derive(Serialize)]
struct Session {
    user: User,
}

/// Logs in as `login` does, with the token in a cookie that no script can read.
async fn begin_session(
    State(users): State<Users>,
    State(limit): State<Arc<LoginLimit>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    JsonBody(credentials): JsonBody<Credentials>,
) -> Answer<impl IntoResponse> {
    session_cookie::must_be_ours(&headers)?;
    let login = check(&users, &limit, address, &credentials).await?;
    let cookie = session_cookie::set(&login.token, &headers);
    let session = Session { user: login.user };
    Ok(([(header::SET_COOKIE, cookie)], Json(session)))
}

/// Ends the token and takes the cookie away.
async fn end_session(
    State(users): State<Users>,
    login: Login,
    headers: HeaderMap,
) -> Answer<impl IntoResponse> {
    users.logout(&login.token).await?;
    let cookie = session_cookie::clear(&headers);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]))
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

/// Returns who asks.
async fn me(login: Login) -> Json<User> {
    Json(login.user)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Passwords {
    current_password: String,
    new_password: String,
}

/// Changes the own password. A token that was stolen does not help in guessing the present one:
/// what is wrong counts as a login that failed.
async fn change_password(
    login: Login,
    State(users): State<Users>,
    State(limit): State<Arc<LoginLimit>>,
    ClientAddress(address): ClientAddress,
    JsonBody(passwords): JsonBody<Passwords>,
) -> Answer<StatusCode> {
    let Login { user, token } = login;
    let attempt = limit.attempt(&user.username, address).await?;
    tokio::time::sleep(attempt.delay).await;
    let Passwords {
        current_password: current,
        new_password: new,
    } = passwords;
    let changed = users.change_password(&user, &token, &current, &new).await;
    if !changed.as_ref().is_err_and(AccountError::is_failed_guess) {
        attempt.forgive().await;
    }
    changed?;
    Ok(StatusCode::NO_CONTENT)
}
