//! Logins and accounts.

use utoipa::ToSchema;

use super::page;

/// A name and a password.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::openapi) struct Credentials {
    username: String,
    password: String,
}

/// A user.
#[derive(ToSchema)]
pub(in crate::openapi) struct User {
    #[schema(format = "uuid")]
    id: String,
    username: String,
    role: Role,
}

/// A login of the console, whose token is in a cookie.
#[derive(ToSchema)]
pub(in crate::openapi) struct Session {
    user: User,
}

/// The own password, and the next.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::openapi) struct Passwords {
    current_password: String,
    new_password: String,
}

/// A change of an account.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::openapi) struct AccountPatch {
    role: Role,
}

/// A login.
#[derive(ToSchema)]
pub(in crate::openapi) struct Token {
    /// Send it as `Authorization: Bearer <token>`.
    token: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// The rights of a user.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum Role {
    Admin,
    Editor,
    Author,
}

/// An account.
#[derive(ToSchema)]
pub(in crate::openapi) struct Account {
    #[schema(format = "uuid")]
    id: String,
    username: String,
    role: Role,
    #[schema(format = DateTime)]
    created_at: String,
    /// Since when nobody can log in to it.
    #[schema(required, format = DateTime)]
    disabled_at: Option<String>,
}

page! {
    /// Accounts, in the order of their names.
    Accounts of Account
}

/// An account to make.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::openapi) struct NewAccount {
    username: String,
    /// Without one, one is made and returned once.
    password: Option<String>,
    /// `author` without it.
    #[schema(nullable = false)]
    role: Option<Role>,
}

/// An account that was made.
#[derive(ToSchema)]
pub(in crate::openapi) struct CreatedAccount {
    #[schema(format = "uuid")]
    id: String,
    username: String,
    role: Role,
    /// The password, where the server has made it.
    #[schema(nullable = false)]
    password: Option<String>,
}

/// A password to set.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::openapi) struct NewPassword {
    /// Without one, one is made and returned once.
    password: Option<String>,
}

/// A password that was set.
#[derive(ToSchema)]
pub(in crate::openapi) struct SetPassword {
    /// The password, where the server has made it.
    #[schema(nullable = false)]
    password: Option<String>,
}
