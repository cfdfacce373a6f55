//! Runs the binary in an empty folder with an empty environment.

use std::process::{Command, Output};

use tempfile::TempDir;

pub(crate) struct Folder(TempDir);

/// The outcome of a command.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    pub(crate) fn with_file(self, name: &str, text: &str) -> Self {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        std::fs::write(path, text).expect("the file is written");
        self
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_raisfast"));
        command
            .args(arguments)
            .env_clear()
            .envs(environment.iter().copied())
            .current_dir(self.0.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Done {
        let output = self
            .command(arguments, environment)
            .output()
            .expect("the binary runs");
        done(output)
    }
}

pub(crate) fn done(output: Output) -> Done {
    Done {
        code: output.status.code().expect("the process ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}
