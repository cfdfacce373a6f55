//! The clock of this machine, against the database's and against what is written in it.

use chrono::{DateTime, TimeDelta, Utc};
use raisfast_db::DbError;

use super::{
    finding::{Finding, Outcome},
    subject::Subject,
};

/// The most that two clocks may differ.
const MOST: TimeDelta = TimeDelta::seconds(5);

pub(super) async fn look(subject: &Subject) -> Outcome {
    let snapshot = match subject.snapshot() {
        Ok(snapshot) => snapshot,
        Err(reason) => return Outcome::Skipped(reason),
    };
    let times =
        async { Ok::<_, DbError>((snapshot.clock().await?, snapshot.newest_login().await?)) };
    match times.await {
        Ok((database, newest)) => compare(Utc::now(), database, newest).into_iter().collect(),
        Err(error) => Outcome::Skipped(error.to_string()),
    }
}

fn compare(
    here: DateTime<Utc>,
    database: DateTime<Utc>,
    newest: Option<DateTime<Utc>>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let why =
        "posts, logins and cron entries get wrong times, and logins end too early or too late";
    let remedy = "timedatectl set-ntp true\n(on both machines)";
    let apart = here - database;
    if apart.abs() > MOST {
        findings.push(Finding::new(
            format!(
                "the clock here and the database's are {} s apart",
                apart.abs().num_seconds()
            ),
            why,
            remedy,
        ));
    }
    if let Some(newest) = newest.filter(|newest| *newest > here + MOST) {
        findings.push(Finding::new(
            format!(
                "the clock is behind: the newest login is of {}",
                newest.to_rfc3339()
            ),
            why,
            remedy,
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, Utc};

    use super::compare;

    #[test]
    fn clocks_may_differ_by_seconds() {
        let here = Utc::now();
        let seconds = |seconds| here + TimeDelta::seconds(seconds);
        assert_eq!(compare(here, seconds(4), Some(seconds(4))), []);
        assert_eq!(compare(here, seconds(-4), None), []);
        for (database, newest, says) in [
            (6, None, "6 s apart"),
            (-3600, None, "3600 s apart"),
            (0, Some(60), "newest login"),
        ] {
            let found = compare(here, seconds(database), newest.map(seconds));
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].what.contains(says), "{found:?}");
        }
    }
}
