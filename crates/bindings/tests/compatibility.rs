//! The imports that a component may have, and the message for its author where it does not fit.

use std::collections::BTreeSet;

use raisfast_bindings::compatibility::{Mismatch, check};
use wasmtime::{Engine, component::Component};

/// Returns the reasons why a component with this import cannot be loaded.
fn mismatches(import: &str) -> Vec<String> {
    let engine = Engine::default();
    let text = format!("(component {import})");
    let component = Component::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    let mismatches = check(&component, &engine, &BTreeSet::new());
    mismatches.iter().map(Mismatch::to_string).collect()
}

#[test]
fn an_import_that_the_contract_has_fits() {
    let fits = mismatches(
        r#"(import "raisfast:plugin-wit/database" (instance
             (export "placeholder" (func (param "number" u32) (result string)))))
           (import "raisfast:plugin-wit/clock" (instance (export "now" (func (result string)))))"#,
    );
    assert_eq!(fits, [""; 0]);
}

#[test]
fn an_import_that_the_contract_does_not_have_is_told() {
    let told = mismatches(
        r#"(import "raisfast:plugin-wit/database" (instance
             (export "truncate" (func (param "table" string)))))"#,
    );
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains(
            "`truncate` of `raisfast:plugin-wit/database`, which this host does not have"
        ),
        "{told:?}"
    );
    let told = mismatches(r#"(import "raisfast:plugin-wit/mail" (instance))"#);
    assert!(
        told[0].contains("`raisfast:plugin-wit/mail`, which this host does not have")
            && told[0].contains("it has `host-api`, `database`"),
        "{told:?}"
    );
}

#[test]
fn an_import_of_another_type_is_told_part_by_part() {
    let told = mismatches(
        r#"(type $value' (variant (case "null") (case "integer" s32)))
           (import "raisfast:plugin-wit/database" (instance
             (alias outer 1 $value' (type $value''))
             (export "value" (type $value (eq $value'')))
             (export "placeholder" (func (param "number" u64) (result string)))
             (export "sum" (func (param "table" string) (result $value)))))"#,
    );
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("`placeholder` of `raisfast:plugin-wit/database` with another type")
            && told[0].contains("parameter `number`: expected u32, found u64"),
        "{told:?}"
    );
    assert!(
        told[1].contains("the parameter `column: string` is missing"),
        "{told:?}"
    );
}
