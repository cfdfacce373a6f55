//! A test server in a process of its own, as an operator runs it.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Mutex,
    time::Duration,
};

use raisfast_test_databases::Server as DatabaseServer;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    Client, Manifest, Settings, eventually, eventually_within,
    plugins::target,
    server::{run, write_migration, write_plugin},
};

/// A server process, its folders, and the logged-in admin. It is killed when this is dropped.
pub struct ChildServer {
    command: Option<Command>,
    process: Process,
    folder: TempDir,
    address: SocketAddr,
    /// The admin.
    pub admin: Client,
    /// A visitor without a login.
    pub visitor: Client,
}

struct Process {
    child: Child,
    /// Open as long as the server may write to it.
    _stdout: BufReader<ChildStdout>,
}

impl Settings {
    /// Starts the binary of the command line with these plugins, and `toml` in its configuration,
    /// and waits until all plugins are compiled. Changes of the configuration by
    /// [`config`](Self::config) are for servers in the test's own process.
    ///
    /// # Panics
    ///
    /// When it does not start, or when there are such changes.
    pub async fn start_child(self, binary: &str, toml: &str) -> ChildServer {
        let server = self.start_child_at_once(binary, toml).await;
        eventually("all plugins are compiled", || async {
            let list = server.admin.get("/api/v1/admin/plugins").await.expect(200);
            let mut plugins = list["items"].as_array().expect("a list").iter();
            plugins
                .all(|plugin| plugin["state"] != "compiling")
                .then_some(())
        })
        .await;
        server
    }

    /// The same without waiting for plugins.
    ///
    /// # Panics
    ///
    /// As [`start_child`](Self::start_child).
    pub async fn start_child_at_once(self, binary: &str, toml: &str) -> ChildServer {
        assert!(
            self.changes.is_empty(),
            "a child reads its own configuration"
        );
        let folder = tempfile::tempdir().expect("a temporary folder");
        let plugin_dir = folder.path().join("plugins");
        for (name, wasm, manifest) in &self.plugins {
            write_plugin(&plugin_dir.join(name), wasm, manifest);
        }
        for (folder, name, sql) in &self.migrations {
            write_migration(&plugin_dir.join(folder), name, sql);
        }
        fs::create_dir_all(&plugin_dir).expect("the folder of plugins");
        let config = folder.path().join("raisfast.toml");
        let cache = target().join("test-aot");
        fs::write(
            &config,
            format!("cache_dir = '{}'\n{toml}", cache.display()),
        )
        .expect("its configuration");
        let log = File::create(folder.path().join("log")).expect("its log");
        let mut command = Command::new(binary);
        command
            .args(self.arguments)
            .current_dir(folder.path())
            .env("RAISFAST_CONFIG", &config)
            .env("RAISFAST_ADDR", "127.0.0.1:0")
            .env("RAISFAST_DATA_DIR", folder.path().join("data"))
            .env("RAISFAST_ADMIN_PASSWORD", ChildServer::PASSWORD)
            .env("PLUGIN_DIR", &plugin_dir)
            .env("COMMENTS_PER_MINUTE", "0")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(log);
        let has_database = self
            .variables
            .iter()
            .any(|(name, _)| name == "DATABASE_URL");
        if let Some(database) = DatabaseServer::asked_for().filter(|_| !has_database) {
            command.env("DATABASE_URL", database.fresh_database());
        }
        let (process, address) = launched(&mut command).unwrap_or_else(|first| {
            panic!("the server does not start: {first}{:?}", log_in(&folder))
        });
        let visitor = Client::new(address);
        let admin = visitor.log_in("admin", ChildServer::PASSWORD).await;
        ChildServer {
            command: Some(command),
            process,
            folder,
            address,
            admin,
            visitor,
        }
    }
}

/// Starts a process, and returns the address at which it listens, or the line that it has written
/// instead.
fn launched(command: &mut Command) -> Result<(Process, SocketAddr), String> {
    let mut child = command.spawn().expect("the binary runs");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut first = String::new();
    stdout.read_line(&mut first).expect("a line");
    let Some((_, address)) = first.trim().rsplit_once("http://") else {
        let _ = child.wait();
        return Err(first);
    };
    let address = address.parse().expect("an address");
    let process = Process {
        child,
        _stdout: stdout,
    };
    Ok((process, address))
}

/// Returns the log of the server in a folder.
fn log_in(folder: &TempDir) -> String {
    let log = fs::read(folder.path().join("log")).expect("its log");
    String::from_utf8_lossy(&log).into_owned()
}

impl ChildServer {
    /// The admin's password.
    pub const PASSWORD: &str = "correct horse battery staple";

