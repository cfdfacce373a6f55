//! The contract as compilers and editors read it: the folder `bindings/`.
//!
//! It is made from the contract in this binary and the hooks in the manifest, at `new` and at each
//! `build`; nothing in it is an author's. A file that is right already is left alone, so that
//! editors and compilers see no change.

pub(crate) mod c;
mod go;
pub(crate) mod javascript;
mod types;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use raisfast_manifest::Manifest;
use wit_bindgen_core::{WorldGenerator, wit_parser::Resolve};

use crate::{
    BuildError, Language, Project,
    contract::{Contract, WORLD},
};

/// The folder of bindings in a project.
pub(crate) const FOLDER: &str = "bindings";

/// The contract, for tools that read it themselves.
pub(crate) const WIT: &str = "plugin.wit";

/// Files by their path in `bindings/`.
type Files = BTreeMap<PathBuf, Vec<u8>>;

pub(crate) fn write(project: &Project, manifest: &Manifest) -> Result<(), BuildError> {
    let language = project.language();
    if language == Language::Rust {
        // The SDK brings its own, with a default for each hook.
        return Ok(());
    }
    let contract = Contract::of(manifest)?;
    let mut files = match language {
        Language::C | Language::Zig => c::bindings(&contract),
        Language::Go => go::bindings(&contract, project)?,
        Language::Rust | Language::JavaScript | Language::TypeScript | Language::Python => {
            types::bindings(language)
        }
    };
    if language == Language::JavaScript {
        files.extend(javascript::files(javascript::Source::JavaScript));
    }
    files.insert(WIT.into(), contract.text().into());
    let folder = project.folder().join(FOLDER);
    for (path, content) in files {
        write_if_changed(&folder.join(path), &content)?;
    }
    Ok(())
}

/// Runs one of wit-bindgen's generators on the contract.
fn generate(mut generator: Box<dyn WorldGenerator>, contract: &Contract) -> Files {
    // Its generators are built with a WIT parser of their own version: text is what all have in
    // common.
    let mut resolve = Resolve::default();
    let package = resolve
        .push_source(WIT, contract.text())
        .expect("the contract is valid WIT");
    let world = resolve
        .select_world(&[package], Some(WORLD))
        .expect("the contract has this world");
    let mut files = wit_bindgen_core::Files::default();
    generator.generate(&mut resolve, world, &mut files).expect(
        "bindings can be made for the contract: tests do so for each hook alone and for all",
    );
    files
        .iter()
        .map(|(path, content)| (path.into(), content.to_vec()))
        .collect()
}

pub(crate) use go::function as go_function;

/// Returns an interface's full name as generators for C and Go write it:
/// `raisfast_plugin_wit_plugin_hooks`.
pub(crate) fn identifier(interface: &str) -> String {
    interface.replace([':', '/', '-'], "_")
}

