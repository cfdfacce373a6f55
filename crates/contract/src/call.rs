//! A call of a hook that has been made: it is over, or it goes on.

use std::{future::Future, pin::Pin};

/// A call that has been made. The callee decides which of the two it is; most calls are short, and
/// are spared a future.
#[must_use = "a call that is running ends when it is dropped"]
pub enum Call<Running: Future> {
    /// It was over when the callee returned: this is its output.
    Ready(Running::Output),
    /// It goes on while this is polled, and ends early when this is dropped.
    Running(Running),
}

/// A running call on the heap, for callers that do not know its callee.
pub type BoxedCall<'a, Output> = Call<Pin<Box<dyn Future<Output = Output> + Send + 'a>>>;

impl<Running: Future> Call<Running> {
    /// Returns the output, as soon as it is there.
    pub async fn output(self) -> Running::Output {
        match self {
            Self::Ready(output) => output,
            Self::Running(running) => running.await,
        }
    }

    /// Returns this call with what `change` makes of its output.
    pub fn map<Output>(
        self,
        change: impl FnOnce(Running::Output) -> Output,
    ) -> Call<impl Future<Output = Output>> {
        match self {
            Self::Ready(output) => Call::Ready(change(output)),
            Self::Running(running) => Call::Running(async { change(running.await) }),
        }
    }

    /// Returns this call; one that is running is moved to the heap.
    pub fn boxed<'a>(self) -> BoxedCall<'a, Running::Output>
    where
        Running: Send + 'a,
    {
        match self {
            Self::Ready(output) => Call::Ready(output),
            Self::Running(running) => Call::Running(Box::pin(running)),
        }
    }
}

impl<'a, Output> BoxedCall<'a, Output> {
    /// Makes a call that goes on while `running` is polled.
    pub fn running(running: impl Future<Output = Output> + Send + 'a) -> Self {
        Self::Running(Box::pin(running))
    }
}
