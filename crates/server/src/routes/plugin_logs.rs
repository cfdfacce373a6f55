//! `admin/plugins/{plugin}/logs`: what a plugin has logged, and what it logs from now on; and
//! `admin/logs/stream`, the same of all plugins.
//!
//! The stream begins with the latest records. Each is one `event: record` whose data is the record;
//! a listener who was too slow gets `event: lagged`.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, sse::Event},
    routing::get,
};
use futures::{Stream, StreamExt, stream};
use raisfast_contract::PluginId;
use raisfast_plugins::Plugins;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError::Lagged};

use super::{
    Answer, Parameters, Segments,
    admin::Items,
    event_stream::{Listener, lagged, sse},
    plugins::{parse, status},
};
use crate::{
    PluginLog, PluginLogRecord, app::App, auth::Admin, problem::Problem, providers::log::KEPT,
};

/// The levels, from the least to the most severe.
const LEVELS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/plugins/{plugin}/logs", get(list))
        .route("/plugins/{plugin}/logs/stream", get(follow))
        .route("/logs/stream", get(follow_all))
}

/// The records that are meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Of this level and those more severe.
    level: Option<String>,
    /// No more than this many, the latest.
    limit: Option<usize>,
}

impl Which {
    fn check(&self) -> Answer<()> {
        let refused = |detail| Err(Problem::new(StatusCode::BAD_REQUEST, detail));
        match (&self.level, self.limit) {
            (Some(level), _) if severity(level).is_none() => refused(format!(
                "`{level}` is not a level; write one of {}",
                LEVELS.join(", ")
            )),
            (_, Some(limit)) if !(1..=KEPT).contains(&limit) => refused(format!(
                "of a plugin's log 1 to {KEPT} records can be asked for, not {limit}"
            )),
            _ => Ok(()),
        }
    }

    fn wants(&self, record: &PluginLogRecord) -> bool {
        let least = self.level.as_deref().and_then(severity);
        severity(record.level) >= least
    }

    /// Leaves out of the latest records those that are not meant.
    fn of(&self, latest: Vec<PluginLogRecord>) -> Vec<PluginLogRecord> {
        let mut wanted: Vec<_> = latest
            .into_iter()
            .filter(|record| self.wants(record))
            .collect();
        let beyond = wanted.len().saturating_sub(self.limit.unwrap_or(KEPT));
        wanted.drain(..beyond);
        wanted
    }
}

fn severity(level: &str) -> Option<usize> {
    LEVELS.iter().position(|known| *known == level)
}

async fn list(
    _: Admin,
    State(plugins): State<Plugins>,
    State(logs): State<PluginLog>,
    Segments(plugin): Segments<String>,
    Parameters(which): Parameters<Which>,
) -> Answer<Json<Items<PluginLogRecord>>> {
    let id = known(&plugins, &plugin)?;
    which.check()?;
    Ok(Json(Items {
        items: which.of(logs.latest(&id)),
    }))
}

async fn follow(
    listener: Listener,
    State(plugins): State<Plugins>,
    State(logs): State<PluginLog>,
    Segments(plugin): Segments<String>,
    Parameters(which): Parameters<Which>,
) -> Answer<impl IntoResponse> {
    let id = known(&plugins, &plugin)?;
    which.check()?;
    Ok(listener.stream(events(logs.follow(&id), which, Some(id))))
}

async fn follow_all(
    listener: Listener,
    State(logs): State<PluginLog>,
    Parameters(which): Parameters<Which>,
) -> Answer<impl IntoResponse> {
    which.check()?;
    Ok(listener.stream(events(logs.follow_all(), which, None)))
}

/// Returns the latest records that are meant, and those that follow, of one plugin or of all.
fn events(
    (latest, live): (Vec<PluginLogRecord>, Receiver<PluginLogRecord>),
    which: Which,
    plugin: Option<PluginId>,
) -> impl Stream<Item = Event> + Send + 'static {
    let latest = stream::iter(which.of(latest)).map(|record| sse("record", &json!(record)));
    let is_of = move |record: &PluginLogRecord| {
        plugin
            .as_ref()
            .is_none_or(|plugin| record.plugin == *plugin)
    };
    let live = BroadcastStream::new(live).filter_map(move |received| {
        let event = match received {
            Ok(record) if is_of(&record) && which.wants(&record) => {
                Some(sse("record", &json!(record)))
            }
            Ok(_) => None,
            Err(Lagged(missed)) => Some(lagged(missed)),
        };
        std::future::ready(event)
    });
    latest.chain(live)
}

fn known(plugins: &Plugins, plugin: &str) -> Answer<PluginId> {
    let id = parse(plugin)?;
    status(plugins, &id)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::{PluginLogRecord, Which};

    fn which(level: Option<&str>, limit: Option<usize>) -> Which {
        Which {
            level: level.map(str::to_owned),
            limit,
        }
    }

    #[test]
    fn the_latest_of_a_level_and_those_above_it_are_meant() {
        let records: Vec<_> = ["error", "info", "warn", "debug", "warn"]
            .into_iter()
            .enumerate()
            .map(|(number, level)| PluginLogRecord {
                plugin: "com.example.x".parse().unwrap(),
                hook: None,
                call: None,
                level,
                message: number.to_string(),
                at: String::new(),
            })
            .collect();
        for (level, limit, expected) in [
            (None, None, "01234"),
            (Some("trace"), None, "01234"),
            (Some("warn"), None, "024"),
            (Some("error"), None, "0"),
            (None, Some(2), "34"),
            (Some("warn"), Some(2), "24"),
        ] {
            let found = which(level, limit).of(records.clone());
            let found: String = found.into_iter().map(|record| record.message).collect();
            assert_eq!(found, expected, "{level:?} {limit:?}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (level, limit) in [(Some("loud"), None), (None, Some(0)), (None, Some(201))] {
            assert!(which(level, limit).check().is_err(), "{level:?} {limit:?}");
        }
        assert!(which(Some("error"), Some(200)).check().is_ok());
    }
}
