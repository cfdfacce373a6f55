//! The spans between a request and a host call: request, hook, call of a plugin, host call; and
//! deliveries.
//!
//! They are spans of `tracing` with a [target](TARGET) of their own, at the level debug. Nobody
//! takes them unless a subscriber asks for the target; [`is_on`] then costs a load and a branch,
//! and no span is made. This crate does not know who takes them, nor how a context travels:
//! [`Propagation`] does.
//!
//! A span says who called whom for how long, and never what: its attributes are names of methods,
//! routes, plugins, hooks and host functions, numbers and an [`Outcome`].
//!
//! ```
//! use raisfast_contract::HookName;
//! use raisfast_trace::Parent;
//!
//! // Nobody takes spans here.
//! assert!(!raisfast_trace::is_on());
//! let hook = Parent::hook(HookName::FilterHtml);
//! assert!(hook.call(&"com.example.seo".parse()?, HookName::FilterHtml).is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod outcome;
mod propagation;
mod spans;
#[cfg(test)]
mod tests;
mod trace_parent;

pub use outcome::{Outcome, answered, ended, left_out};
pub use propagation::{Propagation, carried, current, propagate_with};
pub use spans::{Parent, delivery, host_call, request};
pub use trace_parent::TraceParent;
pub use tracing::{Instrument, Span};
use tracing::{Level, level_filters::LevelFilter};

/// The target of all spans of this crate.
pub const TARGET: &str = "raisfast_trace";

/// Returns true if somebody takes spans.
///
/// Every call and many host calls ask this, so where nobody takes anything of this level the answer
/// is one load and one comparison in the caller's code.
#[inline]
pub fn is_on() -> bool {
    LevelFilter::current() >= Level::DEBUG && is_taken()
}

/// Asks the subscriber. Apart from [`is_on`], so that its callers do not carry the question.
#[cold]
fn is_taken() -> bool {
    tracing::span_enabled!(target: TARGET, Level::DEBUG)
}
