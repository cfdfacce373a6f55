//! A version beside the one that serves: each call of that one is made again, and what is otherwise
//! is counted, with examples.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use raisfast_contract::{HookName, PluginId};
use raisfast_recording::RecordedCall;
use raisfast_runtime::Program;
use raisfast_testkit::LoadError;
use serde::Serialize;

use crate::{
    Difference, LogLine, Replay,
    replay::{MOST_TIME, MadeAgain},
};

/// Calls in which a version may fail by itself: more would cost time and say nothing new.
pub const MOST_FAILED: u64 = 10;
/// The most calls of a hook whose times are kept.
const MOST_TIMES: usize = 10_000;
/// Examples of each hook.
const MOST_EXAMPLES: usize = 3;
/// Differences of an example.
const MOST_DIFFERENCES: usize = 5;
/// Records of an example's log: the last ones.
const MOST_RECORDS: usize = 10;
/// Characters of a record.
const SHOWN: usize = 300;
/// Sentences about the limits of the comparison.
const MOST_NOTES: usize = 10;

/// A version that gets the calls of another one. Nothing that it does reaches anything: the record
/// of each call answers all that it asks the host.
pub struct Shadow {
    replay: Replay,
    hooks: BTreeMap<HookName, Tally>,
    examples: Vec<Example>,
    notes: BTreeSet<String>,
}

/// The comparison of all calls so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShadowReport {
    /// Calls that were compared.
    pub calls: u64,
    /// Those in which all was the same.
    pub same: u64,
    /// The same by hook.
    pub hooks: Vec<HookComparison>,
    /// Calls that differ, at most three of each hook.
    pub examples: Vec<Example>,
    /// Sentences about the limits of the comparison.
    pub notes: BTreeSet<String>,
}

/// The comparison of one hook's calls. A call may have both another answer and other host calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HookComparison {
    /// The hook.
    pub hook: HookName,
    /// Calls that were compared.
    pub calls: u64,
    /// Those in which all was the same.
    pub same: u64,
    /// Those with another answer, or a failure of the running version alone.
    pub other_answers: u64,
    /// Those with other calls of the host.
    pub other_host_calls: u64,
    /// Those in which the new version failed, and the running one did not.
    pub failed: u64,
    /// Calls that could not be compared, because their record is cut off.
    pub not_compared: u64,
    /// The median time of the running version without what it waited for the host, in microseconds.
    pub running_us: Option<u64>,
    /// The median time of the new version, in microseconds.
    pub shadow_us: Option<u64>,
}

/// A call that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    /// The hook.
    pub hook: HookName,
    /// When the running version's call ended, RFC 3339.
    pub at: String,
    /// The first differences: `expected` is what the running version did.
    pub differences: Vec<Difference>,
    /// The number of the others.
    pub more: usize,
    /// The end of the new version's log of this call.
    pub log: Vec<LogLine>,
}

/// The counts of one hook.
#[derive(Default)]
struct Tally {
    calls: u64,
    same: u64,
    other_answers: u64,
    other_host_calls: u64,
    failed: u64,
    not_compared: u64,
    examples: usize,
    running: Vec<Duration>,
    shadow: Vec<Duration>,
}

impl Shadow {
    /// Takes a version's code for calls of this plugin. `settings` are values of the plugin's
    /// settings that are secrets in recordings: the guest gets them, and no report has them.
    ///
    /// # Errors
    ///
    /// Where the stage for it cannot be made.
    pub async fn new(
        program: Program,
        plugin: &PluginId,
        settings: BTreeMap<String, String>,
    ) -> Result<Self, LoadError> {
        Ok(Self {
            replay: Replay::of_program(program, plugin, settings).await?,
            hooks: BTreeMap::new(),
            examples: Vec::new(),
            notes: BTreeSet::new(),
        })
    }

    /// Makes a call again that the running version has made, within the time that this one had. If
    /// the future is dropped, the call ends and counts for nothing.
    pub async fn call(&mut self, call: &RecordedCall) {
        let limit = Duration::from_millis(call.timeout_ms).min(MOST_TIME);
        let made = self.replay.make_again(call, limit).await;
        let tally = self.hooks.entry(call.hook).or_default();
        let made = match made {
            Ok(made) => made,
            Err(reason) => {
                tally.not_compared += 1;
                self.note(reason);
                return;
            }
        };
        tally.add(call, &made);
        if tally.examples < MOST_EXAMPLES && !made.is_same() {
            tally.examples += 1;
            self.examples.push(Example::of(call, &made));
        }
        for remark in made.remarks {
            self.note(remark);
        }
    }

    /// Returns the number of calls that were made again, or could not be.
    pub fn calls(&self) -> u64 {
        let tallies = self.hooks.values();
        tallies.map(|tally| tally.calls + tally.not_compared).sum()
    }

    /// Returns true if the version has failed so often that it need not be called again.
    pub fn has_failed_enough(&self) -> bool {
        let failed: u64 = self.hooks.values().map(|tally| tally.failed).sum();
        failed >= MOST_FAILED
    }

    /// Returns the comparison so far.
    pub fn report(&self) -> ShadowReport {
        let hooks = self.hooks.iter();
        let hooks: Vec<_> = hooks.map(|(&hook, tally)| tally.of(hook)).collect();
        ShadowReport {
            calls: hooks.iter().map(|hook| hook.calls).sum(),
            same: hooks.iter().map(|hook| hook.same).sum(),
            hooks,
            examples: self.examples.clone(),
            notes: self.notes.clone(),
        }
    }

    fn note(&mut self, note: String) {
        if self.notes.len() < MOST_NOTES {
            self.notes.insert(note);
        }
    }
}

