//! The figures of a measurement.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The unit that a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Time, in nanoseconds.
    Nanoseconds,
    /// Memory, in bytes.
    Bytes,
    /// Calls or requests a second.
    PerSecond,
    /// Things.
    Count,
}

impl Unit {
    /// A quantity for people: `2.21 µs`, `1.05 MB`, `41.3 k/s`.
    pub fn shown(self, value: f64) -> String {
        Shown(self, value).to_string()
    }

    /// The same without zeros that say nothing: `10 µs`.
    pub fn shown_briefly(self, value: f64) -> String {
        if value == 0.0 {
            return "0".into();
        }
        let shown = self.shown(value);
        match shown.split_once(' ') {
            Some((number, unit)) if number.contains('.') => {
                let number = number.trim_end_matches('0').trim_end_matches('.');
                format!("{number} {unit}")
            }
            _ => shown,
        }
    }
}

/// One quantity, measured some times over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The measured work, such as `on-post-creating 2 KB`.
    pub scenario: String,
    /// By whom, or in which of its variants, such as `Lua 5.4, reused`. Unique in its scenario.
    pub name: String,
    /// The unit of the numbers below.
    pub unit: Unit,
    /// The median of the samples.
    pub median: f64,
    /// Their lower quartile.
    pub low: f64,
    /// Their upper quartile.
    pub high: f64,
    /// The number of samples.
    pub samples: usize,
}

impl Figure {
    /// The median and quartiles of some samples.
    ///
    /// # Panics
    ///
    /// Without samples: nothing was measured.
    pub fn of(
        scenario: impl Into<String>,
        name: impl Into<String>,
        unit: Unit,
        mut samples: Vec<f64>,
    ) -> Self {
        assert!(!samples.is_empty(), "a figure is made of samples");
        samples.sort_by(f64::total_cmp);
        Self {
            scenario: scenario.into(),
            name: name.into(),
            unit,
            median: quantile(&samples, 0.5),
            low: quantile(&samples, 0.25),
            high: quantile(&samples, 0.75),
            samples: samples.len(),
        }
    }

    /// A quantity of this figure's unit, for people.
    pub fn shown(&self, value: f64) -> String {
        self.unit.shown(value)
    }
}

/// Between the two nearest samples, as most statistics programs do it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "there are far fewer samples"
)]
fn quantile(sorted: &[f64], at: f64) -> f64 {
    let place = at * (sorted.len() - 1) as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    below + (above - below) * place.fract()
}

/// A quantity with three digits that count.
struct Shown(Unit, f64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(unit, value) = *self;
        let steps: &[(f64, &str)] = match unit {
            Unit::Nanoseconds => &[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")],
            Unit::Bytes => &[(1e6, "MB"), (1e3, "KB"), (1.0, "B")],
            Unit::PerSecond => &[(1e6, "M/s"), (1e3, "k/s"), (1.0, "/s")],
            Unit::Count => return write!(f, "{value:.0}"),
        };
        let (step, name) = steps
            .iter()
            .find(|(step, _)| value >= *step)
            .unwrap_or(&steps[steps.len() - 1]);
        let scaled = value / step;
        let decimals = match scaled {
            100.0.. => 0,
            10.0.. => 1,
            _ => 2,
        };
        write!(f, "{scaled:.decimals$} {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Figure, Unit};

    fn of(samples: &[f64]) -> (f64, f64, f64) {
        let figure = Figure::of("s", "n", Unit::Nanoseconds, samples.to_vec());
        assert_eq!(figure.samples, samples.len());
        (figure.low, figure.median, figure.high)
    }

    #[test]
    fn half_of_the_samples_lie_between_the_quartiles() {
        assert_eq!(of(&[5.0, 1.0, 3.0, 2.0, 4.0]), (2.0, 3.0, 4.0));
        assert_eq!(of(&[10.0, 20.0, 30.0, 40.0]), (17.5, 25.0, 32.5));
        assert_eq!(of(&[7.0]), (7.0, 7.0, 7.0));
    }

    #[test]
    fn one_slow_sample_does_not_move_the_median() {
        assert_eq!(of(&[1.0, 1.0, 1.0, 1.0, 900.0]), (1.0, 1.0, 1.0));
    }

    #[test]
    #[should_panic(expected = "a figure is made of samples")]
    fn nothing_measured_is_no_figure() {
        of(&[]);
    }

    #[test]
    fn quantities_read_well() {
        assert_eq!(Unit::Nanoseconds.shown(3.456), "3.46 ns");
        assert_eq!(Unit::Nanoseconds.shown(2_214.0), "2.21 µs");
        assert_eq!(Unit::Nanoseconds.shown(35_200_000.0), "35.2 ms");
        assert_eq!(Unit::Bytes.shown(1_048_576.0), "1.05 MB");
        assert_eq!(Unit::PerSecond.shown(412_000.0), "412 k/s");
        assert_eq!(Unit::Count.shown(0.0), "0");
    }

    #[test]
    fn limits_have_no_more_digits_than_they_were_given() {
        assert_eq!(Unit::Nanoseconds.shown_briefly(20.0), "20 ns");
        assert_eq!(Unit::Nanoseconds.shown_briefly(5e6), "5 ms");
        assert_eq!(Unit::Nanoseconds.shown_briefly(5e8), "500 ms");
        assert_eq!(Unit::Bytes.shown_briefly(1e6), "1 MB");
        assert_eq!(Unit::Bytes.shown_briefly(1.5e6), "1.5 MB");
        assert_eq!(Unit::Count.shown_briefly(0.0), "0");
    }
}
