//! `admin/plugins/{plugin}/shadow` and `promote`: a new version beside the one that serves.
//!
//! Calls of the running version are recorded; the new version makes them again afterwards, off the
//! request's path, and the record answers all that it asks the host. The answer to the request is a
//! stream: `event: progress` now and then, and `event: report` at the end. Whoever hangs up before
//! ends the run, and nothing of it is left.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, sse::Event},
    routing::post,
};
use raisfast_cases::{Shadow, ShadowReport};
use raisfast_contract::{HookName, PluginId};
use raisfast_plugins::{InstallError, Plugins, Staged};
use raisfast_recording::{Following, Recorders};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{Instant, interval, sleep_until, timeout},
};
use tokio_stream::wrappers::ReceiverStream;

use super::{
    Answer, Parameters, Segments,
    event_stream::{Listener, sse},
    install::{Installed, answer, receive_archive},
    plugins::{parse, status},
};
use crate::{
    app::App,
    auth::Admin,
    problem::Problem,
    shadows::{KEPT, Run, ShadowError, Shadows},
};

/// The most calls of one run.
const MOST_CALLS: u64 = 10_000;
/// The longest time of one run, in seconds.
const MOST_SECONDS: u64 = 30 * 60;
/// Calls that may wait to be made again.
const QUEUE: usize = 64;
/// The time between two reports of a run's progress.
const PROGRESS: Duration = Duration::from_secs(1);
/// The part of a core's time that goes to the new version, as a divisor: after a call it rests for
/// nine times as long as the call took.
const PART: u32 = 10;
/// The longest rest.
const MOST_REST: Duration = Duration::from_secs(1);
/// The time that a client has to take the last report.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/plugins/{plugin}/shadow", post(begin).delete(end))
        .route("/plugins/{plugin}/promote", post(promote))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extent {
    #[serde(default = "many")]
    calls: u64,
    #[serde(default = "ten_minutes")]
    seconds: u64,
}

fn many() -> u64 {
    MOST_CALLS
}

fn ten_minutes() -> u64 {
    600
}

/// Takes the new version as an installation does, and then answers with the stream.
async fn begin(
    listener: Listener,
    State(plugins): State<Plugins>,
    State(shadows): State<Shadows>,
    State(recorders): State<Recorders>,
    Segments(plugin): Segments<String>,
    Parameters(Extent { calls, seconds }): Parameters<Extent>,
    request: Request,
) -> Answer<impl IntoResponse> {
    let id = parse(&plugin)?;
    status(&plugins, &id)?;
    if !(1..=MOST_CALLS).contains(&calls) || !(1..=MOST_SECONDS).contains(&seconds) {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            format!(
                "a shadow run has 1 to {MOST_CALLS} `calls`, and goes on for 1 to {MOST_SECONDS} `seconds`"
            ),
        ));
    }
    let run = shadows.begin(&id)?;
    let staging = receive_archive(&plugins, request).await?;
    let staged = plugins.stage(&id, staging).await?;
    let playable = staged.playable().cloned().ok_or_else(Problem::internal)?;
    let shadow = Shadow::new(playable.program, &id, playable.settings).await;
    let shadow = shadow.map_err(|error| {
        tracing::error!(%error, "the stage for a shadow run cannot be made");
        Problem::internal()
    })?;
    let running = Running::of(&plugins, &id)?;
    let following = recorders.of(&id).follow(QUEUE)?;
    let began = Instant::now();
    let session = Session {
        shadows,
        run,
        staged,
        shadow,
        following,
        subject: Subject {
            calls_before: total(&plugins, &id),
            plugins,
            running,
            began,
        },
        calls,
        until: began + Duration::from_secs(seconds),
    };
    let (reports, received) = mpsc::channel(1);
    tokio::spawn(session.go(reports));
    Ok(listener.stream(ReceiverStream::new(received)))
}

/// Ends a run: its client gets the report. A version that was tried before is thrown away.
async fn end(
    _: Admin,
    State(shadows): State<Shadows>,
    Segments(plugin): Segments<String>,
) -> Answer<StatusCode> {
    shadows.end(&parse(&plugin)?)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// The digest in the run's report.
    digest: Option<String>,
}

/// Installs the version that was tried last.
async fn promote(
    _: Admin,
    State(plugins): State<Plugins>,
    State(shadows): State<Shadows>,
    Segments(plugin): Segments<String>,
    Parameters(Which { digest }): Parameters<Which>,
) -> Answer<(StatusCode, Json<Installed>)> {
    let id = parse(&plugin)?;
    status(&plugins, &id)?;
    let staged = shadows.take(&id, digest.as_deref())?;
    match plugins.promote(&staged).await {
        Ok(done) => Ok(answer(&plugins, done).await),
        Err(error) => {
            if !matches!(error, InstallError::Changed { .. }) {
                shadows.keep(staged);
            }
            Err(error.into())
        }
    }
}

/// The version that serves.
struct Running {
    plugin: PluginId,
    generation: u64,
    version: String,
}

