//! Modules before and after, run.

use raisfast_script_image::{Error, write};
use wasmi::{Engine, Extern, Instance, Linker, Module, Store, Val};

/// A module whose initialisation counts in memory, grows it, and changes a global of each kind.
const MODULE: &str = r#"
(module
  (import "host" "now" (func $now (result i64)))
  (memory (export "memory") 1 10)
  (table 2 funcref)
  (elem (i32.const 1) $seven)
  (global $stack (mut i32) (i32.const 1000))
  (global $fixed i32 (i32.const 5))
  (global $long (mut i64) (i64.const 0))
  (global $float (mut f32) (f32.const 0))
  (global $double (mut f64) (f64.const 0))
  (data $text (i32.const 16) "before")
  (data $kept "passive")
  (func $seven (result i32) i32.const 7)
  (func (export "initialize-interpreter")
    (global.set $stack (i32.sub (global.get $stack) (i32.const 16)))
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (i32.store8 (i32.const 16) (i32.const 66))
    (drop (memory.grow (i32.const 2)))
    (i32.store (i32.const 196604) (i32.const -1))
    (global.set $long (i64.const -2))
    (global.set $float (f32.const -0.5))
    (global.set $double (f64.const nan:0x8000000000001))
    (global.set $stack (i32.add (global.get $stack) (i32.const 16))))
  (func (export "count") (result i32) (i32.load (i32.const 0)))
  (func (export "last") (result i32) (i32.load (i32.const 196604)))
  (func (export "pages") (result i32) memory.size)
  (func (export "stack") (result i32) global.get $stack)
  (func (export "fixed") (result i32) global.get $fixed)
  (func (export "long") (result i64) global.get $long)
  (func (export "float") (result f32) global.get $float)
  (func (export "double") (result i64) (i64.reinterpret_f64 (global.get $double)))
  (func (export "seven") (result i32) (call_indirect (result i32) (i32.const 1)))
  (func (export "now") (result i64) call $now)
  (func (export "copy") (param $length i32)
    (memory.init $kept (i32.const 64) (i32.const 0) (local.get $length)))
  (func (export "copy text") (param $length i32)
    (memory.init $text (i32.const 64) (i32.const 0) (local.get $length)))
)"#;

struct Run {
    store: Store<()>,
    instance: Instance,
}

impl Run {
    fn of(module: &[u8]) -> Self {
        let engine = Engine::default();
        let module = Module::new(&engine, module).unwrap();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        linker
            .func_wrap("host", "now", || 1_764_000_000_i64)
            .unwrap();
        let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
        Self { store, instance }
    }

