//! The document itself.

use serde_json::Value;
use utoipa::ToSchema;

/// An OpenAPI 3.1 document.
#[derive(ToSchema)]
#[schema(value_type = Object)]
pub(in crate::openapi) struct Document(Value);
