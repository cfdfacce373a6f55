//! A plugin's compiled code.

use std::{collections::BTreeSet, fmt, sync::Arc};

use raisfast_bindings::compatibility::{self, Mismatch};
use raisfast_contract::{HookName, Script, custom_section};
use raisfast_line_table::{MOST_BYTES, SECTION};
use wasmtime::{
    Engine,
    component::{Component, InstancePre, types::ComponentItem},
};

use crate::{LoadError, Runtime, compiler::GivenUp, profiling::Profiling, state::HostState};

/// Compiled code that fits the contract: no instance yet. Cloning shares the code.
#[derive(Clone)]
pub struct Program {
    pub(crate) runtime: Runtime,
    pub(crate) code: Code,
    pub(crate) hooks: Arc<BTreeSet<HookName>>,
    /// The script that its instances run, if the code is an interpreter.
    pub(crate) script: Option<Arc<Script>>,
    pub(crate) profiling: Option<Arc<Profiling>>,
}

/// The part of a program that is its component's alone, and is shared with others of the same
/// component.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) instance: InstancePre<HostState>,
    /// True if it imports a function that may make it wait.
    pub(crate) may_wait: bool,
    /// True if it exports functions of its lifecycle.
    pub(crate) has_lifecycle: bool,
    /// The bytes that may be its line table; nothing has looked at them.
    pub(crate) line_table: Option<Arc<[u8]>>,
}

impl Program {
    /// The largest file that is taken for a plugin, 64 MiB. A Python component has 18 MB.
    pub const MAX_BYTES: usize = 64 << 20;

    pub(crate) fn load(
        runtime: &Runtime,
        wasm: &[u8],
        wanted: &BTreeSet<HookName>,
        given_up: GivenUp,
    ) -> Result<Self, LoadError> {
        let check = |component: &Component, engine: &Engine| {
            compatibility::check(component, engine, wanted)
        };
        Ok(Self {
            runtime: runtime.clone(),
            code: Code::load(runtime, wasm, given_up, check)?,
            hooks: Arc::new(wanted.clone()),
            script: None,
            profiling: None,
        })
    }

    /// The hooks that this program was loaded for.
    pub fn hooks(&self) -> &BTreeSet<HookName> {
        &self.hooks
    }

    /// The hooks that its component exports, called for or not. An interpreter exports all of them.
    pub fn exported_hooks(&self) -> BTreeSet<HookName> {
        raisfast_bindings::exported_hooks(self.code.component(), self.runtime.engine())
    }

    /// The contract's functions that its component imports, as `host-api/log`: interface and
    /// function; and what makes a request of `wasi:http`.
    pub fn imported_functions(&self) -> BTreeSet<String> {
        let engine = self.runtime.engine();
        let component = self.code.component().component_type();
        let mut functions = BTreeSet::new();
        for (name, import) in component.imports(engine) {
            let interface = name.split('@').next().unwrap_or(name);
            let interface = match interface.strip_prefix("raisfast:plugin-wit/") {
                Some(interface) => interface,
                None if interface == "wasi:http/outgoing-handler" => interface,
                None => continue,
            };
            if let ComponentItem::ComponentInstance(instance) = import.ty {
                for (function, item) in instance.exports(engine) {
                    if matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                        functions.insert(format!("{interface}/{function}"));
                    }
                }
            }
        }
        functions
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut program = f.debug_struct("Program");
        program.field("hooks", &self.hooks).finish_non_exhaustive()
    }
}

impl Code {
    /// Compiles a core module or a component, or takes it from the cache. `check` finds what keeps
    /// it from being used.
    pub(crate) fn load(
        runtime: &Runtime,
        wasm: &[u8],
        given_up: GivenUp,
        check: impl FnOnce(&Component, &Engine) -> Vec<Mismatch>,
    ) -> Result<Self, LoadError> {
        if wasm.len() > Program::MAX_BYTES {
            return Err(LoadError::TooLarge { found: wasm.len() });
        }
        let cached = runtime
            .cache()
            .and_then(|cache| cache.get(runtime.engine(), wasm));
        let component = match cached {
            Some(component) => component,
            None => runtime.compile(wasm, given_up)?,
        };
        let mismatches = check(&component, runtime.engine());
        if !mismatches.is_empty() {
            return Err(LoadError::Mismatch(mismatches));
        }
        let instance = runtime
            .linker()
            .instantiate_pre(&component)
            .map_err(|error| LoadError::compile(&error))?;
        Ok(Self {
            instance,
            may_wait: raisfast_bindings::may_wait(&component, runtime.engine()),
            has_lifecycle: raisfast_bindings::exports_lifecycle(&component, runtime.engine()),
            line_table: custom_section::find(wasm, SECTION)
                .filter(|table| table.len() <= MOST_BYTES)
                .map(Arc::from),
        })
    }

    pub(crate) fn component(&self) -> &Component {
        self.instance.component()
    }
}
