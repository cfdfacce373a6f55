//! A compilation in a process of its own, as that process sees it.
//!
//! It begins with its limits, reads one file from standard input, writes the machine code to
//! standard output, which is a file, and says in its exit code and on standard error why it could
//! not. Standard input stays open: when it is closed, nobody waits for the result, and the process
//! ends.

use std::{
    io::{self, Read, Write, stdin, stdout},
    process::{self, ExitCode},
    thread,
};

use rayon::ThreadPoolBuilder;
use wasmtime::Engine;

use crate::{Program, binary::as_component, engine};

/// The subcommand by which a program becomes a worker.
pub(super) const SUBCOMMAND: &str = "compile-worker";
/// The most bytes of machine code: as much as the cache takes in all.
#[cfg(target_os = "linux")]
const MOST_CODE: u64 = 1 << 30;

/// The reasons why there is no machine code, as exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Failure {
    NotEncoded = 10,
    NotCompiled,
    NotWritten,
    OutOfMemory,
}

impl Failure {
    pub(super) const ALL: [Self; 4] = [
        Self::NotEncoded,
        Self::NotCompiled,
        Self::NotWritten,
        Self::OutOfMemory,
    ];
}

/// A failure and its reason.
type Failed = (Failure, String);

/// Compiles the file on standard input, for a [`Compiler::Worker`](crate::Compiler::Worker) of
/// another process, and returns what this process is to exit with. `memory` is the most bytes of
/// address space that it may take, on Linux; it compiles on this number of `threads`.
pub fn run_compile_worker(memory: u64, threads: usize) -> ExitCode {
    match compile(memory, threads) {
        Ok(()) => ExitCode::SUCCESS,
        Err((failure, reason)) => {
            // Where nobody reads it any more there is nobody to tell.
            let _ = io::stderr().write_all(reason.as_bytes());
            ExitCode::from(failure as u8)
        }
    }
}

fn compile(memory: u64, threads: usize) -> Result<(), Failed> {
    let not_compiled = |reason: String| (Failure::NotCompiled, reason);
    limit(memory).map_err(|error| not_compiled(format!("its limits cannot be set: {error}")))?;
    let wasm =
        read().map_err(|error| not_compiled(format!("the file is not handed over: {error}")))?;
    // This read returns when the other end is closed.
    thread::Builder::new()
        .spawn(|| {
            let _ = stdin().read(&mut [0]);
            process::abort();
        })
        .map_err(|error| out_of_memory(&error))?;
    let threads = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| out_of_memory(&error))?;
    let component = as_component(&wasm).map_err(|reason| (Failure::NotEncoded, reason))?;
    let code = threads
        .install(|| Engine::new(&engine::for_compiling())?.precompile_component(&component))
        .map_err(|error| {
            if is_out_of_memory(&error) {
                out_of_memory(&*error)
            } else {
                not_compiled(format!("{error:#}"))
            }
        })?;
    let mut output = stdout().lock();
    output
        .write_all(&code)
        .and_then(|()| output.flush())
        .map_err(|error| (Failure::NotWritten, error.to_string()))
}

fn out_of_memory(error: &dyn std::error::Error) -> Failed {
    (Failure::OutOfMemory, error.to_string())
}

fn is_out_of_memory(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::OutOfMemory)
    })
}

/// Reads a length and that number of bytes.
fn read() -> io::Result<Vec<u8>> {
    let mut input = stdin().lock();
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let length = usize::try_from(u64::from_le_bytes(length)).map_err(io::Error::other)?;
    if length > Program::MAX_BYTES {
        return Err(io::Error::other("it is too large for a plugin"));
    }
    let mut wasm = vec![0; length];
    input.read_exact(&mut wasm)?;
    Ok(wasm)
}

#[cfg(target_os = "linux")]
fn limit(memory: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let at_most = |value| Rlimit {
        current: Some(value),
        maximum: Some(value),
    };
    crate::schedule::lower_priority();
    setrlimit(Resource::As, at_most(memory))?;
    setrlimit(Resource::Fsize, at_most(MOST_CODE))?;
    // A compiler that fails leaves no image of its memory behind.
    setrlimit(Resource::Core, at_most(0))?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "as on Linux")]
fn limit(_memory: u64) -> io::Result<()> {
    Ok(())
}
