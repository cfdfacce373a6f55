//! The clock that the engine asks for, from the contract's.

use std::{
    cell::Cell,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use raisfast_plugin::{clock, identifiers};

thread_local! {
    static HAS_SEED: Cell<bool> = const { Cell::new(false) };
}

/// Microseconds since the beginning of 1970. It is the one function of an operating system that the
/// engine's C library has no stand-in for.
///
/// The engine asks for the first time when its context is made, and takes the time as the seed of
/// `Math.random`. Two instances that are made within a millisecond would draw the same numbers, so
/// that answer is not the time.
#[allow(unsafe_code, reason = "the engine's C library links it by this name")]
#[unsafe(no_mangle)]
extern "C" fn __rquickjs_host_now_us() -> f64 {
    if !HAS_SEED.replace(true) {
        return seed();
    }
    #[allow(clippy::cast_precision_loss, reason = "exact until the year 2255")]
    let milliseconds = clock::unix_milliseconds() as f64;
    milliseconds * 1_000.0
}

/// A whole number of 53 bits that is another one in each instance.
fn seed() -> f64 {
    let mut hasher = DefaultHasher::new();
    identifiers::new_id().hash(&mut hasher);
    clock::unix_milliseconds().hash(&mut hasher);
    #[allow(clippy::cast_precision_loss, reason = "53 bits are exact")]
    let seed = (hasher.finish() >> 11) as f64;
    seed
}
