//! `admin/users`: accounts, for admins.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post, put},
};
use raisfast_accounts::{Account, AccountPage, Role, User, Users, generate_password};
use serde::{Deserialize, Serialize};

use super::{Answer, Page, Parameters, Segments};
use crate::{app::App, auth::Admin, json_body::JsonBody};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/users", get(list).post(create))
        .route("/users/{username}", get(show).patch(change).delete(remove))
        .route("/users/{username}/password", put(set_password))
        .route("/users/{username}/disable", post(disable))
        .route("/users/{username}/enable", post(enable))
}

async fn list(
    Admin { user }: Admin,
    State(users): State<Users>,
    Parameters(page): Parameters<Page>,
) -> Answer<Json<AccountPage>> {
    Ok(Json(users.list(&user, page.cursor(), page.limit()).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    username: String,
    /// Without one, one is made and returned once.
    password: Option<String>,
    #[serde(default = "author")]
    role: Role,
}

fn author() -> Role {
    Role::Author
}

/// An account that was made, and its password where the server has made it.
#[derive(Serialize)]
struct Created {
    #[serde(flatten)]
    user: User,
    #[serde(flatten)]
    made: Made,
}

/// A password that the server has made.
#[derive(Serialize)]
struct Made {
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

impl Made {
    /// Makes a password where none was given.
    fn unless(given: Option<&str>) -> Self {
        Self {
            password: given.is_none().then(generate_password),
        }
    }

    /// Returns the password, where the one that was given is not absent.
    fn or<'a>(&'a self, given: Option<&'a str>) -> &'a str {
        self.password.as_deref().or(given).unwrap_or_default()
    }
}

async fn create(
    Admin { user }: Admin,
    State(users): State<Users>,
    JsonBody(new): JsonBody<NewAccount>,
) -> Answer<(StatusCode, Json<Created>)> {
    let given = new.password.as_deref();
    let made = Made::unless(given);
    let user = users
        .create(&user, &new.username, made.or(given), new.role)
        .await?;
    Ok((StatusCode::CREATED, Json(Created { user, made })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    password: Option<String>,
}

async fn set_password(
    Admin { user }: Admin,
    State(users): State<Users>,
    Segments(username): Segments<String>,
    JsonBody(new): JsonBody<NewPassword>,
) -> Answer<Json<Made>> {
    let given = new.password.as_deref();
    let made = Made::unless(given);
    users.set_password(&user, &username, made.or(given)).await?;
    Ok(Json(made))
}

async fn show(
    Admin { user }: Admin,
    State(users): State<Users>,
    Segments(username): Segments<String>,
) -> Answer<Json<Account>> {
    Ok(Json(users.show(&user, &username).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    role: Role,
}

async fn change(
    Admin { user }: Admin,
    State(users): State<Users>,
    Segments(username): Segments<String>,
    JsonBody(Change { role }): JsonBody<Change>,
) -> Answer<Json<Account>> {
    Ok(Json(users.set_role(&user, &username, role).await?))
}

/// Removes an account; what the user has written stays.
async fn remove(
    Admin { user }: Admin,
    State(users): State<Users>,
    Segments(username): Segments<String>,
) -> Answer<StatusCode> {
    users.remove(&user, &username).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn disable(
    Admin { user }: Admin,
    State(users): State<Users>,
    Segments(username): Segments<String>,
) -> Answer<Json<Account>> {
    Ok(Json(users.disable(&user, &username).await?))
}

async fn enable(
    Admin { user }: Admin,
    State(users): State<Users>,
    Segments(username): Segments<String>,
) -> Answer<Json<Account>> {
    Ok(Json(users.enable(&user, &username).await?))
}
