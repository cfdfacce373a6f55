//! The script of this instance: compiled and run once, then called.

use std::{cell::RefCell, collections::HashMap};

use raisfast_script_interface::{
    handlers::{HANDLERS, camel_case, snake_case},
    script::{Failure, Script},
};
use rhai::{
    AST, Dynamic, Engine, EvalAltResult, Module, ModuleResolver, ParseError, Position, Scope,
    Shared,
};

use crate::{
    failure,
    functions::{self, SDK},
};

/// The name of the script's module in the calls that are made of it.
const MODULE: &str = "plugin";
/// The variable that a handler's argument is in.
const INPUT: &str = "input";
/// The file name of those calls. No file of a folder has it.
pub(crate) const CALLER: &str = "<the host's call>";
/// The end of the name of a file that can be imported.
const EXTENSION: &str = ".rhai";

thread_local! {
    static STARTED: RefCell<Option<Started>> = const { RefCell::new(None) };
    static PROGRAM: RefCell<Option<Program>> = const { RefCell::new(None) };
}

/// An engine that has no script yet.
struct Started {
    engine: Engine,
    sdk: Shared<Module>,
}

impl Started {
    fn new() -> Self {
        Self {
            engine: functions::engine(),
            sdk: functions::sdk().into(),
        }
    }
}

/// Makes the engine for the script that is loaded next.
pub(crate) fn start() {
    STARTED.set(Some(Started::new()));
}

/// A script that has been run.
struct Program {
    engine: Engine,
    /// The calls of each function that the host may call.
    calls: HashMap<&'static str, Calls>,
}

/// The calls of one function.
struct Calls {
    ast: AST,
    takes_argument: bool,
}

/// Compiles and runs the script, and returns the names of the functions that can be called.
pub(crate) fn load(script: Script) -> Result<Vec<String>, Failure> {
    let entry = script.entry.clone();
    let text = script.text(&entry).unwrap_or_default().to_owned();
    let Started { mut engine, sdk } = STARTED.take().unwrap_or_else(Started::new);
    engine.set_module_resolver(Files {
        script,
        loaded: RefCell::new(HashMap::from([(SDK.to_owned(), sdk)])),
    });
    let mut ast = engine
        .compile(&text)
        .map_err(|error| failure::of(&at_its_place(error), &entry))?;
    ast.set_source(entry.as_str());
    let module = Module::eval_ast_as_new(Scope::new(), &ast, &engine)
        .map_err(|error| failure::of(&error, &entry))?;
    engine.register_static_module(MODULE, module.into());
    let calls = calls(&engine, &ast)?;
    let names = calls.keys().map(|&name| name.to_owned()).collect();
    PROGRAM.set(Some(Program { engine, calls }));
    Ok(names)
}

/// Compiles a call of each function of the script that has the name of a hook.
fn calls(engine: &Engine, ast: &AST) -> Result<HashMap<&'static str, Calls>, Failure> {
    let mut calls = HashMap::new();
    for name in HANDLERS {
        let wanted = [snake_case(name), camel_case(name)];
        let found = ast.iter_functions().find(|function| {
            wanted.iter().any(|name| name == function.name) && function.params.len() <= 1
        });
        let Some(function) = found else { continue };
        let takes_argument = !function.params.is_empty();
        let argument = if takes_argument { INPUT } else { "" };
        let text = format!("{MODULE}::{}({argument})", function.name);
        let mut ast = engine
            .compile(text)
            .map_err(|error| Failure::new(error.to_string()))?;
        ast.set_source(CALLER);
        calls.insert(
            name,
            Calls {
                ast,
                takes_argument,
            },
        );
    }
    Ok(calls)
}

/// Calls a function of the script that the host has found in the answer of [`load`].
pub(crate) fn call(name: &str, input: Dynamic) -> Result<Dynamic, Failure> {
    PROGRAM.with_borrow(|program| {
        let program = program.as_ref();
        let program = program.ok_or_else(|| Failure::new("it was not loaded"))?;
        let Some(calls) = program.calls.get(name) else {
            return Ok(Dynamic::UNIT);
        };
        let mut scope = Scope::new();
        if calls.takes_argument {
            scope.push_dynamic(INPUT, input);
        }
        let called = program
            .engine
            .eval_ast_with_scope::<Dynamic>(&mut scope, &calls.ast);
        called.map_err(|error| failure::of(&error, CALLER))
    })
}

/// Returns a parser's error as one that has happened.
fn at_its_place(ParseError(kind, position): ParseError) -> EvalAltResult {
    EvalAltResult::ErrorParsing(*kind, position)
}

/// The files of the plugin's folder, as modules.
struct Files {
    script: Script,
    /// The modules that have run, and `sdk`, which is always there.
    loaded: RefCell<HashMap<String, Shared<Module>>>,
}

