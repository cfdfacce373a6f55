//! The server as a child process: begins listening within a deadline, ends with this process.

use std::{
    fs,
    io::Write,
    iter,
    net::{SocketAddr, TcpListener},
    os::unix::{
        fs::{DirBuilderExt, OpenOptionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{process, terminal, workspace};

/// Guests are compiled at the first start, on a machine that may be slow.
const START_DEADLINE: Duration = Duration::from_mins(2);

/// The part of the server's configuration that the demo needs. The server reads the rest itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) address: SocketAddr,
    data_dir: PathBuf,
    password: Option<String>,
    /// The URLs of the database and of the plugins' files.
    places: Vec<String>,
}

/// The features of the server that a place needs, by the beginning of its URL. SQLite and local
/// files are always there.
const FEATURES: [(&str, &str); 5] = [
    ("postgres:", "postgres"),
    ("postgresql:", "postgres"),
    ("mysql:", "mariadb"),
    ("mariadb:", "mariadb"),
    ("s3:", "s3"),
];

impl Settings {
    pub(super) fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let address = variable("RAISFAST_ADDR").unwrap_or_else(|| "127.0.0.1:8787".into());
        let address: SocketAddr = address
            .parse()
            .with_context(|| format!("RAISFAST_ADDR is `{address}`; write it as 127.0.0.1:8787"))?;
        if address.port() == 0 {
            bail!("RAISFAST_ADDR is `{address}`; the demo needs a port other than 0");
        }
        let data_dir = variable("RAISFAST_DATA_DIR").unwrap_or_else(|| "data".into());
        Ok(Self {
            address,
            data_dir: workspace::root().join(data_dir),
            password: variable("RAISFAST_ADMIN_PASSWORD"),
            places: ["DATABASE_URL", "PLUGIN_VFS_URI"]
                .into_iter()
                .filter_map(variable)
                .collect(),
        })
    }

    /// Returns the features that the server is built with, separated by commas: those that are not
    /// asked for would take a fifth of the build.
    pub(super) fn features(&self) -> String {
        let asked_for = FEATURES
            .iter()
            .filter(|(begin, _)| self.places.iter().any(|place| place.starts_with(begin)));
        let features: Vec<&str> = iter::once("sqlite")
            .chain(asked_for.map(|(_, feature)| *feature))
            .collect();
        features.join(",")
    }

    /// Returns the address at which a client on this machine finds the server.
    pub(super) fn origin(&self) -> String {
        let mut address = self.address;
        match address {
            SocketAddr::V4(v4) if v4.ip().is_unspecified() => {
                address.set_ip([127, 0, 0, 1].into());
            }
            SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
                address.set_ip([0, 0, 0, 0, 0, 0, 0, 1].into());
            }
            _ => {}
        }
        format!("http://{address}")
    }

    /// The admin's password: the user's, else the one that the demo made for this data folder. It
    /// is made before the server's first start, because the server keeps only its hash.
    pub(super) fn admin_password(&self) -> Result<String> {
        if let Some(password) = &self.password {
            return Ok(password.clone());
        }
        let file = self.password_file();
        if file.exists() {
            return Ok(fs::read_to_string(&file)?.trim().to_owned());
        }
        if self
            .data_dir
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some())
        {
            bail!(
                "{} belongs to a server whose password the demo does not know; \
                 set RAISFAST_ADMIN_PASSWORD to it, or RAISFAST_DATA_DIR to another folder",
                workspace::shown(&self.data_dir)
            );
        }
        let password = uuid::Uuid::new_v4().simple().to_string();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.data_dir)?;
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&file)?
            .write_all(password.as_bytes())?;
        Ok(password)
    }

    /// Returns the file for the password that the demo made.
    pub(super) fn password_file(&self) -> PathBuf {
        self.data_dir.join("demo-password")
    }

    /// Returns whether the user knows the password already.
    pub(super) fn has_own_password(&self) -> bool {
        self.password.is_some()
    }
}

/// A running server. Dropping it ends it.
pub(super) struct Server {
    child: Child,
}

