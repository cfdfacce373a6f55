//! Changing a comment.

use raisfast_contract::CommentInput;
use raisfast_db::entity::comments;
use serde::Deserialize;

use super::{checked::CheckedComment, status::CommentStatus};
use crate::{ContentError, FieldError, posts::sent};

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
    /// `pending`, `approved` or `spam`.
    #[serde(deserialize_with = "sent")]
    pub status: Option<String>,
}

impl CommentPatch {
    /// A change of the status alone.
    pub fn to_status(status: CommentStatus) -> Self {
        Self {
            status: Some(status.as_str().to_owned()),
            ..Self::default()
        }
    }

    /// Returns the whole of a stored comment with these fields changed, and the status that it
    /// gets, if it gets another one.
    pub(super) fn of(
        self,
        stored: &comments::Model,
    ) -> Result<(CommentInput, Option<CommentStatus>), ContentError> {
        let status = self.status.as_deref().map(CommentStatus::parse);
        let input = CommentInput {
            content: self.content.unwrap_or_else(|| stored.content.clone()),
            nickname: self.nickname.unwrap_or_else(|| stored.nickname.clone()),
            email: self.email.unwrap_or_else(|| stored.email.clone()),
            parent_id: stored.parent_id.clone(),
        };
        let mut broken = CheckedComment::try_from(&input).err().unwrap_or_default();
        if status == Some(None) {
            broken.push(FieldError::new("/status", CommentStatus::EXPECTED));
        }
        if broken.is_empty() {
            Ok((input, status.flatten()))
        } else {
            Err(ContentError::Invalid(broken))
        }
    }
}
