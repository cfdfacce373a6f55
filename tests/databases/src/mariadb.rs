//! MariaDB.

use std::{path::Path, process::Command};

use crate::{Kind, unprivileged};

const USER: &str = "mysql";

pub(crate) struct Mariadb;

impl Kind for Mariadb {
    const STOP: &str = "TERM";

    fn initialise(folder: &Path) -> Command {
        let mut command = unprivileged(USER, "mariadb-install-db");
        command
            .arg("--no-defaults")
            .arg(option("datadir", &folder.join("data")))
            // A server that starts removes others' temporary tables from the folder that it shares.
            .arg(option("tmpdir", folder))
            .args(["--auth-root-authentication-method=normal"])
            .args(["--skip-test-db", "--skip-name-resolve"])
            .arg("--innodb-log-file-size=8M");
        command
    }

    fn serve(folder: &Path) -> Command {
        let mut command = unprivileged(USER, "/usr/sbin/mariadbd");
        command
            .arg("--no-defaults")
            .arg(option("datadir", &folder.join("data")))
            // A server that starts removes others' temporary tables from the folder that it shares.
            .arg(option("tmpdir", folder))
            .arg(option("socket", &folder.join("socket")))
            .arg(option("pid-file", &folder.join("pid")))
            .args(["--skip-networking", "--max-connections=400"])
            // As Debian configures it.
            .arg("--character-set-server=utf8mb4")
            // What is lost with the machine is not missed.
            .args(["--innodb-flush-log-at-trx-commit=0"])
            .args(["--innodb-buffer-pool-size=32M"])
            .arg("--innodb-log-file-size=8M");
        command
    }

    fn statement(folder: &Path, sql: &str) -> Command {
        let mut command = Command::new("mariadb");
        command
            .arg("--no-defaults")
            .arg(option("socket", &folder.join("socket")))
            .args(["--user=root", "--execute", sql]);
        command
    }

    fn url(folder: &Path, database: &str) -> String {
        let socket = folder.join("socket");
        format!(
            "mysql://root@localhost/{database}?socket={}",
            socket.display()
        )
    }
}

fn option(name: &str, value: &Path) -> String {
    format!("--{name}={}", value.display())
}
