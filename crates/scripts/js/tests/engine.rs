//! Scripts in the engine, against a host in memory.

use std::rc::Rc;

use raisfast_script_interface::{
    Value,
    script::{Failure, Script},
    stand_in::StandIn,
};
use raisfast_script_js::{Argument, Engine};

fn load_files(files: &[(&str, &str)]) -> (Rc<StandIn>, Result<Engine, Failure>) {
    let host = Rc::new(StandIn::default());
    let files = files
        .iter()
        .map(|(path, text)| ((*path).into(), (*text).into()));
    let script = Script {
        entry: "main.js".into(),
        files: files.collect(),
    };
    (host.clone(), Engine::load(script, host))
}

fn load(text: &str) -> (Rc<StandIn>, Engine) {
    let (host, engine) = load_files(&[("main.js", text)]);
    (host, engine.unwrap_or_else(|failure| panic!("{failure}")))
}

fn run(text: &str) -> Result<Value, Failure> {
    load(text)
        .1
        .call("on-login", Some(Argument::Text("7".into())))
}

fn refused(text: &str) -> Failure {
    load_files(&[("main.js", text)]).1.err().expect("a failure")
}

#[test]
fn handlers_are_exports_or_methods_in_both_spellings() {
    let exports = "export function on_login() {} export const onPostCreated = () => {};";
    let (_, engine) = load(exports);
    let mut names: Vec<_> = engine.handlers().collect();
    names.sort_unstable();
    assert_eq!(names, ["on-login", "on-post-created"]);

    for plugin in [
        "const Plugin = {n: 4, onLogin() { return this.n }}",
        "globalThis.Plugin = {n: 4, on_login() { return this.n }}",
        "Plugin = {n: 4, on_login() { return this.n }}",
        "export default {n: 4, on_login() { return this.n }}",
    ] {
        assert_eq!(run(plugin).unwrap(), Value::Integer(4), "{plugin}");
    }
}

#[test]
fn a_missing_handler_is_named() {
    let failure = run("export const other = 1").unwrap_err();
    assert!(
        failure.message.contains("no function on_login"),
        "{failure}"
    );
}

#[test]
fn state_stays_between_calls() {
    let (_, mut engine) = load("let n = 0; export const on_login = () => ++n;");
    for expected in 1..4 {
        assert_eq!(
            engine.call("on-login", None).unwrap(),
            Value::Integer(expected)
        );
    }
}

