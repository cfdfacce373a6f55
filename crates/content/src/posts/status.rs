//! The visibility of a post.

use raisfast_db::entity::posts;

/// A post's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Not finished.
    Draft,
    /// Everybody may read it.
    Published,
    /// Taken from the public again.
    Archived,
}

impl Status {
    /// The message for a text that is not a status.
    pub(crate) const EXPECTED: &str = "must be `draft`, `published` or `archived`";

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Draft, Self::Published, Self::Archived]
            .into_iter()
            .find(|status| status.as_str() == word)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => posts::PUBLISHED,
            Self::Archived => "archived",
        }
    }
}
