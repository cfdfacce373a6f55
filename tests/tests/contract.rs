//! The contract is what its users were promised: `plugin-wit/plugin.wit`, and the records in Rust,
//! against the text that they have read, item by item.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::Path,
};

use raisfast_contract::{
    CommentInput, ContentEvent, HookKind, HookName, PostInput, PostOutput, interface,
};
use serde::Serialize;
use serde_json::Value;
use wit_parser::{Function, Interface, Resolve, Type, TypeDefKind, WorldKey};

const RECORDS: [&str; 4] = [
    "post-input",
    "post-output",
    "comment-input",
    "content-event",
];

#[test]
fn the_records_are_those_of_the_promise() {
    let (promise, contract) = (promise(), contract());
    let promised = records(&promise);
    assert_eq!(promised.len(), RECORDS.len());
    assert_same(&promised, &records(&contract));
}

#[test]
fn the_host_functions_are_those_of_the_promise() {
    let (promise, contract) = (promise(), contract());
    let promised = functions(&promise, "host-api");
    assert_eq!(promised.len(), 19);
    assert_same(&promised, &functions(&contract, "host-api"));
}

#[test]
fn the_hooks_are_those_of_the_promise() {
    let (promise, contract) = (promise(), contract());
    let promised = functions(&promise, "plugin-hooks");
    assert_eq!(promised.len(), 16);
    assert_same(&promised, &functions(&contract, "plugin-hooks"));
}

#[test]
fn the_table_of_interfaces_is_that_of_the_world() {
    let resolve = contract();
    let package = &resolve.packages[resolve.packages.iter().next().expect("a package").0];
    let world = &resolve.worlds[package.worlds["plugin-world"]];
    let imported = world.imports.keys().filter_map(|key| {
        let functions = match key {
            WorldKey::Interface(id) => &resolve.interfaces[*id].functions,
            WorldKey::Name(name) => panic!("{name} is not an interface"),
        };
        let functions: BTreeSet<_> = functions.keys().map(String::as_str).collect();
        (!functions.is_empty()).then(|| (resolve.name_world_key(key), functions))
    });
    let imported: BTreeMap<_, _> = imported.collect();
    let table = interface::of_the_contract().map(|interface| {
        let functions: BTreeSet<_> = interface.functions().collect();
        (interface.name.to_owned(), functions)
    });
    assert_eq!(table.collect::<BTreeMap<_, _>>(), imported);
}

#[test]
fn the_world_joins_what_the_promise_names() {
    let resolve = contract();
    let package = &resolve.packages[resolve.packages.iter().next().expect("a package").0];
    assert_eq!(package.name.to_string(), "raisfast:plugin-wit");
    let world = &resolve.worlds[package.worlds["plugin-world"]];
    let names = |items: Vec<wit_parser::WorldKey>| -> Vec<String> {
        items
            .iter()
            .map(|key| resolve.name_world_key(key))
            .collect()
    };
    let imports = names(world.imports.keys().cloned().collect());
    assert!(imports.contains(&"raisfast:plugin-wit/host-api".to_owned()));
    let exports = names(world.exports.keys().cloned().collect());
    assert_eq!(exports, ["raisfast:plugin-wit/plugin-hooks"]);
}

#[test]
fn the_hooks_in_rust_are_those_of_the_promise() {
    let promise = promise();
    let hooks = &interface(&promise, "plugin-hooks").functions;
    assert_eq!(
        hooks.keys().map(String::as_str).collect::<Vec<_>>(),
        frozen().map(HookName::as_str).collect::<Vec<_>>()
    );
    for (hook, function) in frozen().zip(hooks.values()) {
        let answers = hook.kind() != HookKind::Action;
        assert_eq!(answers, function.result.is_some(), "{hook}");
    }
}

/// The hooks that there were from the beginning.
fn frozen() -> impl Iterator<Item = HookName> {
    HookName::of_interface("raisfast:plugin-wit/plugin-hooks")
}

#[test]
fn the_records_in_rust_are_those_of_the_promise() {
    let promise = promise();
    assert_eq!(
        shape(&PostInput::default()),
        promised(&promise, "post-input")
    );
    assert_eq!(
        shape(&PostOutput::default()),
        promised(&promise, "post-output")
    );
    assert_eq!(
        shape(&CommentInput::default()),
        promised(&promise, "comment-input")
    );
    assert_eq!(
        shape(&ContentEvent::default()),
        promised(&promise, "content-event")
    );
}

