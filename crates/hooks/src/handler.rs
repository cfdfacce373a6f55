//! A subscriber's part: something to call.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
};

use futures::FutureExt;
use raisfast_contract::{BoxedCall, Call, Delivery, Hook, Refusal, printable_within};

/// The most bytes of a reason. It may quote what a guest has answered, which has any length.
const MAX_REASON: usize = 4 << 10;

/// A call of a handler of `H`.
pub type HandlerCall<'a, H> = BoxedCall<'a, Result<<H as Hook>::Output, HandlerError>>;

/// The callee of one hook. Asynchronous closures from the hook's parameters to a result are
/// handlers too.
pub trait Handler<H: Hook>: Send + Sync {
    /// Makes one call, on this thread. A handler that need not wait returns its output at once;
    /// else the caller polls what is returned, and drops it when it gives up. `delivery` is given
    /// where the call delivers an action.
    ///
    /// An error is the reason why there is no answer, in words for the plugin's author.
    fn call<'a>(&'a self, params: H::Params, delivery: Option<&'a Delivery>) -> HandlerCall<'a, H>;
}

impl<H, F, Answer> Handler<H> for F
where
    H: Hook,
    F: Fn(H::Params) -> Answer + Send + Sync,
    Answer: Future<Output = Result<H::Output, HandlerError>> + Send + 'static,
{
    fn call<'a>(&'a self, params: H::Params, _: Option<&'a Delivery>) -> HandlerCall<'a, H> {
        Call::running(|| self(params))
    }
}

/// The reason why a call brought no usable answer, in words that the plugin's author understands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HandlerError {
    /// The reason.
    pub message: String,
    blame: Blame,
    refusals: Vec<Refusal>,
}

/// The conclusion from a failed call about the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blame {
    /// It has failed.
    Failed,
    /// It seems to fail: calls before this one do not end.
    Stuck,
    /// Nothing.
    None,
}

impl HandlerError {
    /// Makes an error with this reason. It ends in logs and answers and may quote a guest: what is
    /// not printable is escaped, so that one reason cannot look like two records, and what is
    /// beyond 4 KiB is cut off.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: printable_within(&message.into(), MAX_REASON),
            blame: Blame::Failed,
            refusals: Vec::new(),
        }
    }

    /// Makes an error of a call that did not get as far as the handler's own work, because too many
    /// came at once, say. It says nothing about the handler, and is not held against it.
    pub fn not_reached(message: impl Into<String>) -> Self {
        Self {
            blame: Blame::None,
            ..Self::new(message)
        }
    }

    /// Makes an error of a call that the handler could not take, because the calls before it do not
    /// end. It counts as a failure until one of them ends well.
    pub fn stuck(message: impl Into<String>) -> Self {
        Self {
            blame: Blame::Stuck,
            ..Self::new(message)
        }
    }

    /// Makes the error of a call that ended well and refuses the request, for these reasons.
    pub fn refused(refusals: Vec<Refusal>) -> Self {
        Self {
            message: Refusal::messages(&refusals),
            blame: Blame::None,
            refusals,
        }
    }

    /// Returns the reasons for which the handler refuses the request; none where it could not be
    /// called, or failed.
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    pub(crate) fn into_refusals(self) -> Vec<Refusal> {
        self.refusals
    }

    /// Returns true if the handler is to blame.
    pub fn was_reached(&self) -> bool {
        self.blame != Blame::None
    }

    /// Returns true if the blame is only a suspicion, of calls that have not ended.
    pub fn is_suspicion(&self) -> bool {
        self.blame == Blame::Stuck
    }

    pub(crate) fn invalid_answer(reason: &str) -> Self {
        Self::new(format!("its answer is invalid: {reason}"))
    }

    #[cold]
    fn panicked(payload: &(dyn Any + Send)) -> Self {
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        Self::new(format!("the handler panicked: {message}"))
    }
}

/// Calls a handler; a panic in it is an error like any other. A call that goes on is to be
/// [awaited](caught).
#[inline]
pub(crate) fn call_caught<'a, H: Hook>(
    handler: &'a dyn Handler<H>,
    params: H::Params,
    delivery: Option<&'a Delivery>,
) -> HandlerCall<'a, H> {
    catch_unwind(AssertUnwindSafe(|| handler.call(params, delivery)))
        .unwrap_or_else(|payload| Call::Ready(Err(HandlerError::panicked(&*payload))))
}

/// Awaits a call that goes on; a panic in it is an error like any other.
pub(crate) async fn caught<Output>(
    running: impl Future<Output = Result<Output, HandlerError>>,
) -> Result<Output, HandlerError> {
    AssertUnwindSafe(running)
        .catch_unwind()
        .await
        .unwrap_or_else(|payload| Err(HandlerError::panicked(&*payload)))
}
