//! Passwords from the machine that has the database, for when nobody can log in.
//!
//! A server may run on the database meanwhile: it looks at each token in it, so what is ended here
//! is ended there.

use raisfast_db::{Database, entity::users};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set};

use crate::{
    AccountError, Role, password,
    users::{ADMIN, by_name, check, forget_tokens_of, insert, locked},
};

/// An account with another password.
#[derive(Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The password, where it had to be made up.
    pub password: Option<String>,
    /// Set if an admin has disabled the account, so that the password opens nothing yet.
    pub is_disabled: bool,
}

/// Gives an account another password, and forgets its tokens. Its role stays, and whether it is
/// disabled.
pub async fn reset_password(
    database: &Database,
    username: &str,
    password: Option<&str>,
) -> Result<Recovered, AccountError> {
    let account = by_name(database, username).await?;
    let account = account.ok_or(AccountError::NotFound)?;
    let is_disabled = account.disabled_at.is_some();
    let password = replace(database, account, password, |_| {}).await?;
    Ok(Recovered {
        password,
        is_disabled,
    })
}

/// Gives the account `admin` another password, and forgets its tokens; makes it an admin again who
/// can log in, and makes the account where there is none. Returns the password where it had to make
/// one up.
pub async fn reset_admin(
    database: &Database,
    password: Option<&str>,
) -> Result<Option<String>, AccountError> {
    if let Some(account) = by_name(database, ADMIN).await? {
        return replace(database, account, password, |changed| {
            changed.role = Set(Role::Admin.as_str().to_owned());
            changed.disabled_at = Set(None);
        })
        .await;
    }
    let generated = password.is_none().then(password::generate);
    let new = generated.as_deref().or(password).unwrap_or_default();
    insert(database, ADMIN, new, Role::Admin).await?;
    Ok(generated)
}

/// Writes a password, and what else is to be changed; returns the password that was made up.
async fn replace(
    database: &Database,
    account: users::Model,
    password: Option<&str>,
    change: impl FnOnce(&mut users::ActiveModel),
) -> Result<Option<String>, AccountError> {
    let generated = password.is_none().then(password::generate);
    let new = generated.as_deref().or(password).unwrap_or_default();
    check(&account.username, new)?;
    let hash = password::hash(new).await?;
    let transaction = database.begin().await?;
    let present = locked(&transaction, &account.id).await?;
    let mut changed: users::ActiveModel = present.ok_or(AccountError::NotFound)?.into();
    changed.password_hash = Set(hash);
    change(&mut changed);
    changed.update(&transaction).await?;
    forget_tokens_of(&transaction, &account.id).await?;
    transaction.commit().await?;
    Ok(generated)
}
