//! One case in the sandbox.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use raisfast_profile::Profiler;
use raisfast_testkit::{CallError, LoadError, SandboxedPlugin};
use serde::Serialize;
use serde_json::Value;

use crate::{
    Case, Difference,
    case::{Step, Work},
    expectation::Before,
    invocation::Answers,
};

/// The outcome of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// All was as expected.
    Passed,
    /// The plugin says that its language has no such thing, and need not have it.
    Unsupported,
    /// Something was otherwise. The steps after it did not run.
    Failed {
        /// The differences from what was expected.
        differences: Vec<Difference>,
        /// The plugin's log of the step, the host's denials in it.
        log: Vec<LogLine>,
    },
}

/// One record of a plugin's log, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// The contract's word for how much it matters.
    pub level: &'static str,
    /// The text as the plugin gave it, which may hold control characters.
    pub message: String,
}

/// Runs a case on a plugin's folder, with `manifest.toml` and the wasm that it names, in a world of
/// its own. Values and answers of filters keep the rules of a server, or the case fails.
///
/// # Errors
///
/// Where the plugin cannot be loaded, or the case's world cannot be made.
pub async fn run(case: &Case, folder: &Path) -> Result<Outcome, LoadError> {
    run_with(case, folder, Answers::AsTaken, None).await
}

/// Runs a case as [`run`] does, with a profiler, which sees where the time of its calls goes.
///
/// # Errors
///
/// As [`run`].
pub async fn run_profiled(
    case: &Case,
    folder: &Path,
    profiler: &Arc<Profiler>,
) -> Result<Outcome, LoadError> {
    run_with(case, folder, Answers::AsTaken, Some(profiler)).await
}

pub(crate) async fn run_with(
    case: &Case,
    folder: &Path,
    answers: Answers,
    profiler: Option<&Arc<Profiler>>,
) -> Result<Outcome, LoadError> {
    let mut former = BTreeSet::new();
    for _ in 0..case.starts {
        let mut sandbox = case.world.sandbox();
        if let Some(profiler) = profiler {
            sandbox = sandbox.with_profiler(Arc::clone(profiler));
        }
        let plugin = sandbox.load(folder).await?;
        match run_start(case, &plugin, answers, &mut former).await {
            Outcome::Passed => {}
            other => return Ok(other),
        }
    }
    Ok(Outcome::Passed)
}

/// The steps, on a plugin that has just begun.
async fn run_start(
    case: &Case,
    plugin: &SandboxedPlugin,
    answers: Answers,
    former: &mut BTreeSet<String>,
) -> Outcome {
    for (step, number) in case.steps.iter().zip(1..) {
        for _ in 0..step.times {
            let (answered, before) = step.run(plugin, answers).await;
            if case.optional && (is_unsupported(&answered) || left_unsupported(plugin).await) {
                return Outcome::Unsupported;
            }
            let expectation = &step.expectation;
            let mut differences = expectation.compare(plugin, &answered, before).await;
            differences.extend(expectation.compare_with_former(&answered, former));
            if !differences.is_empty() {
                let differences = if case.steps.len() == 1 {
                    differences
                } else {
                    let of_step = differences.into_iter().map(|one| one.of_step(number));
                    of_step.collect()
                };
                let log = before.log_since(plugin);
                return Outcome::Failed { differences, log };
            }
        }
    }
    Outcome::Passed
}

type Answered = Result<Option<Value>, CallError>;

/// Returns whether the answer is the one by which a plugin reports that its language lacks a
/// feature.
fn is_unsupported(answered: &Answered) -> bool {
    matches!(answered, Ok(Some(answer)) if answer["content_type"] == "unsupported")
}

/// Returns whether the plugin left behind, in a hook without an answer, that its language lacks a
/// feature.
async fn left_unsupported(plugin: &SandboxedPlugin) -> bool {
    let files = plugin.files().await;
    files.values().any(|content| content == "unsupported\n")
}

impl Step {
    /// The answer, and how much the plugin had left behind before.
    async fn run(&self, plugin: &SandboxedPlugin, answers: Answers) -> (Answered, Before) {
        let before = Before::of(plugin);
        let answered = match &self.work {
            Work::Call {
                invocation,
                delivery,
            } => invocation.call(plugin, delivery.as_ref(), answers).await,
            Work::Cron(job_type) => plugin.fire_cron(job_type).await.map(|()| None),
        };
        (answered, before)
    }
}
