//! Long calls take turns, so that short ones always find a free thread.
//!
//! A guest that computes keeps its thread until the clock's next tick. As many of them as there are threads
//! would keep everybody else waiting for a tick at each step of a request. So a call that has computed for long
//! goes on only in one of a few places, fewer than there are threads, and gives its place up at each tick: the
//! next long call has its turn, in the order in which they came. A call that waits for the host holds none.
//!
//! A turn begins with [`Pace::poll`] or [`Places::wait_for`] and ends with the tick, with the call, or with whoever
//! drops the call. Calls of less than a tick never ask for one, unless those of their hook were very long of late:
//! such calls do not even begin outside of the places, or a plugin that is called often enough would compute
//! in as many first ticks as it likes.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    thread,
    time::{Duration, Instant},
};

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::unconstrained,
    time::timeout,
};

/// What makes a call long: so much of the last time it has computed, and not waited for the host. A guest that
/// computes is found to have done so at a tick, which may come a little early.
const LONG: Duration = Duration::from_millis(4);

/// How far back a call's computing is remembered: one that waits for as long is not long any more. And what
/// makes a call very long.
const REMEMBERED: Duration = Duration::from_millis(20);

/// The calls of a hook that begin in their turn after one that was very long.
const AFTER_A_VERY_LONG_CALL: u32 = 20;

/// The places for long calls of all plugins. Cloning shares them.
#[derive(Clone)]
pub(crate) struct Places(Arc<Semaphore>);

/// The right to go on until the next tick.
pub(crate) type Turn = OwnedSemaphorePermit;

impl Places {
    /// Three for every four of the executor's threads, and one where it has a single thread.
    pub(crate) fn beside_this_executor() -> Self {
        let threads = Handle::try_current().map_or_else(
            |_| thread::available_parallelism().map_or(1, usize::from),
            |executor| executor.metrics().num_workers(),
        );
        Self::of_threads(threads)
    }

    fn of_threads(threads: usize) -> Self {
        let places = threads - threads.div_ceil(4);
        Self(Arc::new(Semaphore::new(places.max(1))))
    }

    async fn turn(self) -> Turn {
        let turn = self.0.acquire_owned().await;
        turn.expect("the places are never closed")
    }

    /// Leaves no place to others.
    #[cfg(test)]
    pub(crate) fn take_all(&self) -> Turn {
        let free = u32::try_from(self.0.available_permits()).expect("a few places");
        let all = self.0.clone().try_acquire_many_owned(free);
        all.expect("they are free")
    }

    /// Keeps this thread, which has to be one where blocking is allowed, until it is this call's turn; none when
    /// that does not come within `limit`.
    pub(crate) fn wait_for(&self, limit: Duration) -> Option<Turn> {
        let turn = self.clone().turn();
        Handle::current().block_on(async { timeout(limit, turn).await.ok() })
    }
}

/// Whether the calls of a hook were very long of late.
#[derive(Default)]
pub(crate) struct Habit(AtomicU32);

impl Habit {
    /// Whether the call that now begins waits for its turn first.
    pub(crate) fn begins_in_turn(&self) -> bool {
        // A count that two calls take together is no harm.
        match self.0.load(Relaxed) {
            0 => false,
            left => {
                self.0.store(left - 1, Relaxed);
                true
            }
        }
    }

    fn was_very_long(&self) {
        self.0.store(AFTER_A_VERY_LONG_CALL, Relaxed);
    }
}

/// How much one call computes, and its turn where that is much.
pub(crate) struct Pace {
    places: Places,
    /// What it has computed of late.
    computed: Duration,
    last_poll: Instant,
    next_turn: Option<Pin<Box<dyn Future<Output = Turn> + Send>>>,
}

impl Pace {
    /// Of a call that waits for the first time: for the host, for the clock, or for its turn.
    pub(crate) fn begin(places: &Places, in_turn: bool) -> Self {
        Self {
            places: places.clone(),
            computed: if in_turn { 2 * LONG } else { Duration::ZERO },
            last_poll: Instant::now(),
            next_turn: None,
        }
    }

