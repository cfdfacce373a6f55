//! The bodies of requests and answers, as clients see them.
//!
//! In what comes out, a member that is `null` where there is nothing is required: it is there. What
//! goes in denies unknown members.

#![expect(dead_code, reason = "these are read by the compiler alone")]
#![expect(clippy::struct_field_names, reason = "the API's names")]

pub(super) mod accounts;
pub(super) mod comments;
pub(super) mod content;
pub(super) mod figures;
pub(super) mod nodes;
pub(super) mod openapi;
pub(super) mod outbox;
pub(super) mod plugin_settings;
pub(super) mod plugins;
pub(super) mod posts;
pub(super) mod problem;
pub(super) mod provenance;
pub(super) mod recordings;

/// Makes the schema of a page of a list.
macro_rules! page {
    ($(#[$about:meta])* $name:ident of $item:ident) => {
        $(#[$about])*
        #[derive(utoipa::ToSchema)]
        pub(in crate::openapi) struct $name {
            items: Vec<$item>,
            /// The cursor of the next page; none on the last.
            #[schema(required)]
            next: Option<String>,
        }
    };
}
pub(super) use page;
