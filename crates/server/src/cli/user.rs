//! `raisfast user`

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

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
    /// Make an account
    #[command(after_help = HELP)]
    Create {
        /// The name to log in with
        name: String,
        /// The rights: an author writes, and changes their own; an admin does everything
        #[arg(long, value_parser = ["author", "admin"], default_value = "author")]
        role: String,
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        server: ServerFlags,
    },
    /// Give a user another password, and end every login of that account
    #[command(after_help = HELP)]
    SetPassword {
        /// The name of the account
        name: String,
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        server: ServerFlags,
    },
    /// Keep a user from logging in, and end every login of that account
    #[command(after_help = HELP)]
    Disable {
        /// The name of the account
        name: String,
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        server: ServerFlags,
    },
    /// Let a user log in again
    #[command(after_help = HELP)]
    Enable {
        /// The name of the account
        name: String,
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        server: ServerFlags,
    },
}

pub(super) const HELP: &str = running_server_help!(
    "\
RAISFAST_USER_PASSWORD is the new password; without it one is made and printed once.

Examples:
  raisfast user list
  raisfast user create ann
  raisfast user create ben --role admin
  raisfast user set-password ann
  raisfast user disable ann
  raisfast user enable ann"
);

pub(super) async fn run(command: UserCommand) -> anyhow::Result<()> {
    let (format, answer, sentence) = match command {
        UserCommand::List { format, server } => return list(format, server).await,
        UserCommand::Create {
            name,
            role,
            format,
            server,
        } => {
            let body = with_password(json!({ "username": name, "role": role }));
            let made = call(server, Method::POST, "admin/users", &body).await?;
            (format, made, format!("{name} is an {role}"))
        }
        UserCommand::SetPassword {
            name,
            format,
            server,
        } => {
            let body = with_password(json!({}));
            let made = call(server, Method::PUT, &path(&name, "password"), &body).await?;
            let sentence = format!("{name} has another password; all earlier logins have ended");
            (format, made, sentence)
        }
        UserCommand::Disable {
            name,
            format,
            server,
        } => {
            let done = call(server, Method::POST, &path(&name, "disable"), &Value::Null).await?;
            let sentence = format!("{name} cannot log in; all logins have ended");
            (format, done, sentence)
        }
        UserCommand::Enable {
            name,
            format,
            server,
        } => {
            let done = call(server, Method::POST, &path(&name, "enable"), &Value::Null).await?;
            (format, done, format!("{name} can log in again"))
        }
    };
    format.print(&answer, || {
        say!("{sentence}");
        if let Some(password) = answer["password"].as_str() {
            say!("password  {password}");
            say!("\nThe password is not shown again.");
        }
    });
    Ok(())
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

/// Returns the path of what is done to an account, whose name may have any characters.
fn path(name: &str, action: &str) -> String {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    // A form writes a space in its own way, and a `+` never.
    format!("admin/users/{}/{action}", name.replace('+', "%20"))
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
