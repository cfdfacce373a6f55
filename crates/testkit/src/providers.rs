//! The providers behind the host functions in a test, where the server's own provider does not
//! serve.

mod http;
mod journal;
mod settings;

pub(crate) use http::RecordedHttp;
pub use http::Request;
pub(crate) use journal::Journal;
pub use journal::{Event, LogEntry};
pub(crate) use settings::Settings;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The lock, whoever panicked while holding it: a test that failed has said so already.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
