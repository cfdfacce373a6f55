//! `raisfast plugin install --dry-run`: the difference between a version and the installed one.

use std::collections::{BTreeMap, BTreeSet};

use raisfast_plugins::{Checked, OnError};
use serde::Serialize;
use serde_json::Value;

use super::grants;
use crate::cli::table;

/// The version that would be installed.
pub(super) struct NewVersion {
    pub(super) id: String,
    pub(super) version: String,
    hooks: BTreeSet<String>,
    /// Of its hooks, those whose failure would refuse the request.
    refusing: BTreeSet<String>,
    cron: BTreeSet<String>,
    /// In words.
    grants: BTreeSet<String>,
    migrations: Vec<String>,
    /// The part that the operator's ceilings decide; none where no server was asked.
    bounded: Option<Bounded>,
}

/// The quantities that a plugin would get within the operator's ceilings.
struct Bounded {
    limits: BTreeMap<String, u64>,
    max_memory: u64,
    exceeded: Vec<String>,
}

impl NewVersion {
    /// Reads the server's answer to a plugin that it has checked.
    pub(super) fn of_terms(terms: &Value) -> Self {
        let text = |key: &str| terms[key].as_str().unwrap_or_default().to_owned();
        Self {
            id: text("id"),
            version: text("version"),
            hooks: names(&terms["hooks"], "hook"),
            refusing: refusing(terms),
            cron: names(&terms["cron"], "job_type"),
            grants: grants::of_status(&terms["permissions"])
                .into_iter()
                .collect(),
            migrations: texts(&terms["migrations"]),
            bounded: Some(Bounded {
                limits: numbers(&terms["limits"]),
                max_memory: terms["max_memory"].as_u64().unwrap_or_default(),
                exceeded: texts(&terms["exceeded"]),
            }),
        }
    }

    /// Reads what was found in a plugin's files, which no server has seen.
    pub(super) fn of_files(checked: &Checked) -> Self {
        let manifest = &checked.manifest;
        let hooks = manifest.subscriptions();
        let refuses = hooks
            .iter()
            .filter(|(_, entry)| entry.on_error == OnError::Abort);
        let cron = manifest.cron.iter();
        let migrations = checked.migrations.iter().flatten();
        Self {
            id: manifest.plugin.id.to_string(),
            version: manifest.plugin.version.to_string(),
            refusing: refuses.map(|(hook, _)| hook.to_string()).collect(),
            hooks: hooks.keys().map(ToString::to_string).collect(),
            cron: cron.map(|entry| entry.job_type.clone()).collect(),
            grants: grants::of_manifest(manifest).into_iter().collect(),
            migrations: migrations.map(|one| one.name().to_owned()).collect(),
            bounded: None,
        }
    }
}

/// The difference between what would be installed and what is.
#[derive(Debug, Serialize)]
pub(super) struct Difference {
    /// The version that is there; none where the plugin is new, and where no server was asked.
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
    /// In words: what it asks for beyond the operator's ceilings; none where no server was asked.
    exceeded: Option<Vec<String>>,
}

/// Names that one version has and the other has not.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Change {
    added: BTreeSet<String>,
    removed: BTreeSet<String>,
}

/// A limit that is another.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct LimitChange {
    limit: String,
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
    pub(super) fn of(new: &NewVersion, installed: &Value) -> Self {
        let hooks = Change::of(&names(&installed["hooks"], "hook"), &new.hooks);
        let cron = Change::of(&names(&installed["cron"], "job_type"), &new.cron);
        let granted = grants::of_status(&installed["permissions"]);
        let allowed = Change::of(&granted.into_iter().collect(), &new.grants);
        let limits = limits(new, &installed["limits"]);
        let is_new = !installed.is_object();
        let escalations = if is_new {
            allowed.added.iter().cloned().collect()
        } else {
            escalations(new, installed, &hooks, &allowed, &limits)
        };
        let bounded = new.bounded.as_ref();
        Self {
            replaces: installed["version"].as_str().map(str::to_owned),
            hooks,
            cron,
            grants: allowed,
            limits,
            migrations: new.migrations.clone(),
            escalations,
            exceeded: bounded.map(|bounded| bounded.exceeded.clone()),
        }
    }

    pub(super) fn print(&self, new: &NewVersion) {
        let NewVersion { id, version, .. } = new;
        match (&self.replaces, &self.exceeded) {
            (Some(former), _) => say!("{id} {version} would replace version {former}."),
            (None, Some(_)) => say!("{id} {version} would be installed. It is not there yet."),
            (None, None) => say!("{id} {version} would be installed."),
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
            table::print(["LIMIT", "IS", "WOULD BE"], &rows);
        }
        if !self.migrations.is_empty() {
            say!("\nOf its migrations, those that have not run yet would run:");
            for migration in &self.migrations {
                say!("  {migration}");
            }
        }
        for exceeded in self.exceeded.iter().flatten() {
            say!();
            table::print_text(&format!("hint: {exceeded}"));
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
                    "Its hooks, cron jobs, grants and limits are those of the running version."
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
        if self.exceeded.is_none() {
            say!("No server was asked: the operator's ceilings were not looked at.");
        }
    }
}

impl LimitChange {
    fn row(&self) -> [String; 3] {
        [
            self.limit.clone(),
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

/// The texts of a list.
fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    let texts = texts.filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// The numbers of an object, by their keys.
fn numbers(object: &Value) -> BTreeMap<String, u64> {
    let members = object.as_object().into_iter().flatten();
    members
        .filter_map(|(key, number)| Some((key.clone(), number.as_u64()?)))
        .collect()
}

/// The limits that are others than the server's now. Where there are none, nothing is compared.
fn limits(new: &NewVersion, now: &Value) -> Vec<LimitChange> {
    let would_be = new.bounded.iter().flat_map(|bounded| &bounded.limits);
    let changes = would_be.filter_map(|(limit, &would_be)| {
        let is = now[limit].as_u64()?;
        (is != would_be).then(|| LimitChange {
            limit: limit.clone(),
            is,
            would_be,
        })
    });
    changes.collect()
}

/// Returns what the new version may and the running one may not. A change of a hook that can refuse
/// requests counts: it stands between users and what they do.
fn escalations(
    new: &NewVersion,
    installed: &Value,
    hooks: &Change,
    allowed: &Change,
    limits: &[LimitChange],
) -> Vec<String> {
    let refuses = refusing(installed);
    let new_refusals = new.refusing.difference(&refuses);
    let new_refusals =
        new_refusals.map(|hook| format!("refuse the request where it fails in {hook}"));
    let memory = new.bounded.as_ref().and_then(|bounded| {
        let (is, would_be) = (installed["max_memory"].as_u64()?, bounded.max_memory);
        let more = || format!("take {} MiB of memory, not {}", would_be >> 20, is >> 20);
        (would_be > is).then(more)
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

/// The hooks whose failure refuses the request, of a plugin that is installed or would be.
fn refusing(plugin: &Value) -> BTreeSet<String> {
    let hooks = plugin["hooks"].as_array().into_iter().flatten();
    hooks
        .filter(|hook| hook["on_error"] == "abort")
        .filter_map(|hook| hook["hook"].as_str())
        .map(str::to_owned)
        .collect()
}
