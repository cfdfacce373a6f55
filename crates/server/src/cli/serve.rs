//! `raisfast serve`: runs the server until a signal ends it.

use std::path::Path;

use raisfast_plugins::{PluginState, PluginStatus, SafeMode};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{log::Log, output};
use crate::{
    Config, ConfigError, Server,
    config::{DEFAULT_FILE, DEFAULT_PLUGIN_DIR, File, Flags},
    node,
    traces::Traces,
};

#[derive(clap::Args)]
pub(super) struct Serve {
    #[command(flatten)]
    flags: Flags,
    /// Call no plugin in this run, so that a broken one can be removed or turned off
    #[arg(long)]
    safe_mode: bool,
    /// Let requests pass that plugins would have guarded
    #[arg(long, requires = "safe_mode")]
    without_guards: bool,
}

impl From<Flags> for Serve {
    fn from(flags: Flags) -> Self {
        Self {
            flags,
            safe_mode: false,
            without_guards: false,
        }
    }
}

impl Serve {
    fn mode(&self) -> SafeMode {
        match (self.safe_mode, self.without_guards) {
            (false, _) => SafeMode::Off,
            (true, false) => SafeMode::Guarded,
            (true, true) => SafeMode::Unguarded,
        }
    }

    pub(super) async fn run(self) -> anyhow::Result<()> {
        serve(&self.flags, self.mode()).await
    }
}

async fn serve(flags: &Flags, safe_mode: SafeMode) -> anyhow::Result<()> {
    let file = flags.config().unwrap_or(DEFAULT_FILE.as_ref()).to_owned();
    let mut config = Config::load(flags)?;
    config.plugins.safe_mode = safe_mode;
    let traces = Traces::begin()?;
    let log = Log::begin(config.log.format, traces.as_ref())?;
    for hint in super::hints() {
        tracing::warn!("{hint}");
    }
    warn_of_shared_file(&file);
    refuse_a_missing_folder(&config)?;
    warn_of_safe_mode(safe_mode);
    // Before the server starts, so that no signal finds the process without its handler.
    let mut stop = Stop::new()?;
    let plugin_dir = config.plugins.dir.clone();
    if let Some(name) = node::name_before_start(&config) {
        log.name(&name);
    }
    let server = Server::start(config).await?;
    if !server.node().is_alone() {
        log.name(server.node().name());
    }

    say!(
        "raisfast {} listens on http://{}",
        env!("CARGO_PKG_VERSION"),
        server.addr()
    );
    say!(
        "plugins in {}: {}",
        plugin_dir.display(),
        summary(&server.plugins().list())
    );
    if let Some(password) = server.new_admin_password() {
        say!();
        say!("  This is the first start. Log in as:");
        say!();
        say!("    user      admin");
        say!("    password  {}", password.expose());
        say!();
        say!("  The password is not shown again.");
        if !output::is_complete() {
            tracing::warn!(
                "the first admin's password could not be printed: `raisfast admin password` makes another"
            );
        }
    }
    stop.requested().await;
    log.say("stopping: requests in flight may finish; once more to stop at once");
    let end = async {
        server.shutdown().await;
        if let Some(traces) = traces {
            traces.end().await;
        }
    };
    tokio::select! {
        () = end => Ok(()),
        () = stop.requested() => anyhow::bail!("stopped before everything was finished"),
    }
}

/// Says what is otherwise in safe mode.
fn warn_of_safe_mode(safe_mode: SafeMode) {
    let filters = match safe_mode {
        SafeMode::Off => return,
        SafeMode::Guarded => {
            "what plugins guard is refused (`--without-guards` lets it pass), other filters are left out"
        }
        SafeMode::Unguarded => "all filters are left out, guards too",
    };
    tracing::warn!(
        "safe mode: no plugin is called; {filters}, actions wait in the outbox, and cron entries do not tick"
    );
}

/// Refuses a named folder of plugins that is not there: its name is misspelt. The default one is
/// made.
fn refuse_a_missing_folder(config: &Config) -> Result<(), ConfigError> {
    let dir = &config.plugins.dir;
    if dir.exists() || dir.as_path() == Path::new(DEFAULT_PLUGIN_DIR) {
        return Ok(());
    }
    Err(ConfigError::PluginDir { path: dir.clone() })
}

/// Warns of what others on the machine could do with the configuration file: change it, or read a
/// password in it.
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

/// Returns the numbers of plugins by state, in words.
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
            "compiling (the log says when they are ready)",
        ),
        (
            PluginState::NeedsSettings,
            "without their settings (the log says which)",
        ),
        (PluginState::Disabled, "disabled"),
        (PluginState::SafeMode, "not called (safe mode)"),
        (PluginState::Failed, "not loaded (the log says why)"),
    ] {
        let some = count(state);
        if some > 0 {
            summary = format!("{summary}, {some} {word}");
        }
    }
    summary
}

/// The operator's wish that the process end: SIGTERM, Ctrl-C, or a terminal that was closed.
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Option<Signal>,
}

impl Stop {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: if is_ignored(SignalKind::hangup()) {
                None
            } else {
                Some(signal(SignalKind::hangup())?)
            },
        })
    }

    pub(super) async fn requested(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = hang_up => {}
        }
    }
}

/// Returns whether the process was started to ignore a signal, as `nohup` does. Without `/proc` it
/// is not known, and so not.
fn is_ignored(signal: SignalKind) -> bool {
    let mask = std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let mask = status
                .lines()
                .find_map(|line| line.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(mask.trim(), 16).ok()
        });
    mask.is_some_and(|mask| mask >> (signal.as_raw_value() - 1) & 1 == 1)
}
