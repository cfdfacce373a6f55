//! A recorded call that answers in the host's place, and finds what is otherwise.
//!
//! The guest need not ask in the recorded order: an answer is looked for among all that were not
//! given yet, first with the same arguments, then of the same function. What is asked for and not
//! recorded ends the call, because nobody knows what the host would have said.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde::Serialize;
use serde_json::Value;

use crate::{Content, HostCall, MASKED, Mask, Section};

/// The most findings of one call.
const MOST_FINDINGS: usize = 100;
/// The time between two readings of a clock that go beyond the recorded ones, in nanoseconds.
const STEP: u64 = 1_000_000;

/// A host call that was otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// It was made with other arguments.
    OtherArguments {
        /// The number in the record, from 1.
        number: usize,
        /// The function.
        function: String,
        /// The recorded arguments.
        recorded: Value,
        /// The arguments now.
        found: Value,
    },
    /// It was made earlier or later than others.
    OtherOrder {
        /// The number in the record, from 1.
        number: usize,
        /// The function.
        function: String,
    },
    /// It was made, and is not in the record.
    Added {
        /// The function.
        function: String,
        /// The arguments.
        arguments: Value,
    },
    /// It is in the record, and was not made.
    Missing {
        /// The number in the record, from 1.
        number: usize,
        /// The function.
        function: String,
        /// The recorded arguments.
        arguments: Value,
    },
}

/// The findings of a played call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings {
    /// Host calls that were otherwise, in the order in which that was found.
    pub findings: Vec<Finding>,
    /// Sentences about the limits of the replay.
    pub remarks: BTreeSet<String>,
    /// The reason why the tape ended the call, if it did.
    pub stopped: Option<NoAnswer>,
}

/// The reason why a host call of a played call gets no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// The record has no such call.
    #[error("the record has no answer to `{function}`, so the replay ends here")]
    NotRecorded {
        /// The function.
        function: &'static str,
    },
    /// In the record, the call of the hook ended before this had an answer.
    #[error("the recorded call ended while it waited for `{function}`")]
    EndedHere {
        /// The function.
        function: &'static str,
    },
    /// The record has the answer's size alone.
    #[error("the record does not hold the answer of `{function}`, so the replay ends here")]
    LeftOut {
        /// The function.
        function: &'static str,
    },
    /// The recorded answer is not of the function's type.
    #[error("the recorded answer of `{function}` is not one that it gives: {reason}")]
    Unfit {
        /// The function.
        function: &'static str,
        /// The parser's reason.
        reason: String,
    },
    /// The played call has ended.
    #[error("the replay has ended")]
    Ended,
}

/// A section that is being played.
#[derive(Debug, Default)]
pub(crate) struct Script {
    section: Section,
    given: Vec<bool>,
    readings: [usize; 2],
    random: usize,
}

impl Script {
    pub(crate) fn new(section: Section) -> Self {
        Self {
            given: vec![false; section.host_calls.len()],
            section,
            ..Self::default()
        }
    }

    fn first_left(&self) -> Option<usize> {
        self.given.iter().position(|given| !given)
    }

    /// Returns the next reading of one of the two clocks; after the recorded ones, the last goes on
    /// by steps, and true is returned beside it.
    fn reading(&mut self, clock: usize) -> (u64, bool) {
        let readings = [&self.section.wall_clock, &self.section.monotonic_clock][clock];
        let next = self.readings[clock];
        self.readings[clock] += 1;
        match (readings.get(next), readings.last()) {
            (Some(&reading), _) => (reading, false),
            (None, last) => {
                let beyond = (next - readings.len()) as u64 + 1;
                let last = last.copied().unwrap_or_default();
                (last.saturating_add(beyond.saturating_mul(STEP)), true)
            }
        }
    }
}

#[derive(Debug)]
pub(crate) struct Playback {
    start: Script,
    call: Script,
    has_started: bool,
    has_ended: bool,
    began: Option<Instant>,
    took: Option<Duration>,
    found: Findings,
}

impl Playback {
    pub(crate) fn new(start: Script, call: Script) -> Self {
        Self {
            start,
            call,
            has_started: false,
            has_ended: false,
            began: None,
            took: None,
            found: Findings::default(),
        }
    }

    pub(crate) fn begin_call(&mut self) {
        self.began = Some(Instant::now());
    }

    pub(crate) fn end_call(&mut self) {
        self.took = self.began.map(|began| began.elapsed());
    }

    pub(crate) fn took(&self) -> Option<Duration> {
        self.took
    }

    pub(crate) fn end_start(&mut self) {
        self.find_missing();
        self.has_started = true;
    }

    /// Ends the call. Nothing that comes later is found or answered.
    pub(crate) fn end(&mut self) -> Findings {
        if !self.has_ended && self.found.stopped.is_none() {
            self.find_missing();
        }
        self.has_ended = true;
        self.found.clone()
    }

