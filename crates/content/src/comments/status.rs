//! The visibility of a comment.

use raisfast_db::entity::comments;
use serde::Serialize;

/// A comment's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CommentStatus {
    /// Nobody has looked at it yet.
    Pending,
    /// Everybody may read it.
    Approved,
    /// Not for readers; kept, so that it can be looked at again.
    Spam,
}

impl CommentStatus {
    /// The message for a text that is not a status.
    pub(crate) const EXPECTED: &str = "must be `pending`, `approved` or `spam`";

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Pending, Self::Approved, Self::Spam]
            .into_iter()
            .find(|status| status.as_str() == word)
    }

    /// Returns the word that stands for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => comments::APPROVED,
            Self::Spam => "spam",
        }
    }
}
