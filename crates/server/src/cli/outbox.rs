//! `raisfast outbox`: deliveries that plugins have not taken, listed, tried again or given up.

use clap::Subcommand;
use raisfast_contract::PluginId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};

/// Deliveries on a page of the server's list.
const PAGE: &str = "100";

#[derive(Subcommand)]
pub(super) enum OutboxCommand {
    /// List pending deliveries, the oldest first
    #[command(after_help = HELP)]
    List(List),
    /// Try deliveries that have failed again, now
    #[command(after_help = HELP)]
    Retry(Retry),
    /// Give deliveries up: the plugin never gets them
    #[command(after_help = HELP)]
    Discard(Discard),
}

pub(super) const HELP: &str = running_server_help!(
    "\
Examples:
  raisfast outbox list --state dead
  raisfast outbox retry 0197c9f0-6c1e-7b3a-9d55-1c2e3f405162
  raisfast outbox retry --plugin com.example.digest
  raisfast outbox discard --plugin com.example.digest --dry-run
  raisfast outbox discard --plugin com.example.digest"
);

#[derive(clap::Args)]
pub(super) struct List {
    /// Of one plugin only
    #[arg(long, value_name = "ID")]
    plugin: Option<PluginId>,
    /// In one state only
    #[arg(long, value_parser = ["waiting", "retrying", "dead"])]
    state: Option<String>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

#[derive(clap::Args)]
pub(super) struct Retry {
    #[command(flatten)]
    which: Selection,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

#[derive(clap::Args)]
pub(super) struct Discard {
    #[command(flatten)]
    which: Selection,
    /// Say what would be discarded, and discard nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

/// One delivery, or all of a plugin.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Selection {
    /// The delivery's id, as `list` shows it
    delivery: Option<Uuid>,
    /// All deliveries of a plugin
    #[arg(long, value_name = "ID")]
    plugin: Option<PluginId>,
}

/// One delivery or a plugin, by type.
enum Selected<'a> {
    One(&'a Uuid),
    All(&'a PluginId),
}

impl Selection {
    fn selected(&self) -> Option<Selected<'_>> {
        let one = self.delivery.as_ref().map(Selected::One);
        one.or(self.plugin.as_ref().map(Selected::All))
    }
}

impl OutboxCommand {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List(command) => command.run().await,
            Self::Retry(command) => command.run().await,
            Self::Discard(command) => command.run().await,
        }
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let Self {
            plugin,
            state,
            format,
            server,
        } = self;
        let items = RunningServer::as_admin(server, async |server| {
            list(server, plugin.as_ref(), state).await
        })
        .await?;
        format.print(&json!({ "items": items }), || print(&items));
        Ok(())
    }
}

impl Retry {
    async fn run(self) -> anyhow::Result<()> {
        let done =
            RunningServer::as_admin(self.server, async |server| match self.which.selected() {
                Some(Selected::One(delivery)) => {
                    let path = format!("admin/outbox/{delivery}/retry");
                    server.post(&path).await.map(|_| 1)
                }
                Some(Selected::All(plugin)) => {
                    let path = format!("admin/outbox/retry?plugin={plugin}");
                    count(server, plugin, server.post(&path)).await
                }
                None => Ok(0),
            })
            .await?;
        let answer = json!({ "deliveries": done });
        self.format
            .print(&answer, || say!("{} tried again now", told(done)));
        Ok(())
    }
}

impl Discard {
    async fn run(self) -> anyhow::Result<()> {
        let Self {
            which,
            dry_run,
            format,
            server,
        } = self;
        if dry_run {
            let items = RunningServer::as_admin(server, async |server| match which.selected() {
                Some(Selected::One(delivery)) => {
                    let path = format!("admin/outbox/{delivery}");
                    Ok(vec![server.get(&path, &[]).await?])
                }
                Some(Selected::All(plugin)) => list(server, Some(plugin), None).await,
                None => Ok(Vec::new()),
            })
            .await?;
            format.print(&json!({ "dry_run": true, "items": items }), || {
                print(&items);
                say!("\nthese would be discarded; nothing was: leave --dry-run out to do so");
            });
            return Ok(());
        }
        let done = RunningServer::as_admin(server, async |server| match which.selected() {
            Some(Selected::One(delivery)) => {
                let path = format!("admin/outbox/{delivery}");
                server.delete(&path).await.map(|_| 1)
            }
            Some(Selected::All(plugin)) => {
                let path = format!("admin/outbox?plugin={plugin}");
                count(server, plugin, server.delete(&path)).await
            }
            None => Ok(0),
        })
        .await?;
        let answer = json!({ "deliveries": done });
        format.print(&answer, || say!("{} discarded", told(done)));
        Ok(())
    }
}

/// Returns the number of a plugin's deliveries that it was done to. Where there was none, the id
/// may be misspelt.
async fn count(
    server: &RunningServer,
    plugin: &PluginId,
    done: impl Future<Output = anyhow::Result<Value>>,
) -> anyhow::Result<u64> {
    let count = done.await?["deliveries"].as_u64().unwrap_or_default();
    if count == 0 {
        server.must_know(plugin).await?;
    }
    Ok(count)
}

async fn list(
    server: &RunningServer,
    plugin: Option<&PluginId>,
    state: Option<String>,
) -> anyhow::Result<Vec<Value>> {
    let mut query = vec![("limit", PAGE.to_owned())];
    query.extend(plugin.map(|plugin| ("plugin", plugin.to_string())));
    query.extend(state.map(|state| ("state", state)));
    let items = server.get_all("admin/outbox", query).await?;
    // Deliveries outlive their plugin: only where there is none is it worth a word.
    if let Some(plugin) = plugin.filter(|_| items.is_empty()) {
        server.must_know(plugin).await?;
    }
    Ok(items)
}

/// `3 deliveries are`
fn told(count: u64) -> String {
    match count {
        1 => "1 delivery is".to_owned(),
        count => format!("{count} deliveries are"),
    }
}

fn print(items: &[Value]) {
    if items.is_empty() {
        say!("no delivery is pending");
        return;
    }
    let header = [
        "DELIVERY",
        "PLUGIN",
        "HOOK",
        "RECORD",
        "STATE",
        "TRIES",
        "NEXT TRY",
        "SERVER",
        "LAST ERROR",
    ];
    let rows: Vec<_> = items.iter().map(row).collect();
    table::print(header, &rows);
}

fn row(item: &Value) -> [String; 9] {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let record = &item["record"];
    [
        text(&item["id"]),
        text(&item["plugin"]),
        text(&item["hook"]),
        format!("{} {}", text(&record["kind"]), text(&record["id"])),
        text(&item["state"]),
        item["attempts"].to_string(),
        table::time(&text(&item["next_attempt_at"])),
        text(&item["claimed_by"]),
        text(&item["last_error"]),
    ]
}
