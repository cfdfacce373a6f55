//! A folder with a plugin that is a script: what its author writes is what a server loads.

use std::{
    fs,
    path::{Path, PathBuf},
};

use raisfast_contract::ScriptLanguage;
use raisfast_manifest::script_language;

use crate::{BuildError, CreateError, ProjectName, Sources, project::MANIFEST, sources, template};

/// The folder of packages that an editor may want.
const PACKAGES: &str = "node_modules";

/// The folder of cases, from which a server does not load.
const TESTS: &str = "tests";

/// A folder with a plugin that is a script. Nothing of it is built.
#[derive(Debug, Clone)]
pub struct ScriptFolder {
    folder: PathBuf,
    language: ScriptLanguage,
}

impl ScriptFolder {
    /// Makes a folder with a small script that a server can load at once, in a folder that is not
    /// there yet, or is empty.
    pub fn create(
        folder: &Path,
        name: &ProjectName,
        language: ScriptLanguage,
    ) -> Result<Self, CreateError> {
        template::write_script(folder, name, language)?;
        Ok(Self {
            folder: folder.to_owned(),
            language,
        })
    }

    /// Returns the script in a folder; none where its manifest is that of another plugin, or is not
    /// there. The rest of the manifest may be wrong.
    pub fn at(folder: &Path) -> Option<Self> {
        let manifest = fs::read_to_string(folder.join(MANIFEST)).ok()?;
        Some(Self {
            folder: folder.to_owned(),
            language: script_language(&manifest)?,
        })
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the language.
    pub fn language(&self) -> ScriptLanguage {
        self.language
    }

    /// Looks at the files that the author writes, to find out later if they have changed.
    pub fn sources(&self) -> Result<Sources, BuildError> {
        Sources::of(&self.folder, |name| {
            sources::is_hidden(name) || name == PACKAGES
        })
    }

    /// Returns the files that a server may load, by their paths in the folder: all but hidden ones,
    /// tests, and packages for an editor.
    pub fn deployed(&self) -> Result<Vec<PathBuf>, BuildError> {
        let sources = self.sources()?;
        let files = sources
            .files()
            .filter_map(|file| file.strip_prefix(&self.folder).ok());
        let is_loaded = |file: &&Path| {
            let mut folders = file.parent().into_iter().flat_map(Path::iter);
            folders.next().is_none_or(|top| top != TESTS)
        };
        Ok(files.filter(is_loaded).map(Path::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_a_script_where_its_manifest_says_so() {
        let root = tempfile::tempdir().unwrap();
        assert!(ScriptFolder::at(root.path()).is_none());
        let manifest = root.path().join(MANIFEST);
        fs::write(&manifest, "[plugin]\nruntime = \"wasm\"").unwrap();
        assert!(ScriptFolder::at(root.path()).is_none());
        fs::write(&manifest, "[plugin]\nruntime = \"lua\"\nnaem = 1").unwrap();
        let script = ScriptFolder::at(root.path()).unwrap();
        assert_eq!(script.language(), ScriptLanguage::Lua);
        assert!(ScriptFolder::at(&root.path().join("nowhere")).is_none());
    }

    #[test]
    fn what_is_deployed_is_what_a_server_may_load() {
        let root = tempfile::tempdir().unwrap();
        for file in [
            "manifest.toml",
            "main.js",
            "lib/tests/words.js",
            "bindings/more.js",
            "migrations/1.sql",
            "tests/cases.toml",
            "tests/failed.json",
            "node_modules/x/index.js",
            ".git/index",
        ] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "[plugin]\nruntime = \"js\"").unwrap();
        }
        let script = ScriptFolder::at(root.path()).unwrap();
        let deployed = [
            "bindings/more.js",
            "lib/tests/words.js",
            "main.js",
            "manifest.toml",
            "migrations/1.sql",
        ];
        assert_eq!(script.deployed().unwrap(), deployed.map(PathBuf::from));
    }

    #[test]
    fn a_change_of_a_module_or_a_case_is_one_of_the_sources() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("hello");
        let name = "hello".parse().unwrap();
        let script = ScriptFolder::create(&folder, &name, ScriptLanguage::Rhai).unwrap();
        let mut before = script.sources().unwrap();
        for file in ["init.rhai", "more.rhai", "tests/more.toml"] {
            fs::write(folder.join(file), "changed").unwrap();
            let now = script.sources().unwrap();
            assert_ne!(now, before, "{file}");
            before = now;
        }
        fs::write(folder.join(".swp"), "").unwrap();
        assert_eq!(script.sources().unwrap(), before);
    }
}
