//! `test`: everything that CI runs as tests.

use std::{env, num::NonZeroUsize, process::Command, thread};

use anyhow::Result;
use clap::Args;
use raisfast_project::Language;

use crate::{
    build_plugins::BuildPlugins, interpreters, languages, process, setup, terminal, workspace,
};

/// The tests of content and of host functions, which are the same on every database. Those of
/// `raisfast-db` run on all at once.
const ON_EVERY_DATABASE: [&str; 7] = [
    "comments",
    "contents",
    "outbox",
    "post_hooks",
    "posts",
    "session",
    "users",
];

/// The end-to-end tests in which plugins meet a database and files, and the combinations that the
/// run of all tests, on SQLite and local files, leaves out.
const END_TO_END: [&str; 11] = [
    "guests",
    "hooks",
    "host_database",
    "host_events",
    "host_files",
    "host_kv",
    "host_posts",
    "host_tables",
    "host_transactions",
    "own_tables",
    "quick_start",
];
const MATRIX: [(&str, &str); 2] = [("postgres", "s3"), ("mariadb", "local")];

/// Build all guests, then run every test of the workspace, examples in the documentation included.
#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  cargo xtask test
  cargo xtask test -- --package raisfast-tests hot_reload")]
pub(crate) struct Test {
    /// Handed to `cargo test`; `--workspace` when there is none.
    #[arg(last = true)]
    pub(crate) arguments: Vec<String>,
}

impl Test {
    pub(crate) fn run(self) -> Result<()> {
        interpreters::build()?;
        BuildPlugins {
            guests: true,
            ..BuildPlugins::default()
        }
        .run()?;
        // Tests that need them say so too.
        for install in [setup::databases, setup::proxies] {
            if let Err(error) = install() {
                terminal::skipped(error);
            }
        }
        let mut cargo = tests();
        if self.arguments.is_empty() {
            for language in Language::ALL {
                if let Err(error) = languages::install(language) {
                    terminal::skipped(error);
                }
            }
            cargo.args(["--workspace", "--no-fail-fast"]);
        }
        process::run_tests("Running the tests", cargo.args(&self.arguments))?;
        if self.arguments.is_empty() {
            for database in ["postgres", "mariadb"] {
                let mut cargo = tests_named(&ON_EVERY_DATABASE);
                cargo.env("RAISFAST_TEST_DATABASE", database);
                process::run_tests(&format!("Running the tests on {database}"), &mut cargo)?;
            }
            for (database, files) in MATRIX {
                let mut cargo = tests_named(&END_TO_END);
                cargo
                    .env("RAISFAST_TEST_DATABASE", database)
                    .env("RAISFAST_TEST_FILES", files);
                let title = format!("Running plugins on {database} and {files} files");
                process::run_tests(&title, &mut cargo)?;
            }
        }
        Ok(())
    }
}

/// The command that runs tests, one more at a time than there are cores: most of them wait for
/// servers, databases and leases, and a few keep a core busy with compiling plugins.
fn tests() -> Command {
    let mut cargo = workspace::cargo();
    cargo.arg("test");
    if env::var_os("RUST_TEST_THREADS").is_none() {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        cargo.env("RUST_TEST_THREADS", (cores + 1).to_string());
    }
    cargo
}

/// Of the whole workspace, because what is built for one package alone has other features, and
/// would be built anew.
fn tests_named(names: &[&str]) -> Command {
    let mut cargo = tests();
    cargo.arg("--workspace");
    for name in names {
        cargo.args(["--test", name]);
    }
    cargo
}
