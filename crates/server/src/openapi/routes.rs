//! Each route, in groups. A new one is an entry in the group's file.

mod accounts;
mod admin_plugins;
mod comments;
mod content;
mod nodes;
mod outbox;
mod posts;
mod provenance;
mod server;

use super::operation::{Operation, Query};

/// Routes about one thing.
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) operations: Vec<Operation>,
}

pub(super) fn groups() -> Vec<Group> {
    vec![
        accounts::logins(),
        accounts::accounts(),
        posts::group(),
        comments::group(),
        content::group(),
        provenance::group(),
        admin_plugins::group(),
        outbox::group(),
        nodes::group(),
        server::group(),
    ]
}

/// The page of a list that is asked for.
const PAGE: [Query; 2] = [
    Query::text("cursor", "The `next` of the page before."),
    Query::number("limit", (1, 100), "The most items on the page."),
];