impl ShadowReport {
    /// Returns true if calls were compared, and nothing was otherwise.
    pub fn is_same(&self) -> bool {
        self.calls > 0 && self.calls == self.same
    }
}

impl Tally {
    fn add(&mut self, call: &RecordedCall, made: &MadeAgain) {
        self.calls += 1;
        self.same += u64::from(made.is_same());
        self.other_answers += u64::from(made.has_other_answer());
        self.other_host_calls += u64::from(!made.host_calls.is_empty());
        self.failed += u64::from(made.has_failed);
        let pair = running_time(call).zip(made.took);
        if let Some((running, shadow)) = pair.filter(|_| self.running.len() < MOST_TIMES) {
            self.running.push(running);
            self.shadow.push(shadow);
        }
    }

    fn of(&self, hook: HookName) -> HookComparison {
        HookComparison {
            hook,
            calls: self.calls,
            same: self.same,
            other_answers: self.other_answers,
            other_host_calls: self.other_host_calls,
            failed: self.failed,
            not_compared: self.not_compared,
            running_us: median(&self.running),
            shadow_us: median(&self.shadow),
        }
    }
}

impl MadeAgain {
    fn is_same(&self) -> bool {
        self.outcome.is_empty() && self.host_calls.is_empty() && !self.has_failed
    }

    fn has_other_answer(&self) -> bool {
        !self.outcome.is_empty() && !self.has_failed
    }
}

impl Example {
    fn of(call: &RecordedCall, made: &MadeAgain) -> Self {
        let all = made.outcome.iter().chain(&made.host_calls);
        let differences: Vec<_> = all.clone().take(MOST_DIFFERENCES).cloned().collect();
        let skipped = made.log.len().saturating_sub(MOST_RECORDS);
        let log = made.log[skipped..].iter().map(|line| LogLine {
            level: line.level,
            message: line.message.chars().take(SHOWN).collect(),
        });
        Self {
            hook: call.hook,
            at: call.at.clone(),
            more: all.count() - differences.len(),
            differences,
            log: log.collect(),
        }
    }
}

/// Returns the time of a recorded call without that of its host calls.
fn running_time(call: &RecordedCall) -> Option<Duration> {
    let host_calls = call.call.host_calls.iter().map(|call| call.took_us).sum();
    let own = call.took_us?.saturating_sub(host_calls);
    Some(Duration::from_micros(own))
}

/// Returns the median in microseconds.
fn median(times: &[Duration]) -> Option<u64> {
    let mut times = times.to_vec();
    times.sort_unstable();
    let median = times.get(times.len() / 2)?;
    Some(u64::try_from(median.as_micros()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call() -> RecordedCall {
        serde_json::from_value(json!({
            "at": "2026-11-22T07:42:28.123Z",
            "hook": "filter-html",
            "timeout_ms": 5000,
            "max_memory": 1,
            "calls_before": 0,
            "took_us": 100,
            "input": {"bytes": 3, "value": "a"},
            "start": {},
            "call": {"host_calls": [{
                "function": "host-api/get-data",
                "arguments": {"bytes": 5, "value": ["a"]},
                "answer": {"bytes": 4, "value": null},
                "took_us": 70,
            }]},
            "outcome": {"output": {"bytes": 4, "value": null}},
        }))
        .unwrap()
    }

    fn made(outcome: usize, host_calls: usize, has_failed: bool) -> MadeAgain {
        let differences = |number| vec![Difference::new("output", "a", "b"); number];
        MadeAgain {
            outcome: differences(outcome),
            host_calls: differences(host_calls),
            has_failed,
            log: Vec::new(),
            remarks: BTreeSet::new(),
            took: Some(Duration::from_micros(60)),
        }
    }

    #[test]
    fn a_call_counts_for_what_was_otherwise() {
        for (made, [same, answers, host_calls, failed]) in [
            (made(0, 0, false), [1, 0, 0, 0]),
            (made(2, 0, false), [0, 1, 0, 0]),
            (made(0, 1, false), [0, 0, 1, 0]),
            (made(1, 1, false), [0, 1, 1, 0]),
            (made(1, 0, true), [0, 0, 0, 1]),
            (made(1, 3, true), [0, 0, 1, 1]),
        ] {
            let mut tally = Tally::default();
            tally.add(&call(), &made);
            let found = tally.of(HookName::FilterHtml);
            assert_eq!(
                [
                    found.same,
                    found.other_answers,
                    found.other_host_calls,
                    found.failed
                ],
                [same, answers, host_calls, failed]
            );
            assert_eq!(found.calls, 1);
            // Without the 70 µs of the host.
            assert_eq!((found.running_us, found.shadow_us), (Some(30), Some(60)));
        }
    }

    #[test]
    fn an_example_is_short_whatever_differs() {
        let mut long = made(20, 30, false);
        long.log = vec![
            LogLine {
                level: "info",
                message: "é".repeat(10_000),
            };
            50
        ];
        let example = Example::of(&call(), &long);
        assert_eq!((example.differences.len(), example.more), (5, 45));
        assert_eq!(example.log.len(), MOST_RECORDS);
        assert_eq!(example.log[0].message.chars().count(), SHOWN);
    }

    #[test]
    fn the_median_of_nothing_is_nothing() {
        let micros = |times: &[u64]| times.iter().copied().map(Duration::from_micros).collect();
        for (times, expected) in [(vec![], None), (vec![7], Some(7)), (vec![9, 1, 5], Some(5))] {
            let times: Vec<_> = micros(&times);
            assert_eq!(median(&times), expected);
        }
    }
}
