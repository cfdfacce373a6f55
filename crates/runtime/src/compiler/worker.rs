//! A compilation in a process of its own, as those see it who want it.

use std::{
    io::{self, Read, Write},
    path::Path,
    process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, Sender, channel},
    thread::{self, available_parallelism},
};

use tempfile::{NamedTempFile, TempDir};
use wasmtime::component::Component;

use super::{
    CompileLimits, is_large,
    process::{Failure, SUBCOMMAND},
};
use crate::{LoadError, Runtime, binary::Binary, cache::Cache};

/// The most threads of a worker. Each takes its share of the memory.
const MOST_THREADS: usize = 4;
/// Bytes of what a worker says that are kept.
const SAID: u64 = 16 << 10;

/// The event that ends a compilation, unless its time is over before.
enum Event {
    /// The worker has ended, and has said this.
    Ended(String),
    /// Nobody wants the result any more.
    GivenUp,
}

/// The signal to a compilation that nobody wants its result.
pub(crate) struct GivenUp {
    events: Receiver<Event>,
    sender: Sender<Event>,
}

/// Gives a compilation up when it is dropped.
pub(crate) struct GiveUpOnDrop(Sender<Event>);

impl GivenUp {
    pub(crate) fn channel() -> (Self, GiveUpOnDrop) {
        let never = Self::never();
        let give_up = GiveUpOnDrop(never.sender.clone());
        (never, give_up)
    }

    /// The result is wanted whatever happens.
    pub(crate) fn never() -> Self {
        let (sender, events) = channel();
        Self { events, sender }
    }
}

impl Drop for GiveUpOnDrop {
    fn drop(&mut self) {
        // The compilation may have ended.
        let _ = self.0.send(Event::GivenUp);
    }
}

/// Compiles a file in a worker, and puts the code into the cache. Where there is none, or others
/// could write to it, the code lies in a folder of its own until it is loaded.
pub(super) fn compile(
    runtime: &Runtime,
    program: &Path,
    binary: &Binary<'_>,
    given_up: GivenUp,
) -> Result<Component, LoadError> {
    let scratch;
    let kept = runtime.cache().filter(|cache| cache.is_private());
    let cache = if let Some(cache) = kept {
        cache
    } else {
        scratch = Scratch::new(runtime)?;
        &scratch.cache
    };
    let code = cache.unfinished().map_err(not_written)?;
    let wasm = binary.bytes();
    let job = Job {
        program,
        binary,
        limits: runtime.compile_limits().of(wasm.len()),
    };
    job.run(&code, given_up)?;
    cache.keep(wasm, code).map_err(not_written)?;
    cache
        .get(runtime.engine(), wasm)
        .ok_or_else(|| LoadError::Compile {
            reason: "the compiled code cannot be loaded; the server's log says why".into(),
        })
}

fn not_written(source: io::Error) -> LoadError {
    LoadError::CodeNotWritten { source }
}

/// A cache for one compilation.
struct Scratch {
    cache: Cache,
    _folder: TempDir,
}

impl Scratch {
    fn new(runtime: &Runtime) -> Result<Self, LoadError> {
        let folder = tempfile::tempdir().map_err(not_written)?;
        let cache = Cache::open(folder.path().to_owned(), runtime.engine())
            .map_err(|error| not_written(io::Error::other(error)))?;
        Ok(Self {
            cache,
            _folder: folder,
        })
    }
}

struct Job<'a> {
    program: &'a Path,
    binary: &'a Binary<'a>,
    limits: CompileLimits,
}

impl Job<'_> {
    /// Blocks until the code lies in the file, or until it is known that it never will.
    fn run(&self, code: &NamedTempFile, given_up: GivenUp) -> Result<(), LoadError> {
        let mut child = self.start(code).map_err(|source| LoadError::NoCompiler {
            program: self.program.to_owned(),
            source,
        })?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stderr.take()) else {
            unreachable!("both are pipes");
        };
        let GivenUp { events, sender } = given_up;
        let wasm = self.binary.bytes();
        let (event, status) = thread::scope(|scope| {
            let feeding = scope.spawn(|| feed(input, wasm));
            scope.spawn(move || {
                let _ = sender.send(Event::Ended(said(output)));
            });
            let event = events.recv_timeout(self.limits.time);
            if !matches!(event, Ok(Event::Ended(_))) {
                // It may have ended just now.
                let _ = child.kill();
            }
            let status = child.wait();
            // Not before: where its input is closed the worker ends.
            drop(feeding.join());
            (event, status)
        });
        match (event, status) {
            (Ok(Event::Ended(said)), Ok(status)) => self.judge(status, &said),
            (Ok(Event::Ended(_)), Err(error)) => Err(LoadError::Compile {
                reason: format!("how the compiler has ended is not known: {error}"),
            }),
            (Ok(Event::GivenUp), _) => Err(LoadError::Compile {
                reason: "it was given up".into(),
            }),
            (Err(_), _) => Err(LoadError::CompileTimeout {
                limit: self.limits.time,
            }),
        }
    }

    fn start(&self, code: &NamedTempFile) -> io::Result<Child> {
        let mut command = Command::new(self.program);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::arg0(&mut command, "raisfast");
        command
            .arg(SUBCOMMAND)
            .args(["--memory", &self.limits.memory.to_string()])
            .args(["--threads", &self.threads().to_string()])
            // The server's secrets are none of its business.
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(code.as_file().try_clone()?)
            .stderr(Stdio::piped())
            .spawn()
    }

    fn threads(&self) -> usize {
        if !is_large(self.binary.bytes().len()) {
            return 1;
        }
        let cores = available_parallelism().map_or(1, usize::from);
        cores.saturating_sub(1).clamp(1, MOST_THREADS)
    }

    fn judge(&self, status: ExitStatus, said: &str) -> Result<(), LoadError> {
        if status.success() {
            return Ok(());
        }
        let failure = Failure::ALL
            .into_iter()
            .find(|failure| status.code() == Some(i32::from(*failure as u8)));
        let out_of_memory = LoadError::CompileMemory {
            limit: self.limits.memory,
        };
        let reason = said.trim();
        Err(match failure {
            Some(Failure::NotEncoded) => self.binary.not_encoded(reason),
            Some(Failure::NotCompiled) => LoadError::Compile {
                reason: reason.to_owned(),
            },
            Some(Failure::NotWritten) => not_written(io::Error::other(reason.to_owned())),
            Some(Failure::OutOfMemory) => out_of_memory,
            // The words of Rust's allocator, before it ends the process.
            None if said.contains("memory allocation of") => out_of_memory,
            None => LoadError::CompilerCrashed {
                status,
                reason: reason.lines().last().unwrap_or_default().to_owned(),
            },
        })
    }
}

/// Hands the file over, and gives back what has to stay open.
fn feed(mut input: ChildStdin, wasm: &[u8]) -> Option<ChildStdin> {
    let length = (wasm.len() as u64).to_le_bytes();
    let written = input
        .write_all(&length)
        .and_then(|()| input.write_all(wasm))
        .and_then(|()| input.flush());
    // Where it has ended early, its exit code says why.
    written.ok().map(|()| input)
}

/// Reads the worker's output until it ends, as far as it is kept.
fn said(mut output: ChildStderr) -> String {
    let mut said = Vec::new();
    let _ = (&mut output).take(SAID).read_to_end(&mut said);
    let _ = io::copy(&mut output, &mut io::sink());
    String::from_utf8_lossy(&said).into_owned()
}
