//! The deadline of a call.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use tokio::{
    task::{Unconstrained, unconstrained},
    time::{Sleep, sleep},
};

use crate::turns::{Habit, Pace, Places};

/// Resolves as `call` does, or with none when it does not within `limit`.
///
/// Most calls end where they begin, without waiting for anything, and need no timer. The timer begins when
/// the call first has to wait, which a guest does at the latest with the clock's next tick. From then on a call
/// that computes takes turns with other long ones, in `places`; from the beginning, if that is the `habit` of
/// its kind.
///
/// The call is pinned where it was made: its future is large, and moving it here would cost every call.
pub(crate) async fn within<T>(
    limit: Duration,
    places: &Places,
    habit: &Habit,
    mut call: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    let mut waiting: Option<Box<Waiting>> = None;
    poll_fn(|context| {
        let waiting = if let Some(waiting) = &mut waiting {
            waiting
        } else {
            let in_turn = habit.begins_in_turn();
            if !in_turn && let Poll::Ready(output) = call.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            let first = waiting.insert(Box::new(Waiting {
                timer: Box::pin(unconstrained(sleep(limit))),
                pace: Pace::begin(places, in_turn),
            }));
            if !in_turn {
                return first.timer.as_mut().poll(context).map(|()| None);
            }
            first
        };
        // Before the call, which could take a tick more.
        if waiting.timer.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        let poll = waiting.pace.poll(context, habit, call.as_mut());
        poll.map(Some)
    })
    .await
}

/// What only a call that has had to wait needs.
struct Waiting {
    // A call that uses up its task's budget again and again must not keep its timer from being asked.
    timer: Pin<Box<Unconstrained<Sleep>>>,
    pace: Pace,
}
#[cfg(test)]
mod tests {
    use std::{
        future::{pending, ready},
        pin::pin,
    };

    use tokio::task::{consume_budget, yield_now};

    use super::*;

    const SOON: Duration = Duration::from_millis(10);

    /// Resolves as [`super::within`] does, where no other call takes turns.
    async fn within<T>(limit: Duration, call: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        let (places, habit) = (Places::beside_this_executor(), Habit::default());
        super::within(limit, &places, &habit, call).await
    }

    #[test]
    fn a_call_that_does_not_wait_needs_no_timer() {
        // Where there is no runtime, making a timer would panic.
        let ready = pin!(ready(1));
        let mut call = pin!(within(SOON, ready));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert_eq!(call.as_mut().poll(&mut context), Poll::Ready(Some(1)));
    }

    #[tokio::test]
    async fn a_call_that_waits_and_ends_in_time_has_its_answer() {
        let call = async {
            yield_now().await;
            1
        };
        assert_eq!(within(Duration::from_mins(1), pin!(call)).await, Some(1));
    }

    #[tokio::test]
    async fn a_call_that_waits_for_ever_ends() {
        assert_eq!(within(SOON, pin!(pending::<()>())).await, None);
    }

    #[tokio::test]
    async fn a_call_that_yields_for_ever_ends() {
        let call = async {
            loop {
                yield_now().await;
            }
        };
        assert_eq!(within::<()>(SOON, pin!(call)).await, None);
    }

    #[tokio::test]
    async fn a_call_whose_turn_never_comes_ends() {
        let places = Places::beside_this_executor();
        let _taken = places.take_all();
        let call = async {
            loop {
                std::thread::sleep(SOON);
                yield_now().await;
            }
        };
        let limit = SOON * 5;
        let habit = Habit::default();
        let ended = super::within::<()>(limit, &places, &habit, pin!(call)).await;
        assert_eq!(ended, None);
    }

    #[tokio::test]
    async fn a_call_that_leaves_its_task_no_budget_ends() {
        let call = async {
            loop {
                consume_budget().await;
            }
        };
        assert_eq!(within::<()>(SOON, pin!(call)).await, None);
    }
}
