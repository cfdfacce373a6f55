//! Deliveries to plugins.

use utoipa::ToSchema;

use super::page;

/// A delivery.
#[derive(ToSchema)]
pub(in crate::openapi) struct Delivery {
    #[schema(format = "uuid")]
    id: String,
    plugin: String,
    hook: String,
    record: RecordName,
    state: DeliveryState,
    /// The number of tries.
    attempts: u32,
    #[schema(format = DateTime)]
    created_at: String,
    /// None of a dead letter.
    #[schema(required, format = DateTime)]
    next_attempt_at: Option<String>,
    #[schema(required)]
    last_error: Option<String>,
    /// The name of the server that is delivering it, if one has claimed it.
    #[schema(required)]
    claimed_by: Option<String>,
}

/// The record that a change is about.
#[derive(ToSchema)]
struct RecordName {
    /// `post`, `comment`, `content` or `user`.
    kind: String,
    id: String,
}

/// The state of a delivery.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum DeliveryState {
    Waiting,
    Retrying,
    Dead,
}

page! {
    /// Deliveries, the oldest first.
    Deliveries of Delivery
}

/// The number of deliveries that it was done to.
#[derive(ToSchema)]
pub(in crate::openapi) struct DeliveryCount {
    deliveries: u64,
}
