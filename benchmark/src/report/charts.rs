//! A report as charts: SVG that is legible in light and dark, and to those who listen.

mod axis;
mod bars;
mod canvas;
mod lines;

use super::{Figure, Report, Unit};
use crate::scenario;

pub(in crate::report) use bars::quotient;

/// A chart of one scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The scenario that it shows.
    pub scenario: String,
    /// The name of its file, such as `on-login.svg`.
    pub file: String,
    /// The content of the chart in words, for those who do not see it.
    pub description: String,
    /// The chart.
    pub svg: String,
}

impl Report {
    /// A chart for each scenario in which something is compared, in the report's order.
    pub fn charts(&self) -> Vec<Chart> {
        self.scenarios()
            .into_iter()
            .filter_map(|scenario| self.chart(scenario))
            .collect()
    }

    /// The names of the scenarios, in the order of measuring.
    pub fn scenarios(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for figure in &self.figures {
            if !names.contains(&figure.scenario.as_str()) {
                names.push(&figure.scenario);
            }
        }
        names
    }

    fn chart(&self, scenario: &str) -> Option<Chart> {
        let figures: Vec<&Figure> = self
            .figures
            .iter()
            .filter(|figure| figure.scenario == scenario)
            .collect();
        let unit = figures.first()?.unit;
        let shown: Vec<&Figure> = figures
            .into_iter()
            .filter(|figure| figure.unit == unit && is_charted(figure))
            .collect();
        if shown.len() < 2 {
            return None;
        }
        let (description, svg) = if scenario == scenario::concurrency::SCENARIO {
            lines::drawn(scenario, &shown)?
        } else {
            bars::drawn(scenario, shown)
        };
        Some(Chart {
            scenario: scenario.to_owned(),
            file: format!("{}.svg", file_name(scenario)),
            description,
            svg,
        })
    }
}

/// Differences of other figures, and the same ones counted in another way, are in the table only.
fn is_charted(figure: &Figure) -> bool {
    let scenarios = [
        scenario::many_plugins::START,
        scenario::many_plugins::MEMORY,
    ];
    let is_derived = figure.name.contains(", ") || figure.name.starts_with("a further");
    !(scenarios.contains(&figure.scenario.as_str()) && is_derived)
}

/// A scenario's name in small letters, digits and hyphens.
fn file_name(scenario: &str) -> String {
    let words = scenario.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

/// Explains the numbers, and says which are the good ones.
fn legend(unit: Unit) -> &'static str {
    match unit {
        Unit::Nanoseconds => "time, less is better",
        Unit::Bytes => "memory, less is better",
        Unit::PerSecond => "a second, more is better",
        Unit::Count => "count",
    }
}

#[cfg(test)]
mod tests;
