//! The questions that this crate asks the table of rights, with the answer as a result.

use raisfast_accounts::{Right, User};

use crate::ContentError;

/// Refuses whoever does not have this right on what the owner has written.
pub(crate) fn must(user: &User, right: Right, owner: &str) -> Result<(), ContentError> {
    if user.may(right, owner) {
        Ok(())
    } else {
        Err(ContentError::Forbidden)
    }
}

/// Refuses whoever does not moderate comments.
pub(crate) fn must_moderate(user: &User) -> Result<(), ContentError> {
    if user.may_everywhere(Right::Moderate) {
        Ok(())
    } else {
        Err(ContentError::NotAModerator)
    }
}
