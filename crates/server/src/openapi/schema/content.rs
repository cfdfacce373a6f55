//! Typed content.

use serde_json::Value;
use utoipa::ToSchema;

use super::page;

/// A record: any JSON object.
#[derive(ToSchema)]
#[schema(value_type = Object)]
pub(in crate::openapi) struct Record(Value);

/// A record, and where it is kept.
#[derive(ToSchema)]
pub(in crate::openapi) struct StoredContent {
    /// A UUID, unless a plugin has made the record.
    id: String,
    content_type: String,
    data: Record,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

/// A type that has records.
#[derive(ToSchema)]
pub(in crate::openapi) struct ContentType {
    content_type: String,
    /// Counted up to 1,000.
    records: u64,
    /// There are records beyond those that were counted.
    more_records: bool,
    /// The time at which the newest record was created.
    #[schema(format = DateTime)]
    newest: String,
}

page! {
    /// Types, in the order of their names.
    ContentTypeList of ContentType
}

page! {
    /// Records, the newest first.
    ContentList of StoredContent
}
