//! A countdown of calls.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A countdown of a hook's calls: after one that was bad, the next `CALLS` are treated otherwise.
/// Then one call shows if the hook has become better.
#[derive(Default)]
pub(crate) struct Cooldown<const CALLS: u32>(AtomicU32);

impl<const CALLS: u32> Cooldown<CALLS> {
    /// Begins the countdown anew.
    pub(crate) fn begin(&self) {
        self.0.store(CALLS, Relaxed);
    }

    /// Returns true if the next call belongs to the countdown.
    pub(crate) fn is_running(&self) -> bool {
        self.0.load(Relaxed) > 0
    }

    /// Counts the call that now begins, and returns true if it belongs to the countdown.
    pub(crate) fn count(&self) -> bool {
        // Two calls that are counted as one do no harm.
        match self.0.load(Relaxed) {
            0 => false,
            left => {
                self.0.store(left - 1, Relaxed);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_calls_as_it_says_belong_to_the_countdown() {
        let cooldown = Cooldown::<3>::default();
        assert!(!cooldown.is_running() && !cooldown.count());
        for _ in 0..2 {
            cooldown.begin();
            assert!(cooldown.is_running());
            assert_eq!(
                [(); 5].map(|()| cooldown.count()),
                [true, true, true, false, false]
            );
            assert!(!cooldown.is_running());
        }
    }

    #[test]
    fn a_bad_call_begins_the_countdown_anew() {
        let cooldown = Cooldown::<2>::default();
        cooldown.begin();
        assert!(cooldown.count());
        cooldown.begin();
        assert!(cooldown.count() && cooldown.count() && !cooldown.count());
    }
}