/// The promise's three snippets as one WIT document. It gives interfaces and records apart, so the
/// frame around them is ours.
fn promise() -> Resolve {
    let text = read("tests/fixtures/wasm-plugins.txt");
    let hooks = block(&text, "interface plugin-hooks");
    let (head, hooks) = hooks.split_once('{').expect("an interface has a body");
    let mut wit = String::from("package raisfast:plugin-wit;\ninterface types {\n");
    for record in RECORDS {
        let _ = writeln!(wit, "{}", block(&text, &format!("record {record}")));
    }
    let _ = writeln!(wit, "}}\n{}", block(&text, "interface host-api"));
    let _ = writeln!(
        wit,
        "{head}{{\nuse types.{{{}}};\n{hooks}",
        RECORDS.join(", ")
    );
    parse("the promise", &wit)
}

fn contract() -> Resolve {
    parse("plugin.wit", &read("plugin-wit/plugin.wit"))
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// From `begin` to the brace that closes what it opens.
fn block<'t>(text: &'t str, begin: &str) -> &'t str {
    let start = text
        .find(&format!("{begin} {{"))
        .unwrap_or_else(|| panic!("the text has no `{begin}`"));
    let mut depth = 0;
    for (offset, character) in text[start..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => return &text[start..=start + offset],
            '}' => depth -= 1,
            _ => {}
        }
    }
    panic!("`{begin}` is never closed");
}

fn parse(name: &str, wit: &str) -> Resolve {
    let mut resolve = Resolve::default();
    resolve
        .push_source(name, wit)
        .unwrap_or_else(|error| panic!("{name} is not WIT: {error:?}\n{wit}"));
    resolve
}

fn interface<'r>(resolve: &'r Resolve, name: &str) -> &'r Interface {
    resolve
        .interfaces
        .iter()
        .map(|(_, interface)| interface)
        .find(|interface| interface.name.as_deref() == Some(name))
        .unwrap_or_else(|| panic!("there is no interface `{name}`"))
}

/// Every record of `types`, in order, as `name { field: type, … }`.
fn records(resolve: &Resolve) -> Vec<String> {
    interface(resolve, "types")
        .types
        .iter()
        .map(|(name, &id)| match &resolve.types[id].kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                let fields =
                    fields.map(|field| format!("{}: {}", field.name, written(resolve, field.ty)));
                format!("{name} {{ {} }}", fields.collect::<Vec<_>>().join(", "))
            }
            other => format!("{name} is not a record but {}", other.as_str()),
        })
        .collect()
}

/// Every function of an interface, in order, as WIT writes it.
fn functions(resolve: &Resolve, name: &str) -> Vec<String> {
    let functions = interface(resolve, name).functions.values();
    functions
        .map(|function| signature(resolve, function))
        .collect()
}

fn signature(resolve: &Resolve, function: &Function) -> String {
    let params: Vec<_> = function
        .params
        .iter()
        .map(|param| format!("{}: {}", param.name, written(resolve, param.ty)))
        .collect();
    let result = function
        .result
        .map(|result| format!(" -> {}", written(resolve, result)))
        .unwrap_or_default();
    format!("{}: func({}){result}", function.name, params.join(", "))
}

fn written(resolve: &Resolve, ty: Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::S64 => "s64".to_owned(),
        Type::String => "string".to_owned(),
        Type::Id(id) => match (&resolve.types[id].kind, &resolve.types[id].name) {
            (TypeDefKind::Option(inner), None) => format!("option<{}>", written(resolve, *inner)),
            (TypeDefKind::List(inner), None) => format!("list<{}>", written(resolve, *inner)),
            (_, Some(name)) => name.clone(),
            (other, None) => panic!("the promise has no {}", other.as_str()),
        },
        other => panic!("the promise has no {other:?}"),
    }
}

/// One by one, so that a failure names the item and not the whole interface.
fn assert_same(promised: &[String], found: &[String]) {
    for (promised, found) in promised.iter().zip(found) {
        assert_eq!(promised, found);
    }
    assert_eq!(
        promised.len(),
        found.len(),
        "promised {promised:#?}, found {found:#?}"
    );
}

/// A record's fields as JSON shows them: their names, and what an empty record holds in each.
type Fields = Vec<(String, Value)>;

fn shape(record: &impl Serialize) -> Fields {
    match serde_json::to_value(record).expect("a record is JSON") {
        Value::Object(fields) => fields.into_iter().collect(),
        other => panic!("a record is an object, not {other}"),
    }
}

fn promised(promise: &Resolve, record: &str) -> Fields {
    let id = interface(promise, "types").types[record];
    let TypeDefKind::Record(record) = &promise.types[id].kind else {
        panic!("`{record}` is not a record");
    };
    let empty = |ty| match written(promise, ty).as_str() {
        "string" => Value::from(""),
        "s64" => Value::from(0),
        option if option.starts_with("option<") => Value::Null,
        other => panic!("the promise's records have no {other}"),
    };
    record
        .fields
        .iter()
        .map(|field| (field.name.replace('-', "_"), empty(field.ty)))
        .collect()
}
