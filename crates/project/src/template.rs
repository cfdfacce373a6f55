//! The files of a new project.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use raisfast_plugin_wit::CONTRACT;
use rust_embed::RustEmbed;

use crate::{BuildError, Language, ProjectName};

/// A folder a language. `{{name}}` in a file stands for the project's name; the end `.template` of
/// a file's name, which keeps this workspace's own tools from reading the file, is left away.
#[derive(RustEmbed)]
#[folder = "templates/"]
struct Templates;

/// The SDK's source, for projects in Rust: it is on no registry.
#[derive(RustEmbed)]
#[folder = "../sdk/src/"]
struct Sdk;

/// The folder of the SDK in a project in Rust.
pub(crate) const SDK_FOLDER: &str = "raisfast-plugin";

/// The reason why there is no new project.
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
        /// The system's error.
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
        let sdk = Path::new(SDK_FOLDER);
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

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{Sdk, Templates, files};
    use crate::{Language, Project};

    #[test]
    fn every_language_has_a_project_with_manifest_test_and_readme() {
        for language in Language::ALL {
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path().join("hello");
            let project = Project::create(&folder, &"hello".parse().unwrap(), language).unwrap();
            assert_eq!(Project::at(&folder).unwrap().language(), language);
            for file in [
                ".gitignore",
                "README.md",
                "manifest.toml",
                "tests/excerpt.toml",
            ] {
                assert!(project.folder().join(file).is_file(), "{language}: {file}");
            }
            let readme = fs::read_to_string(folder.join("README.md")).unwrap();
            assert!(readme.starts_with("# hello\n"), "{readme}");
            assert!(
                readme.lines().count() <= 50,
                "{language}: more than a screen"
            );
        }
    }

    #[test]
    fn nothing_in_a_project_is_left_to_be_filled_in() {
        for language in Language::ALL {
            for (path, text) in files(&"hello".parse().unwrap(), language) {
                assert!(!text.contains("{{name"), "{language}: {}", path.display());
            }
        }
    }

    #[test]
    fn each_template_is_of_a_language() {
        let languages = Language::ALL.map(Language::as_str);
        for path in Templates::iter() {
            let (folder, _) = path.split_once('/').unwrap();
            assert!(
                languages.contains(&folder) || folder == "every-language",
                "{path}"
            );
        }
    }

    fn template(path: &str) -> String {
        super::text(Templates::get(path))
    }

    #[test]
    fn what_builds_a_project_is_locked_in_its_version_with_hashes_and_without_addresses() {
        let json =
            |path: &str| -> serde_json::Value { serde_json::from_str(&template(path)).unwrap() };
        for language in ["js", "ts"] {
            let package = json(&format!("{language}/package.json"));
            let lock = json(&format!("{language}/package-lock.json"));
            let root = &lock["packages"][""];
            assert_eq!(root["devDependencies"], package["devDependencies"]);
            for (name, entry) in lock["packages"].as_object().unwrap() {
                assert!(name.is_empty() || entry["integrity"].is_string(), "{name}");
                assert!(entry["resolved"].is_null(), "{name} has an address");
            }
        }

        let requirements = template("python/requirements.txt");
        let mut lines = requirements.lines().skip(1);
        let (first, _) = lines.next().unwrap().split_once(' ').unwrap();
        assert!(template("python/pyproject.toml").contains(&format!("\"{first}\"")));
        assert!(lines.all(|line| line.trim().starts_with("--hash=sha256:")));
    }

    #[test]
    fn the_sdk_in_a_project_needs_what_the_sdk_needs() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read = |file: &str| fs::read_to_string(workspace.join(file)).unwrap();
        let versions = read("Cargo.toml");
        let sdk = read("crates/sdk/Cargo.toml");
        let (_, needed) = sdk.split_once("[dependencies]\n").unwrap();
        let brought = Templates::get("rust/raisfast-plugin/Cargo.toml.template").unwrap();
        let brought = String::from_utf8(brought.data.into_owned()).unwrap();
        for line in needed.lines().filter(|line| !line.is_empty()) {
            let name = line.strip_suffix(".workspace = true").unwrap();
            let version = versions
                .lines()
                .find(|line| line.starts_with(&format!("{name} = ")))
                .unwrap();
            assert!(brought.lines().any(|line| line == version), "{version}");
        }
        assert!(Sdk::iter().any(|path| path == "lib.rs"));
    }
}
