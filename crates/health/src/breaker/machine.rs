//! The breaker's states and what leads from one to the next. It has no clock: whoever asks says
//! what time it is.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{BreakerEvent, BreakerSettings, BreakerState};

/// The time that a call which is skipped while another one tries the plugin should wait before it
/// asks again.
const DURING_A_PROBE: Duration = Duration::from_secs(1);

/// One breaker.
#[derive(Debug)]
pub(super) struct Machine {
    settings: BreakerSettings,
    phase: Phase,
    /// Failures in a row.
    failures: u32,
    /// The reason for the last of them.
    reason: Option<String>,
    /// True if all of them are only suspected: calls that have not ended.
    suspected: bool,
    /// Tells a probe from those that were before it.
    probes: u64,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Closed,
    Open {
        pause: Pause,
        /// True if a probe of this pause was given up already.
        tried: bool,
    },
    HalfOpen {
        pause: Pause,
        probe: u64,
    },
}

/// A time without calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pause {
    /// When the breaker opened first.
    pub(super) since: DateTime<Utc>,
    /// When a call tries the plugin.
    pub(super) until: DateTime<Utc>,
    /// The length of this pause; those before it were shorter.
    pub(super) length: Duration,
}

/// The decision about a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is made.
    Call,
    /// It is made, and is the probe of this number.
    Probe {
        number: u64,
        /// True if no call before it tried the same.
        first: bool,
    },
    /// It is not made.
    Skip {
        /// The pause that it falls into.
        pause: Pause,
        /// When it is worth asking again.
        ask_again: DateTime<Utc>,
    },
}

impl Machine {
    pub(super) fn closed(settings: BreakerSettings) -> Self {
        Self {
            settings,
            phase: Phase::Closed,
            failures: 0,
            reason: None,
            suspected: false,
            probes: 0,
        }
    }

    /// A breaker as it was written down. Where the clock was set back since, nobody waits longer
    /// than the longest pause.
    pub(super) fn restored(
        settings: BreakerSettings,
        failures: u32,
        reason: String,
        mut pause: Pause,
        now: DateTime<Utc>,
    ) -> Self {
        if settings.failures == 0 {
            return Self::closed(settings);
        }
        pause.until = pause.until.min(later(now, settings.max_pause));
        Self {
            phase: Phase::Open {
                pause,
                tried: false,
            },
            failures,
            reason: Some(reason),
            ..Self::closed(settings)
        }
    }

