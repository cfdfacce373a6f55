//! The engine that all plugins share, and its clock.
//!
//! The clock is a thread that raises the engine's epoch every few milliseconds. A guest that runs when
//! the epoch rises yields to the async executor, which is how a deadline reaches a guest that calls
//! nothing. The thread begins with the [`Runtime`] and ends when the last clone of it is dropped.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use raisfast_contract::HookName;
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, component::Linker,
};

use crate::{
    LoadError, Program, RuntimeError,
    background::{Background, threads_for_long_calls},
    cache::Cache,
    compiler::{CompileLimits, Compiler, GivenUp, Places as CompilerPlaces},
    room::{Needs, Room},
    state::{self, HostState},
    turns::Places,
};

/// How long a guest may keep its thread before it yields.
const TICK: Duration = Duration::from_millis(2);

/// The same while long calls go on in the background: the sooner such a call gives its thread up, the sooner the system
/// looks who else waits for the processor.
const SHORT_TICK: Duration = Duration::from_millis(1);

/// The most elements of a table. It is address space that is set aside for each.
pub(crate) const TABLE_ELEMENTS: usize = 100_000;

/// The most core instances of a component.
const CORE_INSTANCES: u32 = 100;

/// Address space after each memory. Together with the reservation it is the distance from one memory to
/// the next. Guests are alike, and touch the same offsets of their memories: if the distance were a round
/// number, the caches would keep those of all guests in the same few places. Five pages more, and a chain
/// of plugins finds its memories still there.
const GUARD: u64 = (32 << 20) + 5 * 4_096;

/// What an operator may choose.
#[derive(Debug, Clone)]
pub struct RuntimeOptions {
    /// Where compiled code is kept, so that the next start need not compile. `None` keeps nothing. Only
    /// the server's user may be able to write there: what lies there is run as machine code.
    pub cache: Option<PathBuf>,
    /// The most memory that any instance may have, in bytes. Default 256 MiB. It is address space that
    /// is set aside, not memory.
    pub max_memory: usize,
    /// The most instances of all plugins together, not counting those of a version that takes over from another.
    /// Default 1,000.
    pub max_instances: u32,
    /// Who compiles what is not in the cache.
    pub compiler: Compiler,
    /// What one compilation may take.
    pub compile_limits: CompileLimits,
}

impl Default for RuntimeOptions {
    fn default() -> Self {
        Self {
            cache: None,
            max_memory: 256 << 20,
            max_instances: 1_000,
            compiler: Compiler::default(),
            compile_limits: CompileLimits::default(),
        }
    }
}

/// The engine, its clock, the cache and the linked host functions. Cloning shares them.
#[derive(Clone)]
pub struct Runtime(Arc<Shared>);

struct Shared {
    engine: Engine,
    linker: Linker<HostState>,
    cache: Option<Cache>,
    compiler: Compiler,
    compile_limits: CompileLimits,
    compiler_places: CompilerPlaces,
    max_memory: usize,
    room: Room,
    places: Places,
    background: Background,
    /// Dropped last of all: it ends the clock's thread.
    _clock: Clock,
}

impl Runtime {
    /// Makes an engine and starts its clock, and the threads for plugins' long calls.
    pub fn new(options: RuntimeOptions) -> Result<Self, RuntimeError> {
        let engine = Engine::new(&configuration(&options)).map_err(RuntimeError::Engine)?;
        let mut linker = Linker::new(&engine);
        state::link(&mut linker).map_err(RuntimeError::Engine)?;
        let cache = options
            .cache
            .map(|folder| Cache::open(folder, &engine))
            .transpose()?;
        let places = Places::new(threads_for_long_calls());
        let background = Background::start().map_err(RuntimeError::Background)?;
        let clock =
            Clock::start(engine.clone(), background.clone()).map_err(RuntimeError::Clock)?;
        Ok(Self(Arc::new(Shared {
            engine,
            linker,
            cache,
            compiler: options.compiler,
            compile_limits: options.compile_limits,
            compiler_places: CompilerPlaces::new(),
            max_memory: options.max_memory,
            room: Room::new(Needs::of_all(options.max_instances)),
            places,
            background,
            _clock: clock,
        })))
    }

