//! The places where guests are found computing when their time is nearly over.
//!
//! A call that has no answer at its deadline is dropped, wherever it is; nobody can ask it any
//! more. So the clock's ticks note where it is in the last quarter of its time. Calls that end
//! before that cost nothing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use wasmtime::WasmBacktrace;

use crate::trap;

/// The whereabouts of the calls of one plugin, by the number of their instance.
pub(crate) struct Whereabouts {
    line_table: Option<Arc<[u8]>>,
    noted: Mutex<HashMap<u32, (Instant, WasmBacktrace)>>,
}

impl Whereabouts {
    /// Begins with nothing noted. The line table may be anything.
    pub(crate) fn new(line_table: Option<Arc<[u8]>>) -> Self {
        Self {
            line_table,
            noted: Mutex::default(),
        }
    }

    /// Returns the bytes that may be the plugin's line table.
    pub(crate) fn line_table(&self) -> Option<&[u8]> {
        self.line_table.as_deref()
    }

    /// Notes where the call in an instance is now.
    pub(crate) fn note(&self, instance: u32, backtrace: WasmBacktrace) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.insert(instance, (Instant::now(), backtrace));
    }

    /// Returns the place where a call was that has just reached its limit, if it was computing.
    /// A note older than half of the limit belongs to another call.
    pub(crate) fn last(&self, instance: u32, limit: Duration) -> Option<String> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, backtrace) = noted.remove(&instance)?;
        if at.elapsed() > limit / 2 {
            return None;
        }
        trap::place(&backtrace, self.line_table())
    }
}
