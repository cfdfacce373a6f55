//! Compiling large plugins beside a server's work.
//!
//! A file of some megabytes keeps every core busy for seconds. So large files wait for a turn, one after the
//! other, and are compiled on threads of their own: one fewer than there are cores, and of low priority where
//! the system has that for threads. A turn begins when no other large file is being compiled; it ends with its
//! compilation, which nothing can stop, wanted or not. Small files need no turn.

use std::{
    collections::BTreeSet,
    io,
    sync::Arc,
    thread::{self, available_parallelism},
};

use raisfast_types::HookName;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::{LoadError, Program, Runtime, background};

/// Bytes from which on a file is large: with so many, compiling takes about a second.
const LARGE: usize = 1 << 20;

/// The place at which large files are compiled.
pub(crate) struct Compiler(Arc<Semaphore>);

impl Compiler {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// The right to compile one large file now. Dropped, it goes to the next.
pub struct CompilerTurn {
    runtime: Runtime,
    place: Option<OwnedSemaphorePermit>,
}

impl Runtime {
    /// Whether [`load`](Self::load) would have to compile a large file: it would take seconds, on all cores.
    pub fn compiles_long(&self, wasm: &[u8]) -> bool {
        wasm.len() >= LARGE && !self.cache().is_some_and(|cache| cache.has(wasm))
    }

    /// Waits until no other large file is being compiled, first come, first served.
    pub async fn compiler_turn(&self) -> CompilerTurn {
        let place = Arc::clone(&self.compiler().0).acquire_owned().await;
        CompilerTurn {
            runtime: self.clone(),
            // It is never closed.
            place: place.ok(),
        }
    }
}

impl CompilerTurn {
    /// The same as [`Runtime::load`], on threads that leave room for others. Where this is dropped, the
    /// compilation goes on: its result lies in the cache then.
    pub async fn load(
        self,
        wasm: Arc<[u8]>,
        wanted: BTreeSet<HookName>,
    ) -> Result<Program, LoadError> {
        let (sender, loaded) = oneshot::channel();
        let work = move || {
            let program = threads()
                .map_err(|error| no_thread(&error))
                .and_then(|threads| threads.install(|| self.runtime.load(&wasm, &wanted)));
            drop(self.place);
            // Nobody may want it any more.
            let _ = sender.send(program);
        };
        // No thread of the executor: it would wait for this one at its end.
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

/// The threads of one compilation; they end when this is dropped.
fn threads() -> io::Result<ThreadPool> {
    let cores = available_parallelism().map_or(1, usize::from);
    ThreadPoolBuilder::new()
        .num_threads(cores.saturating_sub(1).max(1))
        .thread_name(|number| format!("plugin-compiler-{number}"))
        .start_handler(|_| background::lower_priority())
        .build()
        .map_err(io::Error::other)
}
