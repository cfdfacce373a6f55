//! The operator of a server, at a prompt on its machine.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use raisfast_tests::TestServer;
use serde_json::Value;
use tempfile::TempDir;

const RAISFAST: &str = env!("CARGO_BIN_EXE_raisfast-under-test");

/// Runs commands in an empty folder, with nothing in the environment but a home.
pub(crate) struct Operator {
    home: TempDir,
    data_dir: Option<PathBuf>,
}

/// The outcome of a command.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Operator {
    /// On the machine of a server, whose data folder is named.
    pub(crate) fn of(server: &TestServer) -> Self {
        let beside = server.plugin_dir().parent().expect("a folder around it");
        Self {
            data_dir: Some(beside.join("data")),
            ..Self::elsewhere()
        }
    }

    /// On another machine.
    pub(crate) fn elsewhere() -> Self {
        Self {
            home: tempfile::tempdir().expect("a temporary folder"),
            data_dir: None,
        }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(RAISFAST);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home())
            .current_dir(self.home())
            .stdin(Stdio::null());
        if let Some(data_dir) = &self.data_dir {
            command.env("RAISFAST_DATA_DIR", data_dir);
        }
        command
    }

    /// Runs a command whose output is piped.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Done {
        let is_json = arguments.contains(&"--json");
        let done = ended(self.command(arguments)).await;
        let widest = done.stdout.lines().map(|line| line.chars().count()).max();
        assert!(
            is_json || widest.unwrap_or_default() <= 80,
            "{arguments:?}: {}",
            done.stdout
        );
        done
    }

    /// Runs a command that succeeds, and returns what it prints.
    pub(crate) async fn says(&self, arguments: &[&str]) -> String {
        self.run(arguments).await.succeeded()
    }

    /// The same with `--json`.
    pub(crate) async fn json(&self, arguments: &[&str]) -> Value {
        let text = self.says(&[arguments, &["--json"]].concat()).await;
        serde_json::from_str(&text).expect("JSON")
    }

    /// Runs a command that fails, and returns why.
    pub(crate) async fn fails(&self, arguments: &[&str]) -> String {
        self.run(arguments).await.failed()
    }
}

/// Runs a command to its end.
pub(crate) async fn ended(mut command: Command) -> Done {
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("it ends")
        .expect("the binary runs");
    output.into()
}

impl Done {
    pub(crate) fn succeeded(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self:?}");
        self.stdout
    }

    pub(crate) fn failed(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(1), ""), "{self:?}");
        self.stderr
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}
