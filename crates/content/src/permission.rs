//! The right to change what somebody has written.

use raisfast_accounts::User;

use crate::ContentError;

/// Refuses whoever is neither the author nor an admin.
pub(crate) fn must_own(user: &User, author: &str) -> Result<(), ContentError> {
    if user.may_change_of(author) {
        Ok(())
    } else {
        Err(ContentError::Forbidden)
    }
}

/// Refuses whoever is not an admin.
pub(crate) fn must_be_admin(user: &User) -> Result<(), ContentError> {
    if user.is_admin() {
        Ok(())
    } else {
        Err(ContentError::Forbidden)
    }
}
