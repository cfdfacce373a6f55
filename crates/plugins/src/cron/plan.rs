//! The decision which ticks of a job are to be run.

use chrono::{DateTime, TimeDelta, Utc};
use raisfast_manifest::{CronEntry, Misfire};

/// The time by which a tick may be late and is still run, each one: a database that restarts, or a
/// server that passes a job on to its next version, leaves no gap.
pub(crate) const GRACE: TimeDelta = TimeDelta::seconds(10);

/// The place of a job between what is done and what is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Nothing is left to do of what was due until then.
    pub(crate) settled: DateTime<Utc>,
    /// The time since which this server waits for the job.
    pub(crate) here_since: DateTime<Utc>,
}

/// Returns the ticks to be run now, the earliest first.
///
/// Each that has become due while this server waited for it is run, up to [`GRACE`] late. Of
/// earlier ones a job with `misfire = "once"` runs the latest, unless one that is not late does the
/// work; other jobs go on with the next time.
pub(crate) fn due(entry: &CronEntry, position: Position, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let missed_until = missed_until(position, now);
    let from = position.settled.max(missed_until);
    let next = |after: &DateTime<Utc>| entry.next_after(*after).filter(|due| *due <= now);
    let on_time: Vec<_> = std::iter::successors(next(&from), next).collect();
    if !on_time.is_empty() || entry.misfire == Misfire::Skip {
        return on_time;
    }
    let missed = latest(entry, position.settled, missed_until);
    missed.into_iter().collect()
}

/// Returns true if something was missed, be it run or not.
pub(crate) fn has_gap(entry: &CronEntry, position: Position, now: DateTime<Utc>) -> bool {
    let first = entry.next_after(position.settled);
    first.is_some_and(|due| due <= missed_until(position, now))
}

/// Returns the time until which what was due is missed.
fn missed_until(position: Position, now: DateTime<Utc>) -> DateTime<Utc> {
    position.here_since.max(now - GRACE)
}

