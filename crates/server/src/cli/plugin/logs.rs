//! `raisfast plugin logs`: prints what a plugin has logged, and goes on with it.

use raisfast_contract::PluginId;
use serde_json::Value;

use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};

#[derive(clap::Args)]
pub(in crate::cli) struct Logs {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    /// Go on with each record that is written, until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// Of this level and those more severe
    #[arg(long, value_parser = ["trace", "debug", "info", "warn", "error"])]
    level: Option<String>,
    /// No more than this many of the latest
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: Option<u16>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = running_server_help!(
    "\
The server keeps the latest 200 records of each plugin, of 512 KiB together, over restarts: what it wrote with \
`log`, and each of its calls that failed. With --follow and --json each is an object on a line.

Examples:
  raisfast plugin logs com.example.digest
  raisfast plugin logs com.example.digest --level warn --limit 20
  raisfast plugin logs com.example.digest --follow"
);

impl Logs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self {
            plugin,
            follow,
            level,
            limit,
            format,
            server,
        } = self;
        let mut query = Vec::new();
        query.extend(level.map(|level| ("level", level)));
        query.extend(limit.map(|limit| ("limit", limit.to_string())));
        let path = format!("admin/plugins/{plugin}/logs");
        RunningServer::as_admin(server, async |server| {
            if follow {
                let path = format!("{path}/stream");
                let show = |name: &str, record: &Value| {
                    format.print_line(record, || print(name, record));
                };
                return server
                    .about(&plugin, server.follow(&path, &query, show))
                    .await;
            }
            let list = server.about(&plugin, server.get(&path, &query)).await?;
            format.print(&list, || {
                let records = list["items"].as_array().map_or(&[][..], Vec::as_slice);
                if records.is_empty() {
                    say!("nothing is in the log of {plugin}");
                }
                for record in records {
                    print("record", record);
                }
            });
            Ok(())
        })
        .await
    }
}

fn print(name: &str, record: &Value) {
    let text = |key: &str| record[key].as_str().unwrap_or("-");
    if name == "record" {
        let line = [text("at"), text("level"), text("hook"), text("message")];
        table::print_text(&line.join(" "));
    } else {
        say!(
            "{} records came too fast and were left out",
            record["missed"]
        );
    }
}
