//! Compiling plugins where it can do no harm.
//!
//! The cost of compiling a file is not known in advance: an 18 MB interpreter keeps every core busy
//! for seconds, and a hostile file of some kilobytes may take minutes and gigabytes. So a server
//! has each file that is not in the cache compiled by a [worker](Compiler::Worker): a process of
//! its own, of low priority, with bounds of memory and time, which is killed when they are exceeded
//! or nobody wants the result. Where there is no worker, as in an author's tests, the same is done
//! in this process; the bounds of the code's [structure](crate::structure) hold there too.
//!
//! Files take turns, large ones one after the other, small ones a few at a time, so that a small
//! file never waits for a large one. A turn begins with [`Runtime::compiler_turn`] and ends with
//! its compilation.

mod process;
mod turn;
mod worker;

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

pub use process::run_compile_worker;
pub(crate) use turn::CompilerQueues;
pub use turn::CompilerTurn;
use wasmtime::component::Component;
pub(crate) use worker::GivenUp;

use crate::{
    LoadError, Runtime,
    binary::{Binary, as_component},
};

/// The size, in bytes, from which on a file is large: compiling it takes about a second.
const LARGE: usize = 1 << 20;
/// The part of the limits that a small file gets.
const PART_FOR_SMALL: u32 = 4;

/// The program of this process, where it has the subcommand of a worker.
static THIS_PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// The compiler of files that are not in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compiler {
    /// This process. Memory and time are bounded only as far as the structure of the code bounds
    /// them.
    InProcess,
    /// This program with the subcommand `compile-worker`, in which it calls [`run_compile_worker`]:
    /// a process for each compilation.
    Worker(PathBuf),
}

impl Compiler {
    /// States that this process's program has the subcommand `compile-worker`. Every [`Runtime`]
    /// that is made with the [default](Self::default) compiler after this has its files compiled by
    /// it.
    pub fn this_program_is_a_worker() {
        let link = Path::new("/proc/self/exe");
        // It leads to the program that runs, even where an update has put another one in its place.
        let program = if link.exists() {
            Ok(link.to_owned())
        } else {
            std::env::current_exe()
        };
        if let Ok(program) = program {
            let _ = THIS_PROGRAM.set(program);
        }
    }
}

impl Default for Compiler {
    /// A worker, where [this program is one](Self::this_program_is_a_worker).
    fn default() -> Self {
        match THIS_PROGRAM.get() {
            Some(program) => Self::Worker(program.clone()),
            None => Self::InProcess,
        }
    }
}

/// The limits of one compilation by a worker. Files of less than a mebibyte get a quarter of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// Bytes of the worker's address space, on Linux. Default: 2 GiB.
    pub memory: u64,
    /// The time of the compilation. Default: 120 s.
    pub time: Duration,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            memory: 2 << 30,
            time: Duration::from_mins(2),
        }
    }
}

impl CompileLimits {
    /// Returns the limits for a file of this size, in bytes.
    fn of(self, bytes: usize) -> Self {
        if is_large(bytes) {
            return self;
        }
        Self {
            memory: self.memory / u64::from(PART_FOR_SMALL),
            time: self.time / PART_FOR_SMALL,
        }
    }
}

fn is_large(bytes: usize) -> bool {
    bytes >= LARGE
}

impl Runtime {
    /// Compiles a file that is not in the cache, and keeps the code there. Blocks until that is
    /// done or given up.
    pub(crate) fn compile(&self, wasm: &[u8], given_up: GivenUp) -> Result<Component, LoadError> {
        let binary = Binary::read(wasm, self.max_memory())?;
        match self.compiler() {
            Compiler::InProcess => self.compile_here(&binary),
            Compiler::Worker(program) => worker::compile(self, program, &binary, given_up),
        }
    }

    fn compile_here(&self, binary: &Binary<'_>) -> Result<Component, LoadError> {
        let component =
            as_component(binary.bytes()).map_err(|reason| binary.not_encoded(&reason))?;
        let component = Component::from_binary(self.engine(), &component)
            .map_err(|error| LoadError::compile(&error))?;
        if let Some(cache) = self.cache() {
            cache.put(binary.bytes(), &component);
        }
        Ok(component)
    }
}
