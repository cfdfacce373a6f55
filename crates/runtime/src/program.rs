//! A plugin's compiled code.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use raisfast_bindings::compatibility;
use raisfast_types::HookName;
use wasmparser::{Parser, Payload};
use wasmtime::component::{Component, InstancePre};
use wit_component::ComponentEncoder;

use crate::{LoadError, Runtime, host::HostState};

/// The largest file that is taken for a plugin. A Python component has 18 MB.
const MAX_BYTES: usize = 64 << 20;

/// Compiled code that fits the contract: no instance yet. Cloning shares the code.
#[derive(Clone)]
pub struct Program {
    pub(crate) runtime: Runtime,
    pub(crate) instance: InstancePre<HostState>,
    pub(crate) hooks: Arc<BTreeSet<HookName>>,
}

impl Program {
    pub(crate) fn load(
        runtime: &Runtime,
        wasm: &[u8],
        wanted: &BTreeSet<HookName>,
    ) -> Result<Self, LoadError> {
        if wasm.len() > MAX_BYTES {
            return Err(LoadError::TooLarge {
                found: wasm.len(),
                limit: MAX_BYTES,
            });
        }
        let component = compile(runtime, wasm)?;
        let mismatches = compatibility::check(&component, runtime.engine(), wanted);
        if !mismatches.is_empty() {
            return Err(LoadError::Mismatch(mismatches));
        }
        let instance = runtime
            .linker()
            .instantiate_pre(&component)
            .map_err(|error| compile_error(&error))?;
        Ok(Self {
            runtime: runtime.clone(),
            instance,
            hooks: Arc::new(wanted.clone()),
        })
    }

    /// The hooks that this program was loaded for.
    pub fn hooks(&self) -> &BTreeSet<HookName> {
        &self.hooks
    }
}

fn compile(runtime: &Runtime, wasm: &[u8]) -> Result<Component, LoadError> {
    let engine = runtime.engine();
    if let Some(cached) = runtime.cache().and_then(|cache| cache.get(engine, wasm)) {
        return Ok(cached);
    }
    let binary = as_component(wasm)?;
    let component =
        Component::from_binary(engine, &binary).map_err(|error| compile_error(&error))?;
    if let Some(cache) = runtime.cache() {
        cache.put(wasm, &component);
    }
    Ok(component)
}

fn compile_error(error: &wasmtime::Error) -> LoadError {
    LoadError::Compile {
        reason: format!("{error:#}"),
    }
}

/// The file as a component: as it is, or a core module with what its `component-type` section says.
fn as_component(wasm: &[u8]) -> Result<Cow<'_, [u8]>, LoadError> {
    if Parser::is_component(wasm) {
        return Ok(Cow::Borrowed(wasm));
    }
    if !Parser::is_core_wasm(wasm) {
        return Err(LoadError::NotWasm {
            found: beginning(wasm),
        });
    }
    if !names_a_world(wasm)? {
        return Err(LoadError::NoContract);
    }
    let encode = || -> Result<Vec<u8>, LoadError> {
        let failed = |error| LoadError::Encode {
            reason: format!("{error:#}"),
        };
        let mut encoder = ComponentEncoder::default();
        encoder.validate(true).module(wasm).map_err(failed)?;
        encoder.encode().map_err(failed)
    };
    encode().map(Cow::Owned)
}

/// Whether a core module carries the custom section in which bindings generators keep the WIT world.
fn names_a_world(wasm: &[u8]) -> Result<bool, LoadError> {
    let mut found = false;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload {
            Ok(Payload::CustomSection(section)) => {
                found |= section.name().starts_with("component-type");
            }
            Ok(_) => {}
            Err(error) => {
                return Err(LoadError::Damaged {
                    reason: error.to_string(),
                });
            }
        }
    }
    Ok(found)
}

fn beginning(wasm: &[u8]) -> String {
    if wasm.is_empty() {
        return "the file is empty".into();
    }
    let head: String = wasm
        .iter()
        .take(16)
        .map(|&byte| byte.escape_ascii().to_string())
        .collect();
    format!("the file begins with `{head}`")
}
