//! Accounts and logins.

use std::{fmt, sync::Arc};

use chrono::{TimeDelta, Utc};
use raisfast_contract::hook::OnLogin;
use raisfast_db::{
    Database, Timestamp,
    entity::{tokens, users},
};
use raisfast_hooks::Bus;
use raisfast_outbox::{Changes, Outbox};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, QueryFilter, QueryOrder, QuerySelect, SqlErr,
};
use serde::Serialize;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    AccountError, InvalidField, Role, User,
    error::{CURRENT_PASSWORD, NEW_PASSWORD},
    password,
    token::Token,
};

/// The name of the first account.
pub(crate) const ADMIN: &str = "admin";
/// The field that a rule about names is of.
const USERNAME: &str = "username";
/// The lifetime of a login.
const TOKEN_LIFETIME: TimeDelta = TimeDelta::days(30);

/// A login that succeeded.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The bearer token; the only time that anybody sees it.
    pub token: String,
    /// The user.
    pub user: User,
    /// The time from which on the token is refused, RFC 3339.
    pub expires_at: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Accounts and logins of a site.
#[derive(Clone)]
pub struct Users {
    changes: Changes,
    /// Counts what has ended logins before their time.
    revocations: Arc<watch::Sender<u64>>,
}

impl Users {
    /// Joins accounts in this database to the plugins on a hook bus, which are notified of logins
    /// through the outbox.
    pub fn new(database: Database, bus: Bus, outbox: Outbox) -> Self {
        Self {
            changes: Changes::new(database, bus, outbox),
            revocations: Arc::default(),
        }
    }

