//! A histogram of durations, counted without a lock.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use crate::Distribution;

/// The number of buckets: ten a decade from 1 µs to 10 s, with what is below in the first, and one
/// for what is above.
pub(crate) const BUCKETS: usize = 72;

/// The bounds of a decade. Each is 1.25 or 1.28 times the one before it, so that what is in a
/// bucket is known to within 28 %.
const DECADE: [u64; 10] = [100, 125, 160, 200, 250, 320, 400, 500, 640, 800];

/// The longest duration of each bucket, in nanoseconds.
pub(crate) const BOUNDS: [u64; BUCKETS] = {
    let mut bounds = [u64::MAX; BUCKETS];
    let (mut index, mut unit) = (0, 10);
    while index < BUCKETS - 1 {
        bounds[index] = DECADE[index % DECADE.len()] * unit;
        index += 1;
        if index.is_multiple_of(DECADE.len()) {
            unit *= 10;
        }
    }
    bounds
};

/// The power of two below the least bound.
const LEAST_POWER: u32 = 9;
/// The power of two below the greatest finite bound.
const MOST_POWER: u32 = 33;
/// A power of two has four cells. None has more than one bound in it, because each bound is at
/// least 1.25 times the one before, and so is a cell's end at most.
const CELLS: usize = 4 * (MOST_POWER - LEAST_POWER + 1) as usize;

/// The bucket of the first duration of each cell.
const FIRST_BUCKET: [u8; CELLS] = {
    let mut first = [0; CELLS];
    let (mut cell, mut bucket) = (0, 0);
    while cell < CELLS {
        let power = LEAST_POWER as usize + cell / 4;
        let begin = (1 << power) + ((cell as u64 % 4) << (power - 2));
        while begin > BOUNDS[bucket as usize] {
            bucket += 1;
        }
        first[cell] = bucket;
        cell += 1;
    }
    first
};

/// Returns the bucket of a duration: a look into a table, and one comparison.
#[inline]
fn bucket(nanos: u64) -> usize {
    let nanos = nanos.clamp(1 << LEAST_POWER, (1 << (MOST_POWER + 1)) - 1);
    let power = nanos.ilog2();
    let quarter = (nanos >> (power - 2)) & 3;
    let cell = 4 * (power - LEAST_POWER) as usize + quarter as usize;
    let first = usize::from(FIRST_BUCKET[cell]);
    first + usize::from(nanos > BOUNDS[first])
}

/// The numbers of durations of each length. It takes 584 bytes.
#[derive(Debug)]
pub struct Histogram {
    counts: [AtomicU64; BUCKETS],
    nanos: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: [const { AtomicU64::new(0) }; BUCKETS],
            nanos: AtomicU64::new(0),
        }
    }
}

impl Histogram {
    /// Counts a duration.
    #[inline]
    pub fn note(&self, duration: Duration) {
        let nanos = nanos(duration);
        self.counts[bucket(nanos)].fetch_add(1, Relaxed);
        // Not microseconds: a call may take less than one, and a thousand of those are not nothing.
        self.nanos.fetch_add(nanos, Relaxed);
    }

    /// Returns what was counted so far. What is counted meanwhile may be in it by half: its count
    /// without its time.
    pub fn read(&self) -> Distribution {
        Distribution {
            counts: self.counts.each_ref().map(|count| count.load(Relaxed)),
            nanos: self.nanos.load(Relaxed),
        }
    }
}

/// Returns a duration in nanoseconds; 584 years at most.
#[inline]
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the bucket of a duration as its definition has it.
    fn searched(nanos: u64) -> usize {
        BOUNDS.partition_point(|bound| *bound < nanos)
    }

    #[test]
    fn the_bounds_are_ten_a_decade_from_a_microsecond_to_ten_seconds() {
        assert_eq!(BOUNDS[0], 1_000);
        assert_eq!(BOUNDS[BUCKETS - 2], 10_000_000_000);
        assert_eq!(BOUNDS[BUCKETS - 1], u64::MAX);
        for pair in BOUNDS[..BUCKETS - 1].windows(2) {
            // 1.25 to 1.28.
            assert!(pair[1] * 4 >= pair[0] * 5, "{pair:?}");
            assert!(pair[1] * 100 <= pair[0] * 128, "{pair:?}");
        }
    }

    #[test]
    fn a_duration_is_in_the_bucket_whose_bound_is_not_below_it() {
        for bound in BOUNDS {
            for nanos in [
                bound.saturating_sub(1),
                bound,
                bound.saturating_add(1),
                bound / 2,
            ] {
                assert_eq!(bucket(nanos), searched(nanos), "{nanos}");
            }
        }
        for power in 0..64 {
            for quarter in 0..4 {
                let begin = (1_u64 << power) + quarter * (1 << power >> 2);
                for nanos in [begin.saturating_sub(1), begin, begin.saturating_add(1)] {
                    assert_eq!(bucket(nanos), searched(nanos), "{nanos}");
                }
            }
        }
        assert_eq!(bucket(0), 0);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn counts_of_many_threads_are_all_there() {
        let histogram = Histogram::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for micros in 1..=1_000 {
                        histogram.note(Duration::from_micros(micros));
                    }
                });
            }
        });
        let read = histogram.read();
        assert_eq!(read.count(), 4_000);
        assert_eq!(read.total(), Duration::from_millis(2_002));
    }
}
