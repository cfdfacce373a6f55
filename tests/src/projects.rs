//! Plugins' projects, as an author makes and builds them.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::plugins::target;

/// The programs that build plugins: those of `cargo xtask setup`, before the machine's own.
pub fn tools() -> OsString {
    let own = target().join("toolchains/bin");
    let own = fs::canonicalize(&own).unwrap_or(own);
    let machine = env::var_os("PATH").unwrap_or_default();
    env::join_paths([own].into_iter().chain(env::split_paths(&machine))).expect("folders of PATH")
}

/// The command line in a folder, with these programs on its `PATH`.
pub struct Author {
    binary: &'static str,
    folder: PathBuf,
    path: OsString,
}

impl Author {
    /// An author in a folder, with every toolchain.
    pub fn new(binary: &'static str, folder: &Path) -> Self {
        Self {
            binary,
            folder: folder.to_owned(),
            path: tools(),
        }
    }

    /// The same author with other programs.
    #[must_use]
    pub fn with_path(self, path: impl Into<OsString>) -> Self {
        Self {
            path: path.into(),
            ..self
        }
    }

    /// Runs `raisfast` with these arguments to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(self.binary)
            .args(arguments)
            .current_dir(&self.folder)
            .env("PATH", &self.path)
            // So that std for wasm is not built anew by each test.
            .env("CARGO_TARGET_DIR", target().join("projects"))
            .env("RUST_BACKTRACE", "0")
            .output()
            .expect("the command line runs")
    }

    /// Runs `raisfast`, which has to succeed, and returns its output.
    ///
    /// # Panics
    ///
    /// When it fails, with what it said.
    pub fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "`raisfast {}` failed:\n{errors}",
            arguments.join(" ")
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs `raisfast`, which has to fail with this exit code, and returns its message.
    ///
    /// # Panics
    ///
    /// When it ends otherwise.
    pub fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
        errors
    }
}
