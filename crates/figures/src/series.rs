//! The steps of the last hour, of one hook, one plugin or the server.

use std::collections::VecDeque;

use crate::{
    Calls, Distribution,
    charts::{Amounts, Series},
    histogram::nanos,
};

/// The steps that are kept: an hour of ten seconds each.
pub const STEPS: usize = 360;

/// The steps that count as now, beside the one that has begun.
pub(crate) const RECENT: usize = 6;

/// The calls of one step. It takes 20 bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    calls: u32,
    errors: u32,
    micros: u32,
    /// In hundredths of a microsecond, up to 42 s; 0 where there was no call.
    p50: u32,
    p99: u32,
}

impl Step {
    fn of(calls: &Calls) -> Self {
        let quantile = |share| {
            let found = calls.durations.quantile(share);
            found.map_or(0, |found| small(nanos(found) / 10))
        };
        Self {
            calls: small(calls.count()),
            errors: small(calls.errors),
            micros: small(nanos(calls.durations.total()) / 1_000),
            p50: quantile(0.5),
            p99: quantile(0.99),
        }
    }
}

/// The calls of the last hour, and all that is known of those of the last minute. It takes 10.5
/// KiB.
#[derive(Debug)]
pub(crate) struct CallSeries {
    steps: VecDeque<Step>,
    recent: VecDeque<Calls>,
}

impl Default for CallSeries {
    fn default() -> Self {
        Self {
            steps: VecDeque::with_capacity(STEPS),
            recent: VecDeque::with_capacity(RECENT),
        }
    }
}

impl CallSeries {
    pub(crate) fn push(&mut self, calls: &Calls) {
        push(&mut self.steps, STEPS, Step::of(calls));
        push(&mut self.recent, RECENT, calls.clone());
    }

    /// Takes note of steps without a call.
    pub(crate) fn skip(&mut self, steps: usize) {
        for _ in 0..steps.min(STEPS) {
            self.push(&Calls::default());
        }
    }

    /// Returns true if no call is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.calls == 0)
    }

    /// Returns the calls of the last minute.
    pub(crate) fn recent(&self) -> Calls {
        let mut recent = Calls::default();
        for calls in &self.recent {
            recent.add(calls);
        }
        recent
    }

    /// Returns the last steps, this many.
    pub(crate) fn chart(&self, count: usize) -> Series {
        let column = |value: fn(&Step) -> u32| column(&self.steps, count, value);
        let micros = |hundredths: Vec<u32>| {
            let hundredths = hundredths.into_iter();
            hundredths
                .map(|found| (found > 0).then(|| f64::from(found) / 100.0))
                .collect()
        };
        Series {
            calls: column(|step| step.calls),
            errors: column(|step| step.errors),
            total_micros: column(|step| step.micros),
            p50_micros: micros(column(|step| step.p50)),
            p99_micros: micros(column(|step| step.p99)),
        }
    }
}

/// Numbers and times of the last hour. It takes 3 KiB.
#[derive(Debug)]
pub(crate) struct AmountSeries(VecDeque<Amount>);

#[derive(Debug, Clone, Copy, Default)]
struct Amount {
    count: u32,
    micros: u32,
}

impl Default for AmountSeries {
    fn default() -> Self {
        Self(VecDeque::with_capacity(STEPS))
    }
}

impl AmountSeries {
    pub(crate) fn push(&mut self, count: u64, nanos: u64) {
        let amount = Amount {
            count: small(count),
            micros: small(nanos / 1_000),
        };
        push(&mut self.0, STEPS, amount);
    }

    pub(crate) fn push_waits(&mut self, waits: &Distribution) {
        self.push(waits.count(), nanos(waits.total()));
    }

    pub(crate) fn skip(&mut self, steps: usize) {
        for _ in 0..steps.min(STEPS) {
            self.push(0, 0);
        }
    }

    pub(crate) fn chart(&self, count: usize) -> Amounts {
        Amounts {
            count: column(&self.0, count, |amount| amount.count),
            total_micros: column(&self.0, count, |amount| amount.micros),
        }
    }
}

fn push<T>(steps: &mut VecDeque<T>, most: usize, step: T) {
    if steps.len() == most {
        steps.pop_front();
    }
    steps.push_back(step);
}

/// Returns one value of the last `count` steps. Before the first there was nothing.
fn column<T>(steps: &VecDeque<T>, count: usize, value: impl Fn(&T) -> u32) -> Vec<u32> {
    let missing = count.saturating_sub(steps.len());
    let known = steps.iter().skip(steps.len().saturating_sub(count));
    std::iter::repeat_n(0, missing)
        .chain(known.map(value))
        .collect()
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::CallFigures;

    fn calls(durations: &[u64]) -> Calls {
        let figures = CallFigures::default();
        for micros in durations {
            figures.note(Duration::from_micros(*micros), *micros > 1_000);
        }
        figures.read()
    }

    #[test]
    fn an_hour_is_kept_and_no_more() {
        let mut series = CallSeries::default();
        series.push(&calls(&[10, 2_000]));
        for _ in 1..STEPS {
            series.push(&Calls::default());
        }
        assert!(!series.is_empty());
        let chart = series.chart(STEPS);
        assert_eq!((chart.calls[0], chart.errors[0]), (2, 1));
        assert_eq!(chart.total_micros[0], 2_010);
        assert_eq!(chart.p50_micros[1], None);
        series.push(&Calls::default());
        assert!(series.is_empty());
        assert_eq!(series.chart(STEPS).calls, [0; STEPS]);
        // What was reserved at the beginning was enough.
        assert_eq!(series.steps.capacity(), STEPS);
        assert_eq!(series.recent.capacity(), RECENT);
    }

    #[test]
    fn the_bytes_of_a_series_are_those_that_are_stated() {
        let calls = STEPS * size_of::<Step>() + RECENT * size_of::<Calls>();
        assert!(calls <= 10_752, "{calls} bytes");
        let amounts = STEPS * size_of::<Amount>();
        assert_eq!(amounts, 2_880);
        // Of a plugin as a whole: calls, host calls and waits.
        assert!(calls + 2 * amounts <= 17 << 10);
    }

    #[test]
    fn a_chart_is_as_long_as_it_was_asked_for() {
        let mut series = CallSeries::default();
        series.push(&calls(&[100]));
        series.skip(1);
        series.push(&calls(&[100, 100]));
        assert_eq!(series.chart(5).calls, [0, 0, 1, 0, 2]);
        assert_eq!(series.chart(3).calls, [1, 0, 2]);
        assert_eq!(series.chart(1).calls, [2]);
        assert!(series.chart(0).calls.is_empty());
        let p99 = series.chart(1).p99_micros[0].expect("two calls");
        assert!((p99 / 100.0 - 1.0).abs() < 0.14, "{p99}");
    }

    #[test]
    fn numbers_that_are_too_large_stop_at_the_largest() {
        let mut amounts = AmountSeries::default();
        amounts.push(u64::MAX, u64::MAX);
        let chart = amounts.chart(1);
        assert_eq!(
            (chart.count[0], chart.total_micros[0]),
            (u32::MAX, u32::MAX)
        );
    }

    #[test]
    fn the_last_minute_is_six_steps() {
        let mut series = CallSeries::default();
        for length in 1..=8 {
            series.push(&calls(&vec![10; length]));
        }
        assert_eq!(series.recent().count(), 3 + 4 + 5 + 6 + 7 + 8);
    }
}
