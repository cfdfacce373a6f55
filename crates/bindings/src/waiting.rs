//! Imports that may make a guest wait.

use raisfast_contract::interface::{Returns, returns};
use wasmtime::{
    Engine,
    component::{Component, types::ComponentItem},
};

/// Returns whether a component imports a function that may wait. One that does not can be called
/// like any function; the others have to be awaited, and need a stack of their own for that.
pub fn may_wait(component: &Component, engine: &Engine) -> bool {
    let component_type = component.component_type();
    component_type.imports(engine).any(|(name, import)| {
        let ComponentItem::ComponentInstance(interface) = import.ty else {
            return true;
        };
        let name = name.split('@').next().unwrap_or(name);
        interface.exports(engine).any(|(function, export)| {
            matches!(export.ty, ComponentItem::ComponentFunc(_))
                && returns(name, function) != Some(Returns::AtOnce)
        })
    })
}

#[cfg(test)]
mod tests {
    use raisfast_contract::interface::{HOST_INTERFACES, PREVIEW1};

    use super::*;

    const HOST_API: &str = "raisfast:plugin-wit/host-api";

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
        for interface in HOST_INTERFACES {
            for function in interface.at_once {
                assert!(!may_wait_with(&import(interface.name, function)));
            }
        }
        assert!(!may_wait_with(&import(
            "raisfast:plugin-wit/host-api@0.2.0",
            "log"
        )));
    }

    #[test]
    fn every_other_function_may_wait() {
        for interface in HOST_INTERFACES {
            for function in interface.waits {
                assert!(may_wait_with(&import(interface.name, function)));
            }
        }
        assert!(may_wait_with(&import("raisfast:plugin-wit/clock", "log")));
        assert!(may_wait_with(&import(PREVIEW1, "wait")));
        assert!(may_wait_with(&import("wasi:io/poll", "log")));
        assert!(may_wait_with(r#"(import "log" (func))"#));
        let two = import(HOST_API, "log") + &import("wasi:io/poll", "poll");
        assert!(may_wait_with(&two));
    }

    #[test]
    fn an_interface_of_types_alone_is_nothing_to_wait_for() {
        let types = r#"(import "raisfast:plugin-wit/types" (instance (type (list u8)) (export "t" (type (eq 0)))))"#;
        assert!(!may_wait_with(types));
    }
}
