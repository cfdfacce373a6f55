//! The clock that the engine asks for, from the contract's.

use std::cell::Cell;

use raisfast_plugin::clock;

thread_local! {
    static STOPPED: Cell<bool> = const { Cell::new(false) };
}

/// The time at which the engine starts, in microseconds, where there is no host to ask yet.
pub(crate) const START: u64 = 1;

/// Calls a function for which the time is [`START`].
pub(crate) fn stopped<T>(call: impl FnOnce() -> T) -> T {
    STOPPED.set(true);
    let returned = call();
    STOPPED.set(false);
    returned
}

/// Microseconds since the beginning of 1970. It is the one function of an operating system that the
/// engine's C library has no stand-in for.
#[allow(unsafe_code, reason = "the engine's C library links it by this name")]
#[unsafe(no_mangle)]
extern "C" fn __rquickjs_host_now_us() -> f64 {
    let microseconds = if STOPPED.get() {
        START
    } else {
        clock::unix_milliseconds() * 1_000
    };
    #[allow(clippy::cast_precision_loss, reason = "exact until the year 2255")]
    let microseconds = microseconds as f64;
    microseconds
}
