//! `raisfast nodes`

use serde_json::Value;

use super::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};

pub(super) const HELP: &str = running_server_help!(
    "\
A server is gone when it has not renewed its lease for 10 s; it is listed for another hour.

Examples:
  raisfast nodes
  raisfast nodes --json
  RAISFAST_TOKEN=... raisfast nodes --addr 127.0.0.1:9000"
);

#[derive(clap::Args)]
pub(super) struct Nodes {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

impl Nodes {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let list = RunningServer::as_admin(self.server, async |server| {
            server.get("admin/nodes", &[]).await
        })
        .await?;
        self.format.print(&list, || {
            let header = ["NAME", "ADDRESS", "VERSION", "FILES", "STATE", "SINCE"];
            let nodes = list["items"].as_array().into_iter().flatten();
            let rows: Vec<_> = nodes.map(row).collect();
            table::print(header, &rows);
        });
        Ok(())
    }
}

fn row(node: &Value) -> [String; 6] {
    let text = |key: &str| node[key].as_str().unwrap_or("-").to_owned();
    let since = if node["state"] == "gone" {
        "alive_until"
    } else {
        "started_at"
    };
    [
        text("name"),
        text("address"),
        text("version"),
        text("files"),
        text("state"),
        table::time(&text(since)),
    ]
}
