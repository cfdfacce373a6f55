//! Comments.

use utoipa::ToSchema;

use super::page;

/// The status of a comment: everybody may read those that are approved.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum CommentStatus {
    Pending,
    Approved,
    Spam,
}

/// A comment to store.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::openapi) struct NewComment {
    #[schema(min_length = 1, max_length = 10_000)]
    content: String,
    nickname: Option<String>,
    /// Never shown.
    email: Option<String>,
    /// A comment on the same post.
    parent_id: Option<String>,
}

/// A change of a comment: what is absent stays, `null` clears.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::openapi) struct CommentPatch {
    #[schema(nullable = false, min_length = 1, max_length = 10_000)]
    content: Option<String>,
    nickname: Option<String>,
    email: Option<String>,
    #[schema(nullable = false)]
    status: Option<CommentStatus>,
}

/// A comment.
#[derive(ToSchema)]
pub(in crate::openapi) struct Comment {
    /// A UUID, unless a plugin has made the record.
    id: String,
    post_id: String,
    /// The text, as written: it is not HTML.
    content: String,
    #[schema(required)]
    nickname: Option<String>,
    /// The comment that this one answers.
    #[schema(required)]
    parent_id: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    status: CommentStatus,
}

/// A comment among those on all posts.
#[derive(ToSchema)]
pub(in crate::openapi) struct ModeratedComment {
    /// A UUID, unless a plugin has made the record.
    id: String,
    post_id: String,
    content: String,
    #[schema(required)]
    nickname: Option<String>,
    #[schema(required)]
    parent_id: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    status: CommentStatus,
    post: CommentedPost,
}

/// The post that a comment is on.
#[derive(ToSchema)]
struct CommentedPost {
    slug: String,
    title: String,
}

/// The number of comments that it was done to.
#[derive(ToSchema)]
pub(in crate::openapi) struct CommentCount {
    comments: u64,
}

page! {
    /// Comments on all posts, the newest first.
    ModeratedComments of ModeratedComment
}

page! {
    /// Comments, the oldest first.
    CommentList of Comment
}