impl Running {
    fn of(plugins: &Plugins, plugin: &PluginId) -> Answer<Self> {
        let status = status(plugins, plugin)?;
        match status.generation {
            Some(generation) => Ok(Self {
                plugin: plugin.clone(),
                generation,
                version: status.version.unwrap_or_default(),
            }),
            None => Err(ShadowError::NotServing(plugin.clone()).into()),
        }
    }
}

/// One run.
struct Session {
    shadows: Shadows,
    run: Run,
    staged: Staged,
    shadow: Shadow,
    following: Following,
    subject: Subject,
    /// The calls after which it ends.
    calls: u64,
    until: Instant,
}

/// The version beside which a run goes on.
struct Subject {
    plugins: Plugins,
    running: Running,
    calls_before: u64,
    began: Instant,
}

/// The reason why a run is over.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum End {
    /// As many calls were compared as were asked for.
    Calls,
    /// The time that was asked for is over.
    Time,
    /// Somebody has ended it.
    Asked,
    /// The new version has failed too often.
    Failed,
    /// The running version was replaced or stopped.
    Replaced,
}

#[derive(Serialize)]
struct Report<'a> {
    plugin: &'a PluginId,
    running_version: &'a str,
    shadow_version: &'a str,
    /// The SHA-256 of the new version's manifest and wasm.
    digest: String,
    seconds: u64,
    /// Calls that were not recorded.
    missed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<End>,
    /// The seconds for which it can be promoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    promotable_for: Option<u64>,
    #[serde(flatten)]
    comparison: ShadowReport,
}

impl Session {
    /// Compares calls until one of the bounds is reached, or nobody listens any more.
    async fn go(mut self, reports: mpsc::Sender<Event>) {
        let Some(end) = self.compare(&reports).await else {
            return;
        };
        let Self {
            shadows,
            run,
            staged,
            shadow,
            following,
            subject,
            ..
        } = self;
        drop(following);
        let report = subject.report(&staged, &shadow, Some(end));
        // Before the report, whose reader may promote it at once.
        run.keep(staged);
        let sent = timeout(PATIENCE, reports.send(sse("report", &report))).await;
        if !matches!(sent, Ok(Ok(()))) {
            // Nobody knows what could be promoted.
            let _ = shadows.end(&subject.running.plugin);
        }
    }

    /// Returns the reason why it is over; `None` where nobody listens any more.
    async fn compare(&mut self, reports: &mpsc::Sender<Event>) -> Option<End> {
        let Self {
            run,
            staged,
            shadow,
            following,
            subject,
            calls,
            until,
            ..
        } = self;
        let over = async || {
            tokio::select! {
                () = reports.closed() => None,
                () = run.ended() => Some(End::Asked),
                () = sleep_until(*until) => Some(End::Time),
            }
        };
        let mut progress = interval(PROGRESS);
        let mut rested = Instant::now();
        loop {
            let next = async {
                sleep_until(rested).await;
                following.next().await
            };
            let call = tokio::select! {
                end = over() => return end,
                _ = progress.tick() => {
                    if subject.is_replaced() {
                        return Some(End::Replaced);
                    }
                    // A client that has not read the last one gets the next.
                    let report = subject.report(staged, shadow, None);
                    let _ = reports.try_send(sse("progress", &report));
                    continue;
                }
                call = next => call,
            };
            if subject.is_replaced() {
                return Some(End::Replaced);
            }
            let began = Instant::now();
            tokio::select! {
                end = over() => return end,
                () = shadow.call(&call) => {}
            }
            rested = Instant::now() + ((PART - 1) * began.elapsed()).min(MOST_REST);
            if shadow.has_failed_enough() {
                return Some(End::Failed);
            }
            if shadow.calls() >= *calls {
                return Some(End::Calls);
            }
        }
    }
}

impl Subject {
    fn is_replaced(&self) -> bool {
        let status = self.plugins.get(&self.running.plugin);
        status.and_then(|status| status.generation) != Some(self.running.generation)
    }

    fn report(&self, staged: &Staged, shadow: &Shadow, end: Option<End>) -> Value {
        let comparison = shadow.report();
        let called = total(&self.plugins, &self.running.plugin) - self.calls_before;
        let report = Report {
            plugin: &self.running.plugin,
            running_version: &self.running.version,
            shadow_version: staged.version(),
            digest: staged.digest(),
            seconds: self.began.elapsed().as_secs(),
            missed: called.saturating_sub(shadow.calls()),
            end,
            promotable_for: end.map(|_| KEPT.as_secs()),
            comparison,
        };
        json!(report)
    }
}

/// Returns the number of a plugin's calls since the server has started.
fn total(plugins: &Plugins, plugin: &PluginId) -> u64 {
    let counters = plugins.counters();
    let hooks = HookName::ALL.into_iter();
    hooks.map(|hook| counters.of(plugin, hook).calls).sum()
}

impl From<ShadowError> for Problem {
    fn from(error: ShadowError) -> Self {
        let status = match &error {
            ShadowError::Nothing(_) => StatusCode::NOT_FOUND,
            ShadowError::Running(_)
            | ShadowError::TooMany
            | ShadowError::NotServing(_)
            | ShadowError::OtherDigest { .. } => StatusCode::CONFLICT,
        };
        Self::new(status, error.to_string())
    }
}
