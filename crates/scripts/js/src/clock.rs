//! The clock that the engine asks for, from the contract's.

use raisfast_plugin::clock;

/// Microseconds since the beginning of 1970. It is the one function of an operating system that the
/// engine's C library has no stand-in for.
#[allow(unsafe_code, reason = "the engine's C library links it by this name")]
#[unsafe(no_mangle)]
extern "C" fn __rquickjs_host_now_us() -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "exact until the year 2255")]
    let milliseconds = clock::unix_milliseconds() as f64;
    milliseconds * 1_000.0
}
