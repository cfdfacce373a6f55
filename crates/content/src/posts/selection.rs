//! The posts that a list is asked for, and which of them the reader may see.

use raisfast_accounts::{Extent, Right, User};
use raisfast_db::entity::posts;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select, sea_query::Expr};

use super::status::Status;
use crate::{ContentError, check::Checks, search::containing};

/// The word for posts of each status.
const ALL: &str = "all";

/// A selection of posts; without anything, those that are published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostSelection {
    /// `draft`, `published`, `archived`, or `all` of them.
    pub status: Option<String>,
    /// The id of the user who has written them.
    pub author: Option<String>,
    /// A part of their titles, in capitals or not; at most 100 characters. Every title is looked
    /// at.
    pub title: Option<String>,
}

/// A selection that a reader may see.
pub(super) struct Selected {
    pub(super) posts: Select<posts::Entity>,
    /// Ordered by the time of publication, not of creation.
    pub(super) by_publication: bool,
}

impl PostSelection {
    /// Returns whether only a user may ask for it: for what is not published, and for a search,
    /// which costs more than a stranger may spend.
    pub fn needs_login(&self) -> bool {
        let is_public = |status: &String| status == posts::PUBLISHED;
        !self.status.as_ref().is_none_or(is_public) || self.title.is_some()
    }

    /// Checks the selection, and leaves in it what this reader may see.
    pub(super) fn of(&self, reader: Option<&User>) -> Result<Selected, ContentError> {
        if self.needs_login() && reader.is_none() {
            return Err(ContentError::Forbidden);
        }
        let word = self.status.as_deref().unwrap_or(posts::PUBLISHED);
        let status = Status::parse(word);
        let mut checks = Checks::default();
        checks.require(status.is_some() || word == ALL, "/status", || {
            format!("{}, or `all`", Status::EXPECTED)
        });
        if let Some(author) = &self.author {
            checks.line("/author", author, 1..=36);
        }
        if let Some(title) = &self.title {
            checks.line("/title", title, 1..=100);
        }
        checks.finish(()).map_err(ContentError::Invalid)?;

        let mut posts = posts::Entity::find();
        if let Some(status) = status {
            posts = posts.filter(posts::Column::Status.eq(status.as_str()));
        }
        if status != Some(Status::Published) {
            posts = posts.filter(readable(reader));
        }
        if let Some(author) = &self.author {
            posts = posts.filter(posts::Column::CreatedBy.eq(author));
        }
        if let Some(title) = &self.title {
            posts = posts.filter(containing(
                Expr::col((posts::Entity, posts::Column::Title)),
                title,
            ));
        }
        Ok(Selected {
            posts,
            by_publication: status == Some(Status::Published),
        })
    }
}

/// The posts that a reader may see.
fn readable(reader: Option<&User>) -> Condition {
    let published = posts::Column::Status.eq(Status::Published.as_str());
    let extent = reader.map_or(Extent::Nothing, |reader| {
        reader.extent(Right::ReadUnpublished)
    });
    let readable = Condition::any();
    match (extent, reader) {
        (Extent::Everything, _) => Condition::all(),
        (Extent::Own, Some(reader)) => readable
            .add(published)
            .add(posts::Column::CreatedBy.eq(&reader.id)),
        _ => readable.add(published),
    }
}
