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
}

/// Whether one more is allowed.
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

    pub(crate) fn take(&self) -> Allowance {
        self.take_at(Instant::now())
    }

    fn take_at(&self, now: Instant) -> Allowance {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let window = match &mut *window {
            Some(open) if now.duration_since(open.began) < MINUTE => open,
            closed => closed.insert(Window {
                began: now,
                used: 0,
            }),
        };
        window.used = window.used.saturating_add(1);
        match window.used {
            used if used <= self.limit => Allowance::Granted,
            used if used == self.limit + 1 => Allowance::FirstRefusal,
            _ => Allowance::Refused,
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
}
