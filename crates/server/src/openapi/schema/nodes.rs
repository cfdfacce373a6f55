//! The servers of the site.

use utoipa::ToSchema;

/// A server. What it holds names its id.
#[derive(ToSchema)]
struct Node {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    /// The address at which it listens.
    address: String,
    version: String,
    /// The place of plugins' files: `local` or `shared`.
    files: String,
    state: NodeState,
    /// Set for the server that answers.
    is_this: bool,
    #[schema(format = DateTime)]
    started_at: String,
    /// The end of its lease, by the database's clock; none where no other server can be.
    #[schema(required, format = DateTime)]
    alive_until: Option<String>,
}

/// The state of a server.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum NodeState {
    Alive,
    Gone,
}

/// Servers, those that joined first before the others.
#[derive(ToSchema)]
pub(in crate::openapi) struct Nodes {
    items: Vec<Node>,
}
