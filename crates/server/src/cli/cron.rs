//! `raisfast cron`: lists plugins' scheduled work, and runs an entry now.

use clap::Subcommand;
use raisfast_contract::PluginId;
use serde_json::{Value, json};

use super::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};

#[derive(Subcommand)]
pub(super) enum CronCommand {
    /// List the entries of all plugins that run, and when each is due next
    #[command(after_help = HELP)]
    List(List),
    /// Run one entry now, on the running server
    #[command(after_help = HELP)]
    Run(Run),
}

pub(super) const HELP: &str = running_server_help!(
    "\
Examples:
  raisfast cron list
  raisfast cron run com.example.digest daily
  raisfast cron run com.example.digest daily --addr 127.0.0.1:9000"
);

#[derive(clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

#[derive(clap::Args)]
pub(super) struct Run {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    /// The entry's `job_type`, as in its manifest
    job_type: String,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

impl CronCommand {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List(command) => command.run().await,
            Self::Run(command) => command.run().await,
        }
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let list = RunningServer::as_admin(self.server, async |server| {
            server.get("admin/plugins", &[]).await
        })
        .await?;
        let entries: Vec<_> = list["items"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(entries_of)
            .collect();
        self.format.print(&json!({ "items": entries }), || {
            if entries.is_empty() {
                say!("no plugin that runs has cron entries");
            } else {
                let header = ["PLUGIN", "JOB", "SCHEDULE", "TIME ZONE", "NEXT"];
                let rows: Vec<_> = entries.iter().map(row).collect();
                table::print(header, &rows);
            }
        });
        Ok(())
    }
}

/// Returns a plugin's entries, each with the plugin's id.
fn entries_of(plugin: &Value) -> Vec<Value> {
    let entries = plugin["cron"].as_array().into_iter().flatten();
    entries
        .map(|entry| {
            let mut entry = entry.clone();
            entry["plugin"] = plugin["id"].clone();
            entry
        })
        .collect()
}

fn row(entry: &Value) -> [String; 5] {
    let text = |key: &str| entry[key].as_str().unwrap_or("-").to_owned();
    let next = match entry["enabled"].as_bool() {
        Some(false) => "only by hand".to_owned(),
        _ => table::time(&text("next")),
    };
    [
        text("plugin"),
        text("job_type"),
        text("cron_expr"),
        text("timezone"),
        next,
    ]
}

impl Run {
    async fn run(self) -> anyhow::Result<()> {
        let Self {
            plugin,
            job_type,
            format,
            server,
        } = self;
        RunningServer::as_admin(server, async |server| {
            let path = format!("admin/cron/{plugin}/{job_type}");
            server.about(&plugin, server.post(&path)).await
        })
        .await?;
        let answer = json!({ "plugin": plugin, "job_type": job_type });
        format.print(&answer, || say!("{job_type} of {plugin} has run"));
        Ok(())
    }
}