/// Returns the last time at which an entry was due, after `after` and until `until`. The search is
/// by halves: a job of each second may have missed a year.
fn latest(entry: &CronEntry, after: DateTime<Utc>, until: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let within = |after| entry.next_after(after).filter(|due| *due <= until);
    let mut found = within(after)?;
    // It is due at whole seconds, and no later than at `end`.
    let mut end = until;
    while end - found >= TimeDelta::seconds(1) {
        let middle = found + (end - found) / 2;
        match within(middle) {
            Some(later) => found = later,
            None => end = middle,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use raisfast_manifest::Manifest;

    use super::*;

    fn entry(cron_expr: &str, misfire: &str) -> CronEntry {
        let text = format!(
            "[plugin]\nid = 'com.example.x'\nname = 'X'\nversion = '1.0.0'\n\
             [[cron]]\nlabel = 'X'\njob_type = 'x'\ncron_expr = '{cron_expr}'\nmisfire = '{misfire}'"
        );
        let manifest = Manifest::parse("manifest.toml", &text).unwrap();
        manifest.cron[0].clone()
    }

    /// A time of the 2nd of March 2026.
    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-03-02T{time}Z").parse().unwrap()
    }

    #[test]
    fn a_tick_is_run_if_somebody_was_there_and_made_up_for_once_where_the_manifest_says_so() {
        const HOURLY: &str = "0 * * * *";
        const SECOND: &str = "* * * * * *";
        // Settled until, here since, now; what `skip` and `once` run.
        type Case<'a> = (&'a str, [&'a str; 3], &'a [&'a str], &'a [&'a str]);
        let cases: &[Case<'_>] = &[
            // Nothing is due.
            (HOURLY, ["09:00:00", "08:30:00", "09:59:59.999"], &[], &[]),
            // On time, and a little late.
            (
                HOURLY,
                ["09:00:00", "08:30:00", "10:00:00"],
                &["10:00:00"],
                &["10:00:00"],
            ),
            (
                HOURLY,
                ["09:00:00", "08:30:00", "10:00:09"],
                &["10:00:00"],
                &["10:00:00"],
            ),
            // The machine slept over it.
            (
                HOURLY,
                ["09:00:00", "08:30:00", "10:00:11"],
                &[],
                &["10:00:00"],
            ),
            (
                HOURLY,
                ["09:00:00", "08:30:00", "12:30:00"],
                &[],
                &["12:00:00"],
            ),
            // It slept, and wakes as the next is due: that one does the work.
            (
                HOURLY,
                ["09:00:00", "08:30:00", "12:00:01"],
                &["12:00:00"],
                &["12:00:00"],
            ),
            // No server was there, for one or for several.
            (
                HOURLY,
                ["09:00:00", "10:20:00", "10:20:00"],
                &[],
                &["10:00:00"],
            ),
            (
                HOURLY,
                ["09:00:00", "13:20:00", "13:20:00"],
                &[],
                &["13:00:00"],
            ),
            // It starts just after the time: nobody was there at the time.
            (
                HOURLY,
                ["09:00:00", "10:00:01", "10:00:01"],
                &[],
                &["10:00:00"],
            ),
            // It starts between two times of which none was missed.
            (HOURLY, ["10:00:00", "10:20:00", "10:20:00"], &[], &[]),
            // The database was away for three seconds.
            (
                SECOND,
                ["09:00:00", "08:00:00", "09:00:03.500"],
                &["09:00:01", "09:00:02", "09:00:03"],
                &["09:00:01", "09:00:02", "09:00:03"],
            ),
            // A restart of three seconds.
            (
                SECOND,
                ["09:00:00", "09:00:03.500", "09:00:03.500"],
                &[],
                &["09:00:03"],
            ),
        ];
        for (cron_expr, [settled, here_since, now], skip, once) in cases {
            let position = Position {
                settled: at(settled),
                here_since: at(here_since),
            };
            for (misfire, expected) in [("skip", skip), ("once", once)] {
                let run = due(&entry(cron_expr, misfire), position, at(now));
                let expected: Vec<_> = expected.iter().map(|time| at(time)).collect();
                assert_eq!(
                    run, expected,
                    "{cron_expr} {misfire}, settled {settled}, here since {here_since}, at {now}"
                );
            }
        }
    }

    #[test]
    fn a_gap_is_what_nobody_waited_for_or_what_is_too_late() {
        let hourly = entry("0 * * * *", "skip");
        let position = |settled, here_since| Position {
            settled: at(settled),
            here_since: at(here_since),
        };
        for (position, now, expected) in [
            (position("09:00:00", "08:00:00"), "10:00:01", false),
            (position("09:00:00", "08:00:00"), "10:00:11", true),
            (position("09:00:00", "10:00:01"), "10:00:01", true),
            (position("10:00:00", "10:30:00"), "10:30:00", false),
        ] {
            assert_eq!(has_gap(&hourly, position, at(now)), expected, "{now}");
        }
    }

    #[test]
    fn the_latest_time_is_found_in_a_long_gap_of_any_shape() {
        let year_ago = "2025-03-02T00:00:00Z".parse().unwrap();
        for (cron_expr, until, expected) in [
            ("* * * * * *", "12:00:00.500", "12:00:00"),
            ("*/7 * * * * *", "12:00:01", "12:00:00"),
            // Many in a short time of the day.
            ("* * 3 * * *", "12:00:00", "03:59:59"),
            ("0 0 * * *", "12:00:00", "00:00:00"),
            ("0 0 2 3 *", "00:00:00", "00:00:00"),
        ] {
            let found = latest(&entry(cron_expr, "once"), year_ago, at(until));
            assert_eq!(found, Some(at(expected)), "{cron_expr}");
        }
        assert_eq!(
            latest(&entry("0 0 1 6 *", "once"), at("00:00:00"), at("12:00:00")),
            None
        );
    }
}
