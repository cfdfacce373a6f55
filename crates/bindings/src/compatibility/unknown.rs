//! The imports of a component that this host does not have: their origin, and advice for the
//! author.

use raisfast_contract::{
    HookName,
    interface::{PACKAGE, SCRIPT},
};

use super::contract::CONTRACT_TYPES;
use crate::HOOKS_INTERFACE;

/// The packages of WASI that are linked.
const WASI_PACKAGES: &str =
    "cli, clocks, filesystem, io, random and sockets, and of http outgoing-handler";

/// An import that is not an interface of this host.
pub(super) fn import(name: &str) -> String {
    let (interface, version) = match name.split_once('@') {
        Some((interface, version)) => (interface, Some(version)),
        None => (name, None),
    };
    let Some((package, own_name)) = interface.split_once('/') else {
        return format!(
            "the component imports `{name}` by itself, and a plugin imports interfaces of `{PACKAGE}`: {}. \
             Import the one that it belongs to, as world `plugin-world` does",
            imports()
        );
    };
    if package == PACKAGE {
        of_the_contract(name, own_name, version)
    } else if package.starts_with("wasi:") {
        of_wasi(name, package, version)
    } else {
        format!(
            "the component imports `{name}`, which is another host's; this one has {} of `{PACKAGE}`, and WASI 0.2. \
             Remove the import, or what needs it",
            imports()
        )
    }
}

fn of_the_contract(name: &str, own_name: &str, version: Option<&str>) -> String {
    if let Some(version) = version
        && CONTRACT_TYPES.interface(own_name).is_some()
    {
        return format!(
            "the component imports `{name}`, of a version {version} of the contract, and this host's has none. \
             Write `package {PACKAGE};` without a version in the WIT that it is built from, and build it again"
        );
    }
    if name == SCRIPT {
        return format!(
            "the component imports `{name}`, which is for the interpreters that the host brings. \
             Build it for world `plugin-world`"
        );
    }
    if CONTRACT_TYPES.interface(own_name).is_some() {
        return format!(
            "the component imports `{name}`, which is for plugins to export. \
             Write `export {own_name};` in its world"
        );
    }
    format!(
        "the component imports `{name}`, which this host does not have; it has {} of `{PACKAGE}`. \
         The component was built against another plugin.wit, of a newer host perhaps: do without the interface, \
         or run the plugin on that host",
        imports()
    )
}

fn of_wasi(name: &str, package: &str, version: Option<&str>) -> String {
    let is_linked = super::WASI_PACKAGES.contains(&package) || package == "wasi:http";
    match version {
        Some(version) if is_linked && !is_wasi_02(version) => format!(
            "the component imports `{name}`, of WASI {version}, and this host has WASI 0.2. \
             Build it for WASI 0.2: the target `wasm32-wasip2` in Rust, a released version of other toolchains"
        ),
        _ => format!(
            "the component imports `{name}`, which this host does not have; of WASI it has {WASI_PACKAGES}. \
             Remove what needs it: plugin.wit has what a plugin has instead"
        ),
    }
}

/// Releases of WASI 0.2 understand each other; drafts of it do not.
pub(super) fn is_wasi_02(version: &str) -> bool {
    version
        .strip_prefix("0.2.")
        .is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Returns the imports of the contract, by the interfaces' own names.
fn imports() -> String {
    let names: Vec<_> = CONTRACT_TYPES
        .imports()
        .into_iter()
        .map(|name| {
            let own = name.rsplit('/').next().unwrap_or(&name);
            format!("`{own}`")
        })
        .collect();
    names.join(", ")
}

/// A component without the interface of the hooks, which its manifest subscribes to, by what it
/// does export.
pub(super) fn no_hooks(exports: &[String]) -> String {
    let names = |names: &mut dyn Iterator<Item = &String>| {
        let quoted: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        quoted.join(", ")
    };
    let exported = if exports.is_empty() {
        "nothing".to_owned()
    } else {
        names(&mut exports.iter())
    };
    let mut direct = exports
        .iter()
        .filter(|name| name.parse::<HookName>().is_ok())
        .peekable();
    let hint = if direct.peek().is_some() {
        format!(
            "Export {} in the interface `plugin-hooks`, as world `plugin-world` does",
            names(&mut direct)
        )
    } else if let Some(other) = exports.iter().find(|name| name.contains("/plugin-hooks")) {
        format!(
            "Where `{other}` is meant to be it, call its package `{PACKAGE}`: its name is part of the interface's"
        )
    } else if exports.iter().any(|name| name.starts_with("wasi:cli/run")) {
        "It was built as a program, which has a `main`. Build it as a library: `crate-type = [\"cdylib\"]` in Rust, \
         `-buildmode=c-shared` in Go, a reactor in C and Zig"
            .to_owned()
    } else {
        "Implement world `plugin-world`".to_owned()
    };
    format!(
        "the component exports no `{HOOKS_INTERFACE}`, which holds the hooks; it exports {exported}. {hint}"
    )
}
