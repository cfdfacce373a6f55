//! The part of plugins in what was written.

use utoipa::ToSchema;

/// The writes of a record, the latest first.
#[derive(ToSchema)]
pub(in crate::openapi) struct Writes {
    items: Vec<Write>,
}

/// One write of a record.
#[derive(ToSchema)]
struct Write {
    #[schema(format = DateTime)]
    at: String,
    hook: String,
    /// The id of the user who wrote it; none for a visitor.
    #[schema(required)]
    by: Option<String>,
    plugins: Vec<PluginShare>,
}

/// The share of one plugin in a write.
#[derive(ToSchema)]
struct PluginShare {
    plugin: String,
    outcome: Outcome,
    /// JSON pointers to what it changed.
    #[schema(max_items = 100)]
    fields: Vec<String>,
    /// The number of further fields.
    #[schema(nullable = false)]
    more_fields: Option<u64>,
}

/// The effect of a plugin on a record.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum Outcome {
    Changed,
    Failed,
    Paused,
}
