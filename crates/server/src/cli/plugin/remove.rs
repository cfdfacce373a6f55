//! `raisfast plugin remove`: removes a plugin from the running server.

use raisfast_contract::PluginId;
use serde_json::{Value, json};

use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};

#[derive(clap::Args)]
pub(in crate::cli) struct Remove {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = running_server_help!(
    "\
The plugin ends, and its folder and its log are deleted. What it has stored stays, and so does its claim to its id: \
installed again, it goes on with both.

Examples:
  raisfast plugin remove com.example.digest --dry-run
  raisfast plugin remove com.example.digest"
);

impl Remove {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self {
            plugin,
            dry_run,
            format,
            server,
        } = self;
        let path = format!("admin/plugins/{plugin}");
        let status = RunningServer::as_admin(server, async |server| {
            let status = server.about(&plugin, server.get(&path, &[])).await?;
            if !dry_run {
                server.delete(&path).await?;
            }
            Ok(status)
        })
        .await?;
        let answer = json!({
            "dry_run": dry_run,
            "plugin": plugin,
            "version": status["version"],
            "folder": status["folder"],
            "own_tables": status["own_tables"],
        });
        format.print(&answer, || print(&status, dry_run));
        Ok(())
    }
}

fn print(plugin: &Value, dry_run: bool) {
    let text = |key: &str| plugin[key].as_str().unwrap_or("-");
    let (id, version, folder) = (text("id"), text("version"), text("folder"));
    let removed = if dry_run { "would be" } else { "is" };
    let deleted = if dry_run { "would be" } else { "are" };
    table::print_text(&format!(
        "{id} {version} {removed} removed: its folder `{folder}` and its log {deleted} deleted."
    ));
    let tables = match plugin["own_tables"].as_str() {
        Some(prefix) => format!(", its tables {prefix}… "),
        None => String::new(),
    };
    table::print_text(&format!(
        "What it has stored stays: its keys, its files{}and its claim to the id. `raisfast plugin install` brings it back.",
        if tables.is_empty() { " " } else { &tables }
    ));
    if dry_run {
        say!("Nothing was removed: leave --dry-run out to do so.");
    }
}
