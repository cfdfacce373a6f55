//! A word now and then, so that no work is silent for long.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

/// The longest silence that people take for work.
pub(crate) const SILENCE: Duration = Duration::from_secs(8);

/// Does some work, and says each time that the period is over how long it has taken so far.
pub(crate) fn while_saying<T>(
    period: Duration,
    say: impl Fn(Duration) + Send,
    work: impl FnOnce() -> T,
) -> T {
    thread::scope(|scope| {
        // Nothing is sent: the work has ended when the sender is gone, by a panic too.
        let (_working, ended) = mpsc::channel::<()>();
        let began = Instant::now();
        scope.spawn(move || {
            while ended.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
                say(began.elapsed());
            }
        });
        work()
    })
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::mpsc,
        time::{Duration, Instant},
    };

    use super::while_saying;

    const PERIOD: Duration = Duration::from_millis(5);

    #[test]
    fn long_work_is_never_silent_for_longer_than_the_period() {
        let (said, heard) = mpsc::channel();
        let result = while_saying(
            PERIOD,
            move |elapsed| said.send(elapsed).expect("somebody listens"),
            || {
                let times: Vec<Duration> = heard.iter().take(3).collect();
                assert!(times.is_sorted() && times[0] >= PERIOD, "{times:?}");
                "done"
            },
        );
        assert_eq!(result, "done");
    }

    #[test]
    fn short_work_is_not_held_up_and_nothing_is_said() {
        let began = Instant::now();
        let hour = Duration::from_hours(1);
        while_saying(hour, |_| panic!("too early"), || ());
        assert!(began.elapsed() < hour);
    }

    #[test]
    fn work_that_panics_ends_it_too() {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            while_saying(Duration::from_hours(1), |_| (), || panic!("the work's own"));
        }));
        assert!(panicked.is_err());
    }
}