    fn call(&mut self, name: &str, arguments: &[Val]) -> Result<String, String> {
        let function = self.instance.get_func(&self.store, name).unwrap();
        let results = function.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); results];
        match function.call(&mut self.store, arguments, &mut results) {
            Ok(()) => Ok(results.first().map_or(String::new(), shown)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn text(&self, begin: usize, length: usize) -> String {
        let memory = self.instance.get_memory(&self.store, "memory").unwrap();
        let bytes = &memory.data(&self.store)[begin..begin + length];
        String::from_utf8(bytes.to_vec()).unwrap()
    }
}

fn shown(value: &Val) -> String {
    match value {
        Val::I32(value) => value.to_string(),
        Val::I64(value) => value.to_string(),
        Val::F32(value) => f32::from(*value).to_string(),
        other => panic!("no function here returns {other:?}"),
    }
}

fn written(text: &str) -> Result<Vec<u8>, Error> {
    write(&wat::parse_str(text).unwrap())
}

#[test]
fn an_instance_begins_where_the_initialisation_ended() {
    let mut run = Run::of(&written(MODULE).unwrap());
    for (function, expected) in [
        ("count", "1"),
        ("last", "-1"),
        ("pages", "3"),
        ("stack", "1000"),
        ("fixed", "5"),
        ("long", "-2"),
        ("float", "-0.5"),
        ("double", "9221120237041090561"),
        ("seven", "7"),
        ("now", "1764000000"),
    ] {
        assert_eq!(run.call(function, &[]).unwrap(), expected, "{function}");
    }
    assert_eq!(run.text(16, 6), "Before");
}

#[test]
fn segments_for_instructions_stay_and_those_at_the_start_are_used_up() {
    for module in [wat::parse_str(MODULE).unwrap(), written(MODULE).unwrap()] {
        let mut run = Run::of(&module);
        run.call("copy", &[Val::I32(7)]).unwrap();
        assert_eq!(run.text(64, 7), "passive");
        run.call("copy text", &[Val::I32(0)]).unwrap();
        let error = run.call("copy text", &[Val::I32(1)]).unwrap_err();
        assert!(error.contains("out of bounds"), "{error}");
    }
}

#[test]
fn the_initialisation_is_no_longer_exported_and_nothing_else_is() {
    let names = |module: &[u8]| {
        let run = Run::of(module);
        let names: Vec<_> = run
            .instance
            .exports(&run.store)
            .map(|export| {
                let is_function = matches!(export.clone().into_extern(), Extern::Func(_));
                (export.name().to_owned(), is_function)
            })
            .collect();
        names
    };
    let before = names(&wat::parse_str(MODULE).unwrap());
    let mut after = names(&written(MODULE).unwrap());
    after.push(("initialize-interpreter".to_owned(), true));
    after.sort();
    let mut before = before;
    before.sort();
    assert_eq!(after, before);
}

#[test]
fn the_same_module_gives_the_same_bytes() {
    let first = written(MODULE).unwrap();
    assert_eq!(first, written(MODULE).unwrap());
    // The memory's zeros are not written down.
    assert!(first.len() < 2_000, "{}", first.len());
}

#[test]
fn a_module_without_data_gets_some_and_one_without_instructions_for_it_keeps_none() {
    let text = r#"(module (memory (export "memory") 1) DATA
        (func (export "initialize-interpreter") (i32.store8 (i32.const 9) (i32.const 65))))"#;
    for (data, expected) in [("", "A"), (r#"(data (i32.const 8) "xyz")"#, "A")] {
        let module = written(&text.replace("DATA", data)).unwrap();
        let run = Run::of(&module);
        assert_eq!(run.text(9, 1), expected);
        let segments = segments_of(&module);
        assert_eq!(segments, 1, "{data}");
    }
    // Nothing but zeros is nothing.
    let module = text
        .replace("DATA", "")
        .replace("i32.const 65", "i32.const 0");
    assert_eq!(segments_of(&written(&module).unwrap()), 0);
}

fn segments_of(module: &[u8]) -> u32 {
    let mut payloads = wasmparser::Parser::new(0).parse_all(module);
    let found = payloads.find_map(|payload| match payload.unwrap() {
        wasmparser::Payload::DataSection(data) => Some(data.count()),
        _ => None,
    });
    found.unwrap_or(0)
}

#[test]
fn an_import_that_the_initialisation_calls_is_named() {
    let calling = MODULE.replace(
        "(global.set $long (i64.const -2))",
        "(global.set $long (call $now))",
    );
    let error = written(&calling).unwrap_err();
    let Error::Import { module, name } = &error else {
        panic!("{error}");
    };
    assert_eq!((module.as_str(), name.as_str()), ("host", "now"));
    let message = error.to_string();
    assert!(
        message.contains("`host` `now`, which is not there yet"),
        "{message}"
    );
}

#[test]
fn an_initialisation_that_traps_says_so() {
    for (instruction, expected) in [
        ("unreachable", "unreachable"),
        ("(drop (i32.load (i32.const 100000000)))", "out of bounds"),
        ("(call $initialize)", "stack"),
    ] {
        let text = format!(
            r#"(module (memory 1) (func $initialize (export "initialize-interpreter") {instruction}))"#
        );
        let error = written(&text).unwrap_err();
        assert!(matches!(error, Error::Run(_)), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn debug_information_is_left_out_and_other_sections_stay() {
    let mut module = wat::parse_str(MODULE).unwrap();
    for name in [".debug_line", "component-type"] {
        let length = u8::try_from(name.len()).unwrap();
        module.extend([0, length + 1, length]);
        module.extend(name.as_bytes());
    }
    let written = write(&module).unwrap();
    let has = |text: &str| written.windows(text.len()).any(|it| it == text.as_bytes());
    assert!(!has(".debug_line"));
    assert!(has("component-type"));
    assert!(has("seven"));
}

#[test]
fn a_module_that_does_not_fit_is_refused() {
    let unsupported = |what: &str| format!("the module has {what}");
    for (from, to, expected) in [
        (
            "initialize-interpreter",
            "other",
            "no function `initialize-interpreter`".to_owned(),
        ),
        (
            "(export \"initialize-interpreter\")",
            "(export \"initialize-interpreter\") (param i32)",
            "has to take nothing and return nothing".to_owned(),
        ),
        (
            "(table 2 funcref)",
            "(table 2 funcref) (start $seven_dropped) (func $seven_dropped)",
            unsupported("a start function"),
        ),
        (
            "(memory (export \"memory\") 1 10)",
            "(import \"host\" \"memory\" (memory 1))",
            unsupported("an import that is not a function (`host` `memory`)"),
        ),
        (
            "(memory (export \"memory\") 1 10)",
            "(memory (export \"memory\") 1 10) (memory 1)",
            unsupported("a second memory"),
        ),
        (
            "(table 2 funcref)",
            "(table 2 funcref) (global (mut funcref) (ref.null func))",
            unsupported("a mutable global that is a funcref"),
        ),
        (
            "(func $seven (result i32)",
            "(func $seven (result i32) (table.set (i32.const 0) (ref.null func))",
            unsupported("an instruction that changes a table"),
        ),
        (
            "(func $seven (result i32)",
            "(func $seven (result i32) (data.drop $kept)",
            unsupported("an instruction that drops a segment of data"),
        ),
    ] {
        assert!(MODULE.contains(from), "{from}");
        let error = written(&MODULE.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(&expected), "{error}");
    }
    let without_memory = r#"(module (func (export "initialize-interpreter")))"#;
    let error = written(without_memory).unwrap_err().to_string();
    assert!(error.contains("no memory of its own"), "{error}");
}

#[test]
fn what_is_not_a_module_is_refused() {
    assert!(matches!(write(b"not wasm"), Err(Error::Read(_))));
    assert!(matches!(write(b""), Err(Error::Read(_))));
    let whole = wat::parse_str(MODULE).unwrap();
    for length in [8, whole.len() / 2, whole.len() - 1] {
        assert!(write(&whole[..length]).is_err(), "{length}");
    }
    let component = wat::parse_str("(component)").unwrap();
    assert!(write(&component).is_err());
}
