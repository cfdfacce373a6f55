//! `raisfast outbox`

use serde_json::Value;

use super::{OutboxCommand, OutboxSelection, running_server::RunningServer, table};

/// Deliveries on a page of the server's list.
const PAGE: &str = "100";

pub(super) async fn run(command: OutboxCommand) -> anyhow::Result<()> {
    match command {
        OutboxCommand::List {
            plugin,
            state,
            server,
        } => {
            RunningServer::as_admin(server, async |server| {
                let mut query = vec![("limit", PAGE.to_owned())];
                query.extend(plugin.map(|plugin| ("plugin", plugin.to_string())));
                query.extend(state.map(|state| ("state", state)));
                list(server, query).await
            })
            .await
        }
        OutboxCommand::Retry { which, server } => {
            RunningServer::as_admin(server, async |server| {
                let done = match which.path() {
                    Path::One(delivery) => {
                        server
                            .post(&format!("admin/outbox/{delivery}/retry"))
                            .await?
                    }
                    Path::All(plugin) => {
                        let path = format!("admin/outbox/retry?plugin={plugin}");
                        server.post(&path).await?
                    }
                };
                say!("{} tried again now", count(&done));
                Ok(())
            })
            .await
        }
        OutboxCommand::Discard { which, server } => {
            RunningServer::as_admin(server, async |server| {
                let done = match which.path() {
                    Path::One(delivery) => {
                        server.delete(&format!("admin/outbox/{delivery}")).await?
                    }
                    Path::All(plugin) => {
                        server
                            .delete(&format!("admin/outbox?plugin={plugin}"))
                            .await?
                    }
                };
                say!("{} discarded", count(&done));
                Ok(())
            })
            .await
        }
    }
}

enum Path {
    One(String),
    All(String),
}

impl OutboxSelection {
    fn path(&self) -> Path {
        match (&self.delivery, &self.plugin) {
            (Some(delivery), _) => Path::One(delivery.to_string()),
            (None, plugin) => {
                Path::All(plugin.as_ref().map(ToString::to_string).unwrap_or_default())
            }
        }
    }
}

/// `3 deliveries are`; a single one has no count in its answer.
fn count(answer: &Value) -> String {
    match answer["deliveries"].as_u64() {
        None | Some(1) => "1 delivery is".to_owned(),
        Some(count) => format!("{count} deliveries are"),
    }
}

async fn list(server: &RunningServer, mut query: Vec<(&str, String)>) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    loop {
        let page = server.get("admin/outbox", &query).await?;
        let items = page["items"].as_array();
        rows.extend(items.into_iter().flatten().map(row));
        query.retain(|(key, _)| *key != "cursor");
        match page["next"].as_str() {
            Some(next) => query.push(("cursor", next.to_owned())),
            None => break,
        }
    }
    if rows.is_empty() {
        say!("nothing waits");
        return Ok(());
    }
    let header = [
        "DELIVERY",
        "PLUGIN",
        "HOOK",
        "RECORD",
        "STATE",
        "TRIES",
        "NEXT TRY",
        "LAST ERROR",
    ];
    table::print(header, &rows);
    Ok(())
}

fn row(item: &Value) -> [String; 8] {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let record = &item["record"];
    [
        text(&item["id"]),
        text(&item["plugin"]),
        text(&item["hook"]),
        format!("{} {}", text(&record["kind"]), text(&record["id"])),
        text(&item["state"]),
        item["attempts"].to_string(),
        text(&item["next_attempt_at"]),
        text(&item["last_error"]),
    ]
}
