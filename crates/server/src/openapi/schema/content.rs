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

page! {
    /// Records, the newest first.
    ContentList of StoredContent
}
