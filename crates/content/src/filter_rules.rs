//! The rules of filters, for this crate and for those who try a plugin without a site.

use raisfast_contract::{
    CommentInput, ContentEvent, PostInput,
    hook::{
        Filter, FilterHtml, OnCommentCreating, OnContentCreating, OnContentUpdating,
        OnPostCreating, OnPostUpdating, RenderMarkdown,
    },
};

use crate::{comments, contents, posts};

/// A filter with the rules that a site has for it. A reason names the field and what was expected.
pub trait FilterRules: Filter {
    /// Checks a value that a site could hand to a plugin: one that breaks the rules is refused
    /// before.
    fn submitted(value: &Self::Value) -> Result<(), String>;

    /// A plugin's answer to this value as a site takes it, or the reason why it does not.
    fn accepted(submitted: &Self::Value, answer: Self::Answer) -> Result<Self::Answer, String>;
}

macro_rules! of_posts {
    ($($hook:ty)*) => {$(
        impl FilterRules for $hook {
            fn submitted(value: &PostInput) -> Result<(), String> {
                posts::submitted(value)
            }

            fn accepted(_: &PostInput, answer: PostInput) -> Result<PostInput, String> {
                posts::accepted(answer)
            }
        }
    )*};
}

of_posts! { OnPostCreating OnPostUpdating }

impl FilterRules for OnCommentCreating {
    fn submitted(value: &CommentInput) -> Result<(), String> {
        comments::submitted(value)
    }

    fn accepted(submitted: &CommentInput, answer: CommentInput) -> Result<CommentInput, String> {
        comments::accepted(submitted, answer)
    }
}

macro_rules! of_typed_content {
    ($($hook:ty)*) => {$(
        impl FilterRules for $hook {
            fn submitted(value: &ContentEvent) -> Result<(), String> {
                contents::submitted(value)
            }

            fn accepted(
                submitted: &ContentEvent,
                answer: ContentEvent,
            ) -> Result<ContentEvent, String> {
                contents::accepted(submitted, answer)
            }
        }
    )*};
}

of_typed_content! { OnContentCreating OnContentUpdating }

macro_rules! of_pages {
    ($($hook:ty)*) => {$(
        impl FilterRules for $hook {
            fn submitted(_: &str) -> Result<(), String> {
                Ok(())
            }

            fn accepted(_: &str, answer: String) -> Result<String, String> {
                posts::within_size(&answer).map(|()| answer)
            }
        }
    )*};
}

of_pages! { RenderMarkdown FilterHtml }
