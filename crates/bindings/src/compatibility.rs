//! The compatibility of a component with the contract, in words that its author understands.
//!
//! wasmtime would refuse the same components, but in terms of type indices. Here the contract's
//! text is the measure, so that a message can name the record's field that differs.

mod contract;
mod signature;
mod unknown;

use std::collections::BTreeSet;

use contract::CONTRACT_TYPES;
use raisfast_contract::{
    HookName,
    interface::{PREVIEW1, SCRIPT},
};
pub use signature::Signature;
use wasmtime::{
    Engine,
    component::{
        Component,
        types::{self, ComponentItem},
    },
};
use wit_parser::Interface;

use crate::{LIFECYCLE_INTERFACE, exported_hooks, hooks::hooks_of, is_interface};

/// Every function that a plugin may import, as `host-api/log`: interface and function.
pub fn host_functions() -> BTreeSet<String> {
    CONTRACT_TYPES.host_functions().collect()
}

/// One way in which a component does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It imports an interface that the host does not have.
    #[error("{}", unknown::import(interface))]
    UnknownInterface {
        /// The interface's name.
        interface: String,
    },
    /// It imports a function that the host's interface does not have.
    #[error(
        "the component imports the function `{function}` of `{interface}`, which this host does not have; \
         there it has {}. It was built against another plugin.wit. \
         Build it against this host's",
        CONTRACT_TYPES.functions(interface).join(", ")
    )]
    UnknownFunction {
        /// The interface's name.
        interface: String,
        /// The function's name.
        function: String,
    },
    /// A function it imports has another type here.
    #[error(
        "the component imports the function `{function}` of `{interface}` with another type than the contract's: {}. \
         Build it against this host's plugin.wit", differences.join("; ")
    )]
    ImportType {
        /// The interface's name.
        interface: String,
        /// The function's name.
        function: String,
        /// Parameter by parameter, field by field.
        differences: Vec<String>,
    },
    /// The manifest names hooks, and it does not export their interface.
    #[error("{}", unknown::no_hooks(exports))]
    NoHooks {
        /// The interfaces that it does export.
        exports: Vec<String>,
    },
    /// The manifest names a hook that it does not export.
    #[error(
        "the manifest subscribes to `{hook}`, but the component does not export it; it exports {}. \
         Implement `{hook}` or remove [hooks.{hook}] from the manifest",
        listed(exported)
    )]
    MissingHook {
        /// The hook.
        hook: HookName,
        /// The hooks that it does export.
        exported: BTreeSet<HookName>,
    },
    /// It exports a hook with another type.
    #[error(
        "the component exports the hook `{hook}` with another type than the contract's: {}. \
         Build it against this host's plugin.wit", differences.join("; ")
    )]
    HookType {
        /// The hook.
        hook: HookName,
        /// Parameter by parameter, field by field.
        differences: Vec<String>,
    },
    /// It exports a function of the lifecycle with another type.
    #[error(
        "the component exports `{function}` of `{LIFECYCLE_INTERFACE}` with another type than the contract's: {}. \
         Build it against this host's plugin.wit", differences.join("; ")
    )]
    LifecycleType {
        /// The function's name.
        function: String,
        /// Parameter by parameter, field by field.
        differences: Vec<String>,
    },
}

fn listed(hooks: &BTreeSet<HookName>) -> String {
    if hooks.is_empty() {
        return "no hook of the contract".to_owned();
    }
    let names: Vec<_> = hooks.iter().map(|hook| format!("`{hook}`")).collect();
    names.join(", ")
}

/// Everything that keeps a component from being an interpreter of scripts; empty when it fits.
pub fn check_interpreter(component: &Component, engine: &Engine) -> Vec<Mismatch> {
    let mut mismatches = check(component, engine, &HookName::ALL.into());
    mismatches.retain(|mismatch| {
        !matches!(mismatch, Mismatch::UnknownInterface { interface } if interface == SCRIPT)
    });
    mismatches
}

