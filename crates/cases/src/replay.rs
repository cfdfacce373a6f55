//! Recorded calls, made again without the server.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use raisfast_contract::{HookName, PluginId};
use raisfast_profile::Profiler;
use raisfast_recording::{
    Finding, Mask, NoAnswer, Outcome, RecordedCall, Recording, RecordingError, Tape,
};
use raisfast_runtime::{CallError, Program, compatibility::host_functions};
use raisfast_testkit::{LoadError, LogEntry, Stage};
use serde_json::Value;

use crate::{
    Difference, LogLine,
    difference::{between, whole},
    invocation::Invocation,
};

/// The least time that a call gets which ended well where it was recorded: this machine may be
/// slower.
const LEAST_TIME: Duration = Duration::from_secs(30);
/// The most time that any call gets.
pub(crate) const MOST_TIME: Duration = Duration::from_mins(5);

/// A request by `wasi:http`, which the host answers as well.
const WASI_HTTP: &str = "wasi:http/outgoing-handler/handle";

/// Reads a file of recorded calls, which may come from anybody.
///
/// # Errors
///
/// If it is not a recording, is too large, or names an unknown host function.
pub fn parse_recording(json: &str) -> Result<Recording, RecordingError> {
    let known = host_functions();
    Recording::parse(json, |name| name == WASI_HTTP || known.contains(name))
}

/// A plugin's code, with which recorded calls are made again.
pub struct Replay {
    stage: Stage,
    settings: BTreeMap<String, String>,
}

/// The outcome of a recorded call that was made again.
#[derive(Debug, Clone, PartialEq)]
pub enum Replayed {
    /// All was as in the record.
    Equal {
        /// Sentences about the limits of the replay.
        remarks: BTreeSet<String>,
    },
    /// Something was otherwise.
    Different {
        /// The differences from the record.
        differences: Vec<Difference>,
        /// The plugin's log of the call.
        log: Vec<LogLine>,
        /// Sentences about the limits of the replay.
        remarks: BTreeSet<String>,
    },
    /// The call cannot be made again, for this reason.
    Impossible(String),
}

impl Replay {
    /// Loads the wasm of a file for the calls of a recording. `settings` are values of the plugin's
    /// settings that are secrets in the recording.
    ///
    /// # Errors
    ///
    /// If it cannot be loaded, or lacks a hook of the recording.
    pub async fn of_file(
        recording: &Recording,
        wasm: &Path,
        settings: BTreeMap<String, String>,
    ) -> Result<Self, LoadError> {
        let stage = Stage::of_file(wasm, &recording.plugin, hooks(recording)).await?;
        Ok(Self { stage, settings })
    }

    /// Loads a plugin's folder for the calls of a recording.
    ///
    /// # Errors
    ///
    /// As [`of_file`](Self::of_file).
    pub async fn of_folder(
        recording: &Recording,
        folder: &Path,
        settings: BTreeMap<String, String>,
    ) -> Result<Self, LoadError> {
        let stage = Stage::of_folder(folder, &recording.plugin, hooks(recording)).await?;
        Ok(Self { stage, settings })
    }

    /// Takes code that is loaded already, for calls of this plugin.
    ///
    /// # Errors
    ///
    /// Where the stage cannot be made.
    pub(crate) async fn of_program(
        program: Program,
        plugin: &PluginId,
        settings: BTreeMap<String, String>,
    ) -> Result<Self, LoadError> {
        let stage = Stage::of_program(program, plugin).await?;
        Ok(Self { stage, settings })
    }

    /// Lets a profiler see where the time of the calls goes. Of host calls it sees the recorded
    /// times.
    ///
    /// # Errors
    ///
    /// If no thread can be started for its clock.
    pub fn profiled(mut self, profiler: &Arc<Profiler>) -> Result<Self, LoadError> {
        self.stage = self.stage.profiled(profiler)?;
        Ok(self)
    }

    /// Makes one recorded call again, in a fresh instance, and compares.
    pub async fn call(&self, call: &RecordedCall) -> Replayed {
        match self.make_again(call, time(call)).await {
            Ok(made) => made.into_replayed(),
            Err(reason) => Replayed::Impossible(reason),
        }
    }

    /// Does the same within this time. The error is the reason why the call cannot be made again.
    pub(crate) async fn make_again(
        &self,
        call: &RecordedCall,
        limit: Duration,
    ) -> Result<MadeAgain, String> {
        if let Some(not_whole) = call.not_whole {
            return Err(not_whole.to_string());
        }
        let invocation = invocation(call)?;
        let mask = Mask::new(self.settings.clone());
        let tape = Tape::playing(call.start.clone(), call.call.clone(), mask);
        let tape = Arc::new(tape);
        let played = match self.stage.play(Arc::clone(&tape), call.max_memory).await {
            Ok(played) => played,
            Err(error) => {
                let found = format!("no instance: {error}");
                let start = Difference::new("start", "an instance", found);
                return Ok(MadeAgain::of(call, vec![start], true, &tape, &[]));
            }
        };
        let delivery = call.delivery.as_ref();
        let output = invocation
            .call_as_it_is(&played.plugin, delivery, limit)
            .await;
        let outcome = outcome_differences(call, &output, &tape)?;
        let is_error = output.is_err_and(|error| error.is_the_guests());
        let logs = played.logs();
        Ok(MadeAgain::of(call, outcome, is_error, &tape, &logs))
    }
}

