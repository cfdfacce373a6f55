//! The work of admins on accounts.

use raisfast_db::{Timestamp, entity::users};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use serde::Serialize;

use crate::{
    AccountError, Role, User, Users, password,
    users::{by_name, check, forget_tokens_of},
};

/// The most accounts on a page.
const MAX_PAGE: u64 = 100;

/// An account, as admins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// A UUID.
    pub id: String,
    /// The name to log in with.
    pub username: String,
    /// The rights.
    pub role: Role,
    /// When the account was made, RFC 3339.
    pub created_at: String,
    /// Since when nobody can log in to it, RFC 3339; absent where its user can.
    pub disabled_at: Option<String>,
}

/// A part of the list of accounts, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountPage {
    /// The accounts.
    pub items: Vec<Account>,
    /// The cursor of the next page; absent on the last one.
    pub next: Option<String>,
}

impl TryFrom<users::Model> for Account {
    type Error = AccountError;

    fn try_from(row: users::Model) -> Result<Self, AccountError> {
        let created_at = row.created_at.clone().into();
        let disabled_at = row.disabled_at.clone().map(Into::into);
        let User { id, username, role } = row.try_into()?;
        Ok(Self {
            id,
            username,
            role,
            created_at,
            disabled_at,
        })
    }
}

/// Makes up a password of 256 random bits.
pub fn generate_password() -> String {
    password::generate()
}

impl Users {
    /// Lists accounts behind a cursor, at most 100; only an admin may.
    pub async fn list(
        &self,
        by: &User,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<AccountPage, AccountError> {
        must_be_admin(by)?;
        let limit = limit.clamp(1, MAX_PAGE);
        let mut query = users::Entity::find()
            .order_by_asc(users::Column::Username)
            .limit(limit + 1);
        if let Some(after) = cursor {
            query = query.filter(users::Column::Username.gt(after));
        }
        let rows = query.all(self.database().connection()).await?;
        let more = rows.len() as u64 > limit;
        let page = rows
            .into_iter()
            .take(usize::try_from(limit).unwrap_or(usize::MAX));
        let items: Vec<Account> = page.map(TryInto::try_into).collect::<Result<_, _>>()?;
        let next = items.last().filter(|_| more);
        Ok(AccountPage {
            next: next.map(|account| account.username.clone()),
            items,
        })
    }

    /// Gives a user another password, and ends all logins of that account; only an admin may.
    pub async fn set_password(
        &self,
        by: &User,
        username: &str,
        password: &str,
    ) -> Result<Account, AccountError> {
        must_be_admin(by)?;
        let account = self.account(username).await?;
        check(username, password)?;
        let hash = password::hash(password).await?;
        let mut changed: users::ActiveModel = account.into();
        changed.password_hash = Set(hash);
        self.change_and_end_logins(changed).await
    }

    /// Keeps a user from logging in, and ends all logins of that account; only an admin may. Nobody
    /// can do this to the own account, so that somebody is left who can undo it.
    pub async fn disable(&self, by: &User, username: &str) -> Result<Account, AccountError> {
        must_be_admin(by)?;
        let account = self.account(username).await?;
        if account.id == by.id {
            return Err(AccountError::OwnAccount);
        }
        if account.disabled_at.is_some() {
            return account.try_into();
        }
        let mut changed: users::ActiveModel = account.into();
        changed.disabled_at = Set(Some(Timestamp::now()));
        self.change_and_end_logins(changed).await
    }

    /// Lets a user log in again; only an admin may. Logins of before stay ended.
    pub async fn enable(&self, by: &User, username: &str) -> Result<Account, AccountError> {
        must_be_admin(by)?;
        let mut changed: users::ActiveModel = self.account(username).await?.into();
        changed.disabled_at = Set(None);
        changed
            .update(self.database().connection())
            .await?
            .try_into()
    }

    async fn account(&self, username: &str) -> Result<users::Model, AccountError> {
        let account = by_name(self.database(), username).await?;
        account.ok_or(AccountError::NotFound)
    }

    async fn change_and_end_logins(
        &self,
        changed: users::ActiveModel,
    ) -> Result<Account, AccountError> {
        // First the account: a login that comes between the two is refused by it.
        let account = changed.update(self.database().connection()).await?;
        forget_tokens_of(self.database(), &account.id).await?;
        self.revoked();
        account.try_into()
    }
}

fn must_be_admin(by: &User) -> Result<(), AccountError> {
    if by.is_admin() {
        Ok(())
    } else {
        Err(AccountError::Forbidden)
    }
}
