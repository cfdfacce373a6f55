//! On which stack a guest runs.
//!
//! A guest that may have to wait runs on a stack of its own, which can be set aside at any point: in a
//! host function that waits for a database, and in the middle of a loop when the clock ticks. Changing
//! stacks costs a short call more than all else that is around it. A guest that computes, and calls only
//! what answers at once, needs none: it runs on its caller's stack, as a function does.
//!
//! Such a call cannot be set aside and cannot go to the [background](crate::background), so a long one is treated
//! otherwise. At the second tick the thread's other tasks go to another thread, and the call waits for its turn
//! among the long ones; at the deadline the clock ends the call; and the next calls of its hook get a stack of
//! their own again.

use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::{Duration, Instant},
};

use raisfast_contract::HookName;
use tokio::runtime::{Handle, RuntimeFlavor};
use wasmtime::UpdateDeadline;

use crate::turns::{Places, Turn};

/// The calls of a hook that get a stack of their own after one that was long.
const AFTER_A_LONG_CALL: u32 = 1_000;

/// The stack of a call in progress, and so what a tick of the clock does to it.
pub(crate) enum Stack {
    /// Its own: a tick sets the guest aside, to go on when it is its task's turn again.
    Own,
    /// Its caller's.
    Callers(CallersStack),
}

impl Stack {
    /// The ticks after which a guest that has just begun is first told.
    pub(crate) fn first_tick(&self) -> u64 {
        match self {
            Self::Own => 1,
            // The next tick may come at once. Only the second shows that the call is long.
            Self::Callers(_) => 2,
        }
    }

    pub(crate) fn tick(&mut self, places: &Places) -> UpdateDeadline {
        match self {
            Self::Own => UpdateDeadline::Yield(1),
            Self::Callers(call) => call.tick(places),
        }
    }

    /// The call is over.
    pub(crate) fn end_turn(&mut self) {
        if let Self::Callers(call) = self {
            call.turn = None;
        }
    }

    /// The call's limit, if the clock has ended it. The deadline of a call on a stack of its own is its
    /// caller's.
    pub(crate) fn limit_if_over(&self) -> Option<Duration> {
        match self {
            Self::Callers(call) if call.is_over => Some(call.limit),
            _ => None,
        }
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
    /// A call that ends a `limit` after it is found to be long, which is two ticks more at the most.
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            ends: None,
            is_over: false,
            turn: None,
        }
    }

    /// Whether the call has kept its thread for more than a tick.
    pub(crate) fn is_long(&self) -> bool {
        self.ends.is_some()
    }

    fn tick(&mut self, places: &Places) -> UpdateDeadline {
        self.turn = None;
        let now = Instant::now();
        let ends = *self.ends.get_or_insert(now + self.limit);
        if now < ends && can_hand_over() {
            // The executor gives the other tasks to a thread of its own and takes them back if that has not
            // begun when this returns, which takes a millisecond at the least. When they are gone already, this does
            // nothing but wait.
            self.turn = tokio::task::block_in_place(|| places.wait_for(ends - now));
        }
        if Instant::now() >= ends {
            self.turn = None;
            self.is_over = true;
            return UpdateDeadline::Interrupt;
        }
        UpdateDeadline::Continue(1)
    }
}

/// Whether this thread's tasks can go to another one.
fn can_hand_over() -> bool {
    Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// Which hooks of one plugin run on their caller's stack.
pub(crate) struct StackChoice {
    never_waits: bool,
    /// For each hook, the calls that still get a stack of their own.
    own: [AtomicU32; HookName::ALL.len()],
}

impl StackChoice {
    /// For a plugin whose imports never make it wait, or may. Where the executor has but one thread, every
    /// call gets a stack of its own.
    pub(crate) fn new(may_wait: bool) -> Self {
        Self {
            never_waits: !may_wait && can_hand_over(),
            own: Default::default(),
        }
    }

    /// Whether the next call of `hook` runs on its caller's stack.
    pub(crate) fn is_callers(&self, hook: HookName) -> bool {
        if !self.never_waits {
            return false;
        }
        let own = &self.own[hook as usize];
        // A count that two calls take together is no harm.
        match own.load(Relaxed) {
            0 => true,
            left => {
                own.store(left - 1, Relaxed);
                false
            }
        }
    }

    /// A call of `hook` was long.
    pub(crate) fn was_long(&self, hook: HookName) {
        self.own[hook as usize].store(AFTER_A_LONG_CALL, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interrupts(update: &UpdateDeadline) -> bool {
        matches!(update, UpdateDeadline::Interrupt)
    }

    #[test]
    fn a_call_is_long_when_the_clock_finds_it_running() {
        let places = Places::new(1);
        let mut call = CallersStack::new(Duration::from_mins(1));
        assert!(!call.is_long());
        assert!(!interrupts(&call.tick(&places)));
        assert!(call.is_long());
        assert_eq!(Stack::Callers(call).limit_if_over(), None);
    }

    #[test]
    fn a_long_call_ends_at_its_limit() {
        let mut call = CallersStack::new(Duration::ZERO);
        assert!(interrupts(&call.tick(&Places::new(1))));
        let limit = Stack::Callers(call).limit_if_over();
        assert_eq!(limit, Some(Duration::ZERO));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_long_call_leaves_its_thread_to_others() {
        let other = tokio::spawn(async {
            let (sent, received) = std::sync::mpsc::channel();
            tokio::spawn(async move { sent.send(()) });
            let mut call = CallersStack::new(Duration::from_mins(1));
            let places = Places::new(1);
            // The only worker is busy here until the other task has run.
            while received.try_recv().is_err() {
                assert!(!interrupts(&call.tick(&places)));
            }
        });
        tokio::time::timeout(Duration::from_secs(30), other)
            .await
            .expect("the other task runs")
            .unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_long_call_ends_at_its_limit_though_its_turn_does_not_come() {
        let places = Places::new(1);
        let _taken = places.take_all();
        let mut call = CallersStack::new(Duration::from_millis(20));
        assert!(interrupts(&call.tick(&places)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_long_call_has_one_turn_at_a_time_and_none_when_it_is_over() {
        let places = Places::new(1);
        let mut long = Stack::Callers(CallersStack::new(Duration::from_mins(1)));
        for _ in 0..3 {
            assert!(!interrupts(&long.tick(&places)));
        }
        let mut other = CallersStack::new(Duration::from_millis(20));
        assert!(interrupts(&other.tick(&places)), "the only place is taken");
        long.end_turn();
        let mut other = CallersStack::new(Duration::from_mins(1));
        assert!(!interrupts(&other.tick(&places)));
    }

    #[tokio::test]
    async fn where_there_is_one_thread_every_call_can_be_set_aside() {
        assert!(!StackChoice::new(false).is_callers(HookName::OnLogin));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_plugin_that_may_wait_can_be_set_aside() {
        assert!(!StackChoice::new(true).is_callers(HookName::OnLogin));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_long_hook_gets_a_stack_of_its_own_for_a_while() {
        let choice = StackChoice::new(false);
        assert!(choice.is_callers(HookName::OnLogin));
        choice.was_long(HookName::OnLogin);
        for _ in 0..AFTER_A_LONG_CALL {
            assert!(!choice.is_callers(HookName::OnLogin));
        }
        assert!(choice.is_callers(HookName::OnLogin));
        choice.was_long(HookName::OnLogin);
        assert!(choice.is_callers(HookName::FilterHtml));
    }
}
