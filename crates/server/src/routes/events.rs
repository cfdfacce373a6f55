//! `events`: what plugins emit, as server-sent events, for admins.
//!
//! Each event of a plugin is one `event: plugin` whose data is a JSON object with `plugin`, `type`,
//! `data` and `at`. A listener who was too slow gets `event: lagged` with the number of events that
//! are lost to it. The stream ends when the server shuts down, and when its login does.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
    routing::get,
};
use futures::{Stream, StreamExt};
use raisfast_accounts::Users;
use serde_json::json;
use tokio::time::timeout;
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError::Lagged};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    auth::{Admin, bearer_token},
    providers::events::EventStream,
};

/// The longest time for which a login that another process has ended, or that has expired, is still
/// listened with.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

pub(super) fn routes() -> Router<App> {
    Router::new().route("/events", get(listen))
}

async fn listen(
    _: Admin,
    State(events): State<EventStream>,
    State(users): State<Users>,
    State(shutdown): State<CancellationToken>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let token = bearer_token(&headers).map(str::to_owned);
    let events = BroadcastStream::new(events.subscribe()).map(|received| {
        Ok(match received {
            Ok(event) => sse(event.name(), &json!(event)),
            Err(Lagged(missed)) => sse("lagged", &json!({ "missed": missed })),
        })
    });
    let until_shutdown = events.take_until(shutdown.cancelled_owned());
    let while_logged_in = until_shutdown.take_until(Box::pin(login_ended(users, token)));
    Sse::new(while_logged_in).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
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

/// JSON as text has no line breaks, so that a plugin cannot end its event and forge another.
fn sse(name: &'static str, data: &serde_json::Value) -> Event {
    Event::default().event(name).data(data.to_string())
}
