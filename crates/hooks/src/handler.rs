//! What a subscriber brings: something to call.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
};

use async_trait::async_trait;
use futures::FutureExt;
use raisfast_contract::{Delivery, Hook, is_printable};

/// Bytes of a reason. It may quote what a guest has answered, which has any length.
const MAX_REASON: usize = 4 << 10;

/// Answers the calls of one hook. Asynchronous closures from the hook's parameters to a result are
/// handlers too.
#[async_trait]
pub trait Handler<H: Hook>: Send + Sync {
    /// Answers one call. The future is dropped when the caller gives up. `delivery` is there where the call
    /// delivers an action.
    ///
    /// # Errors
    ///
    /// The reason, in words for the plugin's author, why there is no answer.
    async fn call(
        &self,
        params: H::Params,
        delivery: Option<&Delivery>,
    ) -> Result<H::Output, HandlerError>;

    /// Answers one call on this thread, where nothing has to be waited for; else gives the parameters
    /// back, for [`call`](Self::call). It is asked first, and saves a short call its future.
    fn call_at_once(
        &self,
        params: H::Params,
        _delivery: Option<&Delivery>,
    ) -> Result<Result<H::Output, HandlerError>, H::Params> {
        Err(params)
    }
}

#[async_trait]
impl<H, F, Answer> Handler<H> for F
where
    H: Hook,
    F: Fn(H::Params) -> Answer + Send + Sync,
    Answer: Future<Output = Result<H::Output, HandlerError>> + Send,
{
    async fn call(
        &self,
        params: H::Params,
        _: Option<&Delivery>,
    ) -> Result<H::Output, HandlerError> {
        self(params).await
    }
}

/// Why a call brought no usable answer, in words that the plugin's author understands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HandlerError {
    /// The reason.
    pub message: String,
    blame: Blame,
}

/// What a failed call says about the handler.
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
    /// An error with this reason, which ends in logs and answers and may quote a guest: what is
    /// not printable is escaped, so that one reason cannot look like two records, and what is beyond
    /// 4 KiB is cut off.
    pub fn new(message: impl Into<String>) -> Self {
        let message = message.into();
        if message.len() <= MAX_REASON && message.chars().all(is_printable) {
            return Self {
                message,
                blame: Blame::Failed,
            };
        }
        let kept = &message[..message.floor_char_boundary(MAX_REASON)];
        let mut shown = String::with_capacity(kept.len());
        for c in kept.chars() {
            if is_printable(c) {
                shown.push(c);
            } else {
                shown.extend(c.escape_default());
            }
        }
        if kept.len() < message.len() {
            shown.push('…');
        }
        Self {
            message: shown,
            blame: Blame::Failed,
        }
    }

    /// An error of a call that did not get as far as the handler's own work, because too many came at
    /// once, say. It tells nothing about the handler, and nobody holds it against it.
    pub fn not_reached(message: impl Into<String>) -> Self {
        Self {
            blame: Blame::None,
            ..Self::new(message)
        }
    }

    /// An error of a call that the handler could not take, because those before it do not end. It counts as a failure
    /// until one of them ends well.
    pub fn stuck(message: impl Into<String>) -> Self {
        Self {
            blame: Blame::Stuck,
            ..Self::new(message)
        }
    }

    /// Whether the handler is to blame.
    pub fn was_reached(&self) -> bool {
        self.blame != Blame::None
    }

    /// Whether this is only suspected, of calls that have not ended.
    pub fn is_suspicion(&self) -> bool {
        self.blame == Blame::Stuck
    }

    pub(crate) fn invalid_answer(reason: &str) -> Self {
        Self::new(format!("its answer is invalid: {reason}"))
    }

    fn panicked(payload: &(dyn Any + Send)) -> Self {
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        Self::new(format!("the handler panicked: {message}"))
    }
}

/// Calls a handler; a panic in it is an error like any other.
pub(crate) async fn call_caught<H: Hook>(
    handler: &dyn Handler<H>,
    params: H::Params,
    delivery: Option<&Delivery>,
) -> Result<H::Output, HandlerError> {
    let at_once = catch_unwind(AssertUnwindSafe(|| handler.call_at_once(params, delivery)));
    let params = match at_once {
        Ok(Ok(outcome)) => return outcome,
        Ok(Err(params)) => params,
        Err(payload) => return Err(HandlerError::panicked(&*payload)),
    };
    // The inner block also covers a handler that panics before it returns its future.
    AssertUnwindSafe(async { handler.call(params, delivery).await })
        .catch_unwind()
        .await
        .unwrap_or_else(|payload| Err(HandlerError::panicked(&*payload)))
}
