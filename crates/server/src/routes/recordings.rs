//! `admin/plugins/{plugin}/failures`, `recording` and `changes/stream`: the last calls of a plugin
//! that failed, calls that are recorded on request, and what calls change.

use std::time::Duration;

use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use futures::stream;
use raisfast_plugins::Plugins;
use raisfast_recording::{AlreadyRecording, Missed, Recorders, Recording};
use serde::Deserialize;
use serde_json::json;

use super::{
    Answer, Parameters, Segments,
    event_stream::{Listener, lagged, sse},
    plugins::{parse, status},
};
use crate::{app::App, auth::Admin, problem::Problem};

/// The most calls of one recording.
const MOST_CALLS: usize = 1_000;
/// The longest time of one recording, in seconds.
const MOST_SECONDS: u64 = 3_600;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/plugins/{plugin}/failures", get(failures))
        .route("/plugins/{plugin}/recording", get(record))
        .route("/plugins/{plugin}/changes/stream", get(changes))
}

/// The last calls that failed.
async fn failures(
    _: Admin,
    State(plugins): State<Plugins>,
    State(recorders): State<Recorders>,
    Segments(plugin): Segments<String>,
) -> Answer<Json<Recording>> {
    let id = parse(&plugin)?;
    status(&plugins, &id)?;
    Ok(Json(recorders.of(&id).failed()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extent {
    #[serde(default = "few")]
    calls: usize,
    #[serde(default = "a_minute")]
    seconds: u64,
}

fn few() -> usize {
    10
}

fn a_minute() -> u64 {
    60
}

/// Answers when as many calls are recorded, or the time is over. It ends when the client hangs up.
async fn record(
    _: Admin,
    State(plugins): State<Plugins>,
    State(recorders): State<Recorders>,
    Segments(plugin): Segments<String>,
    Parameters(Extent { calls, seconds }): Parameters<Extent>,
) -> Answer<Json<Recording>> {
    let id = parse(&plugin)?;
    status(&plugins, &id)?;
    if !(1..=MOST_CALLS).contains(&calls) || !(1..=MOST_SECONDS).contains(&seconds) {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            format!(
                "a recording has 1 to {MOST_CALLS} `calls`, and goes on for 1 to {MOST_SECONDS} `seconds`"
            ),
        ));
    }
    let limit = Duration::from_secs(seconds);
    Ok(Json(recorders.of(&id).record(calls, limit).await?))
}

/// Streams the changes that calls make to the values that they are given, from now on.
async fn changes(
    listener: Listener,
    State(plugins): State<Plugins>,
    State(recorders): State<Recorders>,
    Segments(plugin): Segments<String>,
) -> Answer<impl IntoResponse> {
    let id = parse(&plugin)?;
    status(&plugins, &id)?;
    let watching = recorders.of(&id).watch();
    let events = stream::unfold(watching, async |mut watching| {
        let event = match watching.next().await {
            Ok(change) => sse("changed", &json!(*change)),
            Err(Missed(count)) => lagged(count),
        };
        Some((event, watching))
    });
    Ok(listener.stream(events))
}

impl From<AlreadyRecording> for Problem {
    fn from(error: AlreadyRecording) -> Self {
        Self::new(StatusCode::CONFLICT, error.to_string())
    }
}
