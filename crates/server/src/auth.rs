//! The user behind a request: `Authorization: Bearer <token>`, or the console's cookie, of which
//! `session_cookie` has made the same.
//!
//! A handler that takes [`Login`] serves nobody but users, one that takes [`Moderator`] nobody but
//! those who moderate comments, one that takes [`Admin`] nobody but admins; the table of rights
//! decides who they are. All stand before the body in a handler's arguments, so that a stranger's
//! body is not read.

use std::convert::Infallible;

use axum::{
    extract::{FromRef, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use raisfast_accounts::{Right, User, Users};

use crate::{operator_socket::ByOperator, problem::Problem, session_cookie::CookieRefused};

/// A user who has logged in.
pub(crate) struct Login {
    pub(crate) user: User,
    /// The token that the user sent, for logging out.
    pub(crate) token: String,
}

/// An admin who has logged in.
pub(crate) struct Admin {
    pub(crate) user: User,
}

/// A user who moderates comments and has logged in.
pub(crate) struct Moderator {
    pub(crate) user: User,
}

/// A reader of what is public, who may have logged in and then may read more.
pub(crate) struct Reader(Result<User, Problem>);

impl Reader {
    /// The user, where one has logged in.
    pub(crate) fn user(&self) -> Option<&User> {
        self.0.as_ref().ok()
    }

    /// The user, or what somebody without a valid login is told.
    pub(crate) fn must_be_user(self) -> Result<User, Problem> {
        self.0
    }
}

/// Returns who sends this request, as far as it says so. That stays with the request, so that the
/// database is asked once.
pub(crate) async fn identify(users: &Users, request: &mut Request) -> Option<User> {
    let token = bearer_token(request.headers())?;
    // A database that fails is reported where a login is needed.
    let user = users.authenticate(token).await.ok()??;
    request.extensions_mut().insert(Identified(user.clone()));
    Some(user)
}

/// Leaves out of [`Login`] what [`identify`] has found out.
#[derive(Clone)]
struct Identified(User);

impl<S> FromRequestParts<S> for Login
where
    S: Sync,
    Users: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let users = Users::from_ref(state);
        if is_by_operator(parts) {
            return Ok(Self {
                user: users.admin().await?,
                token: String::new(),
            });
        }
        let refused = parts.extensions.get::<CookieRefused>();
        let token = bearer_token(&parts.headers).ok_or_else(|| match refused {
            Some(CookieRefused(refusal)) => Problem::from(*refusal),
            None => Problem::unauthenticated(
                "this needs a login: get a token from POST /api/v1/auth/login and send it as `Authorization: Bearer <token>`",
                "Bearer realm=\"raisfast\"",
            ),
        })?;
        let identified = parts.extensions.get::<Identified>();
        let user = match identified {
            Some(Identified(user)) => Some(user.clone()),
            None => users.authenticate(token).await?,
        };
        let user = user.ok_or_else(|| {
            Problem::unauthenticated(
                "the token is unknown or has expired: log in again at POST /api/v1/auth/login",
                "Bearer realm=\"raisfast\", error=\"invalid_token\"",
            )
        })?;
        Ok(Self {
            user,
            token: token.to_owned(),
        })
    }
}

impl<S> FromRequestParts<S> for Reader
where
    S: Sync,
    Users: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let login = Login::from_request_parts(parts, state).await;
        Ok(Self(login.map(|login| login.user)))
    }
}

impl<S> FromRequestParts<S> for Moderator
where
    S: Sync,
    Users: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let login = Login::from_request_parts(parts, state).await?;
        let user = with(
            login,
            Right::Moderate,
            "only an editor or an admin may do this",
        )?;
        Ok(Self { user })
    }
}

impl<S> FromRequestParts<S> for Admin
where
    S: Sync,
    Users: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let login = Login::from_request_parts(parts, state).await?;
        let user = with(login, Right::Administer, "only an admin may do this")?;
        Ok(Self { user })
    }
}

/// Returns the user of a login, who has a right; else the reason.
fn with(login: Login, right: Right, else_says: &'static str) -> Result<User, Problem> {
    if login.user.may_everywhere(right) {
        Ok(login.user)
    } else {
        Err(Problem::new(StatusCode::FORBIDDEN, else_says))
    }
}

/// Returns whether the request has come through the socket of whoever runs the server.
fn is_by_operator(parts: &Parts) -> bool {
    parts.extensions.get::<ByOperator>().is_some()
}

/// The token, whatever the case of `Bearer`.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
