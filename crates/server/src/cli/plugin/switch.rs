//! `raisfast plugin enable`, `disable`, `reload` and `reset`: one plugin, one request.

use raisfast_contract::PluginId;
use serde_json::Value;

use super::state;
use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
};

#[derive(clap::Args)]
pub(in crate::cli) struct Switch {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

/// The change that is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    Enable,
    Disable,
    Reload,
    Reset,
}

pub(super) const ENABLE_HELP: &str = running_server_help!(
    "\
Examples:
  raisfast plugin enable com.example.digest"
);

pub(super) const DISABLE_HELP: &str = running_server_help!(
    "\
It stays off over restarts. Requests that began with it end with it; what it has stored stays.

Examples:
  raisfast plugin disable com.example.digest"
);

pub(super) const RELOAD_HELP: &str = running_server_help!(
    "\
The files in its folder are read again, changed or not. If they cannot be loaded, what runs goes on.

Examples:
  raisfast plugin reload com.example.digest"
);

pub(super) const RESET_HELP: &str = running_server_help!(
    "\
Examples:
  raisfast plugin reset com.example.digest"
);

impl Change {
    /// The last part of the route.
    fn route(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Reload => "reload",
            Self::Reset => "reset",
        }
    }
}

impl Switch {
    pub(super) async fn run(self, change: Change) -> anyhow::Result<()> {
        let Self {
            plugin,
            format,
            server,
        } = self;
        let path = format!("admin/plugins/{plugin}/{}", change.route());
        let status = RunningServer::as_admin(server, async |server| {
            server.about(&plugin, server.post(&path)).await
        })
        .await?;
        format.print(&status, || match change {
            Change::Reset => say!("{plugin} is called again"),
            Change::Disable => say!("{plugin} is off"),
            Change::Enable | Change::Reload => print_serving(&status),
        });
        Ok(())
    }
}

/// Says that a plugin serves, or what it does instead.
pub(super) fn print_serving(plugin: &Value) {
    let text = |key: &str| plugin[key].as_str().unwrap_or("-");
    let (id, version) = (text("id"), text("version"));
    match text("state") {
        "running" => say!("{id} {version} serves"),
        "compiling" => {
            say!("{id} is being compiled: `raisfast plugin show {id}` says when it is ready");
        }
        "disabled" => say!("{id} {version} is off: `raisfast plugin enable {id}` turns it on"),
        _ => {
            say!("{id} {version}: {}", state::in_words(plugin));
            if let Some(step) = state::next_step(plugin) {
                say!("Next: {step}");
            }
        }
    }
}
