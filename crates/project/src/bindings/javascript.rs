//! For JavaScript and TypeScript: what stands around the author's `plugin.js` in the built plugin.
//!
//! The engine tells the host of an error in its own words, and was seeded when the plugin was
//! built. The guard calls each hook, tells of errors as JavaScript does, and says which field of an
//! answer is wrong; a generator that is seeded in each instance stands in the place of
//! `Math.random`.

use std::path::PathBuf;

use super::FOLDER;
use crate::contract::{Contract, own_name};

const GUARD: &str = include_str!("javascript/guard.js");
const RANDOM: &str = include_str!("javascript/random.js");

/// The line of the guard with the end of the names of the author's files, as errors have them.
const EXTENSION: &str = "const EXTENSION = \".js\";";

/// The language of the author's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    JavaScript,
    /// It is built as JavaScript, line for line.
    TypeScript,
}

pub(crate) fn files(source: Source) -> [(PathBuf, Vec<u8>); 2] {
    let guard = match source {
        Source::JavaScript => GUARD.to_owned(),
        Source::TypeScript => GUARD.replace(EXTENSION, &EXTENSION.replace(".js", ".ts")),
    };
    [
        ("guard.js".into(), guard.into()),
        ("random.js".into(), RANDOM.into()),
    ]
}

/// The module that is built. It stands beside `plugin.js`: the engine lets a module import only
/// what lies in the first one's folder.
pub(crate) fn entry(contract: &Contract) -> String {
    let exports = contract.interfaces().map(|(interface, hooks)| {
        let names: Vec<String> = hooks
            .iter()
            .map(|hook| format!("  [\"{hook}\", \"{}\"],\n", method(hook.as_str())))
            .collect();
        let (name, names) = (method(own_name(interface)), names.concat());
        format!("export const {name} = guarded(plugin, [\n{names}]);\n")
    });
    let exports: String = exports.collect();
    // The first import is in force when the author's module begins.
    format!(
        "import \"./{FOLDER}/random.js\";\n\
         import * as plugin from \"./plugin.js\";\n\
         import {{ guarded }} from \"./{FOLDER}/guard.js\";\n\n\
         {exports}"
    )
}

/// `on-post-creating` as JavaScript writes it: `onPostCreating`.
pub(crate) fn method(hook: &str) -> String {
    let mut words = hook.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        name + &word[..1].to_uppercase() + &word[1..]
    })
}

#[cfg(test)]
mod tests {
    use raisfast_contract::{HookKind, HookName};

    use super::{GUARD, Source, files, method};

    #[test]
    fn an_error_names_the_file_that_the_author_has_written() {
        let guard = |source| {
            let [(_, guard), _] = files(source);
            String::from_utf8(guard).unwrap()
        };
        assert_eq!(guard(Source::JavaScript), GUARD);
        let typescript = guard(Source::TypeScript);
        assert!(typescript.contains("const EXTENSION = \".ts\";"));
    }

    #[test]
    fn a_hook_is_called_as_the_engine_calls_it() {
        assert_eq!(method("on-post-creating"), "onPostCreating");
        assert_eq!(method("filter-html"), "filterHtml");
    }

    #[test]
    fn the_guard_knows_what_each_filter_answers() {
        for hook in HookName::ALL {
            let is_known = GUARD.contains(&format!("\n  {}: ", method(hook.as_str())));
            assert_eq!(is_known, hook.kind() != HookKind::Action, "{hook}");
        }
    }
}
