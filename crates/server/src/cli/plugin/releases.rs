//! `raisfast plugin releases` and `raisfast plugin rollback`

use raisfast_contract::PluginId;
use serde_json::Value;

use super::install::print_installed;
use crate::cli::{
    format::Format,
    running_server::{RunningServer, ServerFlags},
    table,
};

/// Digits of a digest that are shown, and enough to name a release by.
const SHOWN: usize = 12;

pub(super) const HELP: &str = running_server_help!(
    "\
Each version that `raisfast plugin install` has installed is a release, which every server of the site runs. The \
files of the last five are kept: `raisfast plugin rollback` installs one of them again.

Examples:
  raisfast plugin releases com.example.digest
  raisfast plugin releases com.example.digest --json"
);

pub(super) const ROLLBACK_HELP: &str = running_server_help!(
    "\
Installs a release of before again, on every server of the site, as `raisfast plugin install` does it. Without a \
release it is the one that was installed before the present one. What the plugin has stored stays, and so do the \
changes that migrations of the present release have made to its tables.

Examples:
  raisfast plugin rollback com.example.digest
  raisfast plugin rollback com.example.digest 1.2.0
  raisfast plugin rollback com.example.digest 4f2a09c1d7e3"
);

#[derive(clap::Args)]
pub(in crate::cli) struct Releases {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

impl Releases {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let path = format!("admin/plugins/{}/releases", self.plugin);
        let releases =
            RunningServer::as_admin(self.server, async |server| server.get(&path, &[]).await)
                .await?;
        self.format
            .print(&releases, || print(&self.plugin, &releases));
        Ok(())
    }
}

fn print(plugin: &PluginId, answer: &Value) {
    let releases = answer["releases"].as_array().map_or(&[][..], Vec::as_slice);
    if releases.is_empty() {
        table::print_text(&format!(
            "{plugin} was never installed by `raisfast plugin install`: its folder was put in place by hand."
        ));
        return;
    }
    let desired = answer["desired"].as_str();
    let rows: Vec<_> = releases
        .iter()
        .map(|release| row(release, desired))
        .collect();
    table::print(["RELEASE", "VERSION", "INSTALLED", "STATE"], &rows);
    print_nodes(&answer["nodes"], answer["revision"].as_i64());
}

fn row(release: &Value, desired: Option<&str>) -> [String; 4] {
    let text = |key: &str| release[key].as_str().unwrap_or("-");
    let digest = text("digest");
    let state = if Some(digest) == desired {
        "present"
    } else if release["is_kept"] == true {
        "kept"
    } else {
        "dropped"
    };
    [
        digest.chars().take(SHOWN).collect(),
        text("version").to_owned(),
        table::time(text("installed_at")),
        state.to_owned(),
    ]
}

/// Says on which servers a release serves, where there are several.
pub(super) fn print_nodes(nodes: &Value, revision: Option<i64>) {
    let nodes = nodes.as_array().map_or(&[][..], Vec::as_slice);
    if nodes.len() < 2 {
        return;
    }
    say!();
    let rows: Vec<_> = nodes
        .iter()
        .map(|node| {
            let name = node["node"].as_str().unwrap_or("-").to_owned();
            let state = match (node["revision"].as_i64(), node["problem"].as_str()) {
                (taken, _) if taken < revision => "has not taken it yet".to_owned(),
                (_, Some(problem)) => problem.to_owned(),
                (_, None) => "serves".to_owned(),
            };
            [name, state]
        })
        .collect();
    table::print(["NODE", "STATE"], &rows);
}

#[derive(clap::Args)]
pub(in crate::cli) struct Rollback {
    /// The plugin's id, as in its manifest
    plugin: PluginId,
    /// A version, or the beginning of a digest, as `raisfast plugin releases` lists them
    #[arg(value_name = "RELEASE")]
    release: Option<String>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerFlags,
}

impl Rollback {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let path = route(&self.plugin, self.release.as_deref());
        let answer =
            RunningServer::as_admin(self.server, async |server| server.post(&path).await).await?;
        self.format.print(&answer, || print_installed(&answer));
        Ok(())
    }
}

fn route(plugin: &PluginId, release: Option<&str>) -> String {
    let mut route = format!("admin/plugins/{plugin}/rollback");
    if let Some(release) = release {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("release", release)
            .finish();
        route = format!("{route}?{query}");
    }
    route
}
