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
}

impl<'a, Output> BoxedCall<'a, Output> {
    /// Makes a call that goes on while `running` is polled.
    pub fn running(running: impl Future<Output = Output> + Send + 'a) -> Self {
        Self::Running(Box::pin(running))
    }
}
