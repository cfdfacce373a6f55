//! Counting by the minute.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const MINUTE: Duration = Duration::from_mins(1);

/// At most `limit` in a minute, counted in windows of one minute that begin with their first use.
pub(crate) struct Rate {
    limit: u64,
    window: Mutex<Option<Window>>,
}

struct Window {
    began: Instant,
    used: u64,
    /// True if the log has reported that no more is allowed.
    is_told: bool,
}

/// The decision about one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// It is.
    Granted,
    /// It is not, and this window has not said so before: the moment to tell somebody.
    FirstRefusal,
    /// It is not.
    Refused,
}

impl Rate {
    pub(crate) fn per_minute(limit: u64) -> Self {
        Self {
            limit,
            window: Mutex::new(None),
        }
    }

    /// Takes one, if it is allowed.
    pub(crate) fn take(&self) -> Allowance {
        self.take_at(Instant::now())
    }

    /// Asks whether any is left, for what is counted when it is done.
    pub(crate) fn ask(&self) -> Allowance {
        self.within(Instant::now(), |window| window.ask(self.limit))
    }

    /// Counts what was done, though it may be more than was left.
    pub(crate) fn count(&self, used: u64) {
        self.within(Instant::now(), |window| {
            window.used = window.used.saturating_add(used);
        });
    }

    fn take_at(&self, now: Instant) -> Allowance {
        self.within(now, |window| {
            let allowance = window.ask(self.limit);
            if allowance == Allowance::Granted {
                window.used += 1;
            }
            allowance
        })
    }

    fn within<T>(&self, now: Instant, act: impl FnOnce(&mut Window) -> T) -> T {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let window = match &mut *window {
            Some(open) if now.duration_since(open.began) < MINUTE => open,
            closed => closed.insert(Window {
                began: now,
                used: 0,
                is_told: false,
            }),
        };
        act(window)
    }
}

impl Window {
    fn ask(&mut self, limit: u64) -> Allowance {
        if self.used < limit {
            return Allowance::Granted;
        }
        if std::mem::replace(&mut self.is_told, true) {
            Allowance::Refused
        } else {
            Allowance::FirstRefusal
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_over_the_limit_and_tells_once_a_window() {
        let rate = Rate::per_minute(2);
        let begin = Instant::now();
        assert_eq!(rate.take_at(begin), Allowance::Granted);
        assert_eq!(rate.take_at(begin), Allowance::Granted);
        assert_eq!(rate.take_at(begin), Allowance::FirstRefusal);
        assert_eq!(rate.take_at(begin + MINUTE / 2), Allowance::Refused);
        assert_eq!(rate.take_at(begin + MINUTE), Allowance::Granted);
    }

    #[test]
    fn what_is_counted_afterwards_may_be_more_than_was_left() {
        let rate = Rate::per_minute(10);
        assert_eq!(rate.ask(), Allowance::Granted);
        rate.count(7);
        assert_eq!(rate.ask(), Allowance::Granted);
        rate.count(u64::MAX);
        assert_eq!(rate.ask(), Allowance::FirstRefusal);
        assert_eq!(rate.ask(), Allowance::Refused);
    }

    #[test]
    fn a_limit_of_nothing_allows_nothing() {
        let rate = Rate::per_minute(0);
        assert_eq!(rate.ask(), Allowance::FirstRefusal);
        assert_eq!(rate.take(), Allowance::Refused);
    }
}
