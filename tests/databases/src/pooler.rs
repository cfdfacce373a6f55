//! The pooler `pgbouncer` before the private PostgreSQL server.

use std::{fs, path::PathBuf, process::Command, thread, time::Instant};

use crate::{START, Server, guard, guard::Guard, run, unprivileged};

const USER: &str = "postgres";
const PORT: u16 = 6432;
/// Debian keeps it out of the PATH of users.
const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// A pooler, from Debian's package `pgbouncer`. It lends a connection for one transaction, as it is
/// mostly run. It ends with this value, and at the latest with the process.
pub struct Pooler {
    folder: PathBuf,
    _guard: Guard,
}

impl Pooler {
    /// Starts one with a few connections, so that its clients share them. Panics when it cannot be
    /// started, and says why.
    pub fn start() -> Self {
        let mut version = Command::new(PROGRAM);
        run(version.arg("--version")).unwrap_or_else(|error| panic!("{error}"));
        let folder = tempfile::Builder::new()
            .prefix("raisfast-test-")
            .tempdir()
            .expect("the folder for temporary files can be written");
        let configuration = folder.path().join("pgbouncer.ini");
        let settings = format!(
            "[databases]\n* = host={database} user={USER}\n\
             [pgbouncer]\nunix_socket_dir = {own}\nlisten_port = {PORT}\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = 6\nmax_client_conn = 200\n",
            database = Server::Postgres.folder().display(),
            own = folder.path().display(),
        );
        fs::write(&configuration, settings).expect("its configuration");
        let mut serve = unprivileged(USER, PROGRAM);
        serve.arg(&configuration);
        guard::hand_over(folder.path(), &serve);
        let guard = Guard::start(folder.path(), &serve, "TERM");
        // From here on the guard removes it.
        let pooler = Self {
            folder: folder.keep(),
            _guard: guard,
        };
        pooler.answers();
        pooler
    }

    /// Returns the URL by which a database of the server is reached through it.
    pub fn url(&self, direct: &str) -> String {
        let (place, _) = direct.split_once('?').expect("the folder of a socket");
        let (_, database) = place.rsplit_once('/').expect("a database");
        format!(
            "postgres://{USER}@localhost:{PORT}/{database}?host={}",
            self.folder.display()
        )
    }

    fn answers(&self) {
        let deadline = Instant::now() + START;
        let socket = self.folder.join(format!(".s.PGSQL.{PORT}"));
        while !socket.exists() {
            assert!(
                Instant::now() < deadline,
                "PgBouncer does not answer; its log: {}",
                guard::log(&self.folder)
            );
            thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}