    /// Compiles a core module or a component, or takes it from the cache, and checks that it fits the
    /// contract and exports the `wanted` hooks. Compiling takes from milliseconds to minutes: call it where
    /// blocking is allowed. A server that is in use gives files [their turn](Self::compiler_turn) instead.
    pub fn load(&self, wasm: &[u8], wanted: &BTreeSet<HookName>) -> Result<Program, LoadError> {
        Program::load(self, wasm, wanted, GivenUp::never())
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(crate) fn linker(&self) -> &Linker<HostState> {
        &self.0.linker
    }

    /// The most memory that any instance may have, in bytes.
    pub(crate) fn max_memory(&self) -> usize {
        self.0.max_memory
    }

    /// The room for instances.
    pub(crate) fn room(&self) -> &Room {
        &self.0.room
    }

    /// Where long calls on their callers' stacks take turns.
    pub(crate) fn places(&self) -> &Places {
        &self.0.places
    }

    /// Where other long calls go on.
    pub(crate) fn background(&self) -> &Background {
        &self.0.background
    }

    pub(crate) fn compiler(&self) -> &Compiler {
        &self.0.compiler
    }

    pub(crate) fn compile_limits(&self) -> CompileLimits {
        self.0.compile_limits
    }

    /// Where files are compiled.
    pub(crate) fn compiler_places(&self) -> &CompilerPlaces {
        &self.0.compiler_places
    }

    pub(crate) fn cache(&self) -> Option<&Cache> {
        self.0.cache.as_ref()
    }
}

fn configuration(options: &RuntimeOptions) -> Config {
    let mut pooling = PoolingAllocationConfig::new();
    let all = Needs::of_all(options.max_instances);
    pooling
        .total_component_instances(all.instances)
        // A component is several core instances (the guest, wit-component's shims; a Python guest has dozens). This is
        // a count alone, and no component should find it used up by others.
        .total_core_instances(all.instances.saturating_mul(CORE_INSTANCES))
        .total_memories(all.memories)
        .total_tables(all.tables)
        .total_stacks(all.instances)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(16)
        .max_tables_per_component(100)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(options.max_memory);
    let mut config = for_compiling();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pooling));
    config
}

/// All that decides which machine code is made; without what sets address space aside for instances.
pub(crate) fn for_compiling() -> Config {
    let mut config = Config::new();
    config
        // A slot reserves all that a 32-bit index can reach, so that bounds checks cost nothing. It is
        // address space: an instance's memory is what it touches, up to its own limit.
        .memory_reservation(4 << 30)
        .memory_guard_size(GUARD)
        .epoch_interruption(true)
        // The component model's own concurrency costs every call, and plugins do not use it.
        .concurrency_support(false)
        // Deep recursion traps here instead of filling the 2 MiB of the async stack.
        .max_wasm_stack(1 << 20)
        .async_stack_size(2 << 20)
        // When an instance ends: its stack would else keep its memory, and what was written to it, for the next one.
        .async_stack_zeroing(true)
        // A panic goes through a dozen before it traps; the author's own come after them.
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(64));
    config
}

/// The thread that raises the epoch; it ends when this is dropped.
struct Clock {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Clock {
    fn start(engine: Engine, background: Background) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::Builder::new()
            .name("plugin-clock".into())
            .spawn(move || {
                let tick = || {
                    if background.is_in_use() {
                        SHORT_TICK
                    } else {
                        TICK
                    }
                };
                while stopped.recv_timeout(tick()) == Err(mpsc::RecvTimeoutError::Timeout) {
                    engine.increment_epoch();
                }
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the clock has been printed; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}
