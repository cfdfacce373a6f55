//! The seeds of an engine's random numbers and hashes, and the zero of its `performance`: all that
//! comes from the time of its start.
//!
//! The engine starts when this interpreter is built, and is then the same for everybody; each
//! instance replaces these. The engine has no function for its seeds. They stand in its context
//! one behind the other, as they follow from the time of the start: so they are looked for when
//! the interpreter is built, and one that is built with an engine that has them elsewhere does not
//! come to be.

#![allow(unsafe_code, reason = "the engine's context is in C")]

use rquickjs::{Context, qjs};

use crate::clock;

/// The bytes of a context that are looked through: more than it has before its seeds.
const LOOKED_THROUGH: usize = 1 << 10;

/// The seeds as they lie in the context: the state of the random numbers, low half first, and the
/// seed of the hashes.
type Values = [u32; 3];

/// The place of an engine's seeds.
pub(crate) struct Seeds(*mut Values);

impl Seeds {
    /// Finds the seeds of an engine that has started while the clock was stopped.
    ///
    /// # Panics
    ///
    /// They are not there.
    pub(crate) fn find(context: &Context) -> Self {
        let expected = after(clock::START);
        let begin = context.with(|ctx| ctx.as_raw().as_ptr().cast::<u8>());
        let found = (0..LOOKED_THROUGH)
            .step_by(align_of::<Values>())
            // SAFETY: the context lies in the memory of this module, which is larger, and nothing
            // changes it meanwhile; any bytes are values.
            .map(|offset| unsafe { begin.add(offset) }.cast::<Values>())
            .find(|place| unsafe { place.read() } == expected);
        Self(found.expect("the engine keeps its seeds in its context"))
    }

    /// Replaces the seeds, and begins to count time. No script has been loaded, so that no map of
    /// its own has used the hashes.
    pub(crate) fn replace(&self, context: &Context, seed: u64) {
        let values = after(seed);
        context.with(|ctx| {
            // SAFETY: the place was found in this context, which is there as long as its engine.
            unsafe { self.0.write(values) };
            // SAFETY: the context is locked; the function sets a global, as it did before.
            unsafe { qjs::JS_AddPerformance(ctx.as_raw().as_ptr()) };
        });
    }
}

/// Returns the seeds of an engine that has started at a time: the state of its random numbers, and
/// of the first of them the half that the engine takes.
#[allow(clippy::cast_possible_truncation, reason = "the halves of a number")]
fn after(time: u64) -> Values {
    let mut state = time.max(1);
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    let first = state.wrapping_mul(0x2545_F491_4F6C_DD1D);
    [state as u32, (state >> 32) as u32, first as u32]
}
