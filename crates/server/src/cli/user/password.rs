//! `raisfast user password` and `raisfast user reset-password`: one's own password, and anybody's.

use std::io::{self, IsTerminal as _};

use anyhow::{anyhow, bail};
use raisfast_accounts::{AccountError, Recovered, reset_password};
use reqwest::Method;
use serde_json::{Value, json};

use super::{PASSWORD, path, print, with_password};
use crate::{
    Secret,
    cli::{
        admin::DatabaseFlags,
        format::Format,
        login::ask,
        running_server::{RunningServer, ServerFlags},
    },
    config::environment_secret,
};

#[derive(clap::Args)]
pub(in crate::cli) struct Password {
    /// The name of the account; without it, your own is meant
    name: Option<String>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

impl Password {
    pub(in crate::cli) async fn run(self) -> anyhow::Result<()> {
        let Self {
            name,
            format,
            server,
        } = self;
        if let Some(name) = name {
            let body = with_password(json!({}));
            let path = format!("{}/password", path(&name));
            let done = RunningServer::as_admin(server, async |server| {
                server.call(Method::PUT, &path, &body).await
            })
            .await?;
            let sentence = format!("{name} has another password; all earlier logins have ended");
            print(format, &done, &sentence);
            return Ok(());
        }
        let name = RunningServer::as_admin(server, change_own).await?;
        format.print(&json!({ "username": name }), || {
            say!("{name} has another password; all other logins have ended");
        });
        Ok(())
    }
}

/// Changes the password of whoever has logged in, and returns the name.
async fn change_own(server: &RunningServer) -> anyhow::Result<String> {
    if server.is_without_login() {
        bail!(
            "nobody has logged in here, so nobody's own password is meant: name the account, \
             `raisfast user password NAME`, or log in with `raisfast login`"
        );
    }
    let me = server.get("auth/me", &[]).await?;
    let name = me["username"].as_str().unwrap_or_default().to_owned();
    let current = ask(&format!("Present password of {name}")).await?;
    let new = match environment_secret(PASSWORD) {
        Some(new) => new,
        None => ask_twice().await?,
    };
    let body = json!({ "current_password": current.expose(), "new_password": new.expose() });
    server.call(Method::PUT, "auth/password", &body).await?;
    Ok(name)
}

/// Asks for a new password; again where it cannot be seen while it is typed.
async fn ask_twice() -> anyhow::Result<Secret> {
    let new = ask("New password").await?;
    if io::stdin().is_terminal() && ask("New password, once more").await?.expose() != new.expose() {
        bail!("the two are not alike: the password stays as it was");
    }
    Ok(new)
}

#[derive(clap::Args)]
pub(in crate::cli) struct ResetPassword {
    /// The name of the account
    name: String,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    database: DatabaseFlags,
}

pub(super) const RESET_HELP: &str = "\
For when nobody can log in. Works on the database itself, whether a server runs or not, and ends every login of the \
account. RAISFAST_USER_PASSWORD is the new password; without it one is made and printed once. `raisfast admin \
password` does more: it makes `admin` an admin again who can log in.

Examples:
  raisfast user reset-password ann
  raisfast user reset-password ann --data-dir /srv/raisfast
  RAISFAST_USER_PASSWORD=... raisfast user reset-password ann";

impl ResetPassword {
    pub(in crate::cli) async fn run(self) -> anyhow::Result<()> {
        let Self {
            name,
            format,
            database,
        } = self;
        let database = database.open().await?;
        let given = environment_secret(PASSWORD);
        let done = reset_password(&database, &name, given.as_ref().map(Secret::expose)).await;
        database.close().await;
        let Recovered {
            password,
            is_disabled,
        } = done.map_err(|error| match error {
            AccountError::NotFound => anyhow!(
                "there is no account `{name}`: `raisfast user list` lists them, and `raisfast admin password` \
                 makes `admin` where it is missing"
            ),
            error => anyhow!("the password stays as it was: {error}"),
        })?;
        let answer = answer(&name, password, is_disabled);
        print(
            format,
            &answer,
            &format!("{name} has another password; all earlier logins have ended"),
        );
        if is_disabled {
            say_aside!(
                "warning: {name} is disabled: `raisfast user enable {name}` lets the user log in"
            );
        }
        Ok(())
    }
}

fn answer(name: &str, password: Option<String>, is_disabled: bool) -> Value {
    let mut answer = json!({ "username": name, "disabled": is_disabled });
    if let Some(password) = password {
        answer["password"] = password.into();
    }
    answer
}
