//! The difference between a version of a plugin and the one that is installed.

use std::collections::BTreeSet;

use raisfast_plugins::{Checked, Manifest, quotas};
use serde::Serialize;
use serde_json::Value;

use super::grants;
use crate::cli::table;

/// The difference between what would be installed and what is.
#[derive(Debug, Serialize)]
pub(super) struct Difference {
    /// The version that is there; none where the plugin is new.
    replaces: Option<String>,
    hooks: Change,
    cron: Change,
    /// In words.
    grants: Change,
    limits: Vec<LimitChange>,
    /// The names of all its migrations; those that have run do not run again.
    migrations: Vec<String>,
    /// In words: what the new version may, and the one that is there may not.
    escalations: Vec<String>,
}

/// Names that one version has and the other has not.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Change {
    added: BTreeSet<String>,
    removed: BTreeSet<String>,
}

/// A limit that is another. The operator's ceilings hold for what it would be.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct LimitChange {
    limit: &'static str,
    is: u64,
    would_be: u64,
}

impl Change {
    fn of(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Self {
        Self {
            added: after.difference(before).cloned().collect(),
            removed: before.difference(after).cloned().collect(),
        }
    }

    fn is_none(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// The two as a line each, that which is not left out.
    fn print(&self, added: &str, removed: &str) {
        for (title, names) in [(added, &self.added), (removed, &self.removed)] {
            if !names.is_empty() {
                say!("\n{title}");
                for name in names {
                    say!("  {name}");
                }
            }
        }
    }
}

impl Difference {
    /// Compares a plugin with the server's state of the one of that id; null where there is none.
    pub(super) fn of(checked: &Checked, installed: &Value) -> Self {
        let manifest = &checked.manifest;
        let hooks = Change::of(
            &names(&installed["hooks"], "hook"),
            &manifest
                .subscriptions()
                .keys()
                .map(ToString::to_string)
                .collect(),
        );
        let cron = Change::of(
            &names(&installed["cron"], "job_type"),
            &manifest
                .cron
                .iter()
                .map(|entry| entry.job_type.clone())
                .collect(),
        );
        let allowed = Change::of(
            &grants::of_status(&installed["permissions"])
                .into_iter()
                .collect(),
            &grants::of_manifest(manifest).into_iter().collect(),
        );
        let limits = limits(manifest, &installed["limits"]);
        let is_new = !installed.is_object();
        let escalations = if is_new {
            allowed.added.iter().cloned().collect()
        } else {
            escalations(manifest, installed, &hooks, &allowed, &limits)
        };
        let migrations = checked.migrations.iter().flatten();
        Self {
            replaces: installed["version"].as_str().map(str::to_owned),
            hooks,
            cron,
            grants: allowed,
            limits,
            migrations: migrations.map(|one| one.name().to_owned()).collect(),
            escalations,
        }
    }

    pub(super) fn print(&self, manifest: &Manifest) {
        let (id, version) = (&manifest.plugin.id, &manifest.plugin.version);
        match &self.replaces {
            Some(former) => say!("{id} {version} would replace version {former}."),
            None => say!("{id} {version} would be installed. It is not there yet."),
        }
        self.hooks
            .print("It would be called for", "It would no longer be called for");
        self.cron.print(
            "It would have the cron jobs",
            "It would no longer have the cron jobs",
        );
        self.grants
            .print("It would be allowed to", "It would no longer be allowed to");
        if !self.limits.is_empty() {
            say!();
            let rows: Vec<_> = self.limits.iter().map(LimitChange::row).collect();
            table::print(["LIMIT", "IS", "WOULD BE AT MOST"], &rows);
        }
        if !self.migrations.is_empty() {
            say!("\nOf its migrations, those that have not run yet would run:");
            for migration in &self.migrations {
                say!("  {migration}");
            }
        }
        self.print_verdict();
    }

    fn print_verdict(&self) {
        say!();
        if self.replaces.is_some() {
            let is_same = [&self.hooks, &self.cron, &self.grants]
                .iter()
                .all(|change| change.is_none());
            if self.escalations.is_empty() {
                table::print_text(if is_same && self.limits.is_empty() {
                    "It would have and may what the running version has and may."
                } else {
                    "It would not be allowed more than the running version."
                });
            } else {
                table::print_text("More than the running version may:");
                for escalation in &self.escalations {
                    say!("  {escalation}");
                }
            }
        } else if self.grants.added.is_empty() {
            say!("It may reach nothing outside its sandbox.");
        }
        say!("Nothing was installed: leave --dry-run out to do so.");
    }
}

impl LimitChange {
    fn row(&self) -> [String; 3] {
        [
            self.limit.to_owned(),
            self.is.to_string(),
            self.would_be.to_string(),
        ]
    }
}

/// The texts under a key of each object of a list.
fn names(list: &Value, key: &str) -> BTreeSet<String> {
    let objects = list.as_array().into_iter().flatten();
    let names = objects.filter_map(|object| object[key].as_str());
    names.map(str::to_owned).collect()
}

/// The limits that are others than the server's now. Where there are none, nothing is compared.
fn limits(manifest: &Manifest, now: &Value) -> Vec<LimitChange> {
    let mut asked: Vec<_> = quotas(manifest).by_key().into_iter().collect();
    asked.sort_unstable();
    let changes = asked.into_iter().filter_map(|(limit, would_be)| {
        let is = now[limit].as_u64()?;
        (is != would_be).then_some(LimitChange {
            limit,
            is,
            would_be,
        })
    });
    changes.collect()
}

/// Returns what the new version may and the running one may not. A change of a hook that can refuse
/// requests counts: it stands between users and what they do.
fn escalations(
    manifest: &Manifest,
    installed: &Value,
    hooks: &Change,
    allowed: &Change,
    limits: &[LimitChange],
) -> Vec<String> {
    let refuses = refusing(installed);
    let would_refuse = manifest.subscriptions();
    let new_refusals = would_refuse
        .iter()
        .filter(|(_, entry)| entry.on_error == raisfast_plugins::OnError::Abort)
        .map(|(hook, _)| hook.to_string())
        .filter(|hook| !refuses.contains(hook))
        .map(|hook| format!("refuse the request where it fails in {hook}"));
    let memory = installed["max_memory"].as_u64().and_then(|is| {
        let asked = manifest.permissions.max_memory_mb? << 20;
        (asked > is).then(|| format!("take {} MiB of memory, not {}", asked >> 20, is >> 20))
    });
    let added = hooks.added.iter().map(|hook| format!("see {hook}"));
    let raised = limits
        .iter()
        .filter(|limit| limit.would_be > limit.is)
        .map(|limit| {
            format!(
                "use up to {} {}, not {}",
                limit.would_be, limit.limit, limit.is
            )
        });
    allowed
        .added
        .iter()
        .cloned()
        .chain(added)
        .chain(new_refusals)
        .chain(raised)
        .chain(memory)
        .collect()
}

/// The hooks whose failure refuses the request now.
fn refusing(installed: &Value) -> BTreeSet<String> {
    let hooks = installed["hooks"].as_array().into_iter().flatten();
    hooks
        .filter(|hook| hook["on_error"] == "abort")
        .filter_map(|hook| hook["hook"].as_str())
        .map(str::to_owned)
        .collect()
}
