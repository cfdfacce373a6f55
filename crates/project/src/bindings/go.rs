//! For Go: packages with the contract's functions and records, and the program around the author's
//! package.
//!
//! The author's package is the module's own, with a function a hook. The program in `bindings/`
//! imports it, so that one command builds both, and nothing has to be fetched: the few types that
//! generated code needs come along.

use std::{fs, path::PathBuf};

use raisfast_contract::HookName;

use super::{FOLDER, Files, generate, identifier};
use crate::{BuildError, Project, contract::Contract};

/// The place where generated code looks for the types that it needs.
const FOREIGN: &str = "go.bytecodealliance.org/pkg/wit/";

const TYPES: &str = include_str!("go/types.go");
const RUNTIME: &str = include_str!("go/runtime.go");
const EMPTY: &str = include_str!("go/empty.s");

pub(super) fn bindings(contract: &Contract, project: &Project) -> Result<Files, BuildError> {
    let module = module(project)?;
    let options = wit_bindgen_go::Opts {
        pkg_name: Some(format!("{module}/{FOLDER}")),
        // Whether the tool for it is installed must not change what is generated.
        format: wit_bindgen_go::Format::False,
        quiet: true,
        ..Default::default()
    };
    let own = format!("{module}/{FOLDER}/wit/");
    let mut files: Files = generate(options.build(), contract)
        .into_iter()
        .map(|(path, content)| match String::from_utf8(content) {
            Ok(text) => (path, text.replace(FOREIGN, &own).into_bytes()),
            Err(error) => (path, error.into_bytes()),
        })
        .collect();
    files.insert("wit/types/types.go".into(), TYPES.into());
    files.insert("wit/runtime/runtime.go".into(), RUNTIME.into());
    files.insert("wit/runtime/empty.s".into(), EMPTY.into());
    for (interface, hooks) in contract.interfaces() {
        let package = format!("export_{}", identifier(interface));
        let text = functions(&package, &hooks, &module);
        files.insert(format!("exports/{package}/hooks.go").into(), text.into());
    }
    files.insert("main.go".into(), main(&module).into());
    Ok(files)
}

/// Returns the module's name, from the first line of `go.mod` that has it.
fn module(project: &Project) -> Result<String, BuildError> {
    let path: PathBuf = project.folder().join("go.mod");
    let text = fs::read_to_string(&path).map_err(|source| BuildError::read(&path, source))?;
    text.lines()
        .find_map(|line| line.trim().strip_prefix("module "))
        .map(|name| name.trim().trim_matches('"').to_owned())
        .filter(|name| !name.is_empty())
        .ok_or(BuildError::NoGoModule(path))
}

/// Hands the author's functions on to where generated code calls them: in a package an interface.
fn functions(package: &str, hooks: &[HookName], module: &str) -> String {
    let functions: Vec<String> = hooks
        .iter()
        .map(|hook| format!("\t{0} = plugin.{0}\n", function(hook.as_str())))
        .collect();
    let functions = functions.concat();
    format!(
        "// Made when the plugin is built, for the hooks in manifest.toml.\n\n\
         package {package}\n\n\
         import plugin \"{module}\"\n\n\
         var (\n{functions})\n"
    )
}

fn main(module: &str) -> String {
    format!(
        "// Made when the plugin is built.\n\n\
         package main\n\n\
         import _ \"{module}/{FOLDER}/exports/wit_exports\"\n\n\
         func main() {{}}\n"
    )
}

/// `on-post-creating` as Go writes it: `OnPostCreating`.
pub(crate) fn function(hook: &str) -> String {
    hook.split('-')
        .map(|word| word[..1].to_uppercase() + &word[1..])
        .collect()
}

#[cfg(test)]
mod tests {
    use raisfast_contract::HookName;

    use super::function;

    #[test]
    fn a_hook_is_called_as_generated_code_calls_it() {
        assert_eq!(
            function(HookName::OnPostCreating.as_str()),
            "OnPostCreating"
        );
        assert_eq!(function(HookName::FilterHtml.as_str()), "FilterHtml");
    }
}
