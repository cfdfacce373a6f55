//! The counters of one hook of one plugin, or of the server's requests: durations and failures.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use crate::{Distribution, Histogram};

/// Calls that ended: how long they took, and how many failed.
#[derive(Debug, Default)]
pub struct CallFigures {
    durations: Histogram,
    errors: AtomicU64,
}

impl CallFigures {
    /// Counts a call that ended.
    #[inline]
    pub fn note(&self, duration: Duration, has_failed: bool) {
        self.durations.note(duration);
        if has_failed {
            self.errors.fetch_add(1, Relaxed);
        }
    }

    /// Returns what was counted so far.
    pub fn read(&self) -> Calls {
        // First, so that there are not more of them than calls.
        let errors = self.errors.load(Relaxed);
        Calls {
            durations: self.durations.read(),
            errors,
        }
    }
}

/// The same at one moment, or between two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    /// The durations of all calls.
    pub durations: Distribution,
    /// The number of those that failed.
    pub errors: u64,
}

impl Calls {
    /// Returns the number of all calls.
    pub fn count(&self) -> u64 {
        self.durations.count()
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.durations.add(&other.durations);
        self.errors = self.errors.saturating_add(other.errors);
    }

    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            durations: self.durations.since(&before.durations),
            errors: self.errors.saturating_sub(before.errors),
        }
    }
}
