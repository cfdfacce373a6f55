//! Recorded calls of a plugin, in the form that `raisfast plugin replay` reads.

use serde_json::Value;
use utoipa::ToSchema;

/// Calls of a plugin, for `raisfast plugin replay`.
#[derive(ToSchema)]
pub(in crate::openapi) struct Recording {
    /// The version of the form.
    raisfast_recording: u32,
    plugin: String,
    /// The oldest first.
    calls: Vec<RecordedCall>,
}

/// A call of a hook. Its members belong to the form's version.
#[derive(ToSchema)]
struct RecordedCall {
    /// The `call` of the plugin's log records that were written in it.
    #[schema(nullable = false)]
    id: Option<String>,
    /// The time at which it ended.
    #[schema(format = DateTime)]
    at: String,
    hook: String,
    /// Of a call that delivered an action.
    #[schema(nullable = false)]
    delivery: Option<RecordedDelivery>,
    /// The deadline.
    timeout_ms: u64,
    /// The bytes of memory that the instance might have.
    max_memory: u64,
    /// The calls that the instance had served before.
    calls_before: u64,
    /// The time that it took, in microseconds; absent where contents are not recorded.
    #[schema(nullable = false)]
    took_us: Option<u64>,
    /// The parameter, or an object of them where there are several.
    input: RecordedValue,
    /// The beginning of the instance, before its first call.
    start: RecordedSection,
    /// The call itself.
    call: RecordedSection,
    outcome: RecordedOutcome,
    /// The reason why it cannot be replayed whole, if it cannot.
    #[schema(nullable = false)]
    not_whole: Option<NotWhole>,
}

/// One action on its way to one plugin.
#[derive(ToSchema)]
struct RecordedDelivery {
    #[schema(format = "uuid")]
    id: String,
    /// The number of this try, from 1.
    attempt: u32,
    /// The time of the change.
    #[schema(format = DateTime)]
    created_at: String,
}

/// A value, or its size alone.
#[derive(ToSchema)]
struct RecordedValue {
    /// About the number of its bytes.
    bytes: u64,
    /// Absent where contents are not recorded.
    value: Option<Value>,
}

/// All that came to a guest from outside for a time.
#[derive(ToSchema)]
struct RecordedSection {
    /// Calls of host functions, in the order in which they began.
    host_calls: Vec<RecordedHostCall>,
    /// Readings of WASI's wall clock, in nanoseconds since 1970.
    #[schema(nullable = false)]
    wall_clock: Option<Vec<u64>>,
    /// Readings of WASI's monotonic clock, in nanoseconds.
    #[schema(nullable = false)]
    monotonic_clock: Option<Vec<u64>>,
    /// WASI's random bytes, all after each other.
    #[schema(nullable = false)]
    random: Option<Vec<u8>>,
}

/// A call of a host function.
#[derive(ToSchema)]
struct RecordedHostCall {
    /// The interface and the function, such as `host-api/log`.
    function: String,
    /// The arguments, a list.
    arguments: RecordedValue,
    /// Absent where the call of the hook ended first.
    #[schema(nullable = false)]
    answer: Option<RecordedValue>,
    /// The time until the answer, in microseconds.
    took_us: u64,
}

/// The end of a call.
#[derive(ToSchema)]
#[schema(rename_all = "kebab-case")]
enum RecordedOutcome {
    /// It returned this.
    Output(RecordedValue),
    /// It failed, for this reason.
    Error(String),
}

/// The reason why a recorded call cannot be replayed whole.
#[derive(ToSchema)]
#[schema(rename_all = "kebab-case")]
enum NotWhole {
    /// The operator does not let contents be kept.
    NoContents,
    /// It was larger than a record may be.
    TooLarge,
}
