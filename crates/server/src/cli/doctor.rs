//! `raisfast doctor`: what is wrong with a server, and what to do.
//!
//! A check is a function that looks at the [`Subject`] and returns what it has found. [`CHECKS`]
//! lists all of them.

mod clock;
mod configuration;
mod database;
mod disk;
mod finding;
mod folders;
mod limits;
mod nodes;
mod outbox;
mod plugins;
mod security;
mod server;
mod subject;

use anyhow::bail;
use finding::Outcome;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use subject::Subject;

use super::table;
use crate::config::Flags;

#[derive(clap::Args)]
pub(super) struct Doctor {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Flags,
}

pub(super) const HELP: &str = "\
Looks at the configuration, folders, the database, this machine, the running server and those beside it, plugins \
and the outbox. \
Nothing changes. A server that runs is asked through the socket in its data folder; where none runs, the plugins' \
folders are compiled and checked. Exit code 0: nothing found; 1: something; 2: the configuration cannot be used. All flags of `raisfast serve` are \
accepted.

Examples:
  raisfast doctor
  raisfast doctor --data-dir /srv/raisfast
  raisfast doctor --json";

/// The configuration cannot be used, so nothing can be looked at.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct CannotLook(anyhow::Error);

/// One thing to look at.
struct Check {
    name: &'static str,
    look: for<'a> fn(&'a Subject) -> BoxFuture<'a, Outcome>,
}

/// All checks, in the order in which one depends on another.
const CHECKS: &[Check] = &[
    Check {
        name: "configuration",
        look: |subject| Box::pin(configuration::look(subject)),
    },
    Check {
        name: "security",
        look: |subject| Box::pin(security::look(subject)),
    },
    Check {
        name: "folders",
        look: |subject| Box::pin(folders::look(subject)),
    },
    Check {
        name: "disk",
        look: |subject| Box::pin(disk::look(subject)),
    },
    Check {
        name: "limits",
        look: |subject| Box::pin(limits::look(subject)),
    },
    Check {
        name: "server",
        look: |subject| Box::pin(server::look(subject)),
    },
    Check {
        name: "database",
        look: |subject| Box::pin(database::look(subject)),
    },
    Check {
        name: "clock",
        look: |subject| Box::pin(clock::look(subject)),
    },
    Check {
        name: "nodes",
        look: |subject| Box::pin(nodes::look(subject)),
    },
    Check {
        name: "plugins",
        look: |subject| Box::pin(plugins::look(subject)),
    },
    Check {
        name: "outbox",
        look: |subject| Box::pin(outbox::look(subject)),
    },
];

impl Doctor {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let subject = Subject::of(&self.server).await.map_err(CannotLook)?;
        let mut outcomes = Vec::new();
        for check in CHECKS {
            outcomes.push((check.name, (check.look)(&subject).await));
        }
        if self.json {
            print_json(&outcomes);
        } else {
            print(&outcomes);
        }
        match outcomes
            .iter()
            .map(|(_, outcome)| outcome.findings().len())
            .sum()
        {
            0 => Ok(()),
            1 => bail!("1 thing is not as it should be"),
            found => bail!("{found} things are not as they should be"),
        }
    }
}

fn print(outcomes: &[(&str, Outcome)]) {
    let rows: Vec<_> = outcomes
        .iter()
        .map(|(check, outcome)| [(*check).to_owned(), outcome.in_words()])
        .collect();
    table::print(["CHECK", "RESULT"], &rows);
    for (check, outcome) in outcomes {
        for finding in outcome.findings() {
            say!("\n{}", finding.in_words(check));
        }
    }
}

fn print_json(outcomes: &[(&str, Outcome)]) {
    let checks: Vec<Value> = outcomes
        .iter()
        .map(|(check, outcome)| {
            let skipped = match outcome {
                Outcome::Skipped(reason) => Some(reason),
                Outcome::Looked(_) => None,
            };
            json!({ "check": check, "skipped": skipped, "findings": outcome.findings() })
        })
        .collect();
    say!("{}", json!({ "checks": checks }));
}