impl Files {
    /// Returns the path of a file that a file imports: relative to that file where it begins with
    /// a dot, else to the folder.
    fn find(&self, importer: Option<&str>, path: &str) -> Option<String> {
        let importer = importer.filter(|_| path.starts_with('.'));
        let path = Script::resolve(importer.unwrap_or_default(), path)?;
        let with_extension = format!("{path}{EXTENSION}");
        [path, with_extension]
            .into_iter()
            .find(|path| self.script.text(path).is_some())
    }

    fn load(&self, engine: &Engine, file: &str) -> Result<Module, Box<EvalAltResult>> {
        let text = self.script.text(file).unwrap_or_default();
        let mut ast = engine.compile(text).map_err(at_its_place)?;
        ast.set_source(file);
        let mut module = Module::eval_ast_as_new(Scope::new(), &ast, engine)?;
        module.set_id(file);
        Ok(module)
    }
}

impl ModuleResolver for Files {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let file = self.find(source, path);
        let name = file.as_deref().or_else(|| (path == SDK).then_some(SDK));
        let Some(name) = name else {
            let not_found = EvalAltResult::ErrorModuleNotFound(path.to_owned(), position);
            return Err(not_found.into());
        };
        if let Some(module) = self.loaded.borrow().get(name) {
            return Ok(Shared::clone(module));
        }
        let module = self.load(engine, name).map_err(|error| {
            Box::new(EvalAltResult::ErrorInModule(
                name.to_owned(),
                error,
                position,
            ))
        })?;
        let module = Shared::new(module);
        let loaded = Shared::clone(&module);
        self.loaded.borrow_mut().insert(name.to_owned(), loaded);
        Ok(module)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::to_value;

    fn loaded(files: &[(&str, &str)]) -> Result<Vec<String>, Failure> {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        let mut names = load(Script {
            entry: "init.rhai".into(),
            files: files.iter().map(owned).collect(),
        })?;
        names.sort();
        Ok(names)
    }

    /// The answer, as JSON.
    fn called(name: &str, input: &str) -> String {
        match call(name, input.to_owned().into()) {
            Ok(answer) => to_value(&answer).to_string(),
            Err(failure) => panic!("{failure:?}"),
        }
    }

    fn place(failure: &Failure) -> (Option<&str>, Option<u32>, Option<u32>) {
        (failure.file.as_deref(), failure.line, failure.column)
    }

    #[test]
    fn the_functions_that_the_host_can_call_are_found_in_both_ways_of_writing() {
        let text = "fn on_login(x) { } fn onPostCreating(x) { } fn helper(x) { }\n\
                    fn snapshot() { } fn on_cron_tick(one, two) { }";
        let names = loaded(&[("init.rhai", text)]).unwrap();
        assert_eq!(names, ["on-login", "on-post-creating", "snapshot"]);
    }

    #[test]
    fn a_handler_gets_text_and_answers_with_a_value() {
        let text = "fn on_login(input) { let it = parse_json(input); it.n += 1; it }";
        loaded(&[("init.rhai", text)]).unwrap();
        let answer = called(
            "on-login",
            r#"{"n": 9007199254740992, "list": [1, 2.5, null, true]}"#,
        );
        let expected = r#"{"list":[1,2.5,null,true],"n":9007199254740993}"#;
        assert_eq!(answer, expected);
        assert_eq!(called("filter-html", "no such function"), "null");
    }

    #[test]
    fn a_syntax_error_has_its_file_line_and_column() {
        let failure = loaded(&[("init.rhai", "fn f() {\n  let x = ;\n}")]).unwrap_err();
        assert_eq!(place(&failure), (Some("init.rhai"), Some(2), Some(11)));
        assert_eq!(failure.message, "Syntax error: Unexpected ';'");
        assert!(!failure.message.contains("line 2"), "{}", failure.message);
        let files = [
            ("init.rhai", "import \"lib/a\" as a;"),
            ("lib/a.rhai", "\nlet x = ;"),
        ];
        let failure = loaded(&files).unwrap_err();
        assert_eq!(place(&failure), (Some("lib/a.rhai"), Some(2), Some(9)));
    }

    #[test]
    fn a_module_that_is_not_there_is_named_where_it_is_imported() {
        for path in ["nothing", "../init", "./../../x"] {
            let text = format!("\nimport \"{path}\" as x;");
            let failure = loaded(&[("init.rhai", &text)]).unwrap_err();
            assert_eq!(failure.line, Some(2), "{failure:?}");
            assert!(failure.message.contains(path), "{failure:?}");
        }
    }

