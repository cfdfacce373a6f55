//! Deliveries that plugins do not take.

use raisfast_outbox::{Backlog, backlog};

use super::{
    finding::{Finding, Outcome},
    subject::Subject,
};
use crate::OutboxSettings;

/// The part of the room that may be taken before it is nearly full, in percent.
const MOST: u64 = 80;

pub(super) async fn look(subject: &Subject) -> Outcome {
    let snapshot = match subject.snapshot() {
        Ok(snapshot) => snapshot,
        Err(reason) => return Outcome::Skipped(reason),
    };
    match backlog(snapshot.connection()).await {
        Ok(backlogs) => backlogs
            .iter()
            .flat_map(|(plugin, backlog)| of_one(plugin, backlog, &subject.site.config.outbox))
            .collect(),
        Err(error) => Outcome::Skipped(error.to_string()),
    }
}

fn of_one(plugin: &str, backlog: &Backlog, settings: &OutboxSettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    if backlog.dead > 0 {
        findings.push(Finding::new(
            format!("{plugin} has {} dead letters: deliveries that it failed to take", backlog.dead),
            "it does not know of these changes until they are retried",
            format!(
                "raisfast outbox list --plugin {plugin} --state dead\nraisfast outbox retry --plugin {plugin}"
            ),
        ));
    }
    let rows = percent(backlog.waiting + backlog.dead, settings.max_waiting.get());
    let most_bytes = settings.max_waiting_mb.get().saturating_mul(1 << 20);
    let full = rows.max(percent(backlog.bytes, most_bytes));
    if full >= MOST {
        findings.push(Finding::new(
            format!("the outbox of {plugin} is {full} % full"),
            "when it is full, changes that the plugin has to be notified of are refused",
            format!(
                "raisfast outbox list --plugin {plugin}\n(says why), or raise [outbox] max_waiting"
            ),
        ));
    }
    findings
}

fn percent(part: u64, whole: u64) -> u64 {
    part.saturating_mul(100) / whole.max(1)
}

#[cfg(test)]
mod tests {
    use super::{Backlog, of_one};
    use crate::Config;

    #[test]
    fn dead_letters_and_a_full_outbox_are_found() {
        let settings = Config::with_data_dir("/srv").outbox;
        let of = |waiting, dead, bytes| {
            let backlog = Backlog {
                waiting,
                dead,
                bytes,
            };
            of_one("com.example.one", &backlog, &settings)
        };
        assert_eq!(of(79_999, 0, 0), []);
        assert!(of(0, 1, 0)[0].what.contains("1 dead"));
        assert!(of(80_000, 0, 0)[0].what.contains("80 % full"));
        assert!(of(1, 0, 1 << 30)[0].what.contains("100 % full"));
    }
}
