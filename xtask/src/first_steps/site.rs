//! A server in a folder, and the commands that a user gives beside it.

use std::{
    ffi::OsString,
    fs,
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::languages;

/// The longest time that a step may take: a compiler of Python's size has a cold cache.
const PATIENCE: Duration = Duration::from_mins(10);
const PASSWORD: &str = "a password for the first steps";
/// The time between two looks, which no measurement is finer than.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A running server. Dropping it ends it.
pub(super) struct Site {
    child: Child,
    program: PathBuf,
    folder: PathBuf,
    api: String,
    token: String,
    path: OsString,
}

impl Site {
    /// Starts the program in a folder, and waits until it answers.
    pub(super) fn start(program: &Path, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder.join("plugins"))?;
        let address = free_address()?;
        let child = Self::in_folder(&mut Command::new(program), folder)
            .env("RAISFAST_ADDR", address.to_string())
            .env("RAISFAST_ADMIN_PASSWORD", PASSWORD)
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log"))?)
            .spawn()
            .context("the server does not start")?;
        let mut site = Self {
            child,
            program: program.to_owned(),
            folder: folder.to_owned(),
            api: format!("http://{address}/api/v1"),
            token: String::new(),
            path: languages::path()?,
        };
        let health = format!("http://{address}/readyz");
        wait_for("the server", || Ok(ureq::get(&health).call().ok()))?;
        let login = json!({ "username": "admin", "password": PASSWORD });
        let login = ureq::post(format!("{}/auth/login", site.api)).send_json(login)?;
        let login: Value = login.into_body().read_json()?;
        login["token"]
            .as_str()
            .context("the login gave no token")?
            .clone_into(&mut site.token);
        Ok(site)
    }

    /// Lets a command use a site's folder, and nothing of the caller's own server.
    pub(super) fn in_folder<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
        command
            .current_dir(folder)
            .env("RAISFAST_DATA_DIR", folder.join("data"))
            .env("PLUGIN_DIR", folder.join("plugins"))
            .env_remove("RAISFAST_CONFIG")
            .env_remove("DATABASE_URL")
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        Self::in_folder(&mut command, &self.folder)
            .current_dir(folder)
            .env("PATH", &self.path)
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command of the program, and returns what it prints.
    pub(super) fn run(&self, folder: &Path, arguments: &[&str]) -> Result<String> {
        let output = self.command(folder, arguments).output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        ensure!(
            output.status.success(),
            "`raisfast {}` failed: {}",
            arguments.join(" "),
            text(&output.stderr).lines().last().unwrap_or_default()
        );
        Ok(text(&output.stdout))
    }

    /// Opens `raisfast plugin dev` on a project, with a server of its own.
    pub(super) fn develop(&self, folder: &Path, project: &str) -> Result<Development> {
        let mut child = self
            .command(folder, &["plugin", "dev", project, "--private"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (tell, lines) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().context("it is piped")?);
        thread::spawn(move || {
            let mut lines = output.lines().map_while(Result::ok);
            lines.try_for_each(|line| tell.send(line))
        });
        Ok(Development { child, lines })
    }

    /// Publishes a post, and returns it.
    pub(super) fn publish(&self, title: &str) -> Result<Value> {
        let post = json!({ "title": title, "content": "Some text.", "status": "published" });
        let answer = ureq::post(format!("{}/posts", self.api))
            .header("authorization", format!("Bearer {}", self.token))
            .send_json(post)?;
        Ok(answer.into_body().read_json()?)
    }

    /// Reads something as the admin.
    pub(super) fn get(&self, path: &str) -> Result<Value> {
        let answer = ureq::get(format!("{}/{path}", self.api))
            .header("authorization", format!("Bearer {}", self.token))
            .call()?;
        Ok(answer.into_body().read_json()?)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// `raisfast plugin dev` in a terminal. Dropping it ends it.
pub(super) struct Development {
    child: Child,
    lines: Receiver<String>,
}

impl Development {
    /// Waits for the next line `live`, and returns how long the build took.
    pub(super) fn live(&self) -> Result<Duration> {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.context("`raisfast plugin dev` does not say `live`")?;
            if let Some((_, rest)) = line.split_once("of which ") {
                let seconds = rest.split(' ').next().unwrap_or_default();
                return Ok(Duration::from_secs_f64(seconds.parse()?));
            }
        }
    }
}

impl Drop for Development {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Asks a child to end, and waits for that.
fn end(child: &mut Child) {
    if let Ok(id) = child.id().try_into() {
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::SIGTERM);
    }
    let _ = child.wait();
}

/// Looks for something until it is there.
pub(super) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(found) = look()? {
            return Ok(found);
        }
        thread::sleep(LOOK_AGAIN);
    }
    bail!("waited for {what} for {} s", PATIENCE.as_secs())
}

fn free_address() -> Result<SocketAddr> {
    let free = TcpListener::bind(("127.0.0.1", 0)).context("no port is free")?;
    Ok(free.local_addr()?)
}