/// Everything that keeps a component from being loaded for these hooks; empty when it fits.
pub fn check(component: &Component, engine: &Engine, wanted: &BTreeSet<HookName>) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    let component_type = component.component_type();
    for (name, import) in component_type.imports(engine) {
        match (CONTRACT_TYPES.import(name), import.ty) {
            (Some(known), ComponentItem::ComponentInstance(functions)) => {
                check_functions(name, known, &functions, engine, &mut mismatches);
            }
            _ if is_granted_wasi(name) || name == PREVIEW1 => {}
            _ => mismatches.push(Mismatch::UnknownInterface {
                interface: name.to_owned(),
            }),
        }
    }
    let exported = exported_hooks(component, engine);
    let mut exports = component_type.exports(engine).map(|(name, _)| name);
    if !wanted.is_empty() && !exports.any(|name| hooks_of(name).next().is_some()) {
        let exports = component_type.exports(engine);
        mismatches.push(Mismatch::NoHooks {
            exports: exports.map(|(name, _)| name.to_owned()).collect(),
        });
        return mismatches;
    }
    for &hook in wanted {
        if !exported.contains(&hook) {
            mismatches.push(Mismatch::MissingHook {
                hook,
                exported: exported.clone(),
            });
        }
    }
    for (name, export) in component_type.exports(engine) {
        let ComponentItem::ComponentInstance(functions) = export.ty else {
            continue;
        };
        let hooks = hooks_of(name).filter(|hook| wanted.contains(hook));
        check_hooks(hooks, &functions, engine, &mut mismatches);
        if is_interface(name, LIFECYCLE_INTERFACE) {
            check_lifecycle(&functions, engine, &mut mismatches);
        }
    }
    mismatches
}

fn check_hooks(
    hooks: impl Iterator<Item = HookName>,
    functions: &types::ComponentInstance,
    engine: &Engine,
    mismatches: &mut Vec<Mismatch>,
) {
    for hook in hooks {
        let exported = functions.get_export(engine, hook.as_str());
        if let Some(ComponentItem::ComponentFunc(function)) = exported.map(|export| export.ty) {
            let differences = contract(hook).differences(&Signature::found(&function));
            if !differences.is_empty() {
                mismatches.push(Mismatch::HookType { hook, differences });
            }
        }
    }
}

/// A function that the contract's lifecycle does not have is never called, and may have any type.
fn check_lifecycle(
    functions: &types::ComponentInstance,
    engine: &Engine,
    mismatches: &mut Vec<Mismatch>,
) {
    let lifecycle = CONTRACT_TYPES.exported(LIFECYCLE_INTERFACE);
    for (name, export) in functions.exports(engine) {
        let expected = lifecycle.and_then(|known| CONTRACT_TYPES.signature(known, name));
        if let (Some(expected), ComponentItem::ComponentFunc(function)) = (expected, export.ty) {
            let differences = expected.differences(&Signature::found(&function));
            if !differences.is_empty() {
                mismatches.push(Mismatch::LifecycleType {
                    function: name.to_owned(),
                    differences,
                });
            }
        }
    }
}

/// The packages of WASI 0.2 that are linked.
const WASI_PACKAGES: [&str; 6] = [
    "wasi:cli",
    "wasi:clocks",
    "wasi:filesystem",
    "wasi:io",
    "wasi:random",
    "wasi:sockets",
];

/// The linked interfaces of `wasi:http`: requests go out, none come in.
const WASI_HTTP: [&str; 2] = ["wasi:http/outgoing-handler", "wasi:http/types"];

/// Returns whether an import is of WASI 0.2, as far as it is linked.
fn is_granted_wasi(name: &str) -> bool {
    let (interface, version) = match name.split_once('@') {
        Some((interface, version)) => (interface, Some(version)),
        None => (name, None),
    };
    let Some((package, _)) = interface.split_once('/') else {
        return false;
    };
    (WASI_PACKAGES.contains(&package) || WASI_HTTP.contains(&interface))
        && version.is_none_or(unknown::is_wasi_02)
}

fn check_functions(
    interface: &str,
    known: &Interface,
    functions: &types::ComponentInstance,
    engine: &Engine,
    mismatches: &mut Vec<Mismatch>,
) {
    for (name, item) in functions.exports(engine) {
        let ComponentItem::ComponentFunc(function) = item.ty else {
            continue;
        };
        let (interface, function_name) = (interface.to_owned(), name.to_owned());
        let Some(expected) = CONTRACT_TYPES.signature(known, name) else {
            mismatches.push(Mismatch::UnknownFunction {
                interface,
                function: function_name,
            });
            continue;
        };
        let differences = expected.differences(&Signature::found(&function));
        if !differences.is_empty() {
            mismatches.push(Mismatch::ImportType {
                interface,
                function: function_name,
                differences,
            });
        }
    }
}

/// A hook's type as the contract has it.
pub fn contract(hook: HookName) -> Signature {
    let interface = CONTRACT_TYPES.exported(hook.interface());
    interface
        .and_then(|hooks| CONTRACT_TYPES.signature(hooks, hook.as_str()))
        .expect("every HookName is a function of plugin.wit; a test holds them together")
}