    pub(super) fn state(&self) -> BreakerState {
        match self.phase {
            Phase::Closed => BreakerState::Closed,
            Phase::Open { .. } => BreakerState::Open,
            Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    pub(super) fn pause(&self) -> Option<Pause> {
        match self.phase {
            Phase::Closed => None,
            Phase::Open { pause, .. } | Phase::HalfOpen { pause, .. } => Some(pause),
        }
    }

    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    pub(super) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// A call is about to be made.
    pub(super) fn admit(&mut self, now: DateTime<Utc>) -> Verdict {
        match self.phase {
            Phase::Closed => Verdict::Call,
            Phase::Open { pause, tried } if pause.until <= now => {
                self.probes += 1;
                let number = self.probes;
                self.phase = Phase::HalfOpen {
                    pause,
                    probe: number,
                };
                Verdict::Probe {
                    number,
                    first: !tried,
                }
            }
            Phase::Open { pause, .. } => Verdict::Skip {
                pause,
                ask_again: pause.until,
            },
            Phase::HalfOpen { pause, .. } => Verdict::Skip {
                pause,
                ask_again: later(now, DURING_A_PROBE),
            },
        }
    }

    /// A call succeeded that is not a probe. One that ends after the breaker has opened decides
    /// nothing, because it began before; unless the breaker opened on the suspicion that such calls
    /// would not end.
    pub(super) fn answered(&mut self) -> Option<BreakerEvent> {
        match self.phase {
            Phase::Closed => {
                self.close();
                None
            }
            Phase::Open { .. } if self.suspected => {
                self.close();
                Some(BreakerEvent::Recovered)
            }
            Phase::Open { .. } | Phase::HalfOpen { .. } => None,
        }
    }

    /// A call failed that is not a probe, or is suspected to.
    pub(super) fn failed(
        &mut self,
        now: DateTime<Utc>,
        reason: &str,
        suspected: bool,
    ) -> Option<BreakerEvent> {
        if self.settings.failures == 0 {
            return None;
        }
        if !matches!(self.phase, Phase::Closed) {
            // What was suspected is known now.
            self.suspected &= suspected;
            return None;
        }
        self.suspected = suspected && (self.failures == 0 || self.suspected);
        self.count(reason);
        if self.failures < self.settings.failures {
            return None;
        }
        self.open(now, now, self.settings.pause);
        Some(BreakerEvent::Paused)
    }

    /// A probe was answered.
    pub(super) fn probe_answered(&mut self, probe: u64) -> Option<BreakerEvent> {
        self.probed(probe)?;
        self.close();
        Some(BreakerEvent::Recovered)
    }

    /// A probe failed.
    pub(super) fn probe_failed(
        &mut self,
        probe: u64,
        now: DateTime<Utc>,
        reason: &str,
    ) -> Option<BreakerEvent> {
        let pause = self.probed(probe)?;
        self.suspected = false;
        self.count(reason);
        self.open(pause.since, now, pause.length.saturating_mul(2));
        Some(BreakerEvent::PausedAgain)
    }

    /// A probe says nothing about the plugin: the next call is another one.
    pub(super) fn probe_given_up(&mut self, probe: u64) {
        if let Some(pause) = self.probed(probe) {
            self.phase = Phase::Open { pause, tried: true };
        }
    }

    /// An administrator has had enough of waiting.
    pub(super) fn reset(&mut self) -> Option<BreakerEvent> {
        let event = self.pause().map(|_| BreakerEvent::Reset);
        self.close();
        event
    }

    /// The pause that this probe is to end, unless something else has ended it.
    fn probed(&self, number: u64) -> Option<Pause> {
        match self.phase {
            Phase::HalfOpen { pause, probe } if probe == number => Some(pause),
            _ => None,
        }
    }

    fn count(&mut self, reason: &str) {
        self.failures = self.failures.saturating_add(1);
        self.reason = Some(reason.to_owned());
    }

    fn open(&mut self, since: DateTime<Utc>, now: DateTime<Utc>, length: Duration) {
        let least = self.settings.pause;
        let length = length.clamp(least, self.settings.max_pause.max(least));
        self.phase = Phase::Open {
            pause: Pause {
                since,
                until: later(now, length),
                length,
            },
            tried: false,
        };
    }

    fn close(&mut self) {
        self.phase = Phase::Closed;
        self.failures = 0;
        self.reason = None;
        self.suspected = false;
    }
}

/// A time so much later, or the end of time.
fn later(time: DateTime<Utc>, length: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(length)
        .ok()
        .and_then(|length| time.checked_add_signed(length))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: BreakerSettings = BreakerSettings {
        failures: 3,
        pause: Duration::from_secs(30),
        max_pause: Duration::from_secs(100),
    };

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    /// A breaker that opened at second 0.
    fn open() -> Machine {
        let mut machine = Machine::closed(SETTINGS);
        for _ in 0..2 {
            assert_eq!(machine.failed(at(0), "trap", false), None);
        }
        assert_eq!(
            machine.failed(at(0), "trap", false),
            Some(BreakerEvent::Paused)
        );
        machine
    }

    fn probe(machine: &mut Machine, second: i64) -> u64 {
        match machine.admit(at(second)) {
            Verdict::Probe { number, .. } => number,
            other => panic!("{other:?} at second {second}"),
        }
    }

    fn until(machine: &Machine) -> DateTime<Utc> {
        machine.pause().expect("it is open").until
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_an_answer_begins_the_row_anew() {
        let mut machine = Machine::closed(SETTINGS);
        for outcome in ["trap", "trap", "", "trap", "trap"] {
            if outcome.is_empty() {
                machine.answered();
                assert_eq!((machine.failures(), machine.reason()), (0, None));
            } else {
                assert_eq!(machine.failed(at(0), outcome, false), None);
            }
            assert_eq!(machine.admit(at(0)), Verdict::Call);
        }
        assert_eq!(
            machine.failed(at(1), "out", false),
            Some(BreakerEvent::Paused)
        );
        assert_eq!(machine.state(), BreakerState::Open);
        assert_eq!((machine.failures(), machine.reason()), (3, Some("out")));
        assert_eq!(
            machine.admit(at(30)),
            Verdict::Skip {
                pause: machine.pause().unwrap(),
                ask_again: at(31)
            }
        );
    }

    #[test]
    fn one_call_probes_and_the_others_are_skipped_meanwhile() {
        let mut machine = open();
        let first = Verdict::Probe {
            number: 1,
            first: true,
        };
        assert_eq!(machine.admit(at(30)), first);
        assert_eq!(machine.state(), BreakerState::HalfOpen);
        let pause = machine.pause().unwrap();
        let ask_again = at(41);
        assert_eq!(machine.admit(at(40)), Verdict::Skip { pause, ask_again });
        assert_eq!(machine.probe_answered(1), Some(BreakerEvent::Recovered));
        assert_eq!(machine.admit(at(40)), Verdict::Call);
        assert_eq!((machine.failures(), machine.pause()), (0, None));
    }

    #[test]
    fn each_failed_probe_doubles_the_pause_up_to_the_longest() {
        let mut machine = open();
        let mut now = 30;
        for (pause, failures) in [(60, 4), (100, 5), (100, 6)] {
            assert_eq!(until(&machine), at(now));
            let number = probe(&mut machine, now);
            let event = machine.probe_failed(number, at(now), "again");
            assert_eq!(event, Some(BreakerEvent::PausedAgain));
            assert_eq!(machine.failures(), failures);
            assert_eq!(machine.pause().unwrap().since, at(0));
            now += pause;
        }
        let number = probe(&mut machine, now);
        machine.probe_answered(number);
        for _ in 0..3 {
            machine.failed(at(now), "trap", false);
        }
        assert_eq!(until(&machine), at(now + 30), "a new row begins small");
    }

    #[test]
    fn a_probe_that_is_given_up_leaves_its_place_to_the_next_call() {
        let mut machine = open();
        let number = probe(&mut machine, 30);
        machine.probe_given_up(number);
        assert_eq!(
            machine.admit(at(30)),
            Verdict::Probe {
                number: 2,
                first: false
            }
        );
        assert_eq!(machine.failures(), 3);
    }

    #[test]
    fn what_began_before_a_change_decides_nothing_after_it() {
        let mut machine = open();
        machine.answered();
        assert_eq!(machine.failed(at(5), "late", false), None);
        assert_eq!((machine.failures(), until(&machine)), (3, at(30)));

        let old = probe(&mut machine, 30);
        assert_eq!(machine.reset(), Some(BreakerEvent::Reset));
        for _ in 0..3 {
            machine.failed(at(40), "trap", false);
        }
        let new = probe(&mut machine, 70);
        assert_eq!(machine.probe_answered(old), None);
        assert_eq!(machine.probe_failed(old, at(71), "late"), None);
        machine.probe_given_up(old);
        assert_eq!(machine.state(), BreakerState::HalfOpen);
        assert_eq!(machine.probe_answered(new), Some(BreakerEvent::Recovered));
    }

    #[test]
    fn a_pause_on_suspicion_ends_with_the_first_answer_of_a_suspected_call() {
        let mut machine = Machine::closed(SETTINGS);
        for _ in 0..3 {
            machine.failed(at(0), "stuck", true);
        }
        assert_eq!(machine.state(), BreakerState::Open);
        assert_eq!(machine.answered(), Some(BreakerEvent::Recovered));
        assert_eq!((machine.failures(), machine.pause()), (0, None));
    }

    #[test]
    fn a_suspicion_that_proves_true_is_a_pause_like_any_other() {
        let stuck = |machine: &mut Machine, times| {
            for _ in 0..times {
                machine.failed(at(0), "stuck", true);
            }
        };
        let mut before = Machine::closed(SETTINGS);
        before.failed(at(0), "deadline", false);
        stuck(&mut before, 2);
        assert_eq!(before.answered(), None, "it failed before");

        let mut after = Machine::closed(SETTINGS);
        stuck(&mut after, 3);
        assert_eq!(after.failed(at(5), "deadline", false), None);
        assert_eq!(after.answered(), None, "it failed after");
        assert_eq!(until(&after), at(30));
    }

    #[test]
    fn a_reset_of_a_closed_breaker_only_forgets_its_failures() {
        let mut machine = Machine::closed(SETTINGS);
        machine.failed(at(0), "trap", false);
        assert_eq!(machine.reset(), None);
        assert_eq!(machine.failures(), 0);
    }

    #[test]
    fn without_a_number_of_failures_it_never_opens() {
        let off = BreakerSettings {
            failures: 0,
            ..SETTINGS
        };
        let mut machine = Machine::closed(off);
        for _ in 0..1_000 {
            assert_eq!(machine.failed(at(0), "trap", false), None);
        }
        assert_eq!(machine.admit(at(0)), Verdict::Call);
        let pause = open().pause().unwrap();
        let restored = Machine::restored(off, 3, "trap".to_owned(), pause, at(0));
        assert_eq!(restored.state(), BreakerState::Closed);
    }

    #[test]
    fn a_restored_breaker_goes_on_where_it_was_whatever_the_clock_says() {
        let pause = open().pause().unwrap();
        let restored = |now| Machine::restored(SETTINGS, 3, "trap".to_owned(), pause, now);
        let mut machine = restored(at(10));
        assert_eq!(until(&machine), at(30));
        let number = probe(&mut machine, 30);
        machine.probe_failed(number, at(30), "trap");
        assert_eq!(until(&machine), at(90), "the doubling goes on");

        let set_back = restored(at(-1_000_000));
        assert_eq!(until(&set_back), at(-1_000_000 + 100));
        assert_eq!(probe(&mut restored(at(1_000_000)), 1_000_000), 1);
    }

    #[test]
    fn a_pause_without_end_does_not_overflow() {
        let settings = BreakerSettings {
            failures: 1,
            pause: Duration::MAX,
            max_pause: Duration::MAX,
        };
        let mut machine = Machine::closed(settings);
        machine.failed(at(0), "trap", false);
        assert!(matches!(machine.admit(at(1 << 40)), Verdict::Skip { .. }));
    }
}
