//! Private PostgreSQL and MariaDB servers for tests.
//!
//! A server begins with the first test of a process that asks for it, and all tests of the process
//! share it; each gets a database of its own. It listens on a socket in a temporary folder, nowhere
//! else, and runs as an unprivileged user. It ends with the process, however that ends, and its
//! folder goes with it: the module `guard` says how.
//!
//! ```no_run
//! use raisfast_test_databases::Server;
//!
//! let url = Server::Postgres.fresh_database();
//! assert!(url.starts_with("postgres://"));
//! ```

mod guard;
mod mariadb;
mod pooler;
mod postgres;

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use guard::Guard;
pub use pooler::Pooler;

/// The longest time until a server first answers; a busy machine needs some of it.
const START: Duration = Duration::from_mins(2);

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// PostgreSQL, from Debian's package `postgresql`.
    Postgres,
    /// MariaDB, from Debian's package `mariadb-server`.
    Mariadb,
}

/// The differences between the servers.
trait Kind {
    /// Makes a new server's files in its folder.
    fn initialise(folder: &Path) -> Command;
    /// The server, in the foreground.
    fn serve(folder: &Path) -> Command;
    /// Runs one statement.
    fn statement(folder: &Path, sql: &str) -> Command;
    /// A database of the server.
    fn url(folder: &Path, database: &str) -> String;
    /// The signal by which a service manager ends the server.
    const STOP: &str;
}

/// A server that runs.
struct Running {
    folder: PathBuf,
    /// Dropped by nobody: a static holds it until the process ends.
    guard: Guard,
}

static POSTGRES: OnceLock<Running> = OnceLock::new();
static MARIADB: OnceLock<Running> = OnceLock::new();

/// The variable that says on which server tests run that are written for any: `postgres` or
/// `mariadb`. Without it they run on SQLite.
pub const VARIABLE: &str = "RAISFAST_TEST_DATABASE";

impl Server {
    /// The server that [`VARIABLE`] asks for. Panics when it asks for another.
    pub fn asked_for() -> Option<Self> {
        match std::env::var(VARIABLE).ok()?.as_str() {
            "postgres" => Some(Self::Postgres),
            "mariadb" => Some(Self::Mariadb),
            "sqlite" | "" => None,
            other => {
                panic!("{VARIABLE} is `{other}`; it has to be `sqlite`, `postgres` or `mariadb`")
            }
        }
    }

    /// The URL of an empty database. Panics when the server cannot be started, and says why.
    pub fn fresh_database(self) -> String {
        match self {
            Self::Postgres => fresh::<postgres::Postgres>(&POSTGRES),
            Self::Mariadb => fresh::<mariadb::Mariadb>(&MARIADB),
        }
    }

    /// Stops the server as a service manager does, starts it again after a pause, and returns when
    /// it answers. All tests of the process share it: a test that does this has a process for
    /// itself.
    pub fn restart(self, pause: Duration) {
        match self {
            Self::Postgres => restart::<postgres::Postgres>(&POSTGRES, pause),
            Self::Mariadb => restart::<mariadb::Mariadb>(&MARIADB, pause),
        }
    }

    /// Returns the folder with the server's socket.
    pub fn folder(self) -> PathBuf {
        match self {
            Self::Postgres => POSTGRES.get_or_init(start::<postgres::Postgres>),
            Self::Mariadb => MARIADB.get_or_init(start::<mariadb::Mariadb>),
        }
        .folder
        .clone()
    }
}

fn fresh<K: Kind>(running: &OnceLock<Running>) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let running = running.get_or_init(start::<K>);
    let database = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let create = format!("CREATE DATABASE {database}");
    run(&mut K::statement(&running.folder, &create)).unwrap_or_else(|error| panic!("{error}"));
    K::url(&running.folder, &database)
}

fn start<K: Kind>() -> Running {
    let folder = tempfile::Builder::new()
        .prefix("raisfast-test-")
        .tempdir()
        .expect("the folder for temporary files can be written");
    let mut initialise = K::initialise(folder.path());
    guard::hand_over(folder.path(), &initialise);
    run(&mut initialise).unwrap_or_else(|error| panic!("{error}"));
    let guard = Guard::start(folder.path(), &K::serve(folder.path()), "QUIT");
    // From here on the guard removes it.
    let folder = folder.keep();
    answers::<K>(&folder);
    Running { folder, guard }
}

/// Returns when the server answers.
fn answers<K: Kind>(folder: &Path) {
    let deadline = Instant::now() + START;
    while let Err(error) = run(&mut K::statement(folder, "SELECT 1")) {
        assert!(
            Instant::now() < deadline,
            "the server does not answer: {error}\nits log: {}",
            guard::log(folder)
        );
        thread::sleep(Duration::from_millis(20));
    }
}

fn restart<K: Kind>(running: &OnceLock<Running>, pause: Duration) {
    let running = running.get_or_init(start::<K>);
    running.guard.restart(K::STOP, pause);
    answers::<K>(&running.folder);
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| {
        let program = command.get_program().to_string_lossy();
        format!("`{program}` does not start: {error}; run `cargo xtask setup`")
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{command:?} failed: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// A command that runs as a package's user where this process is root: the servers refuse root.
fn unprivileged(user: &str, program: impl AsRef<Path>) -> Command {
    let program = program.as_ref();
    if !nix::unistd::Uid::effective().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={user}"))
        .arg(format!("--regid={user}"))
        .args(["--clear-groups", "--"])
        .arg(program);
    command
}