#[test]
fn modules_are_the_sdk_and_the_plugins_own_files() {
    let (_, engine) = load_files(&[
        (
            "main.js",
            "import sdk, { ok } from 'sdk'; import { twice } from './lib/twice'; import data from './data.json';
             export const on_login = (id) => ok([twice(id), data.a, sdk.ok(1)]);",
        ),
        ("lib/twice.js", "import { suffix } from '../suffix.mjs'; export const twice = (s) => s + s + suffix;"),
        ("suffix.mjs", "export const suffix = '!';"),
        ("data.json", r#"{"a": [1]}"#),
    ]);
    let answer = engine
        .unwrap()
        .call("on-login", Some(Argument::Text("7".into())));
    assert_eq!(answer.unwrap().to_string(), r#"["77!",[1],1]"#);

    for (name, said) in [
        ("./none", "the plugin has no file none"),
        ("../x", "outside of the plugin's folder"),
        ("fs", "there is no such module"),
    ] {
        let failure = refused(&format!("import '{name}';"));
        assert!(failure.message.contains(said), "{failure}");
    }
}

#[test]
fn integers_that_a_number_would_lose_are_bigints() {
    let (host, mut engine) = load(
        "import { dbQuery } from 'sdk';
         export const on_login = () => dbQuery('SELECT a').map(({a}) => [typeof a, a]);",
    );
    host.answer.replace(
        r#"[{"a": 9007199254740991}, {"a": 9007199254740993}, {"a": -9223372036854775808}, {"a": 1.5}]"#.into(),
    );
    assert_eq!(
        engine.call("on-login", None).unwrap().to_string(),
        r#"[["number",9007199254740991],["bigint",9007199254740993],["bigint",-9223372036854775808],["number",1.5]]"#
    );
}

#[test]
fn promises_are_awaited_to_their_end() {
    let text =
        "export async function on_login(id) { await null; await Promise.resolve(); return id; }";
    assert_eq!(run(text).unwrap().as_text(), Some("7"));
    let failure = run("export const on_login = () => new Promise(() => {});").unwrap_err();
    assert!(failure.message.contains("never settles"), "{failure}");
    let failure = refused("await new Promise(() => {});");
    assert!(failure.message.contains("never settles"), "{failure}");
    let failure =
        run("export async function on_login() {\n  await null;\n  throw new Error('late');\n}");
    let failure = failure.unwrap_err();
    assert_eq!(
        (failure.line, failure.file.as_deref()),
        (Some(3), Some("main.js"))
    );
}

#[test]
fn a_rejection_that_nothing_waits_for_is_a_log_record() {
    let (host, mut engine) =
        load("export const on_login = () => { Promise.reject(new Error('lost')); };");
    engine.call("on-login", None).unwrap();
    let log = host.log.take();
    assert!(
        log[0].starts_with("error: a promise was rejected"),
        "{log:?}"
    );
    assert!(log[0].contains("lost"), "{log:?}");
}

#[test]
fn an_error_has_its_place_and_stack() {
    let failure = run(
        "function deep() {\n  throw new TypeError('no');\n}\nexport function on_login() {\n  deep();\n}",
    );
    let failure = failure.unwrap_err();
    assert_eq!(failure.message, "TypeError: no");
    assert_eq!(
        (failure.file.as_deref(), failure.line),
        (Some("main.js"), Some(2))
    );
    assert!(failure.column.is_some());
    let stack = failure.stack.unwrap();
    assert!(
        stack.contains("deep") && stack.contains("on_login"),
        "{stack}"
    );
    let failure = run("export const on_login = () => { throw 'text'; }").unwrap_err();
    assert!(failure.message.contains("text"), "{failure}");
}

#[test]
fn a_syntax_error_has_its_place_at_load() {
    let failure = refused("const a = 1;\nconst b = = 2;\n");
    assert_eq!(
        (failure.file.as_deref(), failure.line),
        (Some("main.js"), Some(2))
    );
    assert!(failure.column.is_some(), "{failure}");
    assert!(failure.message.contains("SyntaxError"), "{failure}");
    let (_, engine) = load_files(&[("main.js", "import './b.js';"), ("b.js", "\n\nlet let = 1")]);
    let failure = engine.err().unwrap();
    assert_eq!(
        (failure.file.as_deref(), failure.line),
        (Some("b.js"), Some(3))
    );
}

#[test]
fn console_writes_log_records() {
    let (host, _engine) =
        load("console.log('a', 1, {b: 2n}); console.warn('w'); console.error('e');");
    assert_eq!(
        host.log.take(),
        [r#"info: a 1 {"b":2}"#, "warn: w", "error: e"]
    );
}

#[test]
fn the_sdk_and_the_globals_are_frozen() {
    let text = "import * as all from 'sdk'; import sdk from 'sdk';
        const tries = [
            () => { sdk.ok = 1 }, () => { Host.log = 1 }, () => { RaisFastHost.x = 1 },
            () => { Host = 1 }, () => { all.ok = 1 }, () => { sdk.ok.call = 1 },
            () => { delete sdk.ok }, () => { Object.setPrototypeOf(sdk, null) },
        ];
        const refused = tries.map((attempt) => { try { attempt(); return false } catch { return true } });
        export const on_login = () => [refused.every(Boolean), typeof sdk.ok, typeof Host.log];";
    assert_eq!(
        run(text).unwrap().to_string(),
        r#"[true,"function","function"]"#
    );
}

#[test]
fn polluted_prototypes_do_not_reach_the_sdk() {
    let text = "import { dbQuery, fail } from 'sdk';
        for (const name of ['__plugin_error', '__status', 'a'])
            Object.defineProperty(Object.prototype, name, { set() { throw 1 }, get() { return 5 } });
        Object.defineProperty(Array.prototype, '0', { set() { throw 2 } });
        export const on_login = () => [dbQuery('SELECT 1'), fail(409, 'taken')];";
    let (host, mut engine) = load(text);
    host.answer.replace(r#"[{"a": 1}]"#.into());
    assert_eq!(
        engine.call("on-login", None).unwrap().to_string(),
        r#"[[{"a":1}],{"__plugin_error":true,"__status":409,"__message":"taken"}]"#
    );
}

#[test]
fn a_refusal_is_returned_or_thrown() {
    for how in ["return", "throw"] {
        let text = format!(
            "import {{ fail }} from 'sdk'; export function on_login() {{ {how} fail(409, 'x') }}"
        );
        let refusal = raisfast_script_interface::records::refusal(&run(&text).unwrap());
        assert_eq!(refusal, Some((409, "x".to_owned())));
    }
}

#[test]
fn too_deep_recursion_is_an_error_and_the_next_call_works() {
    let (_, mut engine) =
        load("export function on_login(n) { const f = () => f() + 1; return n ? f() : 'fine'; }");
    let failure = engine
        .call("on-login", Some(Argument::Text("1".into())))
        .unwrap_err();
    assert!(failure.message.contains("stack"), "{failure}");
    assert_eq!(
        engine.call("on-login", None).unwrap().as_text(),
        Some("fine")
    );
}

#[test]
fn an_object_that_contains_itself_is_an_error() {
    let failure = run("export const on_login = () => { const a = {}; a.a = a; return a; }");
    assert!(failure.unwrap_err().message.contains("contains itself"));
}
