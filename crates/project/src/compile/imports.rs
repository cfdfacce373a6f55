//! Imports in JavaScript and TypeScript that may be why a build has failed: packages, and Node's
//! own modules.
//!
//! They are looked for once a build has failed, so that a text in the source that only looks like
//! an import stops nothing.

use std::{collections::BTreeSet, path::Path};

use super::Compilation;
use crate::{BuildError, Language, written::without_comments};

/// The beginnings of names that the build knows: modules of the project, and those of the host.
const KNOWN: [&str; 5] = [".", "/", "raisfast:", "wasi:", "bindings/"];

/// The words that stand before the name of a module.
const BEFORE_A_NAME: [&str; 3] = ["from", "import", "import("];

/// Returns the import that a failed build could not follow; the error itself, if there is none.
pub(super) fn explain(compilation: &Compilation<'_>, error: BuildError) -> BuildError {
    if !matches!(error, BuildError::Failed { .. }) {
        return error;
    }
    let Ok(sources) = compilation.project.sources() else {
        return error;
    };
    let root = compilation.folder();
    let scripts = sources.files().filter(|file| {
        let end = file.extension().and_then(|end| end.to_str());
        matches!(end, Some("js" | "mjs" | "ts"))
    });
    for file in scripts {
        let Ok(text) = std::fs::read_to_string(file) else {
            continue;
        };
        let code = without_comments(&text, compilation.language());
        if let Some(name) = imports(&code).into_iter().next() {
            let file = file.strip_prefix(root).unwrap_or(file);
            return unbuildable(file, &text, &name, compilation.language());
        }
    }
    error
}

fn unbuildable(file: &Path, text: &str, name: &str, language: Language) -> BuildError {
    let quoted = ['"', '\'', '`'].map(|quote| format!("{quote}{name}{quote}"));
    let has_name = |line: &str| quoted.iter().any(|quoted| line.contains(quoted));
    let line = text.lines().position(has_name).map_or(1, |line| line + 1);
    let place = format!("{}:{line}", file.display());
    let name = name.to_owned();
    if name.starts_with("node:") {
        BuildError::NodeModule { place, name }
    } else {
        let module = name.rsplit('/').next().unwrap_or_default();
        let module = format!("{}.js", module.trim_end_matches(".js"));
        BuildError::Package {
            place,
            module,
            name,
            language,
        }
    }
}

/// The names of modules that are imported and not known.
fn imports(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for word in BEFORE_A_NAME {
        for (at, _) in code.match_indices(word) {
            let is_word = !code[..at].ends_with(|c: char| c.is_alphanumeric() || "_$.".contains(c));
            let rest = code[at + word.len()..].trim_start();
            let Some(quote) = rest.chars().next().filter(|c| "\"'`".contains(*c)) else {
                continue;
            };
            let Some((name, _)) = rest[1..].split_once(quote) else {
                continue;
            };
            let may_be_one = !name.is_empty() && !name.contains(char::is_whitespace);
            let is_known = KNOWN.iter().any(|known| name.starts_with(known));
            if is_word && may_be_one && !is_known {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{imports, unbuildable};
    use crate::Language;

    #[test]
    fn what_is_not_of_the_project_or_the_host_is_found() {
        for (code, expected) in [
            ("import slugify from \"slugify\";", "slugify"),
            ("import { a } from '@scope/name/part'", "@scope/name/part"),
            ("import\"polyfill\";", "polyfill"),
            ("export * from 'lodash'", "lodash"),
            ("const fs = await import(\"node:fs\");", "node:fs"),
        ] {
            assert_eq!(imports(code), [expected.to_owned()].into(), "{code}");
        }
        for code in [
            "import { log } from \"raisfast:plugin-wit/host-api\";",
            "import { words } from \"./words.ts\";",
            "const text = \"taken from \" + name;",
            "transform('x'); important(\"x\");",
            "const from = 'x';",
        ] {
            assert!(imports(code).is_empty(), "{code}");
        }
    }

    #[test]
    fn the_error_names_the_place_and_the_next_step() {
        let text = "// slugify\nimport slugify from 'slugify';\n";
        let esbuild = "npx esbuild slugify --bundle --format=esm --outfile=slugify.js";
        for (language, hint) in [
            (Language::JavaScript, "if it is not made of ES modules"),
            (Language::TypeScript, "`\"allowJs\": true` in tsconfig.json"),
        ] {
            let said = unbuildable("plugin.js".as_ref(), text, "slugify", language).to_string();
            for part in ["plugin.js:2 imports the package `slugify`", esbuild, hint] {
                assert!(said.contains(part), "{said}");
            }
        }
        let said = unbuildable("a.ts".as_ref(), "", "node:fs", Language::TypeScript).to_string();
        assert!(said.contains("`node:fs`, a module of Node.js"), "{said}");
    }
}
