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
    /// Makes a call that goes on while the future is polled that `make` makes.
    #[inline]
    pub fn running<Running>(make: impl FnOnce() -> Running) -> Self
    where
        Running: Future<Output = Output> + Send + 'a,
    {
        let running = boxed(make);
        Self::Running(Box::into_pin(running))
    }
}

/// Makes a value in its box.
///
/// `Box::new(make())` makes the value on the stack first, where a failed allocation would have to
/// drop it; so it is copied to the heap in full. A future of a call is some hundred bytes, of which
/// a few are set when it is made: here there is nothing between making and writing it, and the
/// compiler writes only those.
#[inline]
pub fn boxed<T>(make: impl FnOnce() -> T) -> Box<T> {
    let place = Box::new_uninit();
    Box::write(place, make())
}
