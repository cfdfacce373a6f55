//! PostgreSQL.

use std::{fs, path::Path, process::Command};

use crate::{Kind, unprivileged};

const USER: &str = "postgres";

pub(crate) struct Postgres;

impl Kind for Postgres {
    /// Without waiting for clients to go.
    const STOP: &str = "INT";

    fn initialise(folder: &Path) -> Command {
        let mut command = program("initdb");
        command
            .arg("--pgdata")
            .arg(folder.join("data"))
            .args(["--username", USER, "--auth", "trust"])
            .args(["--encoding", "UTF8", "--no-locale", "--no-sync"]);
        command
    }

    fn serve(folder: &Path) -> Command {
        let mut command = program("postgres");
        command.arg("-D").arg(folder.join("data"));
        // What is lost with the machine is not missed.
        for setting in [
            "listen_addresses=",
            "fsync=off",
            "full_page_writes=off",
            "max_connections=400",
            "shared_buffers=32MB",
        ] {
            command.args(["-c", setting]);
        }
        command.arg("-k").arg(folder);
        command
    }

    fn statement(folder: &Path, sql: &str) -> Command {
        let mut command = Command::new("psql");
        command
            .arg("--host")
            .arg(folder)
            .args(["--username", USER, "--dbname", "postgres"])
            .args(["--no-psqlrc", "--quiet", "--command", sql]);
        command
    }

    fn url(folder: &Path, database: &str) -> String {
        format!(
            "postgres://{USER}@localhost/{database}?host={}",
            folder.display()
        )
    }
}

/// A program of the newest version. Debian keeps the server's out of the PATH.
fn program(name: &str) -> Command {
    let mut folders: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|version| {
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            let program = version.path().join("bin").join(name);
            program.exists().then_some((number, program))
        })
        .collect();
    folders.sort();
    match folders.pop() {
        Some((_, program)) => unprivileged(USER, program),
        None => unprivileged(USER, name),
    }
}