    /// Makes the account `admin` where there is no admin: at the first start. Returns the password
    /// when it had to make one up; it is in no log and cannot be asked for again. An account that
    /// is there keeps its password; where another one is given, the log says that it is not used.
    pub async fn ensure_admin(
        &self,
        password: Option<&str>,
    ) -> Result<Option<String>, AccountError> {
        if let Some(account) = by_name(self.changes.database(), ADMIN).await? {
            if let Some(given) = password
                && !password::verify(given, Some(account.password_hash)).await?
            {
                tracing::warn!(
                    "the password given for `{ADMIN}` is not used: it makes the account at the first start, \
                     and the account is there with another password"
                );
            }
            return Ok(None);
        }
        if an_admin(self.changes.database()).await?.is_some() {
            // It was removed, and is not to come back with each start.
            return Ok(None);
        }
        let generated = password.is_none().then(password::generate);
        let password = generated.as_deref().or(password).unwrap_or_default();
        match insert(self.changes.database(), ADMIN, password, Role::Admin).await {
            Ok(_) => Ok(generated),
            // Another server on the same database was faster.
            Err(AccountError::Invalid(_))
                if by_name(self.changes.database(), ADMIN).await?.is_some() =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes an account; only an admin may. A username has 1 to 64 characters, a password 8 to
    /// 1,024 bytes.
    pub async fn create(
        &self,
        user: &User,
        username: &str,
        password: &str,
        role: Role,
    ) -> Result<User, AccountError> {
        if !user.is_admin() {
            return Err(AccountError::Forbidden);
        }
        insert(self.changes.database(), username, password, role).await
    }

    /// Logs in: a new token for the right name and password. Fires `on-login`.
    ///
    /// An unknown name costs as much time as a wrong password, so that the time does not tell who
    /// has an account.
    pub async fn login(&self, username: &str, password: &str) -> Result<Login, AccountError> {
        let hooks = self.changes.hooks();
        // A name that no account can have is not looked for: a database may fail to.
        let account = if broken_by_name(username).is_empty() {
            by_name(self.changes.database(), username).await?
        } else {
            None
        };
        let hash = account
            .as_ref()
            .map(|account| account.password_hash.clone());
        let right = password::verify(password, hash).await?;
        let account = account
            .filter(|_| right)
            .ok_or(AccountError::Unauthenticated)?;
        // Only who knows the password is told.
        if account.disabled_at.is_some() {
            return Err(AccountError::Disabled);
        }

        let token = Token::generate();
        let now = Utc::now();
        let expires_at = Timestamp::from(now + TOKEN_LIFETIME);
        self.forget_expired().await?;
        // Whoever has to repair what plugins have not taken must be able to log in.
        let mut change = self.changes.begin_unhindered::<OnLogin>(&hooks).await?;
        // While the password was checked, an admin may have changed it or disabled the account, and
        // ended all logins. This one must not come after them.
        let present = locked(change.transaction(), &account.id).await?;
        let is_unchanged = present.as_ref().is_some_and(|present| {
            present.password_hash == account.password_hash && present.disabled_at.is_none()
        });
        let user: User = present
            .filter(|_| is_unchanged)
            .ok_or(AccountError::Unauthenticated)?
            .try_into()?;
        tokens::ActiveModel {
            hash: Set(token.hash()),
            user_id: Set(user.id.clone()),
            created_at: Set(now.into()),
            expires_at: Set(expires_at.clone()),
        }
        .insert(change.transaction())
        .await?;
        change.tell(&user.id, (user.id.as_str().into(),)).await?;
        change.commit().await?;
        Ok(Login {
            token: token.into_text(),
            user,
            expires_at: expires_at.into(),
        })
    }

    /// Returns whose token this is; `None` where it is nobody's or has expired.
    pub async fn authenticate(&self, token: &str) -> Result<Option<User>, AccountError> {
        let found = tokens::Entity::find_by_id(Token::from(token).hash())
            .filter(tokens::Column::ExpiresAt.gt(Timestamp::now()))
            .find_also_related(users::Entity)
            .one(self.changes.database().connection())
            .await?;
        found
            .and_then(|(_, account)| account)
            .filter(|account| account.disabled_at.is_none())
            .map(TryInto::try_into)
            .transpose()
    }

    /// Forgets a token; a token that is not there is forgotten already.
    pub async fn logout(&self, token: &str) -> Result<(), AccountError> {
        tokens::Entity::delete_by_id(Token::from(token).hash())
            .exec(self.changes.database().connection())
            .await?;
        self.revoked();
        Ok(())
    }

    /// Gives the user another password, who has to know the present one, and ends all logins but
    /// the one with this token.
    pub async fn change_password(
        &self,
        user: &User,
        token: &str,
        current: &str,
        new: &str,
    ) -> Result<(), AccountError> {
        let mut broken = Vec::new();
        let account = by_name(self.changes.database(), &user.username).await?;
        let account = account
            .filter(|account| account.id == user.id)
            .ok_or(AccountError::NotFound)?;
        if !password::verify(current, Some(account.password_hash.clone())).await? {
            broken.push(InvalidField {
                field: CURRENT_PASSWORD,
                message: "is not the present password".to_owned(),
            });
        }
        broken.extend(broken_by_password(NEW_PASSWORD, new));
        if !broken.is_empty() {
            return Err(AccountError::Invalid(broken));
        }
        let hash = password::hash(new).await?;
        let transaction = self.changes.database().begin().await?;
        let present = locked(&transaction, &user.id).await?;
        let present = present
            .filter(|present| present.password_hash == account.password_hash)
            .ok_or(AccountError::Unauthenticated)?;
        let mut changed: users::ActiveModel = present.into();
        changed.password_hash = Set(hash);
        changed.update(&transaction).await?;
        tokens::Entity::delete_many()
            .filter(tokens::Column::UserId.eq(&user.id))
            .filter(tokens::Column::Hash.ne(Token::from(token).hash()))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        self.revoked();
        Ok(())
    }

    /// Forgets every token of a user.
    pub async fn logout_everywhere(&self, user: &User) -> Result<(), AccountError> {
        forget_tokens_of(self.changes.database().connection(), &user.id).await?;
        self.revoked();
        Ok(())
    }

    /// Returns a count that changes when a login may have ended that was made here: whoever goes on
    /// without asking, such as a stream, then asks [`authenticate`](Self::authenticate) again. What
    /// another process does to the database is not seen.
    pub fn revocations(&self) -> watch::Receiver<u64> {
        self.revocations.subscribe()
    }

    pub(crate) fn database(&self) -> &Database {
        self.changes.database()
    }

    pub(crate) fn revoked(&self) {
        self.revocations.send_modify(|count| *count += 1);
    }

    /// Returns the account in whose name whoever runs the server acts: `admin`, or the oldest admin
    /// where that one is no longer there or no longer an admin.
    pub async fn admin(&self) -> Result<User, AccountError> {
        let database = self.changes.database();
        let account = by_name(database, ADMIN).await?;
        let account = account.filter(|account| account.role == Role::Admin.as_str());
        let account = match account {
            Some(account) => Some(account),
            None => an_admin(database).await?,
        };
        account.ok_or(AccountError::NotFound)?.try_into()
    }

    async fn forget_expired(&self) -> Result<(), AccountError> {
        tokens::Entity::delete_many()
            .filter(tokens::Column::ExpiresAt.lte(Timestamp::now()))
            .exec(self.changes.database().connection())
            .await?;
        Ok(())
    }
}

pub(crate) async fn forget_tokens_of(
    connection: &impl ConnectionTrait,
    user: &str,
) -> Result<(), AccountError> {
    tokens::Entity::delete_many()
        .filter(tokens::Column::UserId.eq(user))
        .exec(connection)
        .await?;
    Ok(())
}

/// Reads an account that nobody else changes or logs in to until the transaction ends.
pub(crate) async fn locked(
    transaction: &DatabaseTransaction,
    id: &str,
) -> Result<Option<users::Model>, AccountError> {
    let found = users::Entity::find_by_id(id)
        .lock_exclusive()
        .one(transaction)
        .await?;
    Ok(found)
}

/// Returns the oldest admin, one who can log in where there is any.
async fn an_admin(database: &Database) -> Result<Option<users::Model>, AccountError> {
    let admins = users::Entity::find()
        .filter(users::Column::Role.eq(Role::Admin.as_str()))
        .order_by_asc(users::Column::CreatedAt)
        .order_by_asc(users::Column::Id)
        .all(database.connection())
        .await?;
    let enabled = admins.iter().find(|admin| admin.disabled_at.is_none());
    Ok(enabled.or(admins.first()).cloned())
}

pub(crate) async fn by_name(
    database: &Database,
    username: &str,
) -> Result<Option<users::Model>, AccountError> {
    let found = users::Entity::find()
        .filter(users::Column::Username.eq(username))
        .one(database.connection())
        .await?;
    Ok(found)
}

pub(crate) async fn insert(
    database: &Database,
    username: &str,
    password: &str,
    role: Role,
) -> Result<User, AccountError> {
    check(username, password)?;
    let inserted = users::ActiveModel {
        id: Set(Uuid::now_v7().to_string()),
        username: Set(username.to_owned()),
        password_hash: Set(password::hash(password).await?),
        role: Set(role.as_str().to_owned()),
        created_at: Set(Timestamp::now()),
        disabled_at: Set(None),
    }
    .insert(database.connection())
    .await;
    match inserted {
        Ok(account) => account.try_into(),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Err(AccountError::Invalid(vec![InvalidField {
                field: USERNAME,
                message: format!("somebody is called `{username}` already"),
            }]))
        }
        Err(error) => Err(error.into()),
    }
}

/// Refuses a name or a password that no account may have.
pub(crate) fn check(username: &str, password: &str) -> Result<(), AccountError> {
    let mut broken = broken_by_name(username);
    broken.extend(broken_by_password("password", password));
    if broken.is_empty() {
        Ok(())
    } else {
        Err(AccountError::Invalid(broken))
    }
}

/// Returns the rule that a password in this field breaks.
pub(crate) fn broken_by_password(field: &'static str, password: &str) -> Option<InvalidField> {
    let message = format!("must have 8 to 1024 bytes, not {}", password.len());
    (!(8..=1024).contains(&password.len())).then_some(InvalidField { field, message })
}

/// Returns the rules that a name breaks.
fn broken_by_name(username: &str) -> Vec<InvalidField> {
    let characters = username.chars().count();
    let rules = [
        (
            (1..=64).contains(&characters),
            format!("must have 1 to 64 characters, not {characters}"),
        ),
        (
            characters == 0 || !username.trim().is_empty(),
            "must not be blank".to_owned(),
        ),
        (
            !username.chars().any(char::is_control),
            "must be one line without control characters".to_owned(),
        ),
        (
            // They stand for other places in a path.
            ![".", ".."].contains(&username),
            "must not be `.` or `..`".to_owned(),
        ),
    ];
    let broken = rules.into_iter().filter(|(holds, _)| !holds);
    let field = |(_, message)| InvalidField {
        field: USERNAME,
        message,
    };
    broken.map(field).collect()
}
