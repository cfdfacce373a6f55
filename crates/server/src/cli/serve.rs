//! `raisfast serve`

use std::{io::IsTerminal, path::Path};

use raisfast_plugins::{PluginState, PluginStatus};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::{
    Config, ConfigError, Server,
    config::{DEFAULT_FILE, File, Flags},
    log_fields,
};

pub(super) async fn serve(flags: Flags) -> anyhow::Result<()> {
    let file = flags.config.clone().unwrap_or_else(|| DEFAULT_FILE.into());
    let config = Config::load(flags)?;
    log_to_stderr()?;
    warn_of_shared_file(&file);
    // Before the server starts, so that no signal finds the process without its handler.
    let mut stop = Stop::new()?;
    let plugin_dir = config.plugins.dir.clone();
    let server = Server::start(config).await?;

    println!(
        "raisfast {} listens on http://{}",
        env!("CARGO_PKG_VERSION"),
        server.addr()
    );
    println!(
        "plugins in {}: {}",
        plugin_dir.display(),
        summary(&server.plugins().list())
    );
    if let Some(password) = server.new_admin_password() {
        println!();
        println!("  This is the first start. Log in as:");
        println!();
        println!("    user      admin");
        println!("    password  {}", password.expose());
        println!();
        println!("  The password is not shown again.");
    }
    stop.requested().await;
    eprintln!("stopping: requests in flight may finish; once more to stop at once");
    tokio::select! {
        () = server.shutdown() => Ok(()),
        () = stop.requested() => anyhow::bail!("stopped before everything was finished"),
    }
}

/// Says what others on the machine could do with the configuration file: change it, or read a password in it.
fn warn_of_shared_file(file: &Path) {
    let Ok(text) = std::fs::read_to_string(file) else {
        return;
    };
    if let Err(exposed) = raisfast_private_folder::check(file) {
        tracing::warn!(reason = %exposed, "others on this machine could change the configuration");
    }
    let secrets = File::parse(file, &text).is_ok_and(|parsed| parsed.has_secrets());
    if secrets && raisfast_private_folder::is_readable_by_others(file) {
        tracing::warn!(
            "others on this machine can read the passwords in {file}: run `chmod go-r {file}`",
            file = file.display()
        );
    }
}

/// How many plugins run, and how many do not.
fn summary(plugins: &[PluginStatus]) -> String {
    let count = |state| {
        plugins
            .iter()
            .filter(|plugin| plugin.state == state)
            .count()
    };
    let mut summary = format!("{} running", count(PluginState::Running));
    for (state, word) in [
        (
            PluginState::Compiling,
            "compiling (the log says when it is ready)",
        ),
        (PluginState::Disabled, "disabled"),
        (PluginState::Failed, "not loaded (the log says why)"),
    ] {
        let some = count(state);
        if some > 0 {
            summary = format!("{summary}, {some} {word}");
        }
    }
    summary
}

/// The operator's wish that the process end: SIGTERM or Ctrl-C.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn requested(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What is logged where `RUST_LOG` does not say: not how migrations run and how files are watched.
const DEFAULT_FILTER: &str = "info,notify=warn,sea_orm_migration=warn";

/// Standard output stays free for what the operator must read.
fn log_to_stderr() -> Result<(), ConfigError> {
    let filter = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let filter = if filter.is_empty() {
        DEFAULT_FILTER.to_owned()
    } else {
        filter
    };
    let parsed = EnvFilter::try_new(&filter).map_err(|source| ConfigError::LogFilter {
        found: filter,
        source,
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(parsed)
        .with_ansi(std::io::stderr().is_terminal())
        .fmt_fields(log_fields::printable())
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}
