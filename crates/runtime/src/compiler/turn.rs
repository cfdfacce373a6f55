//! The queues of files that are to be compiled beside a server's work.

use std::{
    collections::BTreeSet,
    io,
    sync::Arc,
    thread::{self, available_parallelism},
};

use raisfast_contract::{HookName, Script};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{Compiler, GivenUp, is_large};
use crate::{LoadError, Program, Runtime, schedule::lower_priority};

/// The number of small files that are compiled at the same time.
const SMALL_AT_A_TIME: usize = 4;

/// The queues: one for small files, one for large ones.
pub(crate) struct CompilerQueues {
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

impl CompilerQueues {
    pub(crate) fn new() -> Self {
        Self {
            small: Arc::new(Semaphore::new(SMALL_AT_A_TIME)),
            large: Arc::new(Semaphore::new(1)),
        }
    }
}

/// The right to compile one file now. Dropped, it goes to the next.
pub struct CompilerTurn {
    runtime: Runtime,
    permit: Option<OwnedSemaphorePermit>,
}

impl Runtime {
    /// Returns true if [`load`](Self::load) would find the code in the cache.
    pub fn is_compiled(&self, wasm: &[u8]) -> bool {
        self.cache().is_some_and(|cache| cache.has(wasm))
    }

    /// Returns true if a file of this size, in bytes, usually takes seconds to compile.
    pub fn compiles_long(bytes: usize) -> bool {
        is_large(bytes)
    }

    /// Waits until a file of this size, in bytes, may be compiled, first come, first served. Large
    /// files wait for large ones only, and small for small ones.
    pub async fn compiler_turn(&self, bytes: usize) -> CompilerTurn {
        let queues = self.compiler_queues();
        let queue = if is_large(bytes) {
            &queues.large
        } else {
            &queues.small
        };
        CompilerTurn {
            runtime: self.clone(),
            // It is never closed.
            permit: Arc::clone(queue).acquire_owned().await.ok(),
        }
    }
}

impl CompilerTurn {
    /// Does the same as [`Runtime::load`], beside a server's work. Dropping the future kills the
    /// worker; a compilation in this process goes on, and its result lies in the cache then.
    pub async fn load(
        self,
        wasm: Arc<[u8]>,
        wanted: BTreeSet<HookName>,
    ) -> Result<Program, LoadError> {
        let bytes = wasm.len();
        let load =
            move |runtime: &Runtime, given_up| Program::load(runtime, &wasm, &wanted, given_up);
        self.run(bytes, load).await
    }

    /// Does the same as [`Runtime::load_script`], beside a server's work.
    pub async fn load_script(
        self,
        script: Arc<Script>,
        wanted: BTreeSet<HookName>,
    ) -> Result<Program, LoadError> {
        let bytes = Runtime::interpreter_bytes(script.language)?;
        let load =
            move |runtime: &Runtime, given_up| runtime.load_script_until(script, &wanted, given_up);
        self.run(bytes, load).await
    }

    async fn run(
        self,
        bytes: usize,
        load: impl FnOnce(&Runtime, GivenUp) -> Result<Program, LoadError> + Send + 'static,
    ) -> Result<Program, LoadError> {
        let (sender, loaded) = oneshot::channel();
        let (given_up, _give_up) = GivenUp::channel();
        let Self { runtime, permit } = self;
        let work = move || {
            let load = || load(&runtime, given_up);
            let is_long = is_large(bytes) && *runtime.compiler() == Compiler::InProcess;
            let program = if is_long {
                threads()
                    .map_err(|error| no_thread(&error))
                    .and_then(|threads| threads.install(load))
            } else {
                load()
            };
            drop(permit);
            // The caller may be gone.
            let _ = sender.send(program);
        };
        // Not a thread of the executor, which would wait for it at its end.
        thread::Builder::new()
            .name("plugin-compiler".into())
            .spawn(work)
            .map_err(|error| no_thread(&error))?;
        loaded.await.unwrap_or_else(|_| {
            Err(LoadError::Compile {
                reason: "the compiler panicked; the server's output says where".into(),
            })
        })
    }
}

fn no_thread(error: &dyn std::error::Error) -> LoadError {
    LoadError::Compile {
        reason: format!("there is no thread to compile on: {error}"),
    }
}

/// Starts threads for one compilation, which leave room for others; they end with the pool.
fn threads() -> io::Result<ThreadPool> {
    let cores = available_parallelism().map_or(1, usize::from);
    ThreadPoolBuilder::new()
        .num_threads(cores.saturating_sub(1).max(1))
        .thread_name(|number| format!("plugin-compiler-{number}"))
        .start_handler(|_| lower_priority())
        .build()
        .map_err(io::Error::other)
}
