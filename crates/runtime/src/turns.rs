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
    time::{sleep, timeout},
};

/// What makes a call long: so much of the last time it has computed, and not waited for the host. A guest that
/// computes is found to have done so at a tick, which may come a little early.
const LONG: Duration = Duration::from_millis(4);

/// How far back a call's computing is remembered: one that waits for as long is not long any more. And what
/// makes a call very long.
const REMEMBERED: Duration = Duration::from_millis(20);

/// How long a place stays empty before the turn of a call that is very long: what waits for the thread, or for the
/// processor, comes first. It is the executor's shortest sleep.
const PAUSE: Duration = Duration::from_millis(1);

/// The calls of a hook that begin in their turn after one that was very long.
const AFTER_A_VERY_LONG_CALL: u32 = 20;

/// The places for long calls of all plugins. Cloning shares them.
#[derive(Clone)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    all: usize,
}

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
        let all = (threads - threads.div_ceil(4)).max(1);
        Self {
            free: Arc::new(Semaphore::new(all)),
            all,
        }
    }

    /// Whether any long call goes on now.
    pub(crate) fn are_in_use(&self) -> bool {
        self.free.available_permits() < self.all
    }

    async fn turn(self, pause: Duration) -> Turn {
        let turn = self.free.acquire_owned().await;
        if !pause.is_zero() {
            sleep(pause).await;
        }
        turn.expect("the places are never closed")
    }

    /// Leaves no place to others.
    #[cfg(test)]
    pub(crate) fn take_all(&self) -> Turn {
        let free = u32::try_from(self.free.available_permits()).expect("a few places");
        let all = self.free.clone().try_acquire_many_owned(free);
        all.expect("they are free")
    }

    /// Keeps this thread, which has to be one where blocking is allowed, until it is this call's turn; none when
    /// that does not come within `limit`.
    pub(crate) fn wait_for(&self, limit: Duration) -> Option<Turn> {
        let turn = self.clone().turn(PAUSE);
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
            let pause = if self.computed >= REMEMBERED {
                PAUSE
            } else {
                Duration::ZERO
            };
            // A call that has used up its task's budget must not miss its turn.
            let next = self
                .next_turn
                .get_or_insert_with(|| Box::pin(unconstrained(places.clone().turn(pause))));
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
    use std::{future::poll_fn, pin::pin, task::Waker};

    use super::*;

    /// What a call has done before it is polled.
    fn has_computed(pace: &mut Pace, of_late: Duration) {
        pace.computed = of_late;
        pace.last_poll = Instant::now();
    }

    fn poll<T>(pace: &mut Pace, call: impl Future<Output = T>) -> Poll<T> {
        let mut context = Context::from_waker(Waker::noop());
        pace.poll(&mut context, &Habit::default(), pin!(call))
    }

    /// Whether all places are taken while a call that has computed so much is polled.
    fn polled_in_its_place(of_late: Duration) -> bool {
        let places = Places::of_threads(2);
        let mut pace = Pace::begin(&places, false);
        has_computed(&mut pace, of_late);
        let polled = poll(&mut pace, async { places.are_in_use() });
        assert!(!places.are_in_use(), "the turn is over");
        let Poll::Ready(in_its_place) = polled else {
            panic!("a place was free");
        };
        in_its_place
    }

    #[test]
    fn a_call_that_has_computed_for_long_takes_its_turn() {
        assert!(polled_in_its_place(2 * LONG));
    }

    #[test]
    fn a_call_that_has_waited_needs_no_turn() {
        assert!(!polled_in_its_place(Duration::ZERO));
    }

    #[test]
    fn a_long_call_does_not_go_on_where_no_place_is_free() {
        let places = Places::of_threads(2);
        let taken = places.take_all();
        let mut pace = Pace::begin(&places, false);
        has_computed(&mut pace, 2 * LONG);
        assert!(poll(&mut pace, async {}).is_pending());
        assert!(poll(&mut pace, async {}).is_pending());
        drop(taken);
        assert!(poll(&mut pace, async {}).is_ready());
    }

    #[tokio::test]
    async fn the_place_of_a_very_long_call_stays_empty_for_a_moment() {
        let places = Places::of_threads(2);
        let mut pace = Pace::begin(&places, false);
        has_computed(&mut pace, 2 * REMEMBERED);
        assert!(poll(&mut pace, async {}).is_pending());
        assert!(places.are_in_use());
        let habit = Habit::default();
        poll_fn(|context| pace.poll(context, &habit, pin!(async {}))).await;
        assert!(!places.are_in_use());
    }

    #[test]
    fn calls_of_a_hook_that_was_very_long_begin_in_their_turn() {
        let places = Places::of_threads(2);
        let habit = Habit::default();
        assert!(!habit.begins_in_turn());
        habit.was_very_long();
        for _ in 0..AFTER_A_VERY_LONG_CALL {
            assert!(habit.begins_in_turn());
        }
        assert!(!habit.begins_in_turn());

        let taken = places.take_all();
        let mut pace = Pace::begin(&places, true);
        assert!(poll(&mut pace, async {}).is_pending());
        drop(taken);
        assert!(poll(&mut pace, async {}).is_ready());
    }

    #[test]
    fn some_threads_are_left_to_short_calls() {
        let places = |threads| Places::of_threads(threads).all;
        assert_eq!([1, 2, 3, 4, 8, 64].map(places), [1, 1, 2, 3, 6, 48]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_thread_waits_for_its_turn_no_longer_than_it_may() {
        let places = Places::of_threads(2);
        let taken = tokio::task::block_in_place(|| places.wait_for(Duration::from_mins(1)));
        assert!(taken.is_some());
        let soon = Duration::from_millis(10);
        assert!(tokio::task::block_in_place(|| places.wait_for(soon)).is_none());
        drop(taken);
        assert!(tokio::task::block_in_place(|| places.wait_for(Duration::from_mins(1))).is_some());
    }
}
