//! `console`: the operators' page, which the server embeds, and its tests in a browser.

use std::{
    env, fs,
    hash::{DefaultHasher, Hasher as _},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{build_plugins::BuildPlugins, process, setup, terminal, workspace};

/// Files and folders of `web` that the build reads.
const READ: [&str; 9] = [
    ".npmrc",
    "index.html",
    "package-lock.json",
    "package.json",
    "public",
    "scripts",
    "src",
    "tsconfig.json",
    "vite.config.ts",
];

/// Build the console with npm, where its source has changed; the server is then built with it.
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask console")]
pub(crate) struct Console {}

impl Console {
    #[expect(clippy::unused_self, reason = "every command runs like this")]
    pub(crate) fn run(self) -> Result<()> {
        build()
    }
}

/// Test the console in a browser, against a real server with real plugins.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  cargo xtask console-test
  cargo xtask console-test --binary target/debug/raisfast -- stories --headed")]
pub(crate) struct ConsoleTest {
    /// Test this server and build none
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Handed to Playwright
    #[arg(last = true)]
    arguments: Vec<String>,
}

impl ConsoleTest {
    /// Tests the server that the tests have built.
    pub(crate) fn of_the_tests() -> Self {
        Self {
            binary: Some(workspace::target().join("debug/raisfast")),
            arguments: Vec::new(),
        }
    }

    pub(crate) fn run(self) -> Result<()> {
        build()?;
        setup::browser()?;
        let binary = match self.binary {
            Some(binary) => env::current_dir()?.join(binary),
            None => server()?,
        };
        let mut playwright = npm("exec");
        playwright
            .args(["--offline", "--", "playwright", "test"])
            .args(&self.arguments)
            .env("RAISFAST_BINARY", binary);
        process::run("Testing the console in a browser", &mut playwright)?;
        terminal::item(format!(
            "its screens are in {}",
            workspace::shown(&workspace::target().join("console-screenshots"))
        ));
        Ok(())
    }
}

/// Builds the server and the plugins that the tests install, and returns the server's path.
fn server() -> Result<PathBuf> {
    BuildPlugins {
        guests: true,
        ..BuildPlugins::default()
    }
    .run()?;
    let mut cargo = workspace::cargo();
    // Of the whole workspace, as `test` builds it.
    cargo.args(["build", "--workspace", "--bin", "raisfast"]);
    process::run("Building the server", &mut cargo)?;
    Ok(workspace::target().join("debug/raisfast"))
}

/// Builds the console, if its source is not what it was built from last. What has not changed stays
/// as it is, so that the server is not compiled again.
pub(crate) fn build() -> Result<()> {
    let began = Instant::now();
    let wanted = digest(&READ.map(|name| web().join(name)))?;
    let stamp = workspace::target().join("console.stamp");
    let is_built = assets().join("index.html").exists();
    if is_built && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        packages()?;
        return Ok(());
    }
    packages()?;
    process::run_quietly("Building the console", npm("run").arg("build"))?;
    fs::create_dir_all(workspace::target())?;
    fs::write(&stamp, wanted)?;
    terminal::done("the console is built", began.elapsed());
    Ok(())
}

/// Installs the packages that the build and the tests need, if they are not those of the lock file.
fn packages() -> Result<()> {
    let wanted = digest(&[web().join("package-lock.json")])?;
    let stamp = web().join("node_modules/.raisfast");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    if process::output(Command::new("npm").arg("--version")).is_none() {
        bail!(
            "the console is built with `npm`, which is not on PATH; install Node.js 20.19 or newer from https://nodejs.org"
        );
    }
    process::run_quietly("Installing the console's packages from npm", &mut npm("ci"))?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

fn npm(command: &str) -> Command {
    let mut npm = Command::new("npm");
    npm.arg(command).current_dir(web());
    npm
}

fn web() -> PathBuf {
    workspace::root().join("crates/console/web")
}

fn assets() -> PathBuf {
    workspace::root().join("crates/console/assets")
}

/// Returns a digest of the names and contents of files, and of those in folders.
fn digest(paths: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        add(path, &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    let unreadable = || format!("cannot read {}", path.display());
    hasher.write(path.as_os_str().as_encoded_bytes());
    if path.is_dir() {
        let entries = fs::read_dir(path).with_context(unreadable)?;
        let mut inner: Vec<PathBuf> = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<_>>()
            .with_context(unreadable)?;
        inner.sort();
        return inner.iter().try_for_each(|path| add(path, hasher));
    }
    hasher.write(&fs::read(path).with_context(unreadable)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::digest;

    #[test]
    fn what_is_read_has_another_digest_once_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("inner/a.ts");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "one").unwrap();
        let of = || digest(&[folder.path().to_owned()]).unwrap();
        let before = of();
        assert_eq!(of(), before);
        fs::write(&file, "two").unwrap();
        assert_ne!(of(), before);
        fs::write(&file, "one").unwrap();
        assert_eq!(of(), before);
        fs::rename(&file, file.with_file_name("b.ts")).unwrap();
        assert_ne!(of(), before);
    }
}
