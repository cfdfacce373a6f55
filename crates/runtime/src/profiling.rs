//! Profiling: a clock that ticks more often, and the guest's stack in words.
//!
//! A guest notices a tick where it enters a function or begins a round of a loop, so that is where
//! samples are taken. Nothing of this is there for a program that is not profiled: its instances
//! are made without it.

use std::{sync::Arc, time::Duration};

use raisfast_line_table::LineTable;
use raisfast_profile::{Frame, Place, Profiler};
use wasmtime::WasmBacktrace;

use crate::{
    Program, RuntimeError,
    schedule::Clock,
    trap::{demangled, position},
};

/// The time between two ticks.
const TICK: Duration = Duration::from_micros(250);

/// The profiler of a program, with the clock that it needs.
pub(crate) struct Profiling {
    pub(crate) profiler: Arc<Profiler>,
    _clock: Clock,
}

impl Program {
    /// Returns the same code, whose instances are profiled. Their calls run on stacks of their own.
    ///
    /// # Errors
    ///
    /// If no thread can be started for the clock.
    pub fn profiled(mut self, profiler: &Arc<Profiler>) -> Result<Self, RuntimeError> {
        let engine = self.runtime.engine().clone();
        let ticked = Arc::clone(profiler);
        let tick = move || {
            ticked.tick();
            engine.increment_epoch();
        };
        let clock = Clock::start("profiler-clock", || TICK, tick).map_err(RuntimeError::Clock)?;
        self.profiling = Some(Arc::new(Profiling {
            profiler: Arc::clone(profiler),
            _clock: clock,
        }));
        Ok(self)
    }
}

/// Returns the functions of a backtrace, the innermost first: those of the author's source, where
/// the line table has them, also where the compiler has put one into another.
pub(crate) fn stack(backtrace: &WasmBacktrace, line_table: Option<&[u8]>) -> Vec<Frame> {
    let table = line_table.and_then(LineTable::open);
    let mut stack = Vec::new();
    for frame in backtrace.frames() {
        let name = || match frame.func_name() {
            Some(name) => demangled(name),
            None => format!("function {}", frame.func_index()),
        };
        let before = stack.len();
        if let Some((table, position)) = table.zip(position(frame)) {
            stack.extend(table.lines(position).map(|line| Frame {
                name: if line.function.is_empty() {
                    name()
                } else {
                    line.function.to_owned()
                },
                place: Some(Place {
                    file: line.file.to_owned(),
                    line: line.line,
                }),
            }));
        }
        if stack.len() == before {
            stack.push(Frame {
                name: name(),
                place: None,
            });
        }
    }
    stack
}
