//! `raisfast plugin remove`: removes a plugin from the running server.

use anyhow::bail;
use raisfast_contract::PluginId;
use serde_json::{Value, json};

use super::stored;
use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};

#[derive(clap::Args)]
pub(in crate::cli) struct Remove {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    /// Delete what it has stored, too: keys, files, its own tables, settings and waiting deliveries
    #[arg(long)]
    delete_data: bool,
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
The plugin ends, on every server of the site, and its folder and its log are deleted. What it has stored stays, and so \
does its claim to its id: installed again, it goes on with both. With --delete-data what it has stored is deleted, for \
a plugin that is no longer installed as well. What it has changed in posts and other records stays, and so does the \
record of that.

Examples:
  raisfast plugin remove com.example.digest --dry-run
  raisfast plugin remove com.example.digest
  raisfast plugin remove com.example.digest --delete-data"
);

/// A plugin as it is before it is removed.
struct Before {
    /// None if it is not installed.
    status: Option<Value>,
    storage: Value,
}

impl Remove {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self {
            plugin,
            delete_data,
            dry_run,
            format,
            server,
        } = self;
        let path = format!("admin/plugins/{plugin}");
        let before = RunningServer::as_admin(server, async |server| {
            let storage = format!("{path}/storage");
            let storage = server.about(&plugin, server.get(&storage, &[])).await?;
            let list = server.get("admin/plugins", &[]).await?;
            let mut installed = list["items"].as_array().into_iter().flatten();
            let status = installed.find(|status| status["id"] == plugin.as_str());
            if status.is_none() && !delete_data {
                bail!(
                    "the plugin {plugin} is not installed. It has left {}: `raisfast plugin remove {plugin} \
                     --delete-data` deletes that",
                    stored::in_words(&storage).join(", ")
                );
            }
            if !dry_run {
                server
                    .delete(&format!("{path}?delete_data={delete_data}"))
                    .await?;
            }
            Ok(Before {
                status: status.cloned(),
                storage,
            })
        })
        .await?;
        let status = before.status.as_ref();
        let of_status = |key: &str| status.map_or(Value::Null, |status| status[key].clone());
        let answer = json!({
            "dry_run": dry_run,
            "plugin": plugin,
            "version": of_status("version"),
            "folder": of_status("folder"),
            "own_tables": of_status("own_tables"),
            "data_deleted": delete_data && !dry_run,
            "storage": before.storage,
        });
        format.print(&answer, || print(&plugin, &before, delete_data, dry_run));
        Ok(())
    }
}

fn print(plugin: &PluginId, before: &Before, delete_data: bool, dry_run: bool) {
    let [is, are] = if dry_run {
        ["would be", "would be"]
    } else {
        ["is", "are"]
    };
    match &before.status {
        Some(status) => {
            let text = |key: &str| status[key].as_str().unwrap_or("-");
            let (version, folder) = (text("version"), text("folder"));
            table::print_text(&format!(
                "{plugin} {version} {is} removed: its folder `{folder}` and its log {are} deleted."
            ));
        }
        None => say!("{plugin} is not installed."),
    }
    let stored = stored::in_words(&before.storage);
    if stored.is_empty() {
        say!("It has stored nothing. Its claim to the id stays.");
    } else if delete_data {
        let stored = stored.join(", ");
        table::print_text(&format!(
            "What it has stored {is} deleted: {stored}. Its claim to the id stays."
        ));
    } else {
        let stored = stored.join(", ");
        table::print_text(&format!(
            "What it has stored stays: {stored}, and its claim to the id. `raisfast plugin install` brings it back."
        ));
        table::print_text(&format!(
            "`raisfast plugin remove {plugin} --delete-data` deletes it."
        ));
    }
    if dry_run {
        say!("Nothing was removed: leave --dry-run out to do so.");
    }
}
