//! The stack on which a guest runs.
//!
//! A guest that may have to wait runs on a stack of its own, which can be set aside at any point:
//! in a host function that waits for a database, and in the middle of a loop when the clock ticks.
//! Changing stacks costs a short call more than all else that is around it. A guest that computes,
//! and calls only what returns at once, needs none: it runs on its caller's stack, as a function
//! does.
//!
//! Such a call cannot be set aside and cannot go to the background, so a long one is treated
//! otherwise. Once it is long the thread's other tasks go to another thread, and the call waits for
//! its turn among the long ones; at the deadline the clock ends the call; and the next calls of its
//! hook get a stack of their own.

use std::time::{Duration, Instant};

use tokio::runtime::{Handle, RuntimeFlavor};
use wasmtime::UpdateDeadline;

use super::{
    Cooldown, LONG, TICK,
    turns::{Turn, Turns},
};

/// Running while a hook's calls get a stack of their own, after one that was long on its caller's.
pub(crate) type OwnStackCooldown = Cooldown<1_000>;

/// The part of a call's time in which its whereabouts are noted: the last quarter.
const LAST_PART: u32 = 4;

/// The stack of a call in progress, which decides about the effect of a tick of the clock.
pub(crate) enum Stack {
    /// A stack of its own: a tick sets the guest aside, to go on when it is its task's turn again.
    Own(OwnStack),
    /// The stack of its caller.
    Callers(CallersStack),
}

impl Stack {
    /// Returns the number of ticks after which a guest that has just begun is first interrupted.
    pub(crate) fn first_tick(&self) -> u64 {
        match self {
            Self::Own(_) => 1,
            // The first tick may come at once; those after it show that the call is long.
            Self::Callers(_) => 1 + u64::from(LONG.subsec_micros().div_ceil(TICK.subsec_micros())),
        }
    }

    pub(crate) fn tick(&mut self, turns: &Turns) -> UpdateDeadline {
        match self {
            Self::Own(call) => {
                call.tick();
                UpdateDeadline::Yield(1)
            }
            Self::Callers(call) => call.tick(turns),
        }
    }

    /// Returns true for a call whose limit is near, as far as nothing else will tell where it is:
    /// who waits for a call on a stack of its own drops it.
    pub(crate) fn is_nearly_over(&self) -> bool {
        matches!(self, Self::Own(call) if call.is_nearly_over)
    }

    /// Gives the turn of a call that is over to the next one.
    pub(crate) fn end_turn(&mut self) {
        if let Self::Callers(call) = self {
            call.turn = None;
        }
    }

    /// Returns the call's limit, if the clock has ended it. Who waits for a call on a stack of its
    /// own ends that.
    pub(crate) fn limit_if_over(&self) -> Option<Duration> {
        match self {
            Self::Callers(call) if call.is_over => Some(call.limit),
            _ => None,
        }
    }
}

/// A call on a stack of its own.
pub(crate) struct OwnStack {
    limit: Duration,
    /// None before the first tick: reading the clock would cost a short call too much.
    ends: Option<Instant>,
    is_nearly_over: bool,
}

impl OwnStack {
    /// Begins a call that somebody drops at this limit.
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            ends: None,
            is_nearly_over: false,
        }
    }

    fn tick(&mut self) {
        let now = Instant::now();
        let ends = *self.ends.get_or_insert(now + self.limit);
        self.is_nearly_over = ends.saturating_duration_since(now) <= self.limit / LAST_PART;
    }
}

/// A call on its caller's stack.
pub(crate) struct CallersStack {
    limit: Duration,
    /// None until the call is found to be long: reading the clock would cost a short one too much.
    ends: Option<Instant>,
    is_over: bool,
    /// Of a long call.
    turn: Option<Turn>,
}

