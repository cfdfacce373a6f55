//! Changing a comment.

use raisfast_contract::CommentInput;
use raisfast_db::entity::comments;
use serde::Deserialize;

use crate::posts::sent;

/// A change of some fields of a comment: what is absent stays. `Some(None)`, in JSON `null`, clears
/// a field. The comment that it answers is not for changing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CommentPatch {
    /// The text.
    #[serde(deserialize_with = "sent")]
    pub content: Option<String>,
    /// The visitor's name.
    #[serde(deserialize_with = "sent")]
    pub nickname: Option<Option<String>>,
    /// The visitor's address.
    #[serde(deserialize_with = "sent")]
    pub email: Option<Option<String>>,
}

impl CommentPatch {
    /// The whole of a stored comment with these fields changed.
    pub(super) fn of(self, stored: &comments::Model) -> CommentInput {
        CommentInput {
            content: self.content.unwrap_or_else(|| stored.content.clone()),
            nickname: self.nickname.unwrap_or_else(|| stored.nickname.clone()),
            email: self.email.unwrap_or_else(|| stored.email.clone()),
            parent_id: stored.parent_id.clone(),
        }
    }
}
