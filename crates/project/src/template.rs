//! What a new project holds.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rust_embed::RustEmbed;

use crate::{BuildError, Language, ProjectName};

/// A folder a language. `{{name}}` in a file stands for the project's name; the end `.template` of a file's name,
/// which keeps this workspace's own tools from reading the file, is left away.
#[derive(RustEmbed)]
#[folder = "templates/"]
struct Templates;

/// The SDK's source, for projects in Rust: it is on no registry.
#[derive(RustEmbed)]
#[folder = "../sdk/src/"]
struct Sdk;

/// The contract that the SDK's bindings are made from.
const CONTRACT: &str = include_str!("../../../plugin-wit/plugin.wit");

/// Why there is no new project.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// There is something already, and it stays as it is.
    #[error(
        "{} is there already and not empty; choose another name, or another folder with --into",
        .0.display()
    )]
    NotEmpty(PathBuf),
    /// A file or folder cannot be made.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The template's bindings cannot be written.
    #[error(transparent)]
    Bindings(BuildError),
}

pub(crate) fn write(
    folder: &Path,
    name: &ProjectName,
    language: Language,
) -> Result<(), CreateError> {
    let failed = |source| CreateError::Write {
        path: folder.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    if fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(CreateError::NotEmpty(folder.to_owned()));
    }
    for (path, text) in files(name, language) {
        write_file(&folder.join(path), &text)?;
    }
    Ok(())
}

fn files(name: &ProjectName, language: Language) -> Vec<(PathBuf, String)> {
    let mut files: Vec<_> = of_folder(language.as_str())
        .chain(of_folder("every-language"))
        .map(|(path, text)| (path, text.replace("{{name}}", name.as_str())))
        .collect();
    if language == Language::Rust {
        let sdk = Path::new("raisfast-plugin");
        files.push((sdk.join("wit/plugin.wit"), CONTRACT.to_owned()));
        for path in Sdk::iter() {
            let text = text(Sdk::get(&path));
            files.push((sdk.join("src").join(&*path), text));
        }
    }
    files
}

fn of_folder(folder: &str) -> impl Iterator<Item = (PathBuf, String)> {
    Templates::iter().filter_map(move |path| {
        let inside = path.strip_prefix(folder)?.strip_prefix('/')?;
        let inside = inside.strip_suffix(".template").unwrap_or(inside);
        Some((inside.into(), text(Templates::get(&path))))
    })
}

fn text(file: Option<rust_embed::EmbeddedFile>) -> String {
    let file = file.expect("it was listed");
    String::from_utf8(file.data.into_owned()).expect("templates are text")
}

fn write_file(path: &Path, text: &str) -> Result<(), CreateError> {
    let failed = |source| CreateError::Write {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}
