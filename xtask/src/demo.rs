//! `demo`: from a clean clone to a server with plugins that one can talk to.

mod conversation;
mod server;

use std::env;

use anyhow::Result;
use clap::Args;

use self::{conversation::Conversation, server::Server};
use crate::{build_plugins::BuildPlugins, console, process, terminal, workspace};

/// The compiler of plugins, built less well than for tests: here it compiles a few plugins once,
/// and a better one would take longer to build than it saves.
const BUILT_SOONER: [&str; 2] = [
    "cranelift-codegen.opt-level=1",
    r#""wasmparser@0.254".opt-level=0"#,
];

/// Build and install the samples, start the server, write a first post, and say what to try.
///
/// Ends with Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask demo
  RAISFAST_ADDR=127.0.0.1:9000 RAISFAST_DATA_DIR=/tmp/demo cargo xtask demo

The server's environment variables work here too, among them RAISFAST_ADDR, RAISFAST_DATA_DIR,
RAISFAST_ADMIN_PASSWORD, DATABASE_URL, PLUGIN_DIR and PLUGIN_WASM_POOL_SIZE.")]
pub(crate) struct Demo {}

impl Demo {
    #[expect(clippy::unused_self, reason = "every command runs like this")]
    pub(crate) fn run(self) -> Result<()> {
        let settings = server::Settings::from_environment(|name| env::var(name).ok())?;
        BuildPlugins {
            install: Some(None),
            ..BuildPlugins::default()
        }
        .run()?;
        // Without it the server says how to get it.
        if let Err(error) = console::build() {
            terminal::skipped(error);
        }
        let mut cargo = workspace::cargo();
        cargo.args(["build", "--package", "raisfast", "--no-default-features"]);
        cargo.args(["--features", &settings.features()]);
        for built_sooner in BUILT_SOONER {
            cargo.args(["--config", &format!("profile.dev.package.{built_sooner}")]);
        }
        process::run("Building the server", &mut cargo)?;

        terminal::heading(format!("Starting the server on {}", settings.origin()));
        let server = Server::start(&settings)?;
        let conversation = Conversation::begin(&settings)?;
        conversation.wait_for_plugins()?;
        conversation.first_post()?;
        conversation.say_what_to_try();
        server.wait()
    }
}
