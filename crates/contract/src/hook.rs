//! The 16 hooks of `interface plugin-hooks`: their names, kinds and signatures.
//!
//! A hook exists twice: as a value ([`HookName`]), for manifests, logs and counters, and as a type
//! ([`OnPostCreating`] and its siblings), which carries the signature, so that a call with the wrong
//! record does not compile. Both come from the one table at the end of this file.

mod params;

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

pub use params::StoredParams;

use crate::{CommentInput, ContentEvent, PostInput, PostOutput};

/// What a hook's answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HookKind {
    /// Runs before the change, in order; may replace the value.
    Filter,
    /// Makes or changes HTML while a page is read.
    Render,
    /// Runs after the change; has no answer.
    Action,
}

/// A hook as a type. `Params` is what wasmtime lowers into the guest: shared, so that a chain of
/// plugins reads one record without copying it.
pub trait Hook: sealed::Sealed + Send + Sync + 'static {
    /// The hook's name.
    const NAME: HookName;
    /// The parameters, as a tuple.
    type Params: Clone + Send + Sync + 'static;
    /// The answer.
    type Output: Send + Sync + 'static;

    /// The content type that a call is about; none for hooks that are not about typed content.
    fn content_type(_params: &Self::Params) -> Option<&str> {
        None
    }
}

/// Keeps [`Hook`] to the markers of this file: each name has exactly one type.
mod sealed {
    pub trait Sealed {}
}

/// A hook whose `Some` replaces the value it was given.
pub trait Filter: Hook<Params = (Arc<Self::Value>,), Output = Option<Self::Answer>> {
    /// What goes in.
    type Value: ?Sized + Send + Sync + 'static;
    /// What comes out, owned.
    type Answer: Into<Arc<Self::Value>> + Send + Sync + 'static;
}

/// A hook that is told of a change that has been made. What it is told is kept until it was called;
/// `on-cron-tick`, which only concerns the moment, is none of these.
pub trait Action: Hook<Output = (), Params: StoredParams> {}

/// The text names none of the hooks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a hook; the hooks are {}", HookName::ALL.map(HookName::as_str).join(", "))]
pub struct UnknownHook {
    /// The text that was found.
    pub found: String,
}

macro_rules! hooks {
    ($($kind:ident $marker:ident $name:literal ($($param:ty),*) -> $output:ty
        $(, of $params:pat => $content_type:expr)?;)*) => {
        /// A hook's name, as in the contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum HookName {
            $(
                #[doc = concat!("`", $name, "`")]
                #[serde(rename = $name)]
                $marker,
            )*
        }

        impl HookName {
            /// Every hook, in the contract's order.
            pub const ALL: [Self; 16] = [$(Self::$marker),*];

            /// The name as the contract and the manifest write it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$marker => $name),* }
            }

            /// What the hook's answer means.
            pub const fn kind(self) -> HookKind {
                match self { $(Self::$marker => HookKind::$kind),* }
            }
        }

        $(
            #[doc = concat!("The hook `", $name, "`.")]
            #[derive(Debug, Clone, Copy)]
            pub struct $marker;

            impl sealed::Sealed for $marker {}

            impl Hook for $marker {
                const NAME: HookName = HookName::$marker;
                type Params = ($(Arc<$param>,)*);
                type Output = $output;
                $(
                    fn content_type(params: &Self::Params) -> Option<&str> {
                        let $params = params;
                        Some($content_type)
                    }
                )?
            }
        )*
    };
}

hooks! {
    Filter OnPostCreating "on-post-creating" (PostInput) -> Option<PostInput>;
    Filter OnPostUpdating "on-post-updating" (PostInput) -> Option<PostInput>;
    Filter OnCommentCreating "on-comment-creating" (CommentInput) -> Option<CommentInput>;
    Filter OnContentCreating "on-content-creating" (ContentEvent) -> Option<ContentEvent>, of (event,) => &event.content_type;
    Filter OnContentUpdating "on-content-updating" (ContentEvent) -> Option<ContentEvent>, of (event,) => &event.content_type;
    Render RenderMarkdown "render-markdown" (str) -> Option<String>;
    Render FilterHtml "filter-html" (str) -> Option<String>;
    Action OnPostCreated "on-post-created" (PostOutput) -> ();
    Action OnPostUpdated "on-post-updated" (PostOutput) -> ();
    Action OnPostDeleted "on-post-deleted" (str) -> ();
    Action OnCommentCreated "on-comment-created" (CommentInput) -> ();
    Action OnContentCreated "on-content-created" (ContentEvent) -> (), of (event,) => &event.content_type;
    Action OnContentUpdated "on-content-updated" (ContentEvent) -> (), of (event,) => &event.content_type;
    Action OnContentDeleted "on-content-deleted" (str, str) -> (), of (content_type, _) => content_type;
    Action OnLogin "on-login" (str) -> ();
    Action OnCronTick "on-cron-tick" (Option<String>) -> ();
}

macro_rules! filters {
    ($($marker:ident: $value:ty => $answer:ty;)*) => {$(
        impl Filter for $marker {
            type Value = $value;
            type Answer = $answer;
        }
    )*};
}

filters! {
    OnPostCreating: PostInput => PostInput;
    OnPostUpdating: PostInput => PostInput;
    OnCommentCreating: CommentInput => CommentInput;
    OnContentCreating: ContentEvent => ContentEvent;
    OnContentUpdating: ContentEvent => ContentEvent;
    RenderMarkdown: str => String;
    FilterHtml: str => String;
}

macro_rules! actions {
    ($($marker:ident)*) => {$(impl Action for $marker {})*};
}

actions! {
    OnPostCreated OnPostUpdated OnPostDeleted OnCommentCreated OnContentCreated
    OnContentUpdated OnContentDeleted OnLogin
}

impl FromStr for HookName {
    type Err = UnknownHook;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|hook| hook.as_str() == text)
            .ok_or_else(|| UnknownHook {
                found: text.to_owned(),
            })
    }
}

impl fmt::Display for HookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
