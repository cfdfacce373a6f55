//! Modules before and after, run.

use raisfast_script_unwind::{Error, write};
use wasmtime::{Engine, Instance, Module, Store};

/// A module in which `run(n)` throws out of `n` calls, through the table and directly, each of
/// which moves the stack pointer, and catches it.
const MODULE: &str = r#"
(module
  (type $protected (func (param i32 i32)))
  (type $step (func (param i32) (result i64)))
  (table 4 funcref)
  (elem (i32.const 1) $body $deeper $unrelated)
  (memory 1)
  (global $stack (mut i32) (i32.const 1000))
  (global $caught (mut i32) (i32.const 0))
  (func $throw (export "raisfast-throw") unreachable)
  (func $try (export "raisfast-try") (param i32 i32 i32)
    local.get 1 local.get 2 local.get 0 call_indirect (type $protected))
  (func $unrelated (param f32) (result f64) f64.const 1)
  (func $deeper (param $n i32) (result i64)
    (global.set $stack (i32.sub (global.get $stack) (i32.const 16)))
    (if (i32.eqz (local.get $n)) (then call $throw unreachable))
    (call_indirect (type $step) (i32.sub (local.get $n) (i32.const 1)) (i32.const 2))
    ;; Only reached without an error.
    (i32.store (i32.const 0) (i32.const 1))
    (global.set $stack (i32.add (global.get $stack) (i32.const 16))))
  (func $body (param $n i32) (param $data i32)
    (i32.store (i32.const 4) (local.get $data))
    (if (i32.ge_s (local.get $n) (i32.const 0))
      (then (drop (call $deeper (local.get $n)))
            (i32.store (i32.const 0) (i32.const 2)))))
  (func (export "run") (param $n i32) (result i32)
    (call $try (i32.const 1) (local.get $n) (i32.const 7))
    (i32.load (i32.const 0)))
  (func (export "stack") (result i32) global.get $stack)
  (func (export "data") (result i32) (i32.load (i32.const 4)))
  (func (export "untouched") (result f64)
    (call_indirect (param f32) (result f64) (f32.const 0) (i32.const 3)))
)"#;

fn instance(module: &[u8]) -> (Store<()>, Instance) {
    let engine = Engine::default();
    let module = Module::new(&engine, module).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    (store, instance)
}

fn written(text: &str) -> Result<Vec<u8>, Error> {
    write(&wat::parse_str(text).unwrap())
}

#[test]
fn an_error_leaves_each_call_and_is_caught() {
    let (mut store, instance) = instance(&written(MODULE).unwrap());
    let run = instance
        .get_typed_func::<i32, i32>(&mut store, "run")
        .unwrap();
    let number = |store: &mut Store<()>, name: &str| {
        let get = instance.get_typed_func::<(), i32>(&mut *store, name);
        get.unwrap().call(&mut *store, ()).unwrap()
    };
    for depth in [0, 1, 50, -1, 3] {
        // Nothing behind a call that threw has run, and the stack pointer is back.
        assert_eq!(run.call(&mut store, depth).unwrap(), 0, "{depth}");
        assert_eq!(number(&mut store, "stack"), 1000, "{depth}");
        assert_eq!(number(&mut store, "data"), 7, "{depth}");
    }
    let untouched = instance.get_typed_func::<(), f64>(&mut store, "untouched");
    assert!(untouched.unwrap().call(&mut store, ()).is_ok());
}

#[test]
fn without_it_the_first_error_traps() {
    let (mut store, instance) = instance(&wat::parse_str(MODULE).unwrap());
    let run = instance
        .get_typed_func::<i32, i32>(&mut store, "run")
        .unwrap();
    assert!(run.call(&mut store, 1).is_err());
}

#[test]
fn the_two_exports_are_gone_and_the_others_are_there() {
    let (mut store, instance) = instance(&written(MODULE).unwrap());
    let names: Vec<_> = instance
        .exports(&mut store)
        .map(|export| export.name().to_owned())
        .collect();
    assert_eq!(names, ["run", "stack", "data", "untouched"]);
}

#[test]
fn functions_that_no_error_leaves_stay_as_they_are() {
    let bodies = |module: &[u8]| {
        let parsed = wasmparser::Parser::new(0).parse_all(module);
        let bodies = parsed.filter_map(|payload| match payload.unwrap() {
            wasmparser::Payload::CodeSectionEntry(body) => Some(body.as_bytes().to_vec()),
            _ => None,
        });
        bodies.collect::<Vec<_>>()
    };
    let before = wat::parse_str(MODULE).unwrap();
    let after = write(&before).unwrap();
    let (before, after) = (bodies(&before), bodies(&after));
    let changed: Vec<_> = (0..before.len())
        .filter(|&index| before[index] != after[index])
        .collect();
    // throw, try, $deeper and $body; neither $unrelated nor the exports, which call `try` alone.
    assert_eq!(changed, [0, 1, 3, 4]);
}

#[test]
fn debug_information_is_left_out_and_names_stay() {
    let mut module = wat::parse_str("(module)").unwrap();
    assert!(matches!(
        write(&module),
        Err(Error::Missing("raisfast-throw"))
    ));
    module = wat::parse_str(MODULE).unwrap();
    module.extend([0, 13, 11]);
    module.extend(b".debug_line\0");
    let written = write(&module).unwrap();
    let has = |bytes: &[u8]| written.windows(bytes.len()).any(|it| it == bytes);
    assert!(!has(b".debug_line"));
    assert!(has(b"unrelated"));
}

#[test]
fn a_module_that_does_not_fit_is_refused() {
    for (from, to, expected) in [
        ("raisfast-try", "other", "no export `raisfast-try`"),
        ("raisfast-throw", "other", "no export `raisfast-throw`"),
        (
            "(global $stack (mut i32) (i32.const 1000))",
            "(global $first i64 (i64.const 0)) (global $stack (mut i32) (i32.const 1000))",
            "first global is not a mutable i32",
        ),
        (
            "(export \"raisfast-throw\") unreachable",
            "(export \"raisfast-throw\") (param i32) unreachable",
            "`raisfast-throw` has to take nothing",
        ),
    ] {
        let text = MODULE
            .replace(from, to)
            .replace("call $throw unreachable", "unreachable");
        let error = written(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert!(matches!(write(b"not wasm"), Err(Error::Read(_))));
    let whole = wat::parse_str(MODULE).unwrap();
    for length in [8, whole.len() / 2, whole.len() - 1] {
        assert!(write(&whole[..length]).is_err(), "{length}");
    }
}