/// A recorded call that was made again, with all that was otherwise.
pub(crate) struct MadeAgain {
    /// The differences of its outcome.
    pub(crate) outcome: Vec<Difference>,
    /// The differences of its host calls.
    pub(crate) host_calls: Vec<Difference>,
    /// Set if the guest failed by itself, and did not in the record.
    pub(crate) has_failed: bool,
    pub(crate) log: Vec<LogLine>,
    pub(crate) remarks: BTreeSet<String>,
    /// The time that it took; `None` where it had no instance.
    pub(crate) took: Option<Duration>,
}

impl MadeAgain {
    /// Joins the differences of a call's outcome with what its tape has found.
    fn of(
        call: &RecordedCall,
        outcome: Vec<Difference>,
        is_error: bool,
        tape: &Tape,
        logs: &[LogEntry],
    ) -> Self {
        let found = tape.findings().unwrap_or_default();
        let mut remarks = found.remarks;
        if call.calls_before > 0 {
            remarks.insert(format!(
                "the instance had served {} calls before: what it kept of them is not in the record",
                call.calls_before
            ));
        }
        let log = logs.iter().map(|entry| LogLine {
            level: entry.level.as_str(),
            message: masked(tape, &entry.message),
        });
        Self {
            outcome,
            host_calls: found
                .findings
                .iter()
                .flat_map(host_call_differences)
                .collect(),
            has_failed: is_error
                && found.stopped.is_none()
                && matches!(call.outcome, Outcome::Output(_)),
            log: log.collect(),
            remarks,
            took: tape.took(),
        }
    }

    fn into_replayed(self) -> Replayed {
        let Self {
            outcome: mut differences,
            host_calls,
            log,
            remarks,
            ..
        } = self;
        differences.extend(host_calls);
        if differences.is_empty() {
            return Replayed::Equal { remarks };
        }
        Replayed::Different {
            differences,
            log,
            remarks,
        }
    }
}

/// Returns a text without the secrets of a tape.
fn masked(tape: &Tape, text: &str) -> String {
    match tape.content(text).parsed() {
        Ok(Some(Value::String(masked))) => masked,
        _ => String::new(),
    }
}

fn hooks(recording: &Recording) -> BTreeSet<HookName> {
    recording.calls.iter().map(|call| call.hook).collect()
}

fn invocation(call: &RecordedCall) -> Result<Invocation, String> {
    let input = call.input.parsed().map_err(|error| error.to_string())?;
    // A parameter that may be absent is, where it was.
    let input = input.filter(|input| !input.is_null());
    Invocation::read(call.hook, input).map_err(|reason| format!("its input: {reason}"))
}

fn time(call: &RecordedCall) -> Duration {
    let recorded = Duration::from_millis(call.timeout_ms).min(MOST_TIME);
    match call.outcome {
        Outcome::Output(_) => recorded.max(LEAST_TIME),
        Outcome::Error(_) => recorded,
    }
}

/// Returns the differences between the outcome of a call and the recorded one. What follows from a
/// host call without an answer is none of its own.
fn outcome_differences(
    call: &RecordedCall,
    output: &Result<Value, CallError>,
    tape: &Tape,
) -> Result<Vec<Difference>, String> {
    let stopped = tape.findings().and_then(|findings| findings.stopped);
    let found = match output {
        Ok(output) => Outcome::Output(tape.content(output)),
        Err(error) => Outcome::error(error),
    };
    let one = |expected: String, found: String| {
        let differs = expected != found;
        Vec::from_iter(differs.then(|| Difference::new("outcome", expected, found)))
    };
    Ok(match (&call.outcome, &found, stopped) {
        (Outcome::Error(_), _, Some(NoAnswer::EndedHere { .. }))
        | (_, _, Some(NoAnswer::NotRecorded { .. })) => Vec::new(),
        (_, _, Some(reason)) => one(described(&call.outcome)?, reason.to_string()),
        (Outcome::Output(recorded), Outcome::Output(found), None) => {
            let value = |content: &raisfast_recording::Content| {
                let parsed = content.parsed().map_err(|error| error.to_string())?;
                Ok::<_, String>(parsed.unwrap_or_default())
            };
            between("output", &value(recorded)?, &value(found)?)
        }
        (recorded, found, None) => one(described(recorded)?, described(found)?),
    })
}

fn described(outcome: &Outcome) -> Result<String, String> {
    Ok(match outcome {
        Outcome::Error(reason) => format!("the error: {reason}"),
        Outcome::Output(output) => {
            let output = output.parsed().map_err(|error| error.to_string())?;
            format!("the output {}", whole(&output.unwrap_or_default()))
        }
    })
}

fn host_call_differences(finding: &Finding) -> Vec<Difference> {
    match finding {
        Finding::OtherArguments {
            number,
            function,
            recorded,
            found,
        } => {
            let place = format!("host call {number}, {function}");
            match (recorded, found) {
                (Value::Array(recorded), Value::Array(found)) if recorded.len() == found.len() => {
                    let pairs = recorded.iter().zip(found).zip(1..);
                    pairs
                        .flat_map(|((recorded, found), argument)| {
                            between(&format!("{place}, argument {argument}"), recorded, found)
                        })
                        .collect()
                }
                _ => between(&place, recorded, found),
            }
        }
        Finding::OtherOrder { number, function } => vec![Difference::new(
            format!("host call {number}, {function}"),
            "made in this place",
            "made at another time",
        )],
        Finding::Added {
            function,
            arguments,
        } => vec![Difference::new(
            format!("another host call, {function}"),
            "not made",
            format!("made with {}", whole(arguments)),
        )],
        Finding::Missing {
            number,
            function,
            arguments,
        } => vec![Difference::new(
            format!("host call {number}, {function}"),
            format!("made with {}", whole(arguments)),
            "not made",
        )],
    }
}
