//! The way contenders are measured.
//!
//! In rounds: in each round every contender runs one batch of calls, one after the other, so that
//! whatever else the machine does meanwhile hits all of them alike. A figure is the median over
//! rounds of the time a call takes.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::Entry;

/// Fewest rounds, however long they take: a median of fewer says nothing.
const FEWEST_ROUNDS: usize = 5;

/// Fewest calls of a batch, if they fit into [`LONGEST_BATCH`]: in the first ones the processor
/// gets to know the contender again after the others' turns.
const FEWEST_CALLS: u64 = 100;

/// The longest time that a batch may take for the sake of [`FEWEST_CALLS`].
const LONGEST_BATCH: Duration = Duration::from_millis(20);

/// The time that a comparison is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// The time that a contender's batch should take.
    pub batch: Duration,
    /// The most rounds.
    pub rounds: usize,
    /// No further round begins after this.
    pub budget: Duration,
}

impl Effort {
    /// For a look: the whole benchmark within 3 minutes.
    pub const QUICK: Self = Self {
        batch: Duration::from_millis(1),
        rounds: 151,
        budget: Duration::from_secs(4),
    };

    /// For figures that are published.
    pub const FULL: Self = Self {
        batch: Duration::from_millis(2),
        rounds: 501,
        budget: Duration::from_secs(40),
    };
}

/// The time that one contender needed, in nanoseconds per call, round by round.
pub struct Samples {
    /// The contender's name.
    pub name: &'static str,
    /// One for each round.
    pub nanoseconds: Vec<f64>,
}

/// Measures all contenders of one work, round by round. `progress` is told how much of it is done,
/// between 0 and 1.
///
/// # Errors
///
/// When a contender fails, or answers something else than the first one.
pub fn compare(
    entries: &mut [Entry],
    effort: Effort,
    mut progress: impl FnMut(f64),
) -> Result<Vec<Samples>> {
    agree(entries)?;
    let mut batches = Vec::with_capacity(entries.len());
    for entry in &mut *entries {
        batches.push(calibrate(entry, effort.batch)?);
    }
    let mut samples: Vec<Samples> = entries
        .iter()
        .map(|entry| Samples {
            name: entry.name,
            nanoseconds: Vec::with_capacity(effort.rounds),
        })
        .collect();
    let began = Instant::now();
    for round in 0..effort.rounds {
        if round >= FEWEST_ROUNDS && began.elapsed() >= effort.budget {
            break;
        }
        for ((entry, &times), samples) in entries.iter_mut().zip(&batches).zip(&mut samples) {
            let took = entry.contender.run(times)?;
            samples.nanoseconds.push(a_call(took, times));
        }
        let by_rounds = fraction(round + 1, effort.rounds);
        progress(by_rounds.max(began.elapsed().div_duration_f64(effort.budget).min(1.0)));
    }
    Ok(samples)
}

/// Whoever does another work, or does it wrong, is not compared.
fn agree(entries: &mut [Entry]) -> Result<()> {
    let Some((first, others)) = entries.split_first_mut() else {
        bail!("nobody takes part");
    };
    let expected = first.contender.answer()?;
    for other in others {
        let found = other.contender.answer()?;
        if found != expected {
            bail!(
                "{} and {} do not give the same answer: {} against {}",
                first.name,
                other.name,
                beginning(&expected),
                beginning(&found)
            );
        }
    }
    Ok(())
}

fn beginning(answer: &str) -> String {
    let kept = &answer[..answer.floor_char_boundary(80)];
    format!("{kept:?} ({} bytes)", answer.len())
}

/// Returns the number of calls that fill a batch. Running them warms the contender up.
fn calibrate(entry: &mut Entry, batch: Duration) -> Result<u64> {
    let mut times = 1;
    loop {
        let took = entry.contender.run(times)?;
        if took >= batch / 2 {
            let a_call = a_call(took, times);
            let fewest = FEWEST_CALLS.min(batch_size(a_call, LONGEST_BATCH.max(batch)));
            return Ok(batch_size(a_call, batch).max(fewest));
        }
        // A batch too short to be trusted tells at least that it can be doubled.
        times = batch_size(a_call(took, times), batch).clamp(times * 2, times * 16);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "nanoseconds of a batch have fewer digits"
)]
fn batch_size(a_call: f64, batch: Duration) -> u64 {
    ((batch.as_nanos() as f64 / a_call.max(0.1)) as u64).max(1)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nanoseconds of a batch have fewer digits"
)]
fn a_call(took: Duration, times: u64) -> f64 {
    took.as_nanos() as f64 / times as f64
}