impl CallersStack {
    /// Begins a call that ends a `limit` after it is found to be long, which is two ticks more at
    /// the most.
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            ends: None,
            is_over: false,
            turn: None,
        }
    }

    /// Returns true if the call was found to be long.
    pub(crate) fn is_long(&self) -> bool {
        self.ends.is_some()
    }

    fn tick(&mut self, turns: &Turns) -> UpdateDeadline {
        self.turn = None;
        let now = Instant::now();
        let ends = *self.ends.get_or_insert(now + self.limit);
        if now < ends && can_hand_over() {
            // The executor gives the other tasks to a thread of its own and takes them back if that
            // has not begun when this returns, which takes a millisecond at the least. When they
            // are gone already, this does nothing but wait.
            self.turn = tokio::task::block_in_place(|| turns.wait_for(ends - now));
        }
        if Instant::now() >= ends {
            self.turn = None;
            self.is_over = true;
            return UpdateDeadline::Interrupt;
        }
        UpdateDeadline::Continue(1)
    }
}

/// Returns true if the calls of a plugin, whose imports may make it wait or not, can run on their
/// callers' stacks. Where the executor has a single thread, every call gets a stack of its own.
pub(crate) fn fits_callers_stack(may_wait: bool) -> bool {
    !may_wait && can_hand_over()
}

/// Returns true if this thread's tasks can go to another one.
fn can_hand_over() -> bool {
    Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interrupts(update: &UpdateDeadline) -> bool {
        matches!(update, UpdateDeadline::Interrupt)
    }

    #[test]
    fn a_call_is_long_when_the_clock_finds_it_running() {
        let turns = Turns::new(1);
        let mut call = CallersStack::new(Duration::from_mins(1));
        assert!(!call.is_long());
        assert!(!interrupts(&call.tick(&turns)));
        assert!(call.is_long());
        assert_eq!(Stack::Callers(call).limit_if_over(), None);
    }

    #[test]
    fn the_whereabouts_of_a_call_are_of_interest_when_its_limit_is_near() {
        let turns = Turns::new(1);
        for (limit, expected) in [(Duration::from_mins(1), false), (Duration::ZERO, true)] {
            let mut own = Stack::Own(OwnStack::new(limit));
            assert!(!own.is_nearly_over());
            assert!(!interrupts(&own.tick(&turns)));
            assert_eq!(own.is_nearly_over(), expected);
        }
    }

    #[test]
    fn a_long_call_ends_at_its_limit() {
        let mut call = CallersStack::new(Duration::ZERO);
        assert!(interrupts(&call.tick(&Turns::new(1))));
        let limit = Stack::Callers(call).limit_if_over();
        assert_eq!(limit, Some(Duration::ZERO));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_long_call_leaves_its_thread_to_others() {
        let other = tokio::spawn(async {
            let (sent, received) = std::sync::mpsc::channel();
            tokio::spawn(async move { sent.send(()) });
            let mut call = CallersStack::new(Duration::from_mins(1));
            let turns = Turns::new(1);
            // The only worker is busy here until the other task has run.
            while received.try_recv().is_err() {
                assert!(!interrupts(&call.tick(&turns)));
            }
        });
        tokio::time::timeout(Duration::from_secs(30), other)
            .await
            .expect("the other task runs")
            .unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_long_call_ends_at_its_limit_though_its_turn_does_not_come() {
        let turns = Turns::new(1);
        let _taken = turns.take_all();
        let mut call = CallersStack::new(Duration::from_millis(20));
        assert!(interrupts(&call.tick(&turns)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_long_call_has_one_turn_at_a_time_and_none_when_it_is_over() {
        let turns = Turns::new(1);
        let mut long = Stack::Callers(CallersStack::new(Duration::from_mins(1)));
        for _ in 0..3 {
            assert!(!interrupts(&long.tick(&turns)));
        }
        let mut other = CallersStack::new(Duration::from_millis(20));
        assert!(interrupts(&other.tick(&turns)), "the only turn is taken");
        long.end_turn();
        let mut other = CallersStack::new(Duration::from_mins(1));
        assert!(!interrupts(&other.tick(&turns)));
    }

    #[tokio::test]
    async fn where_there_is_one_thread_every_call_can_be_set_aside() {
        assert!(!fits_callers_stack(false));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_plugin_that_may_wait_can_be_set_aside() {
        assert!(!fits_callers_stack(true));
        assert!(fits_callers_stack(false));
    }
}
