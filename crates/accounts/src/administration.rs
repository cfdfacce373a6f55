//! The work of admins on accounts.

use raisfast_db::{Timestamp, entity::users};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction,
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::Serialize;

use crate::{
    AccountError, Role, User, Users, password,
    users::{by_name, check, forget_tokens_of, locked},
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

    /// Returns one account; only an admin may.
    pub async fn show(&self, by: &User, username: &str) -> Result<Account, AccountError> {
        must_be_admin(by)?;
        let account = by_name(self.database(), username).await?;
        account.ok_or(AccountError::NotFound)?.try_into()
    }

    /// Gives a user another password, and ends all logins of that account; only an admin may.
    pub async fn set_password(
        &self,
        by: &User,
        username: &str,
        password: &str,
    ) -> Result<Account, AccountError> {
        must_be_admin(by)?;
        self.show(by, username).await?;
        check(username, password)?;
        let hash = password::hash(password).await?;
        let change = self.change(username).await?;
        let account = change
            .write_and_end_logins(|account| account.password_hash = Set(hash))
            .await?;
        self.revoked();
        Ok(account)
    }

    /// Gives a user another role, which counts from the next request on; only an admin may. Nobody
    /// can demote the own account, and the last admin stays one.
    pub async fn set_role(
        &self,
        by: &User,
        username: &str,
        role: Role,
    ) -> Result<Account, AccountError> {
        must_be_admin(by)?;
        let change = self.change(username).await?;
        if change.account.role == role.as_str() {
            return change.account.try_into();
        }
        change.must_leave_an_admin(by)?;
        let account = change
            .write(|account| account.role = Set(role.as_str().to_owned()))
            .await?;
        // What goes on with a login, such as a stream, asks whether it still may.
        self.revoked();
        Ok(account)
    }

    /// Keeps a user from logging in, and ends all logins of that account; only an admin may. Nobody
    /// can do this to the own account or to the last admin, so that somebody is left who can undo
    /// it.
    pub async fn disable(&self, by: &User, username: &str) -> Result<Account, AccountError> {
        must_be_admin(by)?;
        let change = self.change(username).await?;
        change.must_leave_an_admin(by)?;
        if change.account.disabled_at.is_some() {
            return change.account.try_into();
        }
        let account = change
            .write_and_end_logins(|account| account.disabled_at = Set(Some(Timestamp::now())))
            .await?;
        self.revoked();
        Ok(account)
    }

    /// Lets a user log in again; only an admin may. Logins of before stay ended.
    pub async fn enable(&self, by: &User, username: &str) -> Result<Account, AccountError> {
        must_be_admin(by)?;
        let change = self.change(username).await?;
        change
            .write(|account| account.disabled_at = Set(None))
            .await
    }

    /// Removes an account with all its logins; only an admin may, and neither the own one nor the
    /// last admin's. What its user has written stays, and is nobody's own any more: the id is never
    /// given again, not even to an account of the same name.
    pub async fn remove(&self, by: &User, username: &str) -> Result<(), AccountError> {
        must_be_admin(by)?;
        let change = self.change(username).await?;
        change.must_leave_an_admin(by)?;
        change.remove().await?;
        self.revoked();
        Ok(())
    }

    /// Begins to change an account.
    async fn change(&self, username: &str) -> Result<AccountChange, AccountError> {
        let transaction = self.database().begin().await?;
        // Everybody locks in the order of the ids, so that nobody waits in a circle.
        let admins = users::Entity::find()
            .filter(users::Column::Role.eq(Role::Admin.as_str()))
            .filter(users::Column::DisabledAt.is_null())
            .order_by_asc(users::Column::Id)
            .lock_exclusive()
            .all(&transaction)
            .await?;
        let found = users::Entity::find()
            .filter(users::Column::Username.eq(username))
            .one(&transaction)
            .await?
            .ok_or(AccountError::NotFound)?;
        let account = locked(&transaction, &found.id).await?;
        let account = account.ok_or(AccountError::NotFound)?;
        let is_last_admin = admins.len() == 1 && admins[0].id == account.id;
        Ok(AccountChange {
            transaction,
            account,
            is_last_admin,
        })
    }
}

/// A change of one account that is not committed. Of two that would together leave no admin, one
/// waits for the other, and then sees it.
struct AccountChange {
    transaction: DatabaseTransaction,
    account: users::Model,
    /// Set if nobody else is an admin who can log in.
    is_last_admin: bool,
}

impl AccountChange {
    /// Refuses to take the rights of the one who asks, or of the last admin.
    fn must_leave_an_admin(&self, by: &User) -> Result<(), AccountError> {
        if self.account.id == by.id {
            Err(AccountError::OwnAccount)
        } else if self.is_last_admin {
            Err(AccountError::LastAdmin)
        } else {
            Ok(())
        }
    }

    async fn write(
        self,
        change: impl FnOnce(&mut users::ActiveModel),
    ) -> Result<Account, AccountError> {
        let mut changed: users::ActiveModel = self.account.into();
        change(&mut changed);
        let account = changed.update(&self.transaction).await?;
        self.transaction.commit().await?;
        account.try_into()
    }

    async fn write_and_end_logins(
        self,
        change: impl FnOnce(&mut users::ActiveModel),
    ) -> Result<Account, AccountError> {
        forget_tokens_of(&self.transaction, &self.account.id).await?;
        self.write(change).await
    }

    async fn remove(self) -> Result<(), AccountError> {
        forget_tokens_of(&self.transaction, &self.account.id).await?;
        users::Entity::delete_by_id(&self.account.id)
            .exec(&self.transaction)
            .await?;
        Ok(self.transaction.commit().await?)
    }
}

fn must_be_admin(by: &User) -> Result<(), AccountError> {
    if by.is_admin() {
        Ok(())
    } else {
        Err(AccountError::Forbidden)
    }
}
