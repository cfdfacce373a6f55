//! Long calls go on in the background, so that short ones always find a free thread.
//!
//! A call begins on its caller's thread. One that proves long, by how much it computes between its waits for
//! the host, goes on in the [background](crate::background), to its end. So do the next calls of its hook, from
//! their beginning, and the calls of a hook that fails: what it takes to trap, and to throw an instance away, is
//! nobody else's time either. After some of them one begins on its caller's thread again, and shows whether
//! they have become short.

use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use crate::background::{Background, Call, InBackground};

/// What makes a call long: so much more time computing than waiting, of late. A guest that computes is found to
/// have done so at a tick of the clock, which may come a little early.
const LONG: Duration = Duration::from_micros(1_500);

/// The calls of a hook that begin in the background after one that was long or failed.
const AFTER_A_BAD_CALL: u32 = 50;

/// How the calls of one hook were of late.
#[derive(Default)]
pub(crate) struct Habit(AtomicU32);

impl Habit {
    /// Whether a call was long or failed of late.
    pub(crate) fn is_bad(&self) -> bool {
        self.0.load(Relaxed) > 0
    }

    /// A call was long or failed.
    pub(crate) fn was_bad(&self) {
        self.0.store(AFTER_A_BAD_CALL, Relaxed);
    }

    /// Whether the call that now begins does so in the background.
    fn begins_in_background(&self) -> bool {
        // A count that two calls take together is no harm.
        match self.0.load(Relaxed) {
            0 => false,
            left => {
                self.0.store(left - 1, Relaxed);
                true
            }
        }
    }
}

/// A call that goes to the background when it proves long.
pub(crate) struct Paced<'a, T> {
    background: &'a Background,
    habit: &'a Habit,
    stage: Stage<T>,
}

enum Stage<T> {
    OnCallersThread {
        /// None only on its way to the background.
        call: Option<Call<T>>,
        /// None before the call has begun.
        so_far: Option<SoFar>,
    },
    InBackground(InBackground<T>),
}

/// How a call on its caller's thread was until now.
struct SoFar {
    /// What it has computed of late.
    computed: Duration,
    last_poll: Instant,
}

/// Goes on with `call` where its length, and the `habit` of its kind, want it.
pub(crate) fn paced<'a, T>(
    background: &'a Background,
    habit: &'a Habit,
    call: Call<T>,
) -> Paced<'a, T> {
    Paced {
        background,
        habit,
        stage: Stage::OnCallersThread {
            call: Some(call),
            so_far: None,
        },
    }
}

impl<T: Send + 'static> Future for Paced<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Self {
            background,
            habit,
            stage,
        } = &mut *self;
        loop {
            match stage {
                Stage::OnCallersThread { call, so_far } => {
                    let here = call.as_mut().expect("it goes to the background once");
                    let is_long = match so_far {
                        None if habit.begins_in_background() => true,
                        None => {
                            if let Poll::Ready(output) = here.as_mut().poll(context) {
                                return Poll::Ready(output);
                            }
                            // What it has computed until here is not known: reading the clock would cost a short
                            // call too much.
                            *so_far = Some(SoFar {
                                computed: Duration::ZERO,
                                last_poll: Instant::now(),
                            });
                            false
                        }
                        Some(so_far) => {
                            let begun = Instant::now();
                            let waited = begun - so_far.last_poll;
                            if let Poll::Ready(output) = here.as_mut().poll(context) {
                                return Poll::Ready(output);
                            }
                            so_far.last_poll = Instant::now();
                            so_far.computed =
                                so_far.computed.saturating_sub(waited) + (so_far.last_poll - begun);
                            let is_long = so_far.computed >= LONG;
                            if is_long {
                                habit.was_bad();
                            }
                            is_long
                        }
                    };
                    if !is_long {
                        return Poll::Pending;
                    }
                    let call = call.take().expect("it goes to the background once");
                    *stage = Stage::InBackground(background.run(call));
                }
                Stage::InBackground(running) => return Pin::new(running).poll(context),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use tokio::task::yield_now;

    use super::*;

    fn thread() -> Option<String> {
        thread::current().name().map(str::to_owned)
    }

    fn is_background(thread: Option<&str>) -> bool {
        thread == Some("plugin-background")
    }

    /// Keeps its thread for so long.
    fn compute(time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time {}
    }

    /// On which thread a call of so many turns, each of so long, ends.
    async fn ends_on(habit: &Habit, turns: usize, each: Duration) -> Option<String> {
        let background = Background::start().unwrap();
        let call = async move {
            for _ in 0..turns {
                compute(each);
                yield_now().await;
            }
            thread()
        };
        paced(&background, habit, Box::pin(call)).await
    }

    #[tokio::test]
    async fn a_call_that_computes_for_long_goes_to_the_background() {
        let habit = Habit::default();
        assert!(is_background(ends_on(&habit, 2, 2 * LONG).await.as_deref()));
        assert!(habit.is_bad());
    }

    #[tokio::test]
    async fn many_short_turns_without_a_wait_are_long_too() {
        let habit = Habit::default();
        let end = ends_on(&habit, 100, LONG / 10).await;
        assert!(is_background(end.as_deref()));
    }

    #[tokio::test]
    async fn a_short_call_stays_where_it_is() {
        let habit = Habit::default();
        assert_eq!(ends_on(&habit, 1, Duration::ZERO).await, thread());
        assert!(!habit.is_bad());
    }

    #[tokio::test]
    async fn a_call_that_waits_more_than_it_computes_is_not_long() {
        let background = Background::start().unwrap();
        let stays = async || {
            let habit = Habit::default();
            let call = async {
                for _ in 0..10 {
                    compute(LONG / 4);
                    tokio::time::sleep(LONG).await;
                }
                thread()
            };
            paced(&background, &habit, Box::pin(call)).await == thread()
        };
        // A machine that is busy may stretch what is computed.
        for _ in 0..100 {
            if stays().await {
                return;
            }
        }
        panic!("it goes to the background each time");
    }

    #[tokio::test]
    async fn the_calls_after_a_bad_one_begin_in_the_background() {
        let habit = Habit::default();
        habit.was_bad();
        for _ in 0..AFTER_A_BAD_CALL {
            assert!(is_background(
                ends_on(&habit, 0, Duration::ZERO).await.as_deref()
            ));
        }
        assert_eq!(ends_on(&habit, 0, Duration::ZERO).await, thread());
    }
}
