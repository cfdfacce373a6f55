//! The engine that all plugins share, with all that begins and ends with it.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use raisfast_contract::HookName;
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, component::Linker,
};

use crate::{
    LoadError, Program, RuntimeError,
    cache::Cache,
    compiler::{CompileLimits, Compiler, CompilerQueues, GivenUp},
    interpreter::Interpreters,
    room::{Needs, Room},
    schedule::Schedule,
    state::{self, HostState},
};

/// The most elements of a table. Address space is set aside for each.
pub(crate) const TABLE_ELEMENTS: usize = 100_000;

/// The most core instances of a component.
const CORE_INSTANCES: u32 = 100;

/// Address space after each memory. Together with the reservation it is the distance from one
/// memory to the next. Guests are alike, and touch the same offsets of their memories: if the
/// distance were a round number, the caches would keep those of all guests in the same few places.
/// Five pages more, and a chain of plugins finds its memories still there.
const GUARD: u64 = (32 << 20) + 5 * 4_096;

/// The operator's choices.
#[derive(Debug, Clone)]
pub struct RuntimeOptions {
    /// The folder for compiled code, so that the next start need not compile. `None` keeps nothing.
    /// Only the server's user may be able to write there: its files are run as machine code.
    pub cache: Option<PathBuf>,
    /// The most memory that any instance may have, in bytes. It is address space that is set aside,
    /// not memory. Default: 256 MiB.
    pub max_memory: usize,
    /// The most instances of all plugins together, not counting those of a version that takes over
    /// from another. Default: 1,000.
    pub max_instances: u32,
    /// The compiler of files that are not in the cache.
    pub compiler: Compiler,
    /// The limits of one compilation.
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
    compiler_queues: CompilerQueues,
    max_memory: usize,
    room: Room,
    interpreters: Interpreters,
    /// Dropped last of all: it ends the clock's thread.
    schedule: Schedule,
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
        let schedule = Schedule::start(&engine)?;
        Ok(Self(Arc::new(Shared {
            engine,
            linker,
            cache,
            compiler: options.compiler,
            compile_limits: options.compile_limits,
            compiler_queues: CompilerQueues::new(),
            max_memory: options.max_memory,
            interpreters: Interpreters::default(),
            room: Room::new(Needs::of_all(options.max_instances)),
            schedule,
        })))
    }

    /// Compiles a core module or a component, or takes it from the cache, and checks that it fits
    /// the contract and exports the `wanted` hooks. Compiling takes from milliseconds to minutes:
    /// call this where blocking is allowed. A server that is in use gives files [their
    /// turn](Self::compiler_turn) instead.
    pub fn load(&self, wasm: &[u8], wanted: &BTreeSet<HookName>) -> Result<Program, LoadError> {
        Program::load(self, wasm, wanted, GivenUp::never())
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(crate) fn linker(&self) -> &Linker<HostState> {
        &self.0.linker
    }

    /// Returns the most memory that any instance may have, in bytes.
    pub(crate) fn max_memory(&self) -> usize {
        self.0.max_memory
    }

    /// Returns the room for instances.
    pub(crate) fn room(&self) -> &Room {
        &self.0.room
    }

    /// Returns the schedule of all plugins' calls.
    pub(crate) fn schedule(&self) -> &Schedule {
        &self.0.schedule
    }

    /// Returns the interpreters that are compiled.
    pub(crate) fn interpreters(&self) -> &Interpreters {
        &self.0.interpreters
    }

    pub(crate) fn compiler(&self) -> &Compiler {
        &self.0.compiler
    }

    pub(crate) fn compile_limits(&self) -> CompileLimits {
        self.0.compile_limits
    }

    /// Returns the queues of files that are to be compiled.
    pub(crate) fn compiler_queues(&self) -> &CompilerQueues {
        &self.0.compiler_queues
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
        // A component is several core instances (the guest, wit-component's shims; a Python guest
        // has dozens). This is a count alone, and no component should find it used up by others.
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

/// Returns all options that decide about the machine code; without those that set address space
/// aside for instances.
pub(crate) fn for_compiling() -> Config {
    let mut config = Config::new();
    config
        // A slot reserves all that a 32-bit index can reach, so that bounds checks cost nothing. It
        // is address space: an instance's memory is what it touches, up to its own limit.
        .memory_reservation(4 << 30)
        .memory_guard_size(GUARD)
        .epoch_interruption(true)
        // The component model's own concurrency costs every call, and plugins do not use it.
        .concurrency_support(false)
        // Deep recursion traps here instead of filling the 2 MiB of the async stack.
        .max_wasm_stack(1 << 20)
        .async_stack_size(2 << 20)
        // When an instance ends: its stack would else keep its memory, and what was written to it,
        // for the next one.
        .async_stack_zeroing(true)
        // A panic goes through a dozen before it traps; the author's own come after them.
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(64));
    config
}
