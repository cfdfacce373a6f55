//! Long calls go on in the background, so that short ones always find a free thread.
//!
//! A call begins on its caller's thread. One that proves long, by how much it computes between its
//! waits for the host, goes on in the background, to its end. So do the next calls of its hook,
//! from their beginning, and the calls of a hook that fails: the time that it takes to trap, and to
//! throw an instance away, is nobody else's either. After some of them one begins on its caller's
//! thread again, and shows if they have become short.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use super::{
    Background, Cooldown, LONG,
    background::{InBackground, Task},
};

/// Running while a hook's calls begin in the background, after one that was long or failed.
pub(crate) type BackgroundCooldown = Cooldown<50>;

/// A call that goes to the background when it proves long.
pub(crate) struct Paced<'a, T> {
    background: &'a Background,
    cooldown: &'a BackgroundCooldown,
    stage: Stage<T>,
}

enum Stage<T> {
    OnCallersThread {
        /// None only on its way to the background.
        call: Option<Task<T>>,
        /// None before the call has begun.
        so_far: Option<SoFar>,
    },
    InBackground(InBackground<T>),
}

/// The past of a call on its caller's thread.
struct SoFar {
    /// The recent time of computing, less that of waiting.
    computed: Duration,
    last_poll: Instant,
}

/// Polls `call` where its length, and those of its kind before it, want it.
pub(crate) fn paced<'a, T>(
    background: &'a Background,
    cooldown: &'a BackgroundCooldown,
    call: Task<T>,
) -> Paced<'a, T> {
    Paced {
        background,
        cooldown,
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
            cooldown,
            stage,
        } = &mut *self;
        loop {
            match stage {
                Stage::OnCallersThread { call, so_far } => {
                    let here = call.as_mut().expect("it goes to the background once");
                    let is_long = match so_far {
                        None if cooldown.count() => true,
                        None => {
                            if let Poll::Ready(output) = here.as_mut().poll(context) {
                                return Poll::Ready(output);
                            }
                            // The time until here is not known: reading the clock would cost a
                            // short call too much.
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
                                cooldown.begin();
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

    /// Keeps its thread for this time.
    fn compute(time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time {}
    }

    /// Returns the thread on which a call ends that has this number of turns, of this length.
    async fn ends_on(
        cooldown: &BackgroundCooldown,
        turns: usize,
        each: Duration,
    ) -> Option<String> {
        let background = Background::start().unwrap();
        let call = async move {
            for _ in 0..turns {
                compute(each);
                yield_now().await;
            }
            thread()
        };
        paced(&background, cooldown, Box::pin(call)).await
    }

    #[tokio::test]
    async fn a_call_that_computes_for_long_goes_to_the_background() {
        let cooldown = BackgroundCooldown::default();
        assert!(is_background(
            ends_on(&cooldown, 2, 2 * LONG).await.as_deref()
        ));
        assert!(cooldown.is_running());
    }

    #[tokio::test]
    async fn many_short_turns_without_a_wait_are_long_too() {
        let cooldown = BackgroundCooldown::default();
        let end = ends_on(&cooldown, 100, LONG / 10).await;
        assert!(is_background(end.as_deref()));
    }

    #[tokio::test]
    async fn a_short_call_stays_where_it_is() {
        let cooldown = BackgroundCooldown::default();
        assert_eq!(ends_on(&cooldown, 1, Duration::ZERO).await, thread());
        assert!(!cooldown.is_running());
    }

    #[tokio::test]
    async fn a_call_that_waits_more_than_it_computes_is_not_long() {
        let background = Background::start().unwrap();
        let stays = async || {
            let cooldown = BackgroundCooldown::default();
            let call = async {
                for _ in 0..10 {
                    compute(LONG / 4);
                    tokio::time::sleep(LONG).await;
                }
                thread()
            };
            paced(&background, &cooldown, Box::pin(call)).await == thread()
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
        let cooldown = BackgroundCooldown::default();
        cooldown.begin();
        for _ in 0..50 {
            assert!(is_background(
                ends_on(&cooldown, 0, Duration::ZERO).await.as_deref()
            ));
        }
        assert_eq!(ends_on(&cooldown, 0, Duration::ZERO).await, thread());
    }
}
