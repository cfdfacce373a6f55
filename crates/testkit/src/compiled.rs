//! Compiled plugins. A process compiles each plugin once, however many of its tests load it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use raisfast_contract::HookName;
use raisfast_plugins::Code;
use raisfast_runtime::{Program, Runtime, RuntimeOptions};

use crate::LoadError;

/// The engine and what it has compiled.
struct Compiled {
    runtime: Runtime,
    programs: BTreeMap<(Arc<[u8]>, BTreeSet<HookName>), Program>,
}

static COMPILED: Mutex<Option<Compiled>> = Mutex::new(None);

/// The program of this code. Blocks while it, or another one, is compiled.
pub(crate) fn program(code: Code, hooks: BTreeSet<HookName>) -> Result<Program, LoadError> {
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let compiled = match &mut *compiled {
        Some(compiled) => compiled,
        none => none.insert(Compiled {
            runtime: Runtime::new(RuntimeOptions::default())?,
            programs: BTreeMap::new(),
        }),
    };
    let wasm = match code {
        Code::Wasm(wasm) => wasm,
        // The engine keeps its interpreter.
        script @ Code::Script(_) => return Ok(script.load(&compiled.runtime, &hooks)?),
    };
    let key = (wasm, hooks);
    if let Some(program) = compiled.programs.get(&key) {
        return Ok(program.clone());
    }
    let program = compiled.runtime.load(&key.0, &key.1)?;
    compiled.programs.insert(key, program.clone());
    Ok(program)
}
