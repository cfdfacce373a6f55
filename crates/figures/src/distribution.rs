//! A histogram that was read: merged, subtracted, asked for its quantiles.

use std::time::Duration;

use crate::histogram::{BOUNDS, BUCKETS};

/// The durations of a [`Histogram`](crate::Histogram) at one moment, or between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    pub(crate) counts: [u64; BUCKETS],
    pub(crate) nanos: u64,
}

impl Default for Distribution {
    fn default() -> Self {
        Self {
            counts: [0; BUCKETS],
            nanos: 0,
        }
    }
}

impl Distribution {
    /// Returns the number of durations.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Returns their sum.
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.nanos)
    }

    /// Adds the durations of another one.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count = count.saturating_add(more);
        }
        self.nanos = self.nanos.saturating_add(other.nanos);
    }

    /// Returns the durations since an earlier reading of the same histogram.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        Self {
            counts: std::array::from_fn(|index| {
                self.counts[index].saturating_sub(before.counts[index])
            }),
            nanos: self.nanos.saturating_sub(before.nanos),
        }
    }

    /// Estimates the duration that this share of all is not longer than: 0.5 for the median. `None`
    /// where there is nothing.
    ///
    /// The estimate is the middle of a bucket that the true value is in, in proportion. So it is at
    /// most 14 % off, from 1 µs to 10 s; what is below counts as 1 µs, what is above as 10 s.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a rank is between 1 and the count"
        )]
        let rank = ((count as f64 * share).ceil() as u64).clamp(1, count);
        let mut before = 0;
        let bucket = self.counts.iter().position(|count| {
            before += count;
            before >= rank
        })?;
        Some(middle(bucket))
    }

    /// Returns the number of durations up to each bound of the public buckets: 1, 2 and 5 of each
    /// decade from 1 µs to 10 s, in seconds, then infinity. The numbers are those of each bucket
    /// alone.
    pub fn coarse(&self) -> Vec<(f64, u64)> {
        let mut buckets = Vec::with_capacity(23);
        let mut count = 0;
        for (index, (bound, more)) in BOUNDS.into_iter().zip(self.counts).enumerate() {
            count += more;
            // 1, 2 and 5 of a decade's ten.
            if index == BUCKETS - 1 {
                buckets.push((f64::INFINITY, count));
            } else if matches!(index % 10, 0 | 3 | 7) {
                buckets.push((Duration::from_nanos(bound).as_secs_f64(), count));
                count = 0;
            }
        }
        buckets
    }
}

/// Returns the middle of a bucket, in proportion to its bounds.
fn middle(bucket: usize) -> Duration {
    let bound = |index: usize| Duration::from_nanos(BOUNDS[index]).as_secs_f64();
    match bucket {
        0 => Duration::from_nanos(BOUNDS[0]),
        last if last == BUCKETS - 1 => Duration::from_nanos(BOUNDS[BUCKETS - 2]),
        bucket => Duration::from_secs_f64((bound(bucket - 1) * bound(bucket)).sqrt()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Histogram;

    fn of(durations: impl IntoIterator<Item = Duration>) -> Distribution {
        let histogram = Histogram::default();
        for duration in durations {
            histogram.note(duration);
        }
        histogram.read()
    }

    #[test]
    fn quantiles_are_at_most_14_percent_off() {
        let micros = Duration::from_micros;
        let sets: [(&str, Vec<Duration>); 5] = [
            ("one", vec![micros(137)]),
            ("the same", vec![micros(999); 1_000]),
            ("a line", (1..=10_000).map(micros).collect()),
            ("two humps", {
                let humps = [(900, 3), (100, 70_000)];
                let all = humps.map(|(count, length)| vec![micros(length); count]);
                all.concat()
            }),
            ("powers", (0..=23).map(|power| micros(1 << power)).collect()),
        ];
        for (name, mut durations) in sets {
            let found = of(durations.iter().copied());
            durations.sort();
            for share in [0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 1.0] {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_precision_loss,
                    clippy::cast_sign_loss,
                    reason = "small and not negative"
                )]
                let rank = ((durations.len() as f64 * share).ceil() as usize).max(1);
                let exact = durations[rank - 1].as_secs_f64();
                let found = found.quantile(share).expect("there are some").as_secs_f64();
                let off = (found / exact).max(exact / found);
                assert!(off <= 1.14, "{name}, {share}: {found} for {exact}");
            }
        }
    }

    #[test]
    fn beyond_the_bounds_a_quantile_is_the_bound() {
        for (nanos, expected) in [
            (0, 1_000),
            (1, 1_000),
            (1_000, 1_000),
            (10_000_000_001, 10_000_000_000),
            (u64::MAX, 10_000_000_000),
        ] {
            let found = of([Duration::from_nanos(nanos)]).quantile(0.5);
            assert_eq!(found, Some(Duration::from_nanos(expected)), "{nanos}");
        }
        assert_eq!(of([]).quantile(0.5), None);
    }

    #[test]
    fn what_is_merged_and_taken_apart_again_is_what_it_was() {
        let one = of((1..=50).map(Duration::from_micros));
        let other = of((1..=50).map(Duration::from_millis));
        let mut both = one.clone();
        both.add(&other);
        assert_eq!(both.count(), 100);
        assert_eq!(both.total(), one.total() + other.total());
        assert_eq!(both.since(&one), other);
        assert_eq!(both.since(&other), one);
        // A reading that is older than what it is taken from is not less than nothing.
        assert_eq!(one.since(&both).count(), 0);
    }

    #[test]
    fn the_public_buckets_are_1_2_and_5_of_each_decade() {
        let found = of([
            Duration::from_nanos(700),
            Duration::from_micros(1),
            Duration::from_nanos(1_001),
            Duration::from_millis(3),
            Duration::from_secs(10),
            Duration::from_secs(11),
        ]);
        let coarse = found.coarse();
        assert_eq!(coarse.len(), 23);
        let bounds: Vec<f64> = coarse.iter().map(|(bound, _)| *bound).collect();
        let mut expected = Vec::new();
        for decade in -6..=0 {
            for step in [1.0, 2.0, 5.0] {
                expected.push(step * 10_f64.powi(decade));
            }
        }
        expected.extend([10.0, f64::INFINITY]);
        for (found, expected) in bounds.iter().zip(&expected) {
            let is_same = (found / expected - 1.0).abs() < 1e-12;
            assert!(is_same || found.is_infinite() && expected.is_infinite());
        }
        let counted: Vec<_> = coarse
            .iter()
            .enumerate()
            .filter(|(_, (_, count))| *count > 0)
            .map(|(index, (_, count))| (index, *count))
            .collect();
        assert_eq!(counted, [(0, 2), (1, 1), (11, 1), (21, 1), (22, 1)]);
    }
}
