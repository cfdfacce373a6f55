//! Server-sent events for admins, as `events`, `plugin_logs` and `shadows` answer with them.
//!
//! A stream ends when the server shuts down, and when its login does.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderName, request::Parts},
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt};
use raisfast_accounts::Users;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{Admin, bearer_token},
    problem::Problem,
};

/// The longest time for which a login that another process has ended, or that has expired, is still
/// listened with.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// An admin who listens.
pub(super) struct Listener {
    users: Users,
    token: Option<String>,
    shutdown: CancellationToken,
}

impl<S> FromRequestParts<S> for Listener
where
    S: Sync,
    Users: FromRef<S>,
    CancellationToken: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Admin::from_request_parts(parts, state).await?;
        Ok(Self {
            users: Users::from_ref(state),
            token: bearer_token(&parts.headers).map(str::to_owned),
            shutdown: CancellationToken::from_ref(state),
        })
    }
}

impl Listener {
    /// Returns the answer that sends these events.
    pub(super) fn stream(
        self,
        events: impl Stream<Item = Event> + Send + 'static,
    ) -> impl IntoResponse {
        let until_shutdown = events.take_until(self.shutdown.cancelled_owned());
        let while_logged_in =
            until_shutdown.take_until(Box::pin(login_ended(self.users, self.token)));
        let events = Sse::new(while_logged_in.map(Ok::<_, Infallible>))
            .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)));
        // nginx passes each event on as it comes, and not when enough of them have come.
        ([(NO_BUFFERING, "no")], events)
    }
}

/// Resolves when the token no longer belongs to an admin: at once where this server has ended the
/// login, and soon where it has expired or another process has. Whoever came without a token has a
/// connection that nobody else can open.
async fn login_ended(users: Users, token: Option<String>) {
    let Some(token) = token else {
        return std::future::pending().await;
    };
    // From before the first look: no revocation after it is missed.
    let mut revocations = users.revocations();
    loop {
        match users.authenticate(&token).await {
            Ok(Some(user)) if user.is_admin() => {}
            Ok(_) => return,
            Err(error) => tracing::warn!(%error, "a listener's login cannot be checked"),
        }
        // The users hold the sender: it cannot be gone.
        let _ = timeout(LOOK_AGAIN, revocations.changed()).await;
    }
}

/// An event. JSON as text has no line breaks, so that a plugin cannot end its event and forge
/// another.
pub(super) fn sse(name: &str, data: &Value) -> Event {
    Event::default().event(name).data(data.to_string())
}

/// The event of a listener to whom some are lost; their number, where it is known.
pub(super) fn lagged(missed: impl Into<Option<u64>>) -> Event {
    let missed: Option<u64> = missed.into();
    sse("lagged", &json!({ "missed": missed }))
}
