//! WASI's clocks and random numbers, past the tape of an instance that is recorded or played.

use std::{convert::Infallible, sync::Arc, time::Duration};

use raisfast_recording::Tape;
use rand_core::{Rng, TryRng};
use wasmtime_wasi::{
    WasiCtxBuilder,
    clocks::{HostMonotonicClock, HostWallClock, MonotonicClock, WallClock},
    random::thread_rng,
};

/// Lets what the guest learns from WASI pass by the tape.
pub(super) fn tape_context(context: &mut WasiCtxBuilder, tape: &Arc<Tape>) {
    let taped_random = || TapedRandom {
        tape: Arc::clone(tape),
        live: thread_rng(),
    };
    let mut seed = [0; 16];
    taped_random().fill_bytes(&mut seed);
    context
        .wall_clock(TapedWallClock {
            tape: Arc::clone(tape),
            live: WallClock::new(),
        })
        .monotonic_clock(TapedMonotonicClock {
            tape: Arc::clone(tape),
            live: MonotonicClock::new(),
        })
        .secure_random(taped_random())
        .insecure_random(taped_random())
        .insecure_random_seed(u128::from_le_bytes(seed));
}

struct TapedWallClock {
    tape: Arc<Tape>,
    live: WallClock,
}

impl HostWallClock for TapedWallClock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        let live = || u64::try_from(self.live.now().as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.tape.wall_clock(live))
    }
}

struct TapedMonotonicClock {
    tape: Arc<Tape>,
    live: MonotonicClock,
}

impl HostMonotonicClock for TapedMonotonicClock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        self.tape.monotonic_clock(|| self.live.now())
    }
}

struct TapedRandom {
    tape: Arc<Tape>,
    live: Box<dyn Rng + Send>,
}

impl TryRng for TapedRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let live = &mut self.live;
        self.tape.random(bytes, |bytes| live.fill_bytes(bytes));
        Ok(())
    }
}
