//! The budget of an input: time of the processor, and memory.
//!
//! Both are counted for the whole process, so that what a target leaves to other threads is in it,
//! and inputs are therefore measured one at a time. Time that the process waits for the processor
//! does not count. The unit of time is what this machine takes, at this moment, for a fixed piece
//! of work: a busy or slow machine has the same budget.

use std::{
    hash::{DefaultHasher, Hasher},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use peak_alloc::PeakAlloc;
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes that are hashed in a unit of time, about a millisecond.
const UNIT: usize = 1 << 18;

/// The most that an input may take.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Units of time for an empty input.
    pub time: u32,
    /// Bytes of memory for an empty input.
    pub memory: usize,
}

impl Budget {
    /// Units of time for 16 bytes of input, which is four times what the slowest honest input takes
    /// where the targets are built for the fuzzer.
    const TIME_FOR_16_BYTES: usize = 8;
    /// Bytes of memory for each byte of input.
    const MEMORY_FOR_A_BYTE: usize = 4 << 10;

    /// Runs a target on an input, and panics if that took more than the input may.
    pub(crate) fn spend(self, input: &[u8], run: fn(&[u8])) {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let began = time_taken();
        run(input);
        let time = time_taken().saturating_sub(began);
        let memory = MEMORY.peak_usage().saturating_sub(before);

        let memory_limit = self.memory + input.len() * Self::MEMORY_FOR_A_BYTE;
        assert!(
            memory <= memory_limit,
            "{} bytes took {memory} bytes of memory, and may take {memory_limit}",
            input.len()
        );
        let units = self.time as usize + input.len() * Self::TIME_FOR_16_BYTES / 16;
        let limit = |unit: Duration| unit * u32::try_from(units).unwrap_or(u32::MAX);
        // Most take so little that nobody need ask how fast the machine is.
        assert!(
            time <= limit(Duration::from_micros(100)) || time <= limit(unit()),
            "{} bytes took {time:?} of the processor's time, and may take {:?}",
            input.len(),
            limit(unit())
        );
    }
}

/// The time that the processor has spent on this process.
fn time_taken() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}

/// Measures the present cost of a unit of work.
fn unit() -> Duration {
    let bytes = vec![7; UNIT];
    let took = || {
        let began = time_taken();
        let mut hasher = DefaultHasher::new();
        hasher.write(std::hint::black_box(&bytes));
        std::hint::black_box(hasher.finish());
        time_taken().saturating_sub(began)
    };
    (0..5).map(|_| took()).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Budget = Budget {
        time: 20,
        memory: 1 << 20,
    };

    #[test]
    fn what_stays_within_its_budget_passes() {
        SMALL.spend(b"input", |input| assert_eq!(input, b"input"));
    }

    #[test]
    #[should_panic(expected = "of the processor's time")]
    fn what_takes_too_long_does_not() {
        SMALL.spend(b"", |_| {
            for _ in 0..40 {
                unit();
            }
        });
    }

    #[test]
    #[should_panic(expected = "bytes of memory")]
    fn what_takes_too_much_memory_does_not() {
        SMALL.spend(b"", |_| drop(std::hint::black_box(vec![1_u8; 2 << 20])));
    }

    #[test]
    fn waiting_costs_nothing() {
        SMALL.spend(b"", |_| {
            let (_sender, never) = std::sync::mpsc::channel::<()>();
            let _ = never.recv_timeout(Duration::from_millis(200));
        });
    }
}
