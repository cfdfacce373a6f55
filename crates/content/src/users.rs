//! Accounts and logins.

mod password;
mod token;

use std::{fmt, sync::Arc};

use chrono::{TimeDelta, Utc};
use raisfast_contract::hook::OnLogin;
use raisfast_db::{
    Database, Timestamp,
    entity::{tokens, users},
};
use raisfast_outbox::{Changes, Record};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, SqlErr};
use serde::{Deserialize, Serialize};
use token::Token;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{ContentError, FieldError, check::Checks};

/// The name of the first account.
const ADMIN: &str = "admin";
/// How long a login lasts.
const TOKEN_LIFETIME: TimeDelta = TimeDelta::days(30);

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// A UUID.
    pub id: String,
    /// The name to log in with.
    pub username: String,
    /// What the user may do.
    pub role: Role,
}

impl User {
    /// Refuses whoever is neither the author nor an admin.
    pub(crate) fn must_own(&self, author: &str) -> Result<(), ContentError> {
        if self.id == author || self.role == Role::Admin {
            Ok(())
        } else {
            Err(ContentError::Forbidden)
        }
    }

    /// Refuses whoever is not an admin.
    pub(crate) fn must_be_admin(&self) -> Result<(), ContentError> {
        match self.role {
            Role::Admin => Ok(()),
            Role::Author => Err(ContentError::Forbidden),
        }
    }
}

impl TryFrom<users::Model> for User {
    type Error = ContentError;

    fn try_from(row: users::Model) -> Result<Self, ContentError> {
        let role = Role::parse(&row.role).ok_or_else(|| {
            ContentError::Internal(format!(
                "the account {} has the role `{}`; it must be `admin` or `author`",
                row.username, row.role
            ))
        })?;
        Ok(Self {
            id: row.id,
            username: row.username,
            role,
        })
    }
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Writes posts and content, and changes their own.
    Author,
}

impl Role {
    fn parse(word: &str) -> Option<Self> {
        [Self::Admin, Self::Author]
            .into_iter()
            .find(|role| role.as_str() == word)
    }

    /// The word that stands for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Author => "author",
        }
    }
}

/// A login that succeeded.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The bearer token; the only time that anybody sees it.
    pub token: String,
    /// Whose login it is.
    pub user: User,
    /// From when on the token is refused, RFC 3339.
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
    pub(crate) fn new(changes: Changes) -> Self {
        Self {
            changes,
            revocations: Arc::default(),
        }
    }

    /// Makes the account `admin` where there is none: at the first start. Answers the password when
    /// it had to make one up; it is in no log and cannot be asked for again. An account that is
    /// there keeps its password; where another one is given, the log says that it is not used.
    pub async fn ensure_admin(
        &self,
        password: Option<&str>,
    ) -> Result<Option<String>, ContentError> {
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
        let generated = password.is_none().then(password::generate);
        let password = generated.as_deref().or(password).unwrap_or_default();
        match insert(self.changes.database(), ADMIN, password, Role::Admin).await {
            Ok(_) => Ok(generated),
            // Another server on the same database was faster.
            Err(ContentError::Invalid(_))
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
    ) -> Result<User, ContentError> {
        user.must_be_admin()?;
        insert(self.changes.database(), username, password, role).await
    }

    /// Logs in: a new token for the right name and password. Fires `on-login`.
    ///
    /// An unknown name costs as much time as a wrong password, so that the time does not tell who
    /// has an account.
    pub async fn login(&self, username: &str, password: &str) -> Result<Login, ContentError> {
        let hooks = self.changes.hooks();
        // A name that no account can have is not looked for: a database may fail to.
        let account = match checked_name(username).finish(()) {
            Ok(()) => by_name(self.changes.database(), username).await?,
            Err(_) => None,
        };
        let hash = account
            .as_ref()
            .map(|account| account.password_hash.clone());
        let right = password::verify(password, hash).await?;
        let user: User = account
            .filter(|_| right)
            .ok_or(ContentError::Unauthenticated)?
            .try_into()?;

        let token = Token::generate();
        let now = Utc::now();
        let expires_at = Timestamp::from(now + TOKEN_LIFETIME);
        self.forget_expired().await?;
        // Whoever has to mend what plugins have not taken must be able to log in.
        let mut change = self.changes.begin_unhindered::<OnLogin>(&hooks).await?;
        tokens::ActiveModel {
            hash: Set(token.hash()),
            user_id: Set(user.id.clone()),
            created_at: Set(now.into()),
            expires_at: Set(expires_at.clone()),
        }
        .insert(change.transaction())
        .await?;
        change
            .tell(Record::User(&user.id), (user.id.as_str().into(),))
            .await?;
        change.commit().await?;
        Ok(Login {
            token: token.into_text(),
            user,
            expires_at: expires_at.into(),
        })
    }

    /// Whose token this is; `None` where it is nobody's or has expired.
    pub async fn authenticate(&self, token: &str) -> Result<Option<User>, ContentError> {
        let found = tokens::Entity::find_by_id(Token::from(token).hash())
            .filter(tokens::Column::ExpiresAt.gt(Timestamp::now()))
            .find_also_related(users::Entity)
            .one(self.changes.database().connection())
            .await?;
        found
            .and_then(|(_, account)| account)
            .map(TryInto::try_into)
            .transpose()
    }

    /// Forgets a token; a token that is not there is forgotten already.
    pub async fn logout(&self, token: &str) -> Result<(), ContentError> {
        tokens::Entity::delete_by_id(Token::from(token).hash())
            .exec(self.changes.database().connection())
            .await?;
        self.revoked();
        Ok(())
    }

    /// Forgets every token of a user.
    pub async fn logout_everywhere(&self, user: &User) -> Result<(), ContentError> {
        forget_tokens_of(self.changes.database(), &user.id).await?;
        self.revoked();
        Ok(())
    }

    /// Changes when a login may have ended that was made here: whoever goes on without asking, such as a stream,
    /// then asks [`authenticate`](Self::authenticate) again. What another process does to the database is not seen.
    pub fn revocations(&self) -> watch::Receiver<u64> {
        self.revocations.subscribe()
    }

    fn revoked(&self) {
        self.revocations.send_modify(|count| *count += 1);
    }

    /// The account `admin`, for whoever runs the server.
    pub async fn admin(&self) -> Result<User, ContentError> {
        let account = by_name(self.changes.database(), ADMIN).await?;
        account.ok_or(ContentError::NotFound)?.try_into()
    }

    async fn forget_expired(&self) -> Result<(), ContentError> {
        tokens::Entity::delete_many()
            .filter(tokens::Column::ExpiresAt.lte(Timestamp::now()))
            .exec(self.changes.database().connection())
            .await?;
        Ok(())
    }
}

