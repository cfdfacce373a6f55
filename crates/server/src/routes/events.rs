//! `events`: what plugins emit on any server of the site, as server-sent events, for admins.
//!
//! Each event of a plugin is one `event: plugin` whose data is a JSON object with `plugin`, `type`,
//! `data` and `at`. Its `id` in the header `Last-Event-ID` of another request is where that goes
//! on. Events that are lost to the listener are counted in an `event: lagged`.

use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, sse::Event},
    routing::get,
};
use futures::{Stream, StreamExt as _, stream};

use super::{
    Answer,
    event_stream::{Listener, lagged, sse},
};
use crate::{
    app::App,
    providers::events::{EventReader, EventStream, Heard},
};

/// The last event that a client has seen, by the standard of server-sent events.
const LAST_EVENT_ID: &str = "last-event-id";

pub(super) fn routes() -> Router<App> {
    Router::new().route("/events", get(listen))
}

async fn listen(
    listener: Listener,
    State(events): State<EventStream>,
    headers: HeaderMap,
) -> Answer<impl IntoResponse> {
    let reader = match headers.get(LAST_EVENT_ID) {
        Some(last) => {
            let last = String::from_utf8_lossy(last.as_bytes());
            events.listen_after(&last).await?
        }
        None => events.listen().await?,
    };
    Ok(listener.stream(begin(&reader).chain(each(reader))))
}

/// The place at which a client goes on that loses its connection before the first event.
fn begin(reader: &EventReader) -> impl Stream<Item = Event> + use<> {
    let begin = Event::default().id(reader.position().to_string());
    stream::once(async { begin })
}

fn each(reader: EventReader) -> impl Stream<Item = Event> {
    stream::unfold(reader, async |mut reader| {
        let event = match reader.next().await {
            Heard::Event(event) => sse(&event.name, &event.body).id(event.id.to_string()),
            Heard::Lost(missed) => lagged(missed),
        };
        Some((event, reader))
    })
}
