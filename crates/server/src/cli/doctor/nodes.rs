//! The other servers of the site, as the running one lists them.

use raisfast_db::Database;
use serde_json::Value;
use tokio::time::timeout;

use super::{
    finding::{Finding, Outcome},
    server::PATIENCE,
    subject::Subject,
};
use crate::cli::table;

pub(super) async fn look(subject: &Subject) -> Outcome {
    if Database::file_of(subject.site.config.database_url.expose()).is_some() {
        // A site on a file has one server.
        return Outcome::healthy();
    }
    let Some(server) = &subject.running else {
        return Outcome::Skipped("no server runs on this data folder".to_owned());
    };
    match timeout(PATIENCE, server.get("admin/nodes", &[])).await {
        Ok(Ok(list)) => {
            let nodes = list["items"].as_array().into_iter().flatten();
            compare(&nodes.collect::<Vec<_>>()).into_iter().collect()
        }
        Ok(Err(error)) => Outcome::Skipped(error.to_string()),
        Err(_) => Outcome::Skipped("the server does not answer".to_owned()),
    }
}

fn compare(nodes: &[&Value]) -> Vec<Finding> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let (alive, gone): (Vec<&Value>, Vec<&Value>) = nodes
        .iter()
        .copied()
        .partition(|node| node["state"] == "alive");
    let mut findings = Vec::new();
    for node in gone {
        findings.push(Finding::new(
            format!(
                "the lease of {} ran out at {}",
                text(&node["name"]),
                table::time(&text(&node["alive_until"]))
            ),
            "it crashed, was killed or stood still, or could not reach the database for 10 s: what it held went to \
             the others",
            "journalctl --unit raisfast --since -1h\n(on that machine; it is listed for an hour)",
        ));
    }
    let mut versions: Vec<_> = alive.iter().map(|node| text(&node["version"])).collect();
    versions.sort();
    versions.dedup();
    if versions.len() > 1 {
        findings.push(Finding::new(
            format!(
                "the servers of the site have {} versions: {}",
                versions.len(),
                versions.join(", ")
            ),
            "two neighbouring ones serve together while an upgrade lasts, and no longer",
            "raisfast nodes\n(shows which server has which)",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::compare;

    fn node(name: &str, version: &str, state: &str) -> Value {
        let until = "2026-12-01T10:00:00.123Z";
        json!({ "name": name, "version": version, "state": state, "alive_until": until })
    }

    #[test]
    fn a_lease_that_ran_out_and_versions_that_differ_are_found() {
        let (one, two) = (node("one", "0.1.0", "alive"), node("two", "0.1.0", "alive"));
        assert_eq!(compare(&[&one, &two]), []);
        let gone = node("three", "0.0.9", "gone");
        let found = compare(&[&one, &gone]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            found[0].what,
            "the lease of three ran out at 2026-12-01T10:00:00Z"
        );
        let newer = node("four", "0.2.0", "alive");
        let found = compare(&[&one, &two, &newer]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].what.ends_with("2 versions: 0.1.0, 0.2.0"),
            "{found:?}"
        );
    }
}
