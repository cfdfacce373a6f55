//! The time that callers have waited in one turn.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts and nanoseconds of a run have fewer digits"
)]

use std::time::Duration;

use anyhow::{Result, ensure};

/// The results of one turn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Turn {
    pub(super) calls_a_second: f64,
    /// Nanoseconds.
    pub(super) mean: f64,
    pub(super) longest: f64,
    /// 99 and 99.9 of a hundred waits are not longer.
    pub(super) p99: f64,
    pub(super) p999: f64,
    /// The mean wait of the caller who waits longest, divided by that of all.
    pub(super) unfairness: f64,
}

impl Turn {
    /// From each caller's waits.
    pub(super) fn of(callers: &[Vec<u64>], elapsed: Duration) -> Result<Self> {
        let mut waits: Vec<u64> = callers.iter().flatten().copied().collect();
        ensure!(
            callers.iter().all(|waits| !waits.is_empty()),
            "a caller got no answer within {elapsed:?}; there were {} calls",
            waits.len()
        );
        waits.sort_unstable();
        let mean = mean(&waits);
        let means = callers.iter().map(|waits| self::mean(waits));
        Ok(Self {
            calls_a_second: waits.len() as f64 / elapsed.as_secs_f64(),
            mean,
            longest: waits[waits.len() - 1] as f64,
            p99: not_exceeded_by(&waits, 0.99),
            p999: not_exceeded_by(&waits, 0.999),
            unfairness: means.fold(0.0, f64::max) / mean,
        })
    }
}

fn mean(waits: &[u64]) -> f64 {
    waits.iter().sum::<u64>() as f64 / waits.len() as f64
}

/// The shortest wait that this part of all waits does not exceed.
fn not_exceeded_by(sorted: &[u64], part: f64) -> f64 {
    let rank = (sorted.len() as f64 * part).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1] as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_told_by_all_waits_and_by_the_caller_who_waits_longest() {
        let callers = [vec![10, 10, 10, 10], vec![20, 40]];
        let turn = Turn::of(&callers, Duration::from_millis(3)).unwrap();
        assert!((turn.calls_a_second - 2_000.0).abs() < 1e-9);
        // 100 ns in 6 calls; the second caller's mean is 30.
        assert!((turn.mean - 100.0 / 6.0).abs() < 1e-9);
        assert!((turn.unfairness - 30.0 / (100.0 / 6.0)).abs() < 1e-9);
        assert!((turn.longest - 40.0).abs() < 1e-9);
    }

    #[test]
    fn a_caller_who_gets_no_answer_is_an_error() {
        let error = Turn::of(&[vec![1], vec![]], Duration::from_millis(1)).unwrap_err();
        assert!(error.to_string().contains("got no answer"), "{error}");
    }

    #[test]
    fn so_many_of_a_hundred_waits_are_not_longer() {
        let waits: Vec<u64> = (1..=1_000).collect();
        let is = |waits: &[u64], part, expected: f64| {
            let found = not_exceeded_by(waits, part);
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        };
        is(&waits, 0.99, 990.0);
        is(&waits, 0.999, 999.0);
        is(&waits, 1.0, 1_000.0);
        is(&[7], 0.999, 7.0);
    }
}