    /// Returns the recorded answer to a host call, and the time that it took.
    pub(crate) fn answer(
        &mut self,
        function: &'static str,
        arguments: &impl Serialize,
        mask: &Mask,
    ) -> Result<(Value, Duration), NoAnswer> {
        let found = self.arguments(arguments, mask)?;
        let Some(index) = self.choose(function, &found) else {
            self.add(function, found);
            return Err(self.stopped(NoAnswer::NotRecorded { function }));
        };
        let host_call = &self.script().section.host_calls[index];
        let took = Duration::from_micros(host_call.took_us);
        let Some(answer) = &host_call.answer else {
            return Err(self.stopped(NoAnswer::EndedHere { function }));
        };
        match answer.parsed() {
            Ok(Some(answer)) if answer == MASKED => {
                Ok((self.masked(function, &found, answer, mask), took))
            }
            Ok(Some(answer)) => Ok((answer, took)),
            Ok(None) => Err(self.stopped(NoAnswer::LeftOut { function })),
            Err(error) => Err(self.stopped(NoAnswer::Unfit {
                function,
                reason: error.to_string(),
            })),
        }
    }

    /// Notes a host call that returns nothing.
    pub(crate) fn told(
        &mut self,
        function: &'static str,
        arguments: &impl Serialize,
        mask: &Mask,
    ) -> Result<(), NoAnswer> {
        let found = self.arguments(arguments, mask)?;
        if self.choose(function, &found).is_none() {
            self.add(function, found);
        }
        Ok(())
    }

    /// Notes the reason why the tape ends the call: the first counts.
    pub(crate) fn stopped(&mut self, reason: NoAnswer) -> NoAnswer {
        self.found.stopped.get_or_insert(reason).clone()
    }

    pub(crate) fn wall_clock(&mut self) -> u64 {
        self.reading(0)
    }

    pub(crate) fn monotonic_clock(&mut self) -> u64 {
        self.reading(1)
    }

    fn reading(&mut self, clock: usize) -> u64 {
        let (reading, is_beyond) = self.script().reading(clock);
        if is_beyond {
            self.remark(
                "it read a clock more often than in the record: the time goes on by steps of 1 ms",
            );
        }
        reading
    }

    /// Gives the recorded bytes, and after them zeros.
    pub(crate) fn random(&mut self, bytes: &mut [u8]) {
        let script = self.script();
        let left = script.section.random.get(script.random..);
        let left = left.unwrap_or_default();
        let count = left.len().min(bytes.len());
        bytes[..count].copy_from_slice(&left[..count]);
        bytes[count..].fill(0);
        script.random += count;
        if count < bytes.len() {
            self.remark("it took more random bytes than in the record: the others are 0");
        }
    }

    fn script(&mut self) -> &mut Script {
        if self.has_started {
            &mut self.call
        } else {
            &mut self.start
        }
    }

    fn arguments(&self, arguments: &impl Serialize, mask: &Mask) -> Result<Value, NoAnswer> {
        if self.has_ended {
            return Err(NoAnswer::Ended);
        }
        Ok(Content::of(arguments, mask)
            .parsed()
            .ok()
            .flatten()
            .unwrap_or_default())
    }

    /// Chooses the recorded call that this one is, and notes how they differ.
    fn choose(&mut self, function: &str, found: &Value) -> Option<usize> {
        let script = self.script();
        let first_left = script.first_left();
        let host_calls = script.section.host_calls.iter().enumerate();
        let mut same_function = None;
        let mut same = None;
        for (index, host_call) in host_calls.skip(first_left?) {
            if script.given[index] || host_call.function != function {
                continue;
            }
            if arguments_of(host_call) == *found {
                same = Some(index);
                break;
            }
            same_function.get_or_insert(index);
        }
        let index = same.or(same_function)?;
        script.given[index] = true;
        let host_call = &script.section.host_calls[index];
        let (number, function) = (index + 1, function.to_owned());
        let finding = if same.is_none() {
            Finding::OtherArguments {
                number,
                function,
                recorded: arguments_of(host_call),
                found: found.clone(),
            }
        } else if first_left != Some(index) {
            Finding::OtherOrder { number, function }
        } else {
            return Some(index);
        };
        self.find(finding);
        Some(index)
    }

    /// Gives a secret setting from what the replay was told.
    fn masked(&mut self, function: &str, found: &Value, answer: Value, mask: &Mask) -> Value {
        let key = found[0].as_str().unwrap_or_default();
        if function == "host-api/get-config" {
            if let Some(value) = mask.setting(key) {
                return value.into();
            }
            self.remark(&format!(
                "the setting `{key}` is a secret of the server's, so the guest got `{MASKED}`; give it with --config {key}=VALUE"
            ));
        }
        answer
    }

    fn add(&mut self, function: &str, arguments: Value) {
        self.find(Finding::Added {
            function: function.to_owned(),
            arguments,
        });
    }

    fn find_missing(&mut self) {
        let script = self.script();
        let left = script.section.host_calls.iter().enumerate();
        let missing: Vec<_> = left
            .filter(|(index, _)| !script.given[*index])
            .take(MOST_FINDINGS)
            .map(|(index, host_call)| Finding::Missing {
                number: index + 1,
                function: host_call.function.clone().into_owned(),
                arguments: arguments_of(host_call),
            })
            .collect();
        for finding in missing {
            self.find(finding);
        }
    }

    fn find(&mut self, finding: Finding) {
        if self.found.findings.len() < MOST_FINDINGS {
            self.found.findings.push(finding);
        } else {
            self.remark("more differs than is shown");
        }
    }

    fn remark(&mut self, remark: &str) {
        if self.found.remarks.len() < MOST_FINDINGS {
            self.found.remarks.insert(remark.to_owned());
        }
    }
}

/// The recorded arguments; null where they were left out.
fn arguments_of(host_call: &HostCall) -> Value {
    let arguments = host_call.arguments.parsed();
    arguments.ok().flatten().unwrap_or_default()
}
