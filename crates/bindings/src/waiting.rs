//! Which imports may make a guest wait.

use wasmtime::{
    Engine,
    component::{Component, types::ComponentItem},
};

use crate::{
    CLOCK_INTERFACE, DATABASE_INTERFACE, DELIVERIES_INTERFACE, HOST_API_INTERFACE,
    IDENTIFIERS_INTERFACE, PREVIEW1_INTERFACE,
};

/// The functions that answer at once: linked as synchronous, where all others wait for a database,
/// a disk or a network.
const IMMEDIATE: [(&str, &[&str]); 6] = [
    (HOST_API_INTERFACE, &["log", "get-config", "emit-event"]),
    (DATABASE_INTERFACE, &["placeholder"]),
    (IDENTIFIERS_INTERFACE, &["new-id"]),
    (CLOCK_INTERFACE, &["now", "unix-milliseconds"]),
    (DELIVERIES_INTERFACE, &["current"]),
    (
        PREVIEW1_INTERFACE,
        &["write", "wall-clock", "monotonic-clock", "random", "exit"],
    ),
];

/// Returns whether a component imports a function that may wait. One that does not can be called
/// like any function; the others have to be awaited, and need a stack of their own for that.
pub fn may_wait(component: &Component, engine: &Engine) -> bool {
    let component_type = component.component_type();
    component_type.imports(engine).any(|(name, import)| {
        let ComponentItem::ComponentInstance(interface) = import.ty else {
            return true;
        };
        let name = name.split('@').next().unwrap_or(name);
        let immediate = IMMEDIATE
            .iter()
            .find(|(interface, _)| *interface == name)
            .map_or(&[][..], |(_, functions)| *functions);
        interface.exports(engine).any(|(function, export)| {
            matches!(export.ty, ComponentItem::ComponentFunc(_)) && !immediate.contains(&function)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_wait_with(imports: &str) -> bool {
        let engine = Engine::default();
        let text = format!("(component {imports})");
        let component = Component::new(&engine, wat::parse_str(text).unwrap()).unwrap();
        may_wait(&component, &engine)
    }

    fn import(interface: &str, function: &str) -> String {
        format!(r#"(import "{interface}" (instance (export "{function}" (func))))"#)
    }

    #[test]
    fn a_component_without_imports_does_not_wait() {
        assert!(!may_wait_with(""));
    }

    #[test]
    fn what_answers_at_once_is_not_waited_for() {
        for (interface, functions) in IMMEDIATE {
            for function in functions {
                assert!(!may_wait_with(&import(interface, function)));
            }
        }
        assert!(!may_wait_with(&import(
            "raisfast:plugin-wit/host-api@0.2.0",
            "log"
        )));
    }

    #[test]
    fn every_other_function_may_wait() {
        assert!(may_wait_with(&import(HOST_API_INTERFACE, "get-data")));
        assert!(may_wait_with(&import(DATABASE_INTERFACE, "count")));
        assert!(may_wait_with(&import(CLOCK_INTERFACE, "log")));
        assert!(may_wait_with(&import(PREVIEW1_INTERFACE, "sleep")));
        assert!(may_wait_with(&import("wasi:io/poll", "log")));
        assert!(may_wait_with(r#"(import "log" (func))"#));
        let two = import(HOST_API_INTERFACE, "log") + &import("wasi:io/poll", "poll");
        assert!(may_wait_with(&two));
    }

    #[test]
    fn an_interface_of_types_alone_is_nothing_to_wait_for() {
        let types = r#"(import "raisfast:plugin-wit/types" (instance (type (list u8)) (export "t" (type (eq 0)))))"#;
        assert!(!may_wait_with(types));
    }
}
