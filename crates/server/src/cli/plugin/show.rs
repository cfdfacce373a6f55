//! `raisfast plugin show`: one plugin of the running server, and what to do with it.

use raisfast_contract::PluginId;
use serde_json::Value;

use super::{grants, settings, state};
use crate::cli::{
    cron,
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};

#[derive(clap::Args)]
pub(in crate::cli) struct Show {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = running_server_help!(
    "\
Examples:
  raisfast plugin show com.example.digest
  raisfast plugin show com.example.digest --json"
);

impl Show {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let plugin = RunningServer::as_admin(self.server, async |server| {
            let path = format!("admin/plugins/{}", self.plugin);
            let mut plugin = server.about(&self.plugin, server.get(&path, &[])).await?;
            // A storage that does not respond hides nothing else.
            let storage = server.get(&format!("{path}/storage"), &[]).await;
            plugin["storage"] = storage.unwrap_or_default();
            Ok(plugin)
        })
        .await?;
        self.format.print(&plugin, || print(&plugin));
        Ok(())
    }
}

fn print(plugin: &Value) {
    let text = |key: &str| plugin[key].as_str().unwrap_or("-");
    say!("{} {} ({})\n", text("name"), text("version"), text("id"));
    table::print_fields(&fields(plugin));
    print_hooks(plugin);
    print_cron(plugin);
    if plugin["permissions"].is_object() {
        print_grants(plugin);
    }
    print_storage(&plugin["storage"]);
    print_limits(plugin);
    settings::print_needs(plugin);
    for warning in list(&plugin["warnings"]).filter_map(Value::as_str) {
        say!();
        table::print_text(&format!("warning: {warning}"));
    }
    if let Some(error) = plugin["last_error"].as_str() {
        say!();
        table::print_text(&format!("Last failure: {error}"));
    }
    if let Some(step) = state::next_step(plugin) {
        say!();
        table::print_text(&format!("Next: {step}"));
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The plugin as a whole, what is not there left out.
fn fields(plugin: &Value) -> Vec<(&'static str, String)> {
    let compiling = &plugin["compiling"];
    let compiled = compiling.is_object().then(|| {
        let turn = if compiling["waits"] == true {
            ", and waits for others"
        } else {
            ""
        };
        let version = compiling["version"].as_str().unwrap_or("-");
        let since = compiling["since"].as_str().unwrap_or("-");
        format!("version {version} since {since}{turn}")
    });
    let pool = &plugin["pool"];
    let instances = pool["size"].as_u64().map(|size| {
        let memory = plugin["max_memory"].as_u64().map(bytes);
        format!(
            "{size}, {} busy, {} thrown away; {} of memory each",
            pool["busy"],
            pool["discarded"],
            memory.unwrap_or_default()
        )
    });
    let text = |key: &str| plugin[key].as_str().map(str::to_owned);
    [
        ("State", Some(state::in_words(plugin))),
        ("Compiling", compiled),
        ("Folder", text("folder")),
        (
            "Generation",
            plugin["generation"]
                .as_u64()
                .map(|number| number.to_string()),
        ),
        ("Falls back to", text("falls_back_to")),
        ("Instances", instances),
        (
            "Own tables",
            text("own_tables").map(|prefix| format!("{prefix}…")),
        ),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

fn print_hooks(plugin: &Value) {
    let rows: Vec<_> = list(&plugin["hooks"]).map(hook).collect();
    if !rows.is_empty() {
        say!();
        table::print(
            ["HOOK", "CALLS", "ERRORS", "MEAN", "DEADLINE", "BREAKER"],
            &rows,
        );
    }
}

fn hook(hook: &Value) -> [String; 6] {
    let breaker = &hook["breaker"];
    let paused = match (breaker["state"].as_str(), breaker["until"].as_str()) {
        (Some("closed"), _) => "closed".to_owned(),
        (Some("half-open"), _) => "half-open: a call tries it".to_owned(),
        (_, Some(until)) => format!("open until {}", table::time(until)),
        (state, None) => state.unwrap_or("-").to_owned(),
    };
    let micros = hook["total_micros"].as_u64().unwrap_or_default();
    let mean = match micros.checked_div(hook["calls"].as_u64().unwrap_or_default()) {
        Some(mean) => format!("{}.{:02} ms", mean / 1_000, mean % 1_000 / 10),
        None => "-".to_owned(),
    };
    [
        hook["hook"].as_str().unwrap_or("-").to_owned(),
        hook["calls"].to_string(),
        hook["errors"].to_string(),
        mean,
        format!("{} ms", hook["timeout_ms"]),
        paused,
    ]
}

fn print_cron(plugin: &Value) {
    let rows: Vec<_> = list(&plugin["cron"])
        .map(|entry| {
            let last = match entry["last"]["error"].as_str() {
                Some(reason) => format!("{}: {reason}", cron::last(entry)),
                None => cron::last(entry),
            };
            let job = entry["job_type"].as_str().unwrap_or("-").to_owned();
            [job, cron::schedule(entry), cron::next(entry), last]
        })
        .collect();
    if !rows.is_empty() {
        say!();
        table::print(["CRON JOB", "SCHEDULE", "NEXT", "LAST"], &rows);
    }
}

pub(super) fn print_grants(plugin: &Value) {
    grants::print_status(&plugin["permissions"]);
}

/// Prints the room that the plugin takes; nothing of null.
fn print_storage(storage: &Value) {
    let amount = |key: &str, shown: fn(u64) -> String| {
        let used = storage[key]["used"].as_u64()?;
        let limit = storage[key]["limit"].as_u64();
        let limit = limit.map_or_else(|| "-".to_owned(), shown);
        Some([key.replace('_', " "), shown(used), limit])
    };
    let number = |number: u64| number.to_string();
    let rows: Vec<_> = [
        amount("keys", number),
        amount("key_value_bytes", bytes),
        amount("files", number),
        amount("file_bytes", bytes),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !rows.is_empty() {
        say!();
        table::print(["KEEPS", "NOW", "AT MOST"], &rows);
    }
    let tables: Vec<_> = list(&storage["tables"])
        .map(|table| {
            let name = table["name"].as_str().unwrap_or("-").to_owned();
            let more = if table["more_rows"] == true {
                "more than "
            } else {
                ""
            };
            [name, format!("{more}{}", table["rows"])]
        })
        .collect();
    if !tables.is_empty() {
        say!();
        table::print(["OWN TABLE", "ROWS"], &tables);
    }
    if storage["more_tables"] == true {
        say!("There are more tables.");
    }
}

fn print_limits(plugin: &Value) {
    let limits = plugin["limits"].as_object().into_iter().flatten();
    let rows: Vec<_> = limits
        .map(|(key, most)| {
            let most = match most.as_u64() {
                Some(most) if key.ends_with("bytes") => bytes(most),
                _ => most.to_string(),
            };
            [key.clone(), most]
        })
        .collect();
    if !rows.is_empty() {
        say!();
        table::print(["LIMIT", "AT MOST"], &rows);
    }
}

/// The number of bytes, in the largest unit that leaves a whole number.
fn bytes(bytes: u64) -> String {
    match bytes {
        0 => "0 bytes".to_owned(),
        bytes if bytes % (1 << 20) == 0 => format!("{} MiB", bytes >> 20),
        bytes if bytes % (1 << 10) == 0 => format!("{} KiB", bytes >> 10),
        bytes => format!("{bytes} bytes"),
    }
}
