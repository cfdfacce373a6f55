//! The contexts of OpenTelemetry, as the crates below know them.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use raisfast_trace::{Propagation, Span, TraceParent};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The spans of this process, in OpenTelemetry.
pub(super) struct OpenTelemetry;

impl Propagation for OpenTelemetry {
    fn context(&self, span: &Span) -> Option<TraceParent> {
        let context = span.context();
        let span = context.span();
        let place = span.span_context();
        TraceParent::new(
            u128::from_be_bytes(place.trace_id().to_bytes()),
            u64::from_be_bytes(place.span_id().to_bytes()),
            place.trace_flags().to_u8(),
        )
    }

    fn continue_trace(&self, span: &Span, parent: TraceParent) {
        let parent = Context::new().with_remote_span_context(elsewhere(parent));
        // It fails where the span is not taken, or not sampled: there is nothing to continue then.
        let _ = span.set_parent(parent);
    }

    fn link(&self, span: &Span, cause: TraceParent) {
        span.add_link(elsewhere(cause));
    }
}

/// Returns the context of a span that is not of this moment, or not of this process.
fn elsewhere(place: TraceParent) -> SpanContext {
    SpanContext::new(
        TraceId::from_bytes(place.trace().to_be_bytes()),
        SpanId::from_bytes(place.span().to_be_bytes()),
        TraceFlags::new(place.flags()) & TraceFlags::SAMPLED,
        true,
        // It is a stranger's text, of any words, and is not taken along.
        TraceState::default(),
    )
}
