//! Plugins: as the running server says, else as their folders are.

use std::path::{Path, PathBuf};

use raisfast_host_api::capability::Dialect;
use raisfast_plugins::check;
use raisfast_runtime::{Runtime, RuntimeOptions};
use serde_json::Value;
use tokio::time::timeout;

use super::{
    finding::{Finding, Outcome},
    server::PATIENCE,
    subject::Subject,
};
use crate::cli::running_server::RunningServer;

pub(super) async fn look(subject: &Subject) -> Outcome {
    let folder = &subject.site.config.plugins.dir;
    match &subject.running {
        Some(server) => as_they_run(server, folder).await,
        None => as_they_lie(subject, folder).await,
    }
}

async fn as_they_run(server: &RunningServer, folder: &Path) -> Outcome {
    // A server that stands still takes the connection, and would be waited for without end.
    let list = match timeout(PATIENCE, server.get("admin/plugins", &[])).await {
        Ok(Ok(list)) => list,
        Ok(Err(error)) => return Outcome::Skipped(error.to_string()),
        Err(_) => return Outcome::Skipped("the server does not answer".to_owned()),
    };
    let plugins = list["items"].as_array().into_iter().flatten();
    plugins.flat_map(|plugin| of_one(plugin, folder)).collect()
}

/// Returns what is wrong with a plugin, by the server's own list.
fn of_one(plugin: &Value, folder: &Path) -> Vec<Finding> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let place = folder.join(text(&plugin["folder"]));
    let check = format!("raisfast plugin check {}", place.display());
    let id = text(&plugin["id"]);
    let mut findings = Vec::new();
    if let Some(wanted) = plugin["contested"]["plugin"].as_str() {
        let folder = text(&plugin["folder"]);
        findings.push(Finding::new(
            format!(
                "the folder {folder} wants the id {wanted}, which belongs to the folder {}",
                text(&plugin["contested"]["held_by"])
            ),
            "the plugin in it is not loaded",
            format!("raisfast plugin adopt {wanted} {folder}\n(or change its id)"),
        ));
    } else if let Some(needs) = needed(plugin) {
        let reasons: Vec<_> = needs
            .iter()
            .map(|(key, why)| format!("{key} ({why})"))
            .collect();
        findings.push(Finding::new(
            format!("{id} needs settings: {}", reasons.join(", ")),
            match plugin["state"].as_str() {
                Some("outdated") => "the former version of the plugin is called",
                _ => "the plugin is not called; what it guards is refused",
            },
            format!(
                "raisfast plugin settings {id}\n(prints them; KEY=VALUE sets one, and KEY=@FILE a secret)"
            ),
        ));
    } else if let state @ ("failed" | "outdated") = plugin["state"].as_str().unwrap_or_default() {
        let why = match state {
            "failed" => "the plugin is not called",
            _ => "the former version of the plugin is called",
        };
        findings.push(Finding::new(
            format!(
                "{} cannot be loaded: {}",
                place.display(),
                text(&plugin["last_error"])
            ),
            why,
            check.clone(),
        ));
    } else if plugin["state"] == "safe_mode" {
        findings.push(Finding::new(
            format!("{id} is not called: the server runs in safe mode"),
            "what it guards is refused or passes unseen, and what it has to be told waits",
            "raisfast serve
(without `--safe-mode`)"
                .to_owned(),
        ));
    }
    let hooks = plugin["hooks"].as_array().into_iter().flatten();
    for hook in hooks.filter(|hook| hook["breaker"]["state"] != "closed") {
        findings.push(Finding::new(
            format!(
                "{id} is paused for {}: {}",
                text(&hook["hook"]),
                text(&hook["breaker"]["reason"])
            ),
            "it failed several times in a row, and is not called until a trial succeeds",
            format!("raisfast plugin reset {id}\n(once it is fixed)"),
        ));
    }
    for warning in plugin["warnings"].as_array().into_iter().flatten() {
        findings.push(Finding::new(
            text(warning),
            "what is meant to run may not be what runs",
            check.clone(),
        ));
    }
    findings
}

/// Returns the settings that a plugin needs, each with the reason, if it needs some.
fn needed(plugin: &Value) -> Option<Vec<(String, String)>> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let needs = plugin["needs_settings"].as_array()?.iter();
    let needs: Vec<_> = needs
        .map(|setting| (text(&setting["key"]), text(&setting["reason"])))
        .collect();
    (!needs.is_empty()).then_some(needs)
}

async fn as_they_lie(subject: &Subject, folder: &Path) -> Outcome {
    let disabled = disabled(subject).await;
    let dialect = raisfast_db::Database::dialect_of(subject.site.config.database_url.expose());
    let folders = folders(folder);
    let found = tokio::task::spawn_blocking(move || {
        found_in(&folders, &disabled, dialect.unwrap_or(Dialect::Sqlite))
    });
    match found.await {
        Ok(Ok(findings)) => Outcome::Looked(findings),
        Ok(Err(reason)) => Outcome::Skipped(reason),
        Err(stopped) => Outcome::Skipped(stopped.to_string()),
    }
}

/// Returns the ids of the plugins that an admin has turned off: they may be as they are.
async fn disabled(subject: &Subject) -> Vec<String> {
    let Ok(snapshot) = subject.snapshot() else {
        return Vec::new();
    };
    snapshot.disabled_plugins().await.unwrap_or_default()
}

/// Returns the folders that a server would load, by name.
fn folders(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn found_in(
    folders: &[PathBuf],
    disabled: &[String],
    dialect: Dialect,
) -> Result<Vec<Finding>, String> {
    if folders.is_empty() {
        return Ok(Vec::new());
    }
    let runtime = Runtime::new(RuntimeOptions::default()).map_err(|error| error.to_string())?;
    let mut findings = Vec::new();
    for folder in folders {
        let reason = match check(&runtime, folder, dialect) {
            Err(error) => Some(error.to_string()),
            Ok(checked) if disabled.contains(&checked.manifest.plugin.id.to_string()) => None,
            Ok(checked) => {
                let loaded = checked.exported.err();
                let error = loaded.or_else(|| checked.migrations.err());
                error.map(|error| error.to_string())
            }
        };
        findings.extend(reason.map(|reason| {
            Finding::new(
                format!("{} cannot be loaded: {reason}", folder.display()),
                "the plugin will not be called",
                format!("raisfast plugin check {}", folder.display()),
            )
        }));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plugin_without_its_settings_is_found_with_the_command_that_shows_them() {
        let plugin = |state: &str| {
            json!({
                "id": "com.example.x",
                "folder": "x",
                "state": state,
                "needs_settings": [{ "key": "api_key", "reason": "it is required and has no value" }],
                "last_error": "it needs settings",
            })
        };
        let found = of_one(&plugin("needs_settings"), Path::new("plugins"));
        let [finding] = &found[..] else {
            panic!("one finding: {found:?}");
        };
        assert_eq!(
            finding.what,
            "com.example.x needs settings: api_key (it is required and has no value)"
        );
        assert!(finding.why.contains("not called"), "{finding:?}");
        assert!(
            finding
                .remedy
                .starts_with("raisfast plugin settings com.example.x\n")
        );
        let found = of_one(&plugin("outdated"), Path::new("plugins"));
        assert!(found[0].why.contains("former version"), "{found:?}");
    }
}
