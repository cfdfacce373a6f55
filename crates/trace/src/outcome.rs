//! The end of a span.
//!
//! Numbers are signed: OpenTelemetry has no others, and takes those as text.

use tracing::Span;

/// The end of a call or a delivery, as its span says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The plugin has answered.
    Ok,
    /// The plugin refuses the request.
    Refused,
    /// The plugin has failed, or its answer is not valid.
    Failed,
    /// A delivery that can never be made.
    Undeliverable,
    /// The plugin does not run.
    NotRunning,
    /// The plugin is not called for a while.
    Paused,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Undeliverable => "undeliverable",
            Self::NotRunning => "not-running",
            Self::Paused => "paused",
        }
    }

    const fn is_error(self) -> bool {
        matches!(self, Self::Failed | Self::Undeliverable)
    }
}

/// Notes how the work of a span has ended.
pub fn ended(span: &Span, outcome: Outcome) {
    span.record("raisfast.outcome", outcome.as_str());
    if outcome.is_error() {
        fails(span);
    }
}

/// Notes the status of an answer in its request's span.
pub fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", i64::from(status));
    // A client's mistake is not a failure of the server.
    if status >= 500 {
        fails(span);
    }
}

/// Notes in the current span, a call's, how many of its host calls have no span.
pub fn left_out(host_calls: u32) {
    Span::current().record("raisfast.host_calls_left_out", i64::from(host_calls));
}

fn fails(span: &Span) {
    span.record("otel.status_code", "ERROR");
}
