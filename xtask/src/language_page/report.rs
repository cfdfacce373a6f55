//! The findings about each plugin.

use std::{path::PathBuf, time::Duration};

use raisfast_project::Language;
use serde::Deserialize;

use crate::workspace;

/// The output of `raisfast plugin conformance --json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) cases: Vec<Case>,
    pub(crate) measurements: Option<Measurements>,
}

/// A case that has run.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Case {
    pub(crate) chapter: String,
    pub(crate) name: String,
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Passed,
    Unsupported,
    Failed,
}

/// The costs of a plugin.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Measurements {
    pub(crate) cold_load_ms: f64,
    pub(crate) cached_load_ms: f64,
    pub(crate) call_ns: u64,
    pub(crate) instance_bytes: Option<u64>,
}

/// The mark of a case on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Passed,
    /// The language has no such thing.
    Unsupported,
    Failed,
    /// There is no plugin to ask.
    NotBuilt,
}

impl Mark {
    pub(crate) const ALL: [Self; 4] = [
        Self::Passed,
        Self::Unsupported,
        Self::Failed,
        Self::NotBuilt,
    ];

    pub(crate) fn shown(self) -> &'static str {
        match self {
            Self::Passed => "✓",
            Self::Unsupported => "–",
            Self::Failed => "✗",
            Self::NotBuilt => "·",
        }
    }
}

impl Case {
    pub(crate) fn mark(&self) -> Mark {
        match self.outcome {
            Outcome::Passed => Mark::Passed,
            Outcome::Unsupported => Mark::Unsupported,
            Outcome::Failed => Mark::Failed,
        }
    }
}

/// A plugin that was built.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) wasm: PathBuf,
    pub(crate) bytes: u64,
    /// The time that its author waits for a build; none if it was not measured.
    pub(crate) rebuild: Option<Duration>,
}

/// One plugin, and what became of it.
#[derive(Debug)]
pub(crate) struct Finding {
    /// The plugin's title on the page.
    pub(crate) title: String,
    pub(crate) language: Language,
    /// The findings, or the reason why it was not built.
    pub(crate) outcome: Result<(Built, Report), String>,
}

impl Finding {
    /// Returns the reason why it was not built, if it was not.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.outcome.as_ref().err().map(String::as_str)
    }

    pub(crate) fn built(&self) -> Option<&Built> {
        self.outcome.as_ref().ok().map(|(built, _)| built)
    }

    pub(crate) fn measurements(&self) -> Option<Measurements> {
        self.outcome.as_ref().ok()?.1.measurements
    }

    /// In the suite's order; none where it was not built.
    pub(crate) fn cases(&self) -> &[Case] {
        self.outcome
            .as_ref()
            .map_or(&[], |(_, report)| &report.cases)
    }

    /// The mark of a case.
    pub(crate) fn mark(&self, chapter: &str, name: &str) -> Mark {
        let mut cases = self.cases().iter();
        cases
            .find(|case| case.chapter == chapter && case.name == name)
            .map_or(Mark::NotBuilt, Case::mark)
    }

    /// Returns the size of its wasm, as a person writes it.
    pub(crate) fn wasm(&self) -> String {
        self.built()
            .map(|built| workspace::shown(&built.wasm))
            .unwrap_or_default()
    }

    /// Returns the number of cases that pass, or the reason why there are none.
    pub(crate) fn score(&self) -> String {
        if let Some(reason) = self.reason() {
            return format!("not built: {reason}");
        }
        let count = |mark| {
            self.cases()
                .iter()
                .filter(|case| case.mark() == mark)
                .count()
        };
        let all = self.cases().len();
        let score = format!("{} of {all}", count(Mark::Passed));
        match count(Mark::Unsupported) {
            0 => score,
            unsupported => format!("{score}, {unsupported} not in the language"),
        }
    }
}