/// Gives the account `admin` another password, and forgets its tokens; makes the account where there is none.
/// Answers the password where it had to make one up. It is for whoever has the database itself: a server may
/// run on it meanwhile.
pub async fn reset_admin(
    database: &Database,
    password: Option<&str>,
) -> Result<Option<String>, ContentError> {
    let generated = password.is_none().then(password::generate);
    let new = generated.as_deref().or(password).unwrap_or_default();
    let Some(account) = by_name(database, ADMIN).await? else {
        insert(database, ADMIN, new, Role::Admin).await?;
        return Ok(generated);
    };
    check(ADMIN, new).map_err(ContentError::Invalid)?;
    let id = account.id.clone();
    let mut changed: users::ActiveModel = account.into();
    changed.password_hash = Set(password::hash(new).await?);
    changed.role = Set(Role::Admin.as_str().to_owned());
    changed.update(database.connection()).await?;
    forget_tokens_of(database, &id).await?;
    Ok(generated)
}

async fn forget_tokens_of(database: &Database, user: &str) -> Result<(), ContentError> {
    tokens::Entity::delete_many()
        .filter(tokens::Column::UserId.eq(user))
        .exec(database.connection())
        .await?;
    Ok(())
}

async fn by_name(
    database: &Database,
    username: &str,
) -> Result<Option<users::Model>, ContentError> {
    let found = users::Entity::find()
        .filter(users::Column::Username.eq(username))
        .one(database.connection())
        .await?;
    Ok(found)
}

async fn insert(
    database: &Database,
    username: &str,
    password: &str,
    role: Role,
) -> Result<User, ContentError> {
    check(username, password).map_err(ContentError::Invalid)?;
    let inserted = users::ActiveModel {
        id: Set(Uuid::now_v7().to_string()),
        username: Set(username.to_owned()),
        password_hash: Set(password::hash(password).await?),
        role: Set(role.as_str().to_owned()),
        created_at: Set(Timestamp::now()),
    }
    .insert(database.connection())
    .await;
    match inserted {
        Ok(account) => account.try_into(),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Err(ContentError::invalid(
                "/username",
                format!("somebody is called `{username}` already"),
            ))
        }
        Err(error) => Err(error.into()),
    }
}

fn check(username: &str, password: &str) -> Result<(), Vec<FieldError>> {
    let mut checks = checked_name(username);
    checks.require((8..=1024).contains(&password.len()), "/password", || {
        format!("must have 8 to 1024 bytes, not {}", password.len())
    });
    checks.finish(())
}

fn checked_name(username: &str) -> Checks {
    let mut checks = Checks::default();
    checks.line("/username", username, 1..=64);
    checks
}