    #[test]
    fn modules_import_each_other_and_handlers_use_what_the_top_imports() {
        let files = [
            (
                "init.rhai",
                "import \"lib/a\" as a;\nconst END = \"?\";\n\
                 fn end() { global::END }\n\
                 fn on_login(x) { a::shout(x) + end() }\n\
                 fn filter_html(x) { import \"lib/b.rhai\" as b; b::mark() }",
            ),
            (
                "lib/a.rhai",
                "import \"./b\" as b;\nfn shout(x) { to_upper(x) + b::mark() }",
            ),
            (
                "lib/b.rhai",
                "const MARK = \"!\";\nfn mark() { global::MARK }",
            ),
        ];
        loaded(&files).unwrap();
        assert_eq!(called("on-login", "a"), "\"A!?\"");
        assert_eq!(called("filter-html", ""), "\"!\"");
    }

    #[test]
    fn an_error_has_the_place_where_it_was_thrown_and_the_calls_on_its_way() {
        let text = "fn check(x) {\n  if x == \"bad\" { throw \"not this\"; }\n  x\n}\n\
                    fn on_login(x) {\n  check(x)\n}";
        loaded(&[("init.rhai", text)]).unwrap();
        let failure = call("on-login", "bad".into()).unwrap_err();
        assert_eq!(failure.message, "not this");
        assert_eq!(place(&failure), (Some("init.rhai"), Some(2), Some(19)));
        assert_eq!(
            failure.stack.as_deref(),
            Some("check called at init.rhai:6:3")
        );
        assert_eq!(called("on-login", "good"), "\"good\"");
    }

    #[test]
    fn an_error_in_a_module_is_in_the_modules_file() {
        let files = [
            (
                "init.rhai",
                "import \"a\" as a;\nfn on_login(x) { a::f(x) }",
            ),
            ("a.rhai", "fn f(x) {\n  x.nothing()\n}"),
        ];
        loaded(&files).unwrap();
        let failure = call("on-login", "x".into()).unwrap_err();
        assert_eq!(place(&failure), (Some("a.rhai"), Some(2), Some(5)));
        assert!(failure.message.contains("nothing"), "{failure:?}");
    }

    #[test]
    fn closures_are_called_by_functions_of_lists() {
        let text = "fn on_login(x) { let n = 2; [1, 2].map(|x| x * n).filter(|x| x > 2) }";
        loaded(&[("init.rhai", text)]).unwrap();
        assert_eq!(called("on-login", ""), "[4]");
    }

    #[test]
    fn what_runs_away_is_an_error() {
        let text = "fn on_login(x) { on_login(x) }\nfn filter_html(x) { parse_json(x) }";
        loaded(&[("init.rhai", text)]).unwrap();
        let failure = call("on-login", "x".into()).unwrap_err();
        assert!(failure.message.contains("Stack overflow"), "{failure:?}");
        let deep = "[".repeat(100_000);
        assert!(call("filter-html", deep.into()).is_err());
    }

    #[test]
    fn helpers_of_texts_return_the_new_text() {
        let text = r#"
            fn on_login(x) {
                [to_lower(x), to_upper(x), trim(x), replace(x, "Ä", "a"), substring(x, 1, 2),
                 substring(x, 9, 9), extractJson(`{"a": {"b": [1, 2]}}`, "a.b.1"), to_json(#{a: ()})]
            }
        "#;
        loaded(&[("init.rhai", text)]).unwrap();
        let expected = r#"[" äb "," ÄB ","Äb"," ab ","Äb","",2,"{\"a\":null}"]"#;
        assert_eq!(called("on-login", " Äb "), expected);
    }

    #[test]
    fn the_sdk_is_a_module_with_functions_that_throw() {
        let text = r#"
            import "sdk" as sdk;
            fn on_login(x) { sdk::extractJson(#{a: [1, 2]}, "a.1") }
            fn filter_html(x) { [fail("taken").__status, ok(x)] }
            fn on_cron_tick(x) { sdk::dbCount(1) }
        "#;
        loaded(&[("init.rhai", text)]).unwrap();
        assert_eq!(called("on-login", ""), "2");
        assert_eq!(called("filter-html", "x"), "[422,\"x\"]");
        let failure = call("on-cron-tick", "".into()).unwrap_err();
        assert_eq!(place(&failure), (Some("init.rhai"), Some(5), Some(39)));
        assert!(
            failure
                .message
                .contains("table: expected a text, found a number"),
            "{failure}"
        );
    }

    #[test]
    fn an_answer_of_the_host_is_json_text_also_where_it_failed() {
        let text = "fn on_login(x) { [dbCount(1), Host.dbCount(1), RaisFastHost.dbSum(\"t\", 2)] }";
        loaded(&[("init.rhai", text)]).unwrap();
        let answer = called("on-login", "");
        assert_eq!(answer.matches("{\\\"error\\\":").count(), 3, "{answer}");
    }
}
