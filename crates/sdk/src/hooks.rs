//! One trait with a default for every hook.
//!
//! `wit-bindgen` generates a trait without defaults. Ours stands in front of it and fills it in for
//! every type, so that a plugin writes only the hooks it wants.

use crate::{
    bindings::{
        exports::raisfast::plugin_wit as generated,
        raisfast::plugin_wit::types::{CommentInput, ContentEvent, PostInput, PostOutput},
    },
    panic,
};

/// Declares [`Guest`] and fills in the generated trait of each interface from it.
macro_rules! hooks {
    ($(
        $interface:ident {
            $($(#[$doc:meta])* $name:literal fn $hook:ident($($param:ident: $type:ty),*) $(-> $answer:ty)?;)*
        }
    )*) => {
        /// The hooks of a plugin. Each has a default that changes nothing.
        ///
        /// The host calls a hook only if the plugin's manifest names it.
        pub trait Guest {
            $($(
                $(#[$doc])*
                #[allow(unused_variables, reason = "a default ignores what it is given")]
                fn $hook($($param: $type),*) $(-> $answer)? {
                    // Compiled only where nobody wrote this hook: `raisfast plugin check` finds the
                    // text then.
                    std::hint::black_box(concat!("raisfast-sdk default of ", $name, ";"));
                    Default::default()
                }
            )*)*
        }

        $(impl<T: Guest> generated::$interface::Guest for T {
            $(
                fn $hook($($param: $type),*) $(-> $answer)? {
                    panic::report_to_host();
                    <T as Guest>::$hook($($param),*)
                }
            )*
        })*
    };
}

hooks! {
    plugin_hooks {
        /// A post is about to be stored. `Some` replaces it, `None` keeps it.
        "on-post-creating" fn on_post_creating(input: PostInput) -> Option<PostInput>;
        /// A post is about to be changed. `Some` replaces the new version, `None` keeps it.
        "on-post-updating" fn on_post_updating(input: PostInput) -> Option<PostInput>;
        /// A comment is about to be stored. `Some` replaces it, `None` keeps it.
        "on-comment-creating" fn on_comment_creating(input: CommentInput) -> Option<CommentInput>;
        /// Typed content is about to be stored. `Some` replaces it, `None` keeps it.
        "on-content-creating" fn on_content_creating(input: ContentEvent) -> Option<ContentEvent>;
        /// Typed content is about to be changed. `Some` replaces the new version, `None` keeps it.
        "on-content-updating" fn on_content_updating(input: ContentEvent) -> Option<ContentEvent>;
        /// Markdown is about to be rendered. The first plugin that answers `Some` has rendered it.
        "render-markdown" fn render_markdown(input: String) -> Option<String>;
        /// HTML is about to be sent. `Some` replaces it, `None` keeps it.
        "filter-html" fn filter_html(input: String) -> Option<String>;

        /// A post has been stored.
        "on-post-created" fn on_post_created(output: PostOutput);
        /// A post has been changed.
        "on-post-updated" fn on_post_updated(output: PostOutput);
        /// The post with this id is gone.
        "on-post-deleted" fn on_post_deleted(id: String);
        /// A comment has been stored.
        "on-comment-created" fn on_comment_created(input: CommentInput);
        /// Typed content has been stored.
        "on-content-created" fn on_content_created(input: ContentEvent);
        /// Typed content has been changed.
        "on-content-updated" fn on_content_updated(input: ContentEvent);
        /// Typed content is gone.
        "on-content-deleted" fn on_content_deleted(content_type: String, id: String);
        /// The user with this id has logged in.
        "on-login" fn on_login(user_id: String);
        /// A `[[cron]]` entry of the manifest is due. `payload` is a JSON object with `job_type`,
        /// `label`, `payload` and `scheduled_at`.
        "on-cron-tick" fn on_cron_tick(payload: Option<String>);
    }
    views {
        /// A published post or typed content was read; `content_type` is `post` for a post. While
        /// many views wait for the plugin, further ones are not reported.
        "on-content-viewed" fn on_content_viewed(content_type: String, id: String);
    }
}
