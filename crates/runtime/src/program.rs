//! A plugin's compiled code.

use std::{collections::BTreeSet, sync::Arc};

use raisfast_bindings::compatibility;
use raisfast_contract::{HookName, custom_section};
use raisfast_line_table::{MOST_BYTES, SECTION};
use wasmtime::component::{InstancePre, types::ComponentItem};

use crate::{LoadError, Runtime, compiler::GivenUp, profiling::Profiling, state::HostState};

/// Compiled code that fits the contract: no instance yet. Cloning shares the code.
#[derive(Clone)]
pub struct Program {
    pub(crate) runtime: Runtime,
    pub(crate) instance: InstancePre<HostState>,
    pub(crate) hooks: Arc<BTreeSet<HookName>>,
    /// True if it imports a function that may make it wait.
    pub(crate) may_wait: bool,
    /// True if it exports functions of its lifecycle.
    pub(crate) has_lifecycle: bool,
    /// The bytes that may be its line table; nothing has looked at them.
    pub(crate) line_table: Option<Arc<[u8]>>,
    pub(crate) profiling: Option<Arc<Profiling>>,
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
        if wasm.len() > Self::MAX_BYTES {
            return Err(LoadError::TooLarge { found: wasm.len() });
        }
        let cached = runtime
            .cache()
            .and_then(|cache| cache.get(runtime.engine(), wasm));
        let component = match cached {
            Some(component) => component,
            None => runtime.compile(wasm, given_up)?,
        };
        let mismatches = compatibility::check(&component, runtime.engine(), wanted);
        if !mismatches.is_empty() {
            return Err(LoadError::Mismatch(mismatches));
        }
        let instance = runtime
            .linker()
            .instantiate_pre(&component)
            .map_err(|error| LoadError::compile(&error))?;
        Ok(Self {
            runtime: runtime.clone(),
            instance,
            hooks: Arc::new(wanted.clone()),
            may_wait: raisfast_bindings::may_wait(&component, runtime.engine()),
            has_lifecycle: raisfast_bindings::exports_lifecycle(&component, runtime.engine()),
            line_table: custom_section::find(wasm, SECTION)
                .filter(|table| table.len() <= MOST_BYTES)
                .map(Arc::from),
            profiling: None,
        })
    }

    /// The hooks that this program was loaded for.
    pub fn hooks(&self) -> &BTreeSet<HookName> {
        &self.hooks
    }

    /// The hooks that its component exports, called for or not.
    pub fn exported_hooks(&self) -> BTreeSet<HookName> {
        raisfast_bindings::exported_hooks(self.instance.component(), self.runtime.engine())
    }

    /// The contract's functions that its component imports, as `host-api/log`: interface and
    /// function; and what makes a request of `wasi:http`.
    pub fn imported_functions(&self) -> BTreeSet<String> {
        let engine = self.runtime.engine();
        let component = self.instance.component().component_type();
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
