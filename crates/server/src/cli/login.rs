//! `raisfast login` and `raisfast logout`: begin and end a login to a server elsewhere.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    thread,
};

use anyhow::{Context as _, bail};
use reqwest::StatusCode;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use serde_json::json;
use tokio::sync::oneshot;

use super::{
    format::Format,
    logins::{Logins, SavedLogin},
    running_server::{RunningServer, ServerAddress, ServerError},
    serve::Stop,
};
use crate::{Secret, config::environment_secret};

#[derive(clap::Args)]
pub(super) struct Login {
    /// Address of the server
    #[arg(long, value_name = "IP:PORT|URL", env = "RAISFAST_ADDR")]
    addr: ServerAddress,
    /// Name of the user
    #[arg(long, value_name = "NAME", default_value = "admin")]
    user: String,
    #[command(flatten)]
    format: Format,
}

pub(super) const LOGIN_HELP: &str = "\
Where the server runs, its user needs no login. Elsewhere, log in once: commands that name no other server go to \
this one from then on, until `raisfast logout` or for 30 days. Most commands are for admins.

The password is asked for; where there is no terminal, it is the first line of standard input, or \
RAISFAST_ADMIN_PASSWORD. The token is kept in $XDG_CONFIG_HOME/raisfast/logins.json or \
~/.config/raisfast/logins.json, which only this user may read. Over plain http others on the way can read both: \
put the server behind one that speaks https.

Examples:
  raisfast login --addr https://cms.example.com
  raisfast login --addr 192.0.2.7:8787 --user ann < password.txt
  raisfast plugin list";

impl Login {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self { addr, user, format } = self;
        if addr.is_in_the_open() {
            say_aside!(
                "warning: {addr} is not encrypted: others on the way can read the password and the token"
            );
        }
        let mut server = RunningServer::at(&addr)?;
        let password = password(&user).await?;
        let answer = server.log_in(&user, &password).await?;
        // Whoever is not an admin learns it now. A server of before has no such route.
        let me = server.get("auth/me", &[]).await.unwrap_or_default();
        let role = me["role"].as_str().map(str::to_owned);
        let text = |key: &str| {
            let text = answer[key].as_str().map(str::to_owned);
            text.with_context(|| format!("the server's answer has no {key}"))
        };
        let login = SavedLogin {
            username: user,
            token: text("token")?,
            expires_at: text("expires_at")?,
        };
        let mut logins = Logins::read()?;
        logins.add(addr.clone(), login.clone());
        let file = logins.write()?;
        let answer = json!({
            "server": addr,
            "username": login.username,
            "role": role,
            "expires_at": login.expires_at,
            "file": file.display().to_string(),
        });
        format.print(&answer, || {
            let SavedLogin {
                username,
                expires_at,
                ..
            } = &login;
            say!("logged in to {addr} as {username}, until {expires_at}");
            say!("the token is in {}", file.display());
            let open = match role.as_deref() {
                Some("admin") | None => return,
                Some("editor") => "`raisfast post`, `raisfast comment`",
                Some(_) => "`raisfast post`",
            };
            let role = role.as_deref().unwrap_or_default();
            say!("{username} is an {role}: {open} and `raisfast user password` work, the rest is for admins");
        });
        Ok(())
    }
}

#[derive(clap::Args)]
pub(super) struct Logout {
    /// Address of the server [default: that of the last login]
    #[arg(long, value_name = "IP:PORT|URL")]
    addr: Option<ServerAddress>,
    #[command(flatten)]
    format: Format,
}

pub(super) const LOGOUT_HELP: &str = "\
Ends the login on the server, and removes its token from this user's file.

Examples:
  raisfast logout
  raisfast logout --addr https://cms.example.com";

impl Logout {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut logins = Logins::read()?;
        let Some(addr) = self.addr.or_else(|| logins.current().cloned()) else {
            bail!("nobody is logged in: `raisfast login --addr https://cms.example.com` does so");
        };
        let Some(login) = logins.remove(&addr) else {
            bail!("nobody is logged in to {addr}: `raisfast login --addr {addr}` does so");
        };
        logins.write()?;
        let server = RunningServer::at(&addr)?.with_token(login.token);
        let ended = server.log_out().await;
        // It may have ended before.
        let is_known = !matches!(
            ended.as_ref().err().and_then(|error| error.downcast_ref()),
            Some(ServerError::Refused { status, .. }) if *status == StatusCode::UNAUTHORIZED
        );
        let answer = json!({ "server": addr, "username": login.username });
        self.format.print(&answer, || {
            say!("logged out of {addr}");
        });
        match ended {
            Err(error) if is_known => {
                bail!(
                    "{error}. The token is removed here, and the server takes it until {}: `raisfast admin password` \
                     ends all logins of `admin`",
                    login.expires_at
                )
            }
            _ => Ok(()),
        }
    }
}

/// Returns the password: from the environment, or as the user types it.
async fn password(user: &str) -> anyhow::Result<Secret> {
    if let Some(given) = environment_secret("RAISFAST_ADMIN_PASSWORD") {
        return Ok(given);
    }
    ask(&format!("Password of {user}")).await
}

/// Returns a password as the user types it, or the next line of standard input where that is not a
/// terminal.
pub(super) async fn ask(prompt: &str) -> anyhow::Result<Secret> {
    let line = if io::stdin().is_terminal() {
        typed(prompt).await?
    } else {
        read_line()?
    };
    if line.is_empty() {
        bail!("there is no password: type it, or give it in a line of standard input");
    }
    Ok(Secret::new(line))
}

/// Asks a terminal, which shows again what is typed when this returns, whatever ends it.
async fn typed(prompt: &str) -> anyhow::Result<String> {
    // Both before the question: whoever reads it may end the command.
    let mut stop = Stop::new()?;
    let silent = Silent::begin()?;
    say_prompt(prompt);
    let (line, typed) = oneshot::channel();
    // A thread that the end of the process does not wait for: it may read for ever.
    thread::spawn(move || line.send(read_line()));
    let line = tokio::select! {
        line = typed => Some(line.context("the terminal cannot be read")?),
        () = stop.requested() => None,
    };
    drop(silent);
    say_aside!("");
    match line {
        Some(line) => Ok(line?),
        None => bail!("stopped: no password was given"),
    }
}

fn say_prompt(prompt: &str) {
    // Where it cannot be written, nobody is left who could read it.
    let _ = write!(
        io::stderr().lock(),
        "{}: ",
        raisfast_contract::Printable::new(prompt)
    );
}

fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silent(rustix::termios::Termios);

impl Silent {
    fn begin() -> io::Result<Self> {
        let stdin = io::stdin();
        let before = tcgetattr(&stdin)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&stdin, OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing anyway.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
