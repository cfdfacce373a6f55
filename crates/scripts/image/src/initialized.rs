//! A run of the initialisation.

use std::fmt;

use wasmi::{Config, Engine, ExternType, Instance, Linker, Module, Store, Val, errors::HostError};

use crate::{Error, INITIALIZE, module::Facts, rewrite};

/// The depth of calls that an initialisation may reach. The engine's own is for small programs.
const DEPTH: usize = 10_000;

/// The values of the functions that run, in bytes.
const STACK: usize = 16 << 20;

/// The size of a page of memory.
pub(crate) const PAGE: usize = 1 << 16;

/// The state of a module after its initialisation.
#[derive(Debug)]
pub(crate) struct Initialized {
    pub(crate) memory: Vec<u8>,
    /// The globals that can change, in the order of [`Facts::changing`].
    pub(crate) globals: Vec<Val>,
}

impl Initialized {
    /// Runs the initialisation of a module whose memory and globals can be read.
    pub(crate) fn of(opened: &[u8], facts: &Facts) -> Result<Self, Error> {
        let mut config = Config::default();
        config.set_max_recursion_depth(DEPTH);
        config.set_max_stack_height(STACK);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, opened).map_err(|error| failed(&error))?;
        let mut store = Store::new(&engine, ());
        let instance = without_host(&engine, &module)
            .and_then(|linker| linker.instantiate_and_start(&mut store, &module))
            .map_err(|error| failed(&error))?;
        instance
            .get_typed_func::<(), ()>(&store, INITIALIZE)
            .and_then(|initialize| initialize.call(&mut store, ()))
            .map_err(|error| failed(&error))?;
        Ok(Self::read(&store, instance, facts))
    }

    fn read(store: &Store<()>, instance: Instance, facts: &Facts) -> Self {
        let memory = instance
            .get_memory(store, rewrite::MEMORY)
            .expect("the opened module exports its memory");
        let globals = facts.changing.iter().map(|index| {
            let global = instance.get_global(store, &rewrite::global_name(*index));
            let global = global.expect("the opened module exports the globals that change");
            global.get(store)
        });
        Self {
            globals: globals.collect(),
            memory: memory.data(store).to_vec(),
        }
    }
}

/// Returns the imports of a module, each of which ends the run with its name.
fn without_host(engine: &Engine, module: &Module) -> Result<Linker<()>, wasmi::Error> {
    let mut linker = Linker::new(engine);
    // The same function may be imported more than once.
    linker.allow_shadowing(true);
    for import in module.imports() {
        let ExternType::Func(kind) = import.ty() else {
            continue;
        };
        let called = Called {
            module: import.module().to_owned(),
            name: import.name().to_owned(),
        };
        linker.func_new(
            import.module(),
            import.name(),
            kind.clone(),
            move |_, _, _| Err(wasmi::Error::host(called.clone())),
        )?;
    }
    Ok(linker)
}

fn failed(error: &wasmi::Error) -> Error {
    match error.downcast_ref::<Called>() {
        Some(Called { module, name }) => Error::Import {
            module: module.clone(),
            name: name.clone(),
        },
        None => Error::Run(error.to_string()),
    }
}

/// An import that was called.
#[derive(Debug, Clone)]
struct Called {
    module: String,
    name: String,
}

impl fmt::Display for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` `{}` was called", self.module, self.name)
    }
}

impl HostError for Called {}
