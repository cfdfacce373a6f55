//! The real server as a child of the benchmark.
//!
//! [`ServerProcess`] begins with [`ServerHome::start`] and ends when it is dropped, or when this
//! process ends in whatever way: the child's standard input is a pipe that closes then, and
//! [`serve_while_parent_lives`] ends with it. The home's folder outlives its servers.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use hyper::Method;
use tempfile::TempDir;

use super::connection::Connection;

/// The argument that makes this program a server.
pub const SERVE: &str = "serve";
/// The argument with which a server starts this program as its compiler of plugins.
pub const COMPILE: &str = "compile-worker";
/// A hundred plugins are compiled within it, on a busy machine.
pub(crate) const START_DEADLINE: Duration = Duration::from_mins(3);
const PASSWORD: &str = "correct horse battery staple";

/// Runs the child: the command line of `raisfast`, until the parent is gone.
pub fn serve_while_parent_lives() -> ExitCode {
    thread::spawn(|| {
        // The parent writes nothing: this returns when its end is closed.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    raisfast::cli::run(None)
}

/// The files of servers on disk: the database, the compiled plugins, and directories of plugins.
pub(crate) struct ServerHome {
    folder: TempDir,
}

impl ServerHome {
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::tempdir().context("no temporary folder can be made")?;
        Ok(Self { folder })
    }

    /// A directory of plugins, which is made when a server starts with it.
    pub(crate) fn plugins(&self, name: &str) -> PathBuf {
        self.folder.path().join("plugins").join(name)
    }

    /// Starts a server with a directory of plugins. It is as an operator gets it: nothing is
    /// configured but folders, a free port and the password.
    pub(crate) async fn start(&self, plugins: &Path) -> Result<ServerProcess> {
        std::fs::create_dir_all(plugins).context("the folder of plugins cannot be made")?;
        let log = self.folder.path().join("server.log");
        let errors = std::fs::File::create(&log).context("the server's log cannot be made")?;
        let begun = Instant::now();
        let mut command = Command::new(std::env::current_exe()?);
        for (name, _) in std::env::vars() {
            if name.starts_with("RAISFAST_") || name.starts_with("PLUGIN_") {
                command.env_remove(name);
            }
        }
        let child = command
            .env_remove("DATABASE_URL")
            .env_remove("RUST_LOG")
            .env("RAISFAST_ADMIN_PASSWORD", PASSWORD)
            .current_dir(self.folder.path())
            .arg(SERVE)
            .args([
                "--addr",
                "127.0.0.1:0",
                "--data-dir",
                "data",
                "--plugin-dir",
            ])
            .arg(plugins)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .context("the server cannot be started")?;
        // From here on the child ends with `server`, whatever fails.
        let mut server = ServerProcess {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            ready_after: Duration::ZERO,
        };
        server.address = server.announced().with_context(|| {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            format!("the server has not started; its log:\n{log}")
        })?;
        let answer = server
            .connect()
            .await?
            .send(Method::GET, "/readyz", "")
            .await?;
        ensure!(
            answer.status == 200,
            "the server is not ready: {}",
            answer.text()
        );
        server.ready_after = begun.elapsed();
        Ok(server)
    }
}

/// A running server.
pub(crate) struct ServerProcess {
    child: Child,
    address: SocketAddr,
    ready_after: Duration,
}

impl ServerProcess {
    /// From the start of the process to the answer of `readyz`.
    pub(crate) fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// A connection of a visitor.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        Connection::open(self.address).await
    }

    /// A connection of the admin.
    pub(crate) async fn connect_as_admin(&self) -> Result<Connection> {
        let mut connection = self.connect().await?;
        connection.log_in("admin", PASSWORD).await?;
        Ok(connection)
    }

    /// Returns the address at which it says that it listens.
    fn announced(&mut self) -> Result<SocketAddr> {
        let output = self.child.stdout.take().context("the output is piped")?;
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let mut lines = BufReader::new(output).lines();
            // Nobody listens any more after the deadline.
            let _ = tell.send(lines.next());
            // Read on, so that the server can write on.
            lines.for_each(drop);
        });
        let line = match told.recv_timeout(START_DEADLINE) {
            Ok(Some(line)) => line?,
            Ok(None) => bail!("it has ended"),
            Err(_) => bail!("it has said nothing for {START_DEADLINE:?}"),
        };
        address_in(&line).with_context(|| format!("it says no address: {line}"))
    }
}

/// The address in the server's first line, `raisfast 0.1.0 listens on http://127.0.0.1:8787`.
fn address_in(line: &str) -> Option<SocketAddr> {
    line.rsplit_once("http://")?.1.trim().parse().ok()
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_what_follows_the_scheme() {
        let line = "raisfast 0.1.0 listens on http://127.0.0.1:43211";
        assert_eq!(
            address_in(line),
            Some(SocketAddr::from(([127, 0, 0, 1], 43211)))
        );
        assert_eq!(address_in("error: the port is taken"), None);
    }
}