impl Server {
    /// Start the built server and wait until it answers.
    pub(super) fn start(settings: &Settings) -> Result<Self> {
        TcpListener::bind(settings.address).with_context(|| {
            format!(
                "{} is taken; set RAISFAST_ADDR to another address",
                settings.address
            )
        })?;
        let child = Command::new(built_server())
            .current_dir(workspace::root())
            .env("RAISFAST_ADDR", settings.address.to_string())
            .env("RAISFAST_DATA_DIR", &settings.data_dir)
            .env("RAISFAST_ADMIN_PASSWORD", settings.admin_password()?)
            .env("PLUGIN_DIR", workspace::plugin_dir())
            // Out of the terminal's group, so that a Ctrl-C comes to the server once, through this
            // process.
            .process_group(0)
            .spawn()
            .context("the server does not start")?;
        let mut server = Self { child };
        server.stop_on_signals()?;
        process::heard("Waiting for the server", || {
            server.wait_until_it_answers(&settings.origin())
        })?;
        Ok(server)
    }

    /// Each Ctrl-C or termination signal is passed on: the first asks the server to stop, the
    /// second makes it. [`Self::wait`] sees it end.
    fn stop_on_signals(&self) -> Result<()> {
        let pid = Pid::from_raw(self.child.id().try_into()?);
        ctrlc::set_handler(move || {
            // It may have ended by itself.
            let _ = kill(pid, Signal::SIGTERM);
        })?;
        Ok(())
    }

    fn wait_until_it_answers(&mut self, origin: &str) -> Result<()> {
        let began = Instant::now();
        let health = format!("{origin}/healthz");
        while ureq::get(&health).call().is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended ({status}) before it answered; its last words are above");
            }
            if began.elapsed() > START_DEADLINE {
                bail!(
                    "{health} has not answered for {} seconds",
                    START_DEADLINE.as_secs()
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
        terminal::done("the server answers", began.elapsed());
        Ok(())
    }

    /// Wait until the server ends, which is when the user ends it.
    pub(super) fn wait(mut self) -> Result<()> {
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the server ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only a server that is still there after an error needs this.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary that `cargo build --package raisfast` makes: beside this xtask.
fn built_server() -> PathBuf {
    let xtask = std::env::current_exe().unwrap_or_default();
    xtask.parent().unwrap_or(Path::new("")).join("raisfast")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Settings;

    fn settings(variables: &[(&str, &str)]) -> anyhow::Result<Settings> {
        Settings::from_environment(|name| {
            let variable = variables.iter().find(|(known, _)| *known == name);
            variable.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_address_is_the_servers_default_or_the_users() {
        assert_eq!(settings(&[]).unwrap().origin(), "http://127.0.0.1:8787");
        let everywhere = settings(&[("RAISFAST_ADDR", "0.0.0.0:9000")]).unwrap();
        assert_eq!(everywhere.origin(), "http://127.0.0.1:9000");
        let everywhere = settings(&[("RAISFAST_ADDR", "[::]:9000")]).unwrap();
        assert_eq!(everywhere.origin(), "http://[::1]:9000");
    }

    #[test]
    fn the_server_is_built_with_what_the_demo_uses() {
        assert_eq!(settings(&[]).unwrap().features(), "sqlite");
        let sqlite = settings(&[("DATABASE_URL", "sqlite:///srv/site.db")]).unwrap();
        assert_eq!(sqlite.features(), "sqlite");
        let elsewhere = settings(&[
            ("DATABASE_URL", "postgres://site@db.internal/site"),
            ("PLUGIN_VFS_URI", "s3://bucket"),
        ]);
        assert_eq!(elsewhere.unwrap().features(), "sqlite,postgres,s3");
    }

    #[test]
    fn an_address_that_cannot_be_used_is_shown() {
        for address in ["localhost", "127.0.0.1:0"] {
            let error = settings(&[("RAISFAST_ADDR", address)]).unwrap_err();
            assert!(error.to_string().contains(address), "{error}");
        }
    }

    #[test]
    fn the_password_is_made_once_and_belongs_to_the_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let settings = settings(&[("RAISFAST_DATA_DIR", data.to_str().unwrap())]).unwrap();
        let password = settings.admin_password().unwrap();
        assert_eq!(password.len(), 32);
        assert_eq!(settings.admin_password().unwrap(), password);
    }

    #[test]
    fn the_users_password_wins() {
        let settings = settings(&[("RAISFAST_ADMIN_PASSWORD", "chosen")]).unwrap();
        assert_eq!(settings.admin_password().unwrap(), "chosen");
    }

    #[test]
    fn a_data_folder_of_another_server_needs_its_password() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("raisfast.sqlite"), b"").unwrap();
        let settings = settings(&[("RAISFAST_DATA_DIR", folder.path().to_str().unwrap())]).unwrap();
        let error = settings.admin_password().unwrap_err();
        assert!(
            error.to_string().contains("RAISFAST_ADMIN_PASSWORD"),
            "{error}"
        );
    }
}
