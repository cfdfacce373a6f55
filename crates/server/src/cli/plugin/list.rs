//! `raisfast plugin list`: the plugins of the running server.

use serde_json::Value;

use super::{state, stored};
use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};

#[derive(clap::Args)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

pub(super) const HELP: &str = running_server_help!(
    "\
Examples:
  raisfast plugin list
  raisfast plugin list --json"
);

impl List {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let (list, unknown) = RunningServer::as_admin(self.server, async |server| {
            let mut list = server.get("admin/plugins", &[]).await?;
            // Those that are installed are listed, too, where the storage of files does not answer.
            match server.get("admin/plugins/removed", &[]).await {
                Ok(mut removed) => {
                    list["removed"] = removed["items"].take();
                    Ok((list, None))
                }
                Err(error) => Ok((list, Some(error))),
            }
        })
        .await?;
        self.format.print(&list, || print(&list));
        if let Some(error) = unknown {
            say_aside!("what removed plugins have left is not known: {error:#}");
        }
        Ok(())
    }
}

fn print(list: &Value) {
    print_installed(list);
    print_removed(list);
}

/// Prints what plugins have left that are not installed.
fn print_removed(list: &Value) {
    let removed = list["removed"].as_array().map_or(&[][..], Vec::as_slice);
    let id = |plugin: &Value| plugin["plugin"].as_str().unwrap_or("-").to_owned();
    let Some(first) = removed.first().map(id) else {
        return;
    };
    say!();
    let rows: Vec<_> = removed
        .iter()
        .map(|plugin| [id(plugin), stored::in_words(plugin).join(", ")])
        .collect();
    table::print(["NOT INSTALLED", "HAS LEFT"], &rows);
    say!();
    table::print_text(&format!(
        "`raisfast plugin remove {first} --delete-data` deletes what it has left."
    ));
}

fn print_installed(list: &Value) {
    let plugins = list["items"].as_array().map_or(&[][..], Vec::as_slice);
    if plugins.is_empty() {
        say!("no plugin is installed: `raisfast plugin install FOLDER` does so");
        return;
    }
    let header = ["PLUGIN", "VERSION", "STATE", "CALLS", "ERRORS"];
    let rows: Vec<_> = plugins.iter().map(row).collect();
    table::print(header, &rows);
    let troubled: Vec<_> = plugins
        .iter()
        .filter(|plugin| state::next_step(plugin).is_some())
        .filter_map(|plugin| plugin["id"].as_str())
        .collect();
    if let Some(first) = troubled.first() {
        say!();
        table::print_text(&format!("`raisfast plugin show {first}` says what to do."));
    }
}

fn row(plugin: &Value) -> [String; 5] {
    let text = |key: &str| plugin[key].as_str().unwrap_or("-").to_owned();
    let sum = |key: &str| {
        let hooks = plugin["hooks"].as_array().into_iter().flatten();
        let sum: u64 = hooks.filter_map(|hook| hook[key].as_u64()).sum();
        sum.to_string()
    };
    let id = plugin["id"].as_str().map(str::to_owned);
    [
        // Without an id, the folder is what its administrator knows.
        id.unwrap_or_else(|| format!("(folder {})", text("folder"))),
        text("version"),
        state::in_words(plugin),
        sum("calls"),
        sum("errors"),
    ]
}
