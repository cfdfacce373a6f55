//! The findings of one run.
//!
//! A [`Figure`] is what was measured, a [`Ratio`] is made of figures of the same run, a [`Target`]
//! holds one of them against a limit. Everything is found by its name again: in `report.json`, in
//! the table on the screen, in the charts and on the page of the documentation.

mod charts;
mod figure;
mod json;
mod machine;
mod page;
mod table;
mod targets;

use serde::{Deserialize, Serialize};

pub use charts::Chart;
use charts::quotient;
pub use figure::{Figure, Unit};
pub use machine::Machine;
pub use page::{CHARTS, PAGE};
pub use targets::{HOST, Limit, Target};

/// One figure divided by another, or a median of such.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// The name, such as `on-post-creating 2 KB: raisfast ÷ Lua 5.4, reused`.
    pub name: String,
    /// The quotient.
    pub value: f64,
}

/// A contender that is left out of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absent {
    /// The scenario's name.
    pub scenario: String,
    /// The contender's.
    pub name: String,
    /// The text instead of a figure.
    pub reason: String,
}

/// All that one run has found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// When the run began, RFC 3339 in UTC.
    pub date: String,
    /// True for a quick run: the same measurements with fewer rounds.
    pub quick: bool,
    /// The machine that it ran on.
    pub machine: Machine,
    /// The figures, in the order of measuring.
    pub figures: Vec<Figure>,
    /// The participants that were not measured, and why.
    pub absent: Vec<Absent>,
    /// The ratios made of the figures.
    pub ratios: Vec<Ratio>,
    /// The project's targets, and whether it reaches them.
    pub targets: Vec<Target>,
}

impl Report {
    /// A report without figures, of this machine and this moment.
    pub fn new(quick: bool) -> Self {
        Self {
            date: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            quick,
            machine: Machine::this(),
            figures: Vec::new(),
            absent: Vec::new(),
            ratios: Vec::new(),
            targets: Vec::new(),
        }
    }

    /// Adds what was measured.
    pub fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// Says why a contender is not in a scenario.
    pub fn add_absent(
        &mut self,
        scenario: impl Into<String>,
        name: impl Into<String>,
        reason: impl Into<String>,
    ) {
        self.absent.push(Absent {
            scenario: scenario.into(),
            name: name.into(),
            reason: reason.into(),
        });
    }

    /// Adds a ratio that a scenario makes of its own figures.
    pub fn add_ratio(&mut self, name: impl Into<String>, value: f64) {
        self.ratios.push(Ratio {
            name: name.into(),
            value,
        });
    }

    /// A figure by its scenario and name, such as `on-login` and `raisfast`.
    pub fn figure(&self, scenario: &str, name: &str) -> Option<&Figure> {
        self.figures
            .iter()
            .find(|figure| figure.scenario == scenario && figure.name == name)
    }

    /// A ratio by its name.
    pub fn ratio(&self, name: &str) -> Option<f64> {
        let ratio = self.ratios.iter().find(|ratio| ratio.name == name)?;
        Some(ratio.value)
    }
}
