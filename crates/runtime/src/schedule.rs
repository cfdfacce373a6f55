//! The thread that a call is on, when, and who gets it next.
//!
//! A guest runs on one of two stacks. A call on a stack of its own can be set aside at any point;
//! one on its caller's stack is a function call, several times cheaper, and can not ([`stack`]). A
//! call is long once it has computed for [`LONG`].
//!
//! ```text
//! a call is          on a stack of its own               on its caller's stack
//! ----------------------------------------------------------------------------------------------
//! short              runs on its caller's thread;        runs on its caller's thread;
//!                    a tick makes it yield               a tick passes unnoticed
//! long               runs on a background thread, which  stays there, while the thread's other
//!                    the system pre-empts for others;    tasks go to another thread;
//!                    a tick makes it yield               a tick passes its turn on
//! one of many long   shares the background threads       blocks until it has a turn
//! after a long one   the next 50 calls of the hook       the next 1,000 calls of the hook
//!   of its hook      begin in the background             get a stack of their own
//! at its deadline    is dropped when it next yields      is ended by the clock, with a trap
//! ```
//!
//! The calls after one that failed begin in the background too. See [background] and [pace] for the
//! left column, [stack] and [turns] for the right one, [deadline] for the last line.
//!
//! Three of four cores are for long calls, on either stack. The rest is left to short calls.

mod background;
mod clock;
mod cooldown;
mod deadline;
mod pace;
mod stack;
mod turns;

use std::time::Duration;

use wasmtime::Engine;

pub(crate) use background::{Background, lower_priority};
pub(crate) use clock::Clock;
pub(crate) use cooldown::Cooldown;
pub(crate) use deadline::within;
pub(crate) use pace::{BackgroundCooldown, paced};
pub(crate) use stack::{CallersStack, OwnStack, OwnStackCooldown, Stack, fits_callers_stack};
pub(crate) use turns::Turns;

use crate::RuntimeError;
use background::threads_for_long_calls;

/// The time between two ticks of the clock: as long as a guest may keep its thread before it
/// yields.
const TICK: Duration = Duration::from_millis(2);

/// The time between two ticks while long calls go on in the background: the sooner such a call
/// gives its thread up, the sooner the system looks who else waits for the processor.
const SHORT_TICK: Duration = Duration::from_millis(1);

/// The time that makes a call long. A guest that computes is found to have done so at a tick of the
/// clock, which may come a little early.
const LONG: Duration = Duration::from_micros(1_500);

/// The schedule of all plugins' calls: the clock, the background, and the turns of long calls. Its
/// threads begin and end with it.
pub(crate) struct Schedule {
    background: Background,
    turns: Turns,
    /// Dropped last: it ends the clock's thread.
    _clock: Clock,
}

impl Schedule {
    /// Starts the clock of an engine, and the threads for long calls.
    pub(crate) fn start(engine: &Engine) -> Result<Self, RuntimeError> {
        let background = Background::start().map_err(RuntimeError::Background)?;
        let in_use = background.clone();
        let next = move || {
            if in_use.is_in_use() { SHORT_TICK } else { TICK }
        };
        let ticking = engine.clone();
        let clock = Clock::start("plugin-clock", next, move || ticking.increment_epoch())
            .map_err(RuntimeError::Clock)?;
        Ok(Self {
            background,
            turns: Turns::new(threads_for_long_calls()),
            _clock: clock,
        })
    }

    /// Returns the threads for long calls on stacks of their own.
    pub(crate) fn background(&self) -> &Background {
        &self.background
    }

    /// Returns the turns of long calls on their callers' stacks.
    pub(crate) fn turns(&self) -> &Turns {
        &self.turns
    }
}
