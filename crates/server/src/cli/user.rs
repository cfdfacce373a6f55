//! `raisfast user`: lists, makes, changes and removes accounts.

mod password;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use self::password::{Password, ResetPassword};
use super::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};
use crate::{Secret, config::environment_secret};

/// The variable of a user's password. No flag stands for it: other users of the machine can read a
/// process's arguments.
pub(super) const PASSWORD: &str = "RAISFAST_USER_PASSWORD";

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// List accounts
    #[command(after_help = HELP)]
    List {
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        server: ServerFlags,
    },
    /// Show an account
    #[command(after_help = HELP)]
    Show(Named),
    /// Make an account
    #[command(after_help = HELP)]
    Create {
        /// The name to log in with
        name: String,
        #[command(flatten)]
        role: RoleFlag,
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        server: ServerFlags,
    },
    /// Give a user another role, which counts at once
    #[command(after_help = HELP)]
    Role {
        /// The name of the account
        name: String,
        /// An author writes, and changes their own; an editor changes everybody's posts and
        /// moderates comments; an admin does everything
        #[arg(value_parser = ROLES)]
        role: String,
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        server: ServerFlags,
    },
    /// Give a user another password and end every login of that account, or change your own
    #[command(visible_alias = "set-password", after_help = HELP)]
    Password(Password),
    /// Give a user another password on the database itself, whether a server runs or not
    #[command(after_help = password::RESET_HELP)]
    ResetPassword(ResetPassword),
    /// Keep a user from logging in, and end every login of that account
    #[command(after_help = HELP)]
    Disable(Named),
    /// Let a user log in again
    #[command(after_help = HELP)]
    Enable(Named),
    /// Remove an account; what its user has written stays
    #[command(after_help = HELP)]
    Remove(Named),
}

const ROLES: [&str; 3] = ["author", "editor", "admin"];

#[derive(clap::Args)]
pub(super) struct RoleFlag {
    /// The rights: an author writes, and changes their own; an editor changes everybody's posts and
    /// moderates comments; an admin does everything
    #[arg(long, value_parser = ROLES, default_value = "author")]
    role: String,
}

#[derive(clap::Args)]
pub(super) struct Named {
    /// The name of the account
    name: String,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = running_server_help!(
    "\
RAISFAST_USER_PASSWORD is the new password; without it one is made and printed once. Where you have logged in, \
`raisfast user password` without a name changes your own, and asks for the present one.

Examples:
  raisfast user list
  raisfast user show ann
  raisfast user create ann
  raisfast user create ben --role editor
  raisfast user role ann editor
  raisfast user password ann
  raisfast user disable ann
  raisfast user enable ann
  raisfast user remove ann
  raisfast user reset-password ann"
);

impl UserCommand {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List { format, server } => list(format, server).await,
            Self::Show(named) => named.show().await,
            Self::Create {
                name,
                role: RoleFlag { role },
                format,
                server,
            } => {
                let body = with_password(json!({ "username": name, "role": role }));
                let made = call(server, Method::POST, "admin/users", &body).await?;
                print(format, &made, &format!("{name} is an {role}"));
                Ok(())
            }
            Self::Role {
                name,
                role,
                format,
                server,
            } => {
                let body = json!({ "role": role });
                let done = call(server, Method::PATCH, &path(&name), &body).await?;
                print(format, &done, &format!("{name} is an {role}"));
                Ok(())
            }
            Self::Password(command) => command.run().await,
            Self::ResetPassword(command) => command.run().await,
            Self::Disable(named) => {
                let says = "cannot log in; all logins have ended";
                named.post("disable", says).await
            }
            Self::Enable(named) => named.post("enable", "can log in again").await,
            Self::Remove(named) => named.remove().await,
        }
    }
}

impl Named {
    async fn post(self, action: &str, says: &str) -> anyhow::Result<()> {
        let Self {
            name,
            format,
            server,
        } = self;
        let path = format!("{}/{action}", path(&name));
        let done = call(server, Method::POST, &path, &Value::Null).await?;
        print(format, &done, &format!("{name} {says}"));
        Ok(())
    }

    async fn show(self) -> anyhow::Result<()> {
        let account = call(self.server, Method::GET, &path(&self.name), &Value::Null).await?;
        self.format.print(&account, || {
            let text = |key: &str| account[key].as_str().unwrap_or("-").to_owned();
            let mut fields = vec![
                ("user", text("username")),
                ("role", text("role")),
                ("id", text("id")),
                ("since", table::time(&text("created_at"))),
            ];
            if let Some(since) = account["disabled_at"].as_str() {
                fields.push(("disabled", table::time(since)));
            }
            table::print_fields(&fields);
        });
        Ok(())
    }

    async fn remove(self) -> anyhow::Result<()> {
        let path = path(&self.name);
        call(self.server, Method::DELETE, &path, &Value::Null).await?;
        let name = &self.name;
        let answer = json!({ "removed": name });
        self.format.print(&answer, || {
            say!(
                "{name} is removed, and all logins have ended; posts of {name} stay, for editors and admins to change"
            );
        });
        Ok(())
    }
}

/// Prints what was done, and the password that the server has made.
fn print(format: Format, answer: &Value, sentence: &str) {
    format.print(answer, || {
        say!("{sentence}");
        if let Some(password) = answer["password"].as_str() {
            say!("password  {password}");
            say!("\nThe password is not shown again.");
        }
    });
}

async fn call(
    server: ServerFlags,
    method: Method,
    path: &str,
    body: &Value,
) -> anyhow::Result<Value> {
    RunningServer::as_admin(server, async |server| server.call(method, path, body).await).await
}

/// Adds the password of the environment, where there is one.
fn with_password(mut body: Value) -> Value {
    if let Some(password) = environment_secret(PASSWORD).as_ref().map(Secret::expose) {
        body["password"] = password.into();
    }
    body
}

/// Returns the path of an account, whose name may have any characters.
fn path(name: &str) -> String {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    // A form writes a space in its own way, and a `+` never.
    format!("admin/users/{}", name.replace('+', "%20"))
}

async fn list(format: Format, server: ServerFlags) -> anyhow::Result<()> {
    let accounts = RunningServer::as_admin(server, async |server| {
        server.get_all("admin/users", Vec::new()).await
    })
    .await?;
    format.print(&json!({ "items": accounts }), || {
        let rows: Vec<_> = accounts.iter().map(row).collect();
        table::print(["USER", "ROLE", "STATE", "SINCE"], &rows);
    });
    Ok(())
}

fn row(account: &Value) -> [String; 4] {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let (state, since) = match account["disabled_at"].as_str() {
        Some(since) => ("disabled", table::time(since)),
        None => ("enabled", table::time(&text(&account["created_at"]))),
    };
    [
        text(&account["username"]),
        text(&account["role"]),
        state.to_owned(),
        since,
    ]
}
