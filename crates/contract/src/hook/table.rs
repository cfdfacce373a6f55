//! The only list of hooks.

/// Calls a macro with the table of hooks, from which each list of hooks is made.
///
/// The hooks stand below the interface of `plugin.wit` that has them. A row is
///
/// ```text
/// kind Marker "name" {
///     (parameter: Type, …) -> Answer, of: content type, replaces: true, about: "record"
/// }
/// ```
///
/// - `kind`: a `filter` and a `render` hook may answer with a value, an `action` and a `notice`
///   have no answer. An action is kept until it is delivered; a notice concerns the moment: it is
///   called once, or never.
/// - `of`: the content type that a call is about, where there is one.
/// - `replaces`: what is filtered takes the place of a stored record.
/// - `about`: the kind of record whose change an action reports.
///
/// A macro that needs less of a row takes the rest as `$signature:tt`:
///
/// ```
/// macro_rules! names {
///     ($(in $interface:literal {
///         $($kind:ident $marker:ident $name:literal $signature:tt)*
///     })*) => {
///         [$($($name,)*)*]
///     };
/// }
/// let names = raisfast_contract::for_each_hook!(names);
/// assert_eq!(names[0], "on-post-creating");
/// ```
#[macro_export]
macro_rules! for_each_hook {
    ($callback:ident) => {
        $callback! {
            in "raisfast:plugin-wit/plugin-hooks" {
                filter OnPostCreating "on-post-creating" { (post: PostInput) -> PostInput }
                filter OnPostUpdating "on-post-updating" { (post: PostInput) -> PostInput, replaces: true }
                filter OnCommentCreating "on-comment-creating" { (comment: CommentInput) -> CommentInput }
                filter OnContentCreating "on-content-creating" { (event: ContentEvent) -> ContentEvent, of: &event.content_type }
                filter OnContentUpdating "on-content-updating" { (event: ContentEvent) -> ContentEvent, of: &event.content_type, replaces: true }
                render RenderMarkdown "render-markdown" { (markdown: str) -> String }
                render FilterHtml "filter-html" { (html: str) -> String }
                action OnPostCreated "on-post-created" { (post: PostOutput), about: "post" }
                action OnPostUpdated "on-post-updated" { (post: PostOutput), about: "post" }
                action OnPostDeleted "on-post-deleted" { (id: str), about: "post" }
                action OnCommentCreated "on-comment-created" { (comment: CommentInput), about: "comment" }
                action OnContentCreated "on-content-created" { (event: ContentEvent), of: &event.content_type, about: "content" }
                action OnContentUpdated "on-content-updated" { (event: ContentEvent), of: &event.content_type, about: "content" }
                action OnContentDeleted "on-content-deleted" { (content_type: str, id: str), of: content_type, about: "content" }
                action OnLogin "on-login" { (user_id: str), about: "user" }
                notice OnCronTick "on-cron-tick" { (payload: Option<String>) }
            }
            in "raisfast:plugin-wit/views" {
                notice OnContentViewed "on-content-viewed" { (content_type: str, id: str), of: content_type }
            }
        }
    };
}
