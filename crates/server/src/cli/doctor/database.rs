//! The database and its schema.

use super::{
    finding::{Finding, Outcome},
    subject::{Database, Subject},
};

pub(super) async fn look(subject: &Subject) -> Outcome {
    let snapshot = match &subject.database {
        Database::Open(snapshot) => snapshot,
        Database::NotYet => return Outcome::Skipped("the first start makes it".to_owned()),
        Database::Closed(reason) => return unreachable(reason),
    };
    let schema = match snapshot.schema().await {
        Ok(schema) => schema,
        Err(error) => return unreachable(&error.to_string()),
    };
    // Steps that are missing are made at the next start.
    match raisfast_db::Database::unusable_step(&schema) {
        None => Outcome::healthy(),
        Some(step) => Outcome::Looked(vec![Finding::new(
            format!("the database's schema is newer than this program: it has the step {step}"),
            "a server of this version does not start on it",
            format!(
                "install the version that made it: this one is {}\n(or restore a backup of before)",
                env!("CARGO_PKG_VERSION")
            ),
        )]),
    }
}

fn unreachable(reason: &str) -> Outcome {
    Outcome::Looked(vec![Finding::new(
        format!("the database cannot be used: {reason}"),
        "without it the server does not start",
        "raisfast config\n(shows the URL, and who set it)",
    )])
}
