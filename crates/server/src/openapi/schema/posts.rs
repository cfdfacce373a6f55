//! Posts.

use utoipa::ToSchema;

use super::page;

/// The status of a post.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum PostStatus {
    Draft,
    Published,
    Archived,
}

/// A post to store.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::openapi) struct NewPost {
    /// One line.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// Markdown, at most 1 MiB.
    #[schema(nullable = false)]
    content: Option<String>,
    /// The name in the URL; without one, it is made of the title.
    slug: Option<String>,
    #[schema(max_length = 1000)]
    excerpt: Option<String>,
    category_id: Option<String>,
    #[schema(max_items = 50)]
    tag_ids: Option<Vec<String>>,
    /// `draft` without it.
    status: Option<PostStatus>,
    /// An `http` or `https` URL, or a path from the site's root.
    cover_image: Option<String>,
}

/// A new version of a post. Slug, status and content stay where they are absent; any other member
/// that is absent is gone.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::openapi) struct PostReplacement {
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    #[schema(nullable = false)]
    content: Option<String>,
    slug: Option<String>,
    #[schema(max_length = 1000)]
    excerpt: Option<String>,
    category_id: Option<String>,
    #[schema(max_items = 50)]
    tag_ids: Option<Vec<String>>,
    status: Option<PostStatus>,
    cover_image: Option<String>,
}

/// A change of a post: what is absent stays, `null` clears.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::openapi) struct PostPatch {
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    title: Option<String>,
    #[schema(nullable = false)]
    content: Option<String>,
    #[schema(nullable = false)]
    slug: Option<String>,
    #[schema(max_length = 1000)]
    excerpt: Option<String>,
    category_id: Option<String>,
    #[schema(max_items = 50)]
    tag_ids: Option<Vec<String>>,
    #[schema(nullable = false)]
    status: Option<PostStatus>,
    cover_image: Option<String>,
}

/// A post.
#[derive(ToSchema)]
pub(in crate::openapi) struct Post {
    /// A UUID, unless a plugin has made the record.
    id: String,
    title: String,
    slug: String,
    /// Markdown.
    content: String,
    #[schema(required)]
    excerpt: Option<String>,
    status: PostStatus,
    /// The id of the user who wrote it.
    created_by: String,
    /// The id of the user who changed it last.
    #[schema(required)]
    updated_by: Option<String>,
    #[schema(required)]
    category_id: Option<String>,
    tag_ids: Vec<String>,
    #[schema(required)]
    cover_image: Option<String>,
    view_count: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    #[schema(required, format = DateTime)]
    published_at: Option<String>,
}

/// A post as readers see it.
#[derive(ToSchema)]
pub(in crate::openapi) struct PostPage {
    /// A UUID, unless a plugin has made the record.
    id: String,
    title: String,
    slug: String,
    /// Markdown.
    content: String,
    /// The text as safe HTML, with what plugins have added.
    html: String,
    #[schema(required)]
    excerpt: Option<String>,
    status: PostStatus,
    /// The id of the user who wrote it.
    created_by: String,
    /// The id of the user who changed it last.
    #[schema(required)]
    updated_by: Option<String>,
    #[schema(required)]
    category_id: Option<String>,
    tag_ids: Vec<String>,
    #[schema(required)]
    cover_image: Option<String>,
    view_count: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    #[schema(required, format = DateTime)]
    published_at: Option<String>,
}

page! {
    /// Posts.
    Posts of Post
}
