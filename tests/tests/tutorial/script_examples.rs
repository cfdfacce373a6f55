//! The examples of the book's page about scripts, loaded as files of one script a language.

use std::{fmt::Write as _, fs};

use raisfast_tests::Author;

const PAGE: &str = include_str!("../../../docs/src/authors/scripts.md");

const RAISFAST: &str = env!("CARGO_BIN_EXE_raisfast-under-test");

/// The examples in a language.
fn examples(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language} script\n");
    let blocks = PAGE.split(&begin).skip(1);
    let texts = blocks.map(|rest| rest.split_once("```").expect("a block ends").0);
    texts.collect()
}

/// Loads all of them from one entry, and returns what `check` says.
fn load(language: &str, extension: &str, entry: &str, import: impl Fn(usize) -> String) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let author = Author::new(RAISFAST, folder.path());
    author.succeeds(&["plugin", "new", "hello", "--lang", language]);
    let plugin = folder.path().join("hello");
    let manifest = plugin.join("manifest.toml");
    let text = fs::read_to_string(&manifest).expect("the manifest");
    let (head, _) = text.split_once("# The hooks").expect("it has hooks");
    fs::write(&manifest, head).expect("it is written");

    let found = examples(extension);
    assert!(found.len() >= 2, "{language}: {found:?}");
    let mut imports = String::new();
    for (number, example) in found.into_iter().enumerate() {
        let file = plugin.join(format!("example{number}.{extension}"));
        fs::write(file, example).expect("it is written");
        writeln!(imports, "{}", import(number)).expect("text grows");
    }
    fs::write(plugin.join(entry), imports).expect("it is written");
    author.succeeds(&["plugin", "check", "hello"])
}

#[test]
fn of_javascript_are_loaded_and_import_what_there_is() {
    let said = load("js-script", "js", "main.js", |number| {
        format!("export * from \"./example{number}.js\";")
    });
    has_the_handlers(&said);
}

#[test]
fn of_lua_are_loaded() {
    let said = load("lua", "lua", "init.lua", |number| {
        format!("require(\"example{number}\")")
    });
    has_the_handlers(&said);
}

/// A module's functions are not those of the file that imports it.
#[test]
fn of_rhai_are_compiled() {
    let said = load("rhai", "rhai", "init.rhai", |number| {
        format!("import \"example{number}\" as example{number};")
    });
    assert!(said.contains("no problems found"), "{said}");
}

fn has_the_handlers(said: &str) {
    for hook in ["on-post-creating", "on-cron-tick"] {
        let hint = format!("{hook} is written and never called");
        assert!(said.contains(&hint), "{said}");
    }
}
