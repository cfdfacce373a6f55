//! `events`: what plugins emit, as server-sent events, for admins.
//!
//! Each event of a plugin is one `event: plugin` whose data is a JSON object with `plugin`, `type`,
//! `data` and `at`. A listener who was too slow gets `event: lagged` with the number of events that
//! are lost to it. The stream ends when the server shuts down.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
    routing::get,
};
use futures::{Stream, StreamExt};
use serde_json::json;
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError::Lagged};

use crate::{auth::Admin, server::App};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/events", get(listen))
}

async fn listen(
    _: Admin,
    State(app): State<App>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = BroadcastStream::new(app.events.subscribe()).map(|received| {
        Ok(match received {
            Ok(event) => sse(event.name(), &json!(event)),
            Err(Lagged(missed)) => sse("lagged", &json!({ "missed": missed })),
        })
    });
    let until_shutdown = events.take_until(app.shutdown.clone().cancelled_owned());
    Sse::new(until_shutdown).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// JSON as text has no line breaks, so that a plugin cannot end its event and forge another.
fn sse(name: &'static str, data: &serde_json::Value) -> Event {
    Event::default().event(name).data(data.to_string())
}