/// The files of a folder with this extension, in the order of their names.
pub(crate) fn files_with_extension(
    folder: &Path,
    extension: &str,
) -> Result<Vec<PathBuf>, BuildError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| BuildError::read(folder, source))? {
        let entry = entry.map_err(|source| BuildError::read(folder, source))?;
        let path = entry.path();
        if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn write_if_changed(path: &Path, content: &[u8]) -> Result<(), BuildError> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let folder = path.parent().expect("a file in bindings/ has a folder");
    fs::create_dir_all(folder).map_err(|source| BuildError::write(folder, source))?;
    fs::write(path, content).map_err(|source| BuildError::write(path, source))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, time::SystemTime};

    use raisfast_contract::HookName;

    use crate::{Language, Project};

    /// A new project whose manifest names these hooks.
    fn project(folder: &Path, language: Language, hooks: &[HookName]) -> Project {
        let project =
            Project::create(&folder.join("hello"), &"hello".parse().unwrap(), language).unwrap();
        let manifest = project.folder().join("manifest.toml");
        let text = fs::read_to_string(&manifest).unwrap();
        let (head, _) = text.split_once("# The hooks").unwrap();
        let tables = hooks.iter().map(|hook| format!("[hooks.{hook}]\n"));
        let tables: Vec<String> = tables.collect();
        fs::write(&manifest, head.to_owned() + &tables.concat()).unwrap();
        project.write_bindings().unwrap();
        project
    }

    fn bindings(project: &Project, file: &str) -> String {
        fs::read_to_string(project.folder().join("bindings").join(file)).unwrap()
    }

    #[test]
    fn each_hook_has_bindings_alone_and_all_have_together() {
        let each = HookName::ALL.map(|hook| vec![hook]);
        for hooks in each.into_iter().chain([HookName::ALL.to_vec()]) {
            for language in [Language::C, Language::Go] {
                let folder = tempfile::tempdir().unwrap();
                let project = project(folder.path(), language, &hooks);
                for hook in HookName::ALL {
                    let is_there =
                        bindings(&project, "plugin.wit").contains(&format!("{hook}: func"));
                    assert_eq!(is_there, hooks.contains(&hook), "{language} {hook}");
                }
            }
        }
    }

    #[test]
    fn what_a_compiler_wants_is_what_the_manifest_names() {
        let folder = tempfile::tempdir().unwrap();
        let project = project(folder.path(), Language::C, &[HookName::OnLogin]);
        let header = bindings(&project, "plugin_world.h");
        assert!(header.contains("plugin_hooks_on_login("), "{header}");
        assert!(
            !header.contains("plugin_hooks_on_post_created("),
            "{header}"
        );
    }

    #[test]
    fn go_finds_everything_in_the_projects_own_module() {
        let folder = tempfile::tempdir().unwrap();
        let project = project(folder.path(), Language::Go, &[HookName::OnCronTick]);
        let exports = bindings(&project, "exports/wit_exports/wit_exports.go");
        assert!(
            exports.contains("\"example.com/hello/bindings/wit/types\""),
            "{exports}"
        );
        assert!(!exports.contains("go.bytecodealliance.org"), "{exports}");
        let hooks = bindings(
            &project,
            "exports/export_raisfast_plugin_wit_plugin_hooks/hooks.go",
        );
        assert!(
            hooks.contains("import plugin \"example.com/hello\""),
            "{hooks}"
        );
        assert!(hooks.contains("OnCronTick = plugin.OnCronTick"), "{hooks}");
    }

    #[test]
    fn a_module_without_a_name_is_told_what_to_write() {
        let folder = tempfile::tempdir().unwrap();
        let project = project(folder.path(), Language::Go, &[HookName::OnLogin]);
        fs::write(project.folder().join("go.mod"), "go 1.25\n").unwrap();
        let error = project.write_bindings().unwrap_err().to_string();
        assert!(error.contains("module example.com/my-plugin"), "{error}");
    }

    #[test]
    fn what_is_right_already_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let project = project(folder.path(), Language::Python, &[HookName::OnLogin]);
        let file = project.folder().join("bindings/plugin.wit");
        let old = SystemTime::UNIX_EPOCH;
        fs::File::options()
            .write(true)
            .open(&file)
            .unwrap()
            .set_modified(old)
            .unwrap();
        project.write_bindings().unwrap();
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), old);
    }

    #[test]
    fn editors_get_the_types_of_the_host() {
        for (language, file) in [
            (
                Language::JavaScript,
                "interfaces/raisfast-plugin-wit-host-api.d.ts",
            ),
            (
                Language::TypeScript,
                "interfaces/raisfast-plugin-wit-host-api.d.ts",
            ),
            (Language::Python, "wit_world/imports/host_api.py"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let project = project(folder.path(), language, &[HookName::OnLogin]);
            let text = bindings(&project, file);
            assert!(text.contains("(key: str"), "{text}");
        }
    }
}
