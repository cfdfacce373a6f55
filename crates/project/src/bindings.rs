//! What compilers and editors read of the contract: the folder `bindings/`.
//!
//! It is made from the contract in this binary and the hooks in the manifest, at `new` and at each `build`; nothing
//! in it is an author's. A file that is right already is left alone, so that editors and compilers see no change.

pub(crate) mod c;
mod go;
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

/// Where bindings lie in a project.
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
        Language::Rust | Language::JavaScript | Language::Python => types::bindings(language),
    };
    files.insert(WIT.into(), contract.text().into());
    let folder = project.folder().join(FOLDER);
    for (path, content) in files {
        write_if_changed(&folder.join(path), &content)?;
    }
    Ok(())
}

/// What one of wit-bindgen's generators makes of the contract.
fn generate(mut generator: Box<dyn WorldGenerator>, contract: &Contract) -> Files {
    // Its generators are built with a WIT parser of their own version: text is what all have in common.
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

fn write_if_changed(path: &Path, content: &[u8]) -> Result<(), BuildError> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let folder = path.parent().expect("a file in bindings/ has a folder");
    fs::create_dir_all(folder).map_err(|source| BuildError::write(folder, source))?;
    fs::write(path, content).map_err(|source| BuildError::write(path, source))
}
