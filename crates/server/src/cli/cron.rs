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
    /// List the entries of all plugins that run, with the next time of each and its last run
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
                let header = ["PLUGIN", "JOB", "SCHEDULE", "NEXT", "LAST"];
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
    [
        text("plugin"),
        text("job_type"),
        schedule(entry),
        next(entry),
        last(entry),
    ]
}

/// Returns an entry's expression and the time zone whose clocks count.
pub(super) fn schedule(entry: &Value) -> String {
    let text = |key: &str| entry[key].as_str().unwrap_or("-");
    format!("{}, {}", text("cron_expr"), text("timezone"))
}

/// Returns when an entry is due next.
pub(super) fn next(entry: &Value) -> String {
    match entry["enabled"].as_bool() {
        Some(false) => "only by hand".to_owned(),
        _ => time(&entry["next"]),
    }
}

/// Returns how the last run of an entry went, when it began, and on which server.
pub(super) fn last(entry: &Value) -> String {
    let run = &entry["last"];
    let Some(outcome) = run["outcome"].as_str() else {
        return "-".to_owned();
    };
    let outcome = match outcome {
        "not_called" => "not called",
        outcome => outcome,
    };
    let node = run["node"].as_str().unwrap_or("-");
    let by_hand = if run["by_hand"] == true {
        ", by hand"
    } else {
        ""
    };
    format!("{outcome}, {}, {node}{by_hand}", time(&run["started_at"]))
}

/// A time in two words, so that a narrow column takes it.
fn time(value: &Value) -> String {
    let time = table::time(value.as_str().unwrap_or("-"));
    time.replacen('T', " ", 1)
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
