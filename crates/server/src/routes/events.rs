//! `events`: what plugins emit, as server-sent events, for admins.
//!
//! Each event of a plugin is one `event: plugin` whose data is a JSON object with `plugin`, `type`,
//! `data` and `at`. A listener who was too slow gets `event: lagged` with the number of events that
//! are lost to it.

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use futures::StreamExt;
use serde_json::json;
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError::Lagged};

use super::event_stream::{Listener, lagged, sse};
use crate::{app::App, providers::events::EventStream};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/events", get(listen))
}

async fn listen(listener: Listener, State(events): State<EventStream>) -> impl IntoResponse {
    let events = BroadcastStream::new(events.subscribe()).map(|received| match received {
        Ok(event) => sse(event.name(), &json!(event)),
        Err(Lagged(missed)) => lagged(missed),
    });
    listener.stream(events)
}