    /// Starts it again on the same folders, when its process has ended or is ending: at another
    /// address, for the same login.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub async fn start_again(&mut self) {
        self.ended().await;
        let mut command = self.command.take().expect("it is put back below");
        let launch = move || (launched(&mut command), command);
        let launch = tokio::task::spawn_blocking(launch);
        let (started, command) = launch.await.expect("it does not panic");
        self.command = Some(command);
        let (process, address) =
            started.unwrap_or_else(|first| panic!("it does not start: {first}{}", self.log()));
        (self.process, self.address) = (process, address);
        self.visitor = self.visitor.at(address);
        self.admin = self.admin.at(address);
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.process.child.id()
    }

    /// Returns the address at which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends it a signal, by its name without `SIG`, as a service manager does.
    ///
    /// # Panics
    ///
    /// When it cannot be sent.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.id().to_string()])
            .status();
        assert!(sent.expect("kill runs").success(), "SIG{name}");
    }

    /// Runs the binary of the command line against this server, as the admin; whether it succeeds,
    /// and what it prints.
    ///
    /// # Panics
    ///
    /// When it does not run.
    pub async fn command(&self, binary: &str, arguments: &[&str]) -> (bool, String) {
        run(binary, arguments, self.address, self.admin.token()).await
    }

    /// Waits until the process has ended, and gives its exit code; none where a signal has ended
    /// it.
    ///
    /// # Panics
    ///
    /// When it does not end.
    pub async fn ended(&mut self) -> Option<i32> {
        self.ended_within(Duration::from_secs(20)).await
    }

    /// The same, for an end that may take longer than most.
    ///
    /// # Panics
    ///
    /// When it does not end in time.
    pub async fn ended_within(&mut self, deadline: Duration) -> Option<i32> {
        let child = Mutex::new(&mut self.process.child);
        let status = eventually_within(deadline, "the process ends", || async {
            let mut child = child.lock().expect("nobody panics with it");
            child.try_wait().expect("it was started here")
        });
        status.await.code()
    }

    /// Waits until it has logged a text.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub async fn logs(&self, text: &str) {
        eventually(&format!("the server logs {text:?}"), || async {
            self.log().contains(text).then_some(())
        })
        .await;
    }

    /// Returns the memory of the process now, in bytes; none where the system has no `/proc`.
    pub fn resident(&self) -> Option<u64> {
        self.status_line("VmRSS:")
    }

    /// The most that it has held so far.
    pub fn most_resident(&self) -> Option<u64> {
        self.status_line("VmHWM:")
    }

    fn status_line(&self, name: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kib = line.trim().strip_suffix(" kB")?.trim().parse::<u64>();
        Some(kib.ok()? << 10)
    }

    /// Returns the server's log so far.
    ///
    /// # Panics
    ///
    /// When its log cannot be read.
    pub fn log(&self) -> String {
        log_in(&self.folder)
    }

    /// Copies two files into a plugin folder, as an operator would: each is there as a whole.
    ///
    /// # Panics
    ///
    /// When they cannot be written.
    pub fn deploy(&self, folder: &str, wasm: &[u8], manifest: &Manifest) {
        let folder = self.plugin_dir().join(folder);
        fs::create_dir_all(&folder).expect("a plugin folder");
        // The wasm first: the manifest's change is then of a whole plugin.
        for (name, bytes) in [
            ("plugin.wasm", wasm),
            ("manifest.toml", manifest.text().as_bytes()),
        ] {
            let hidden = folder.join(format!(".{name}"));
            fs::write(&hidden, bytes).expect("a file");
            fs::rename(hidden, folder.join(name)).expect("it takes its place");
        }
    }

    /// Returns the folder of the plugins.
    pub fn plugin_dir(&self) -> PathBuf {
        self.folder.path().join("plugins")
    }

    /// Returns the folder of its data.
    pub fn data_dir(&self) -> PathBuf {
        Path::new(self.folder.path()).join("data")
    }

    /// The answer of `admin/plugins/{id}`.
    pub async fn plugin(&self, id: &str) -> Value {
        let path = format!("/api/v1/admin/plugins/{id}");
        self.admin.get(&path).await.expect(200)
    }

    /// Waits until no instance of a plugin is missing and none is in a call.
    pub async fn whole_pool(&self, id: &str) -> Value {
        eventually("the pool is whole", || async {
            let pool = self.plugin(id).await["pool"].clone();
            (pool["idle"] == pool["size"]).then_some(pool)
        })
        .await
    }
}

impl Drop for ChildServer {
    fn drop(&mut self) {
        // It has ended already where the test killed it.
        let _ = self.process.child.kill();
        let _ = self.process.child.wait();
    }
}
