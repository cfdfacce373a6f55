//! The way of a trace to other programs and from them, and from a change to its deliveries.

use std::{future::Future, pin::Pin, sync::OnceLock};

use tracing::{Instrument as _, Span};

use crate::{TraceParent, is_on};

/// The part of whoever takes the spans: it knows which span of its own stands for one of these.
pub trait Propagation: Send + Sync {
    /// Returns the context of a span; none if it is not taken.
    fn context(&self, span: &Span) -> Option<TraceParent>;

    /// Makes a span that has not been entered yet a child of another program's.
    fn continue_trace(&self, span: &Span, parent: TraceParent);

    /// Links a span that has not been entered yet to its cause.
    fn link(&self, span: &Span, cause: TraceParent);
}

/// As spans are the process's, so is this.
static PROPAGATION: OnceLock<Box<dyn Propagation>> = OnceLock::new();

/// Lets traces travel. The first call in a process counts.
pub fn propagate_with(propagation: impl Propagation + 'static) {
    let _ = PROPAGATION.set(Box::new(propagation));
}

pub(crate) fn propagation() -> Option<&'static dyn Propagation> {
    PROPAGATION.get().map(|propagation| &**propagation)
}

/// Returns the context of the current span, for what it sends or causes; none if nobody takes it.
///
/// A log's formatter may ask for it while a record is being written: unlike [`is_on`], this does
/// not ask the subscriber's filters, which would forget what they decided about that record.
pub fn current() -> Option<TraceParent> {
    propagation()?.context(&Span::current())
}

type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Keeps the current span with a task that may go on on another thread.
pub fn carried<T: 'static>(task: Task<T>) -> Task<T> {
    if is_on() {
        Box::pin(task.in_current_span())
    } else {
        task
    }
}
