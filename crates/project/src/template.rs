//! The files of a new project.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use raisfast_contract::ScriptLanguage;
use raisfast_plugin_wit::CONTRACT;
use rust_embed::RustEmbed;

use crate::{BuildError, Language, PluginKind, ProjectName, project::MANIFEST};

/// A folder a kind of plugin. `{{name}}` in a file stands for the project's name, and `{{runtime}}`
/// in a script's for its language; the end `.template` of a file's name, which keeps this
/// workspace's own tools from reading the file, is left away.
#[derive(RustEmbed)]
#[folder = "templates/"]
struct Templates;

/// The SDK's source, for projects in Rust: it is on no registry.
#[derive(RustEmbed)]
#[folder = "../sdk/src/"]
struct Sdk;

/// The types that editors know scripts in JavaScript by.
#[derive(RustEmbed)]
#[folder = "../scripts/js/library/"]
struct ScriptTypes;

/// The annotations that editors know scripts in Lua by.
#[derive(RustEmbed)]
#[folder = "../scripts/lua/library/"]
struct LuaAnnotations;

/// The folder of the annotations in a script in Lua: hidden, because its files have the ends of the
/// script's own and are never loaded.
const LUA_ANNOTATIONS: &str = ".types";

/// The templates' folder with what every plugin has.
const EVERY_LANGUAGE: &str = "every-language";

/// The templates' folder with what every script has.
const EVERY_SCRIPT: &str = "every-script";

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
    write_files(folder, files(name, language))
}

/// Writes the files of a script.
pub(crate) fn write_script(
    folder: &Path,
    name: &ProjectName,
    language: ScriptLanguage,
) -> Result<(), CreateError> {
    write_files(folder, script_files(name, language))
}

fn write_files(folder: &Path, files: Vec<(PathBuf, String)>) -> Result<(), CreateError> {
    let failed = |source| CreateError::Write {
        path: folder.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    if fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(CreateError::NotEmpty(folder.to_owned()));
    }
    for (path, text) in files {
        write_file(&folder.join(path), &text)?;
    }
    Ok(())
}

fn files(name: &ProjectName, language: Language) -> Vec<(PathBuf, String)> {
    let mut files: Vec<_> = of_folder(language.as_str())
        .chain(of_folder(EVERY_LANGUAGE))
        .map(|(path, text)| (path, named(&text, name)))
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

fn script_files(name: &ProjectName, language: ScriptLanguage) -> Vec<(PathBuf, String)> {
    let kind = PluginKind::Script(language).to_string();
    let of_every_language = of_folder(EVERY_LANGUAGE);
    let mut files: Vec<_> = of_folder(&kind)
        .chain(of_folder(EVERY_SCRIPT))
        .chain(of_every_language.filter(|(path, _)| path != Path::new(MANIFEST)))
        .map(|(path, text)| {
            let text = text.replace("{{runtime}}", language.as_str());
            (path, named(&text, name))
        })
        .collect();
    match language {
        ScriptLanguage::JavaScript => {
            files.extend(ScriptTypes::iter().map(|path| {
                let text = text(ScriptTypes::get(&path));
                (PathBuf::from(&*path), text)
            }));
        }
        ScriptLanguage::Lua => {
            files.extend(LuaAnnotations::iter().map(|path| {
                let text = text(LuaAnnotations::get(&path));
                (Path::new(LUA_ANNOTATIONS).join(&*path), text)
            }));
        }
        // No editor is known that reads types of it.
        ScriptLanguage::Rhai => {}
    }
    // A server that watches the folder sees nothing of it before the manifest.
    files.sort_by_key(|(path, _)| path == Path::new(MANIFEST));
    files
}

fn named(text: &str, name: &ProjectName) -> String {
    text.replace("{{name}}", name.as_str())
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

    use raisfast_contract::ScriptLanguage;

    use super::{EVERY_LANGUAGE, EVERY_SCRIPT, Sdk, Templates, files, script_files};
    use crate::{Language, PluginKind, Project, ScriptFolder};

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
    fn every_script_has_its_entry_manifest_test_and_readme() {
        for language in ScriptLanguage::ALL {
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path().join("hello");
            let script = ScriptFolder::create(&folder, &"hello".parse().unwrap(), language);
            let script = script.unwrap();
            assert_eq!(ScriptFolder::at(&folder).unwrap().language(), language);
            let deployed = script.deployed().unwrap();
            for file in ["manifest.toml", language.usual_entry()] {
                assert!(deployed.contains(&file.into()), "{deployed:?}");
            }
            assert!(folder.join("tests/excerpt.toml").is_file());
            let readme = fs::read_to_string(folder.join("README.md")).unwrap();
            assert!(readme.starts_with("# hello\n"), "{readme}");
            assert!(readme.lines().count() <= 50, "more than a screen");
            assert!(Project::at(&folder).is_err(), "a compiler is called for it");
        }
    }

    #[test]
    fn editors_find_what_a_script_calls() {
        for (language, file, part) in [
            (
                ScriptLanguage::JavaScript,
                "sdk.d.ts",
                "declare module \"sdk\"",
            ),
            (ScriptLanguage::Lua, ".types/host.lua", "---@class Host"),
            (ScriptLanguage::Lua, ".types/sdk.lua", "---@meta sdk"),
            (ScriptLanguage::Lua, ".luarc.json", "\".types\""),
        ] {
            let files = script_files(&"hello".parse().unwrap(), language);
            let found = files.iter().find(|(path, _)| path == Path::new(file));
            assert!(found.unwrap().1.contains(part), "{file}");
        }
    }

    #[test]
    fn nothing_in_a_project_is_left_to_be_filled_in() {
        let name = "hello".parse().unwrap();
        let components = Language::ALL.map(|language| files(&name, language));
        let scripts = ScriptLanguage::ALL.map(|language| script_files(&name, language));
        for (path, text) in components.iter().chain(&scripts).flatten() {
            for mark in ["{{name", "{{runtime"] {
                assert!(!text.contains(mark), "{}", path.display());
            }
        }
    }

    #[test]
    fn each_template_is_of_a_language() {
        for path in Templates::iter() {
            let (folder, _) = path.split_once('/').unwrap();
            assert!(
                folder.parse::<PluginKind>().is_ok()
                    || [EVERY_LANGUAGE, EVERY_SCRIPT].contains(&folder),
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