    /// Lets the call go on, when it is its turn if it is long.
    pub(crate) fn poll<T>(
        &mut self,
        context: &mut Context<'_>,
        habit: &Habit,
        call: Pin<&mut impl Future<Output = T>>,
    ) -> Poll<T> {
        let mut begun = Instant::now();
        let mut turn = None;
        if self.next_turn.is_none() {
            let waited = begun - self.last_poll;
            self.computed = self.computed.saturating_sub(waited);
        }
        if self.computed >= LONG {
            let places = &self.places;
            // A call that has used up its task's budget must not miss its turn.
            let next = self
                .next_turn
                .get_or_insert_with(|| Box::pin(unconstrained(places.clone().turn())));
            turn = Some(ready!(next.as_mut().poll(context)));
            self.next_turn = None;
            begun = Instant::now();
        }
        let outcome = call.poll(context);
        drop(turn);
        self.last_poll = Instant::now();
        self.computed += self.last_poll - begun;
        if self.computed >= REMEMBERED {
            self.computed = REMEMBERED;
            habit.was_very_long();
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::{pending, poll_fn},
        pin::pin,
        task::Waker,
    };

    use super::*;

    /// Computes for a while at each poll, and never ends.
    fn computing() -> impl Future<Output = ()> {
        poll_fn(|_| {
            let begun = Instant::now();
            while begun.elapsed() < LONG {
                std::hint::spin_loop();
            }
            Poll::Pending
        })
    }

    /// Whether all places are taken each time the call is polled from its second poll on.
    fn polls_in_its_place(call: Pin<&mut impl Future<Output = ()>>) -> Vec<bool> {
        let places = Places::of_threads(2);
        let mut pace = Pace::begin(&places, false);
        let mut call = call;
        let mut seen = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..3 {
            let watched = poll_fn(|context| {
                seen.push(places.0.available_permits() == 0);
                call.as_mut().poll(context)
            });
            assert!(
                pace.poll(&mut context, &Habit::default(), pin!(watched))
                    .is_pending()
            );
            assert_eq!(places.0.available_permits(), 1, "the turn is over");
        }
        seen
    }

    #[test]
    fn a_call_that_computes_on_and_on_takes_turns() {
        assert_eq!(polls_in_its_place(pin!(computing())), [false, true, true]);
    }

    #[test]
    fn a_call_that_waits_needs_no_turn() {
        assert_eq!(polls_in_its_place(pin!(pending())), [false; 3]);
    }

    #[test]
    fn a_long_call_does_not_go_on_where_no_place_is_free() {
        let places = Places::of_threads(2);
        let taken = places.take_all();
        let mut context = Context::from_waker(Waker::noop());
        let (mut pace, mut polls) = (Pace::begin(&places, false), 0);
        let mut call = pin!(computing());
        let mut poll = |pace: &mut Pace| {
            let counted = poll_fn(|context| {
                polls += 1;
                call.as_mut().poll(context)
            });
            assert!(
                pace.poll(&mut context, &Habit::default(), pin!(counted))
                    .is_pending()
            );
            polls
        };
        assert_eq!(poll(&mut pace), 1);
        assert_eq!(poll(&mut pace), 1);
        drop(taken);
        assert_eq!(poll(&mut pace), 2);
    }

    #[test]
    fn calls_of_a_hook_that_was_very_long_begin_in_their_turn() {
        let places = Places::of_threads(2);
        let habit = Habit::default();
        assert!(!habit.begins_in_turn());
        let mut pace = Pace::begin(&places, false);
        let mut call = pin!(computing());
        let mut context = Context::from_waker(Waker::noop());
        while !habit.begins_in_turn() {
            assert!(pace.poll(&mut context, &habit, call.as_mut()).is_pending());
        }
        for _ in 1..AFTER_A_VERY_LONG_CALL {
            assert!(habit.begins_in_turn());
        }
        assert!(!habit.begins_in_turn());

        let taken = places.take_all();
        let mut pace = Pace::begin(&places, true);
        let begins = pin!(async { 1 });
        assert!(pace.poll(&mut context, &habit, begins).is_pending());
        drop(taken);
        let begins = pin!(async { 1 });
        assert_eq!(pace.poll(&mut context, &habit, begins), Poll::Ready(1));
    }

    #[test]
    fn some_threads_are_left_to_short_calls() {
        let places = |threads| Places::of_threads(threads).0.available_permits();
        assert_eq!([1, 2, 3, 4, 8, 64].map(places), [1, 1, 2, 3, 6, 48]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_thread_waits_for_its_turn_no_longer_than_it_may() {
        let places = Places::of_threads(2);
        let taken = tokio::task::block_in_place(|| places.wait_for(Duration::ZERO));
        assert!(taken.is_some());
        let soon = Duration::from_millis(10);
        assert!(tokio::task::block_in_place(|| places.wait_for(soon)).is_none());
        drop(taken);
        assert!(tokio::task::block_in_place(|| places.wait_for(soon)).is_some());
    }
}
