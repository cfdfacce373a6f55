//! The server that is killed.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    process::{ChildStdout, Command, Stdio},
};

use raisfast::Config;

/// A server process. It is killed when it is dropped.
pub(crate) struct Child {
    process: std::process::Child,
    /// Open as long as the server may write to it.
    _stdout: BufReader<ChildStdout>,
    /// The server's origin.
    pub(crate) base: String,
}

impl Child {
    /// Starts it, and returns when it answers.
    pub(crate) async fn start(config: &Config, password: Option<&str>) -> Self {
        let log = config.data_dir.with_extension("log");
        let log = File::options().append(true).create(true).open(log);
        let mut command = Command::new(env!("CARGO_BIN_EXE_raisfast-under-test"));
        command
            .env_clear()
            .env("RUST_LOG", "warn")
            .env("DATABASE_URL", config.database_url.expose())
            .env("PLUGIN_HOT_RELOAD", "false")
            .env("COMMENTS_PER_MINUTE", "0")
            .env("COMMENTS_PER_POST", "1000000")
            .args(["--addr", "127.0.0.1:0", "--data-dir"])
            .arg(&config.data_dir)
            .arg("--plugin-dir")
            .arg(&config.plugins.dir)
            .stdout(Stdio::piped())
            .stderr(log.expect("a log"));
        if let Some(password) = password {
            command.env("RAISFAST_ADMIN_PASSWORD", password);
        }
        let started = tokio::task::spawn_blocking(move || {
            let mut process = command.spawn().expect("the binary runs");
            let mut stdout = BufReader::new(process.stdout.take().expect("a pipe"));
            let mut first = String::new();
            stdout.read_line(&mut first).expect("a line");
            (process, stdout, first)
        });
        let (process, stdout, first) = started.await.expect("the process is started");
        let mut child = Self {
            process,
            _stdout: stdout,
            base: String::new(),
        };
        let Some((_, address)) = first.trim().rsplit_once("http://") else {
            let log = std::fs::read_to_string(config.data_dir.with_extension("log"));
            let _ = child.process.kill();
            panic!("it does not start: {first:?}\n{}", log.unwrap_or_default());
        };
        child.base = format!("http://{address}");
        child
    }

    /// SIGKILL: nothing of the process runs any more when this returns.
    pub(crate) async fn kill(mut self) {
        let killed = tokio::task::spawn_blocking(move || {
            self.process.kill().expect("it runs");
            self.process.wait().expect("it ends")
        });
        killed.await.expect("the process ends");
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
