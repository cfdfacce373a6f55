//! Problem documents.

use utoipa::ToSchema;

/// A problem document (RFC 9457).
#[derive(ToSchema)]
pub(in crate::openapi) struct Problem {
    /// `about:blank`, or a URN that says more than the status does, such as
    /// `urn:raisfast:invalid-input`.
    r#type: String,
    title: String,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// A sentence about what was expected, what was found and what helps.
    detail: String,
    /// The first of `errors`: a JSON pointer into the body.
    #[schema(nullable = false)]
    pointer: Option<String>,
    #[schema(nullable = false)]
    errors: Option<Vec<InvalidField>>,
    /// The plugin that refused it or is in the way.
    #[schema(nullable = false)]
    plugin: Option<String>,
    #[schema(nullable = false)]
    hook: Option<String>,
}

/// One thing that is wrong with the input.
#[derive(ToSchema)]
struct InvalidField {
    /// A JSON pointer into the body; empty for the whole of it.
    pointer: String,
    detail: String,
}
