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

/// Returns the output of `call`, or `None` if it does not end within `limit`.
///
/// Most calls end where they begin, without waiting for anything, and need no timer. The timer
/// begins when the call first has to wait, which a guest does at the latest with the clock's next
/// tick.
///
/// The call is pinned where it was made: its future may be large, and moving it here would cost
/// every call.
pub(crate) async fn within<T>(
    limit: Duration,
    mut call: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    // A call that uses up its task's budget again and again must not keep its timer from being
    // asked.
    let mut timer: Option<Pin<Box<Unconstrained<Sleep>>>> = None;
    poll_fn(|context| {
        // Before the call, which could take a tick more.
        if let Some(timer) = &mut timer
            && timer.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(None);
        }
        if let Poll::Ready(output) = call.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        if timer.is_none() {
            let timer = timer.insert(Box::pin(unconstrained(sleep(limit))));
            return timer.as_mut().poll(context).map(|()| None);
        }
        Poll::Pending
    })
    .await
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
    async fn a_call_that_leaves_its_task_no_budget_ends() {
        let call = async {
            loop {
                consume_budget().await;
            }
        };
        assert_eq!(within::<()>(SOON, pin!(call)).await, None);
    }
}