#[expect(clippy::cast_precision_loss, reason = "there are far fewer rounds")]
fn fraction(done: usize, all: usize) -> f64 {
    done as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc, time::Duration};

    use anyhow::Result;

    use super::{Effort, compare};
    use crate::{Contender, Entry};

    const EFFORT: Effort = Effort {
        batch: Duration::from_micros(100),
        rounds: 7,
        budget: Duration::from_mins(1),
    };

    /// Says that a call takes as long as it was told, and keeps what it was asked.
    struct Told {
        answer: &'static str,
        a_call: Duration,
        batches: Rc<RefCell<Vec<(&'static str, u64)>>>,
    }

    impl Contender for Told {
        fn answer(&mut self) -> Result<String> {
            Ok(self.answer.into())
        }

        fn run(&mut self, times: u64) -> Result<Duration> {
            self.batches.borrow_mut().push((self.answer, times));
            Ok(self.a_call * u32::try_from(times)?)
        }
    }

    fn entry(
        name: &'static str,
        answer: &'static str,
        a_call: Duration,
        batches: &Rc<RefCell<Vec<(&'static str, u64)>>>,
    ) -> Entry {
        Entry {
            name,
            contender: Box::new(Told {
                answer,
                a_call,
                batches: Rc::clone(batches),
            }),
        }
    }

    #[test]
    fn batches_are_as_long_as_wished_and_contenders_take_turns() {
        let batches = Rc::default();
        let mut entries = [
            entry("quick", "same", Duration::from_nanos(10), &batches),
            entry("slow", "same", Duration::from_millis(1), &batches),
        ];
        let samples = compare(&mut entries, EFFORT, |_| {}).unwrap();
        assert_eq!(samples[0].name, "quick");
        assert_eq!(samples[0].nanoseconds, [10.0; 7]);
        assert_eq!(samples[1].nanoseconds, [1e6; 7]);
        let batches = batches.borrow();
        let rounds = &batches[batches.len() - 14..];
        for round in rounds.chunks(2) {
            // 100 µs of 10 ns each; the slow one has no 100 calls in the longest batch, 20 ms.
            assert_eq!(round, [("same", 10_000), ("same", 20)]);
        }
    }

    #[test]
    fn rounds_end_with_the_budget_but_a_few_there_are() {
        let batches = Rc::default();
        let mut entries = [entry("one", "", Duration::from_micros(1), &batches)];
        let effort = Effort {
            budget: Duration::ZERO,
            ..EFFORT
        };
        let samples = compare(&mut entries, effort, |_| {}).unwrap();
        assert_eq!(samples[0].nanoseconds.len(), super::FEWEST_ROUNDS);
    }

    #[test]
    fn whoever_answers_something_else_is_not_measured() {
        let batches = Rc::default();
        let mut entries = [
            entry("right", "42", Duration::from_nanos(10), &batches),
            entry("wrong", "41", Duration::from_nanos(1), &batches),
        ];
        let error = compare(&mut entries, EFFORT, |_| {}).err().unwrap();
        assert_eq!(
            error.to_string(),
            "right and wrong do not give the same answer: \"42\" (2 bytes) against \"41\" (2 bytes)"
        );
        assert!(batches.borrow().is_empty());
    }

    #[test]
    fn progress_grows_to_the_end() {
        let batches = Rc::default();
        let mut entries = [entry("one", "", Duration::from_micros(1), &batches)];
        let mut seen = Vec::new();
        compare(&mut entries, EFFORT, |part| seen.push(part)).unwrap();
        assert!(seen.is_sorted());
        assert_eq!(seen.last(), Some(&1.0));
    }
}
