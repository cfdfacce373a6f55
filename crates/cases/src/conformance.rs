//! The suite that a plugin in any language passes when its bindings are right.
//!
//! `tests/conformance/SPECIFICATION.md` says what the plugin has to do, and the files beside it
//! hold the calls; all of it is part of this crate's binary.

use std::{fs, io, path::Path};

use raisfast_manifest::Manifest;
use raisfast_plugins::Code;
use raisfast_testkit::LoadError;
use serde::Serialize;
use tempfile::TempDir;

use crate::{Case, Outcome, invocation::Answers, parse, run::run_with};

const MANIFEST: &str = include_str!("../../../tests/conformance/manifest.toml");
const MIGRATION: &str = include_str!("../../../tests/conformance/migrations/0001_things.sql");

/// The task of a conformance plugin, in words.
pub const SPECIFICATION: &str = include_str!("../../../tests/conformance/SPECIFICATION.md");

/// The files of cases, each about one part of the contract.
const CHAPTERS: [(&str, &str); 5] = [
    (
        "filters",
        include_str!("../../../tests/conformance/cases/filters.toml"),
    ),
    (
        "actions",
        include_str!("../../../tests/conformance/cases/actions.toml"),
    ),
    (
        "calls",
        include_str!("../../../tests/conformance/cases/calls.toml"),
    ),
    (
        "database",
        include_str!("../../../tests/conformance/cases/database.toml"),
    ),
    (
        "language",
        include_str!("../../../tests/conformance/cases/language.toml"),
    ),
];

/// The lines of the suite's manifest that say what the plugin is.
const WASM: &str = "runtime = \"wasm\"\nentry = \"plugin.wasm\"\n";

/// A plugin's folder, made of one wasm file or the files of a script, and the suite's own manifest.
/// It goes with this value.
pub struct Subject {
    folder: TempDir,
}

/// A case of the suite that has run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// The part of the contract that it is about.
    pub chapter: &'static str,
    /// The behaviour that it shows, in words.
    pub name: String,
    /// The outcome of the case.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The cases of the suite in their order, each with its chapter.
///
/// # Panics
///
/// Where the suite itself is broken, which a test of this crate finds.
pub fn cases() -> Vec<(&'static str, Case)> {
    let chapters = CHAPTERS.iter().flat_map(|(chapter, toml)| {
        let file = format!("tests/conformance/cases/{chapter}.toml");
        let cases = parse(&file, toml).unwrap_or_else(|error| panic!("{error}"));
        cases.into_iter().map(|case| (*chapter, case))
    });
    chapters.collect()
}

impl Subject {
    /// Puts a plugin's bytes beside the suite's manifest.
    ///
    /// # Errors
    ///
    /// The system's, where there is no temporary folder.
    pub fn new(wasm: &[u8]) -> io::Result<Self> {
        let subject = Self::with_manifest(MANIFEST)?;
        fs::write(subject.folder().join("plugin.wasm"), wasm)?;
        Ok(subject)
    }

    /// Puts the files of a script beside the suite's manifest. The folder's own manifest says which
    /// language it is, and nothing else.
    ///
    /// # Errors
    ///
    /// Where the folder does not hold a script, or there is no temporary folder.
    pub fn of_script(folder: &Path) -> Result<Self, LoadError> {
        let path = folder.join("manifest.toml");
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| LoadError::Unreadable { path, source }
        };
        let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
        let manifest = Manifest::parse(&path.to_string_lossy(), &text)?;
        let code = raisfast_plugins::code(folder, &manifest).map_err(LoadError::Script)?;
        let Code::Script(script) = code else {
            let source = io::Error::other("its `runtime` is not the language of a script");
            return Err(unreadable(&path)(source));
        };
        let plugin = &manifest.plugin;
        let (runtime, entry) = (plugin.runtime.as_str(), plugin.entry.as_str());
        let lines = format!("runtime = \"{runtime}\"\nentry = \"{entry}\"\n");
        let own = MANIFEST.replacen(WASM, &lines, 1);
        let subject = Self::with_manifest(&own).map_err(unreadable(folder))?;
        for file in &script.files {
            let copy = subject.folder().join(&file.path);
            let parent = copy.parent().unwrap_or(subject.folder());
            fs::create_dir_all(parent)
                .and_then(|()| fs::write(&copy, &file.text))
                .map_err(unreadable(&copy))?;
        }
        Ok(subject)
    }

    fn with_manifest(manifest: &str) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("raisfast-conformance-")
            .tempdir()?;
        fs::write(folder.path().join("manifest.toml"), manifest)?;
        let migrations = folder.path().join("migrations");
        fs::create_dir(&migrations)?;
        fs::write(migrations.join("0001_things.sql"), MIGRATION)?;
        Ok(Self { folder })
    }

    /// The folder, which can be loaded as any plugin's.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs one case.
    ///
    /// # Errors
    ///
    /// Where the plugin cannot be loaded.
    pub async fn judge(&self, chapter: &'static str, case: &Case) -> Result<Judged, LoadError> {
        Ok(Judged {
            chapter,
            name: case.name.clone(),
            outcome: run_with(case, self.folder(), Answers::AsGiven, None).await?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use raisfast_contract::{HookName, interface};
    use raisfast_manifest::Manifest;

    use super::{MANIFEST, Subject, WASM, cases};

    #[test]
    fn the_suite_can_be_read_and_its_names_are_different() {
        let cases = cases();
        let names: BTreeSet<_> = cases
            .iter()
            .map(|(chapter, case)| (*chapter, &case.name))
            .collect();
        assert_eq!(names.len(), cases.len());
        assert!(cases.len() > 40, "{}", cases.len());
    }

    #[test]
    fn a_script_gets_the_suites_manifest_in_its_own_language() {
        assert!(MANIFEST.contains(WASM));
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::create_dir_all(folder.path().join("lib")).unwrap();
            std::fs::write(folder.path().join(name), text).unwrap();
        };
        let manifest = |runtime: &str| {
            format!(
                "[plugin]\nid = \"com.example.a\"\nname = \"A\"\nversion = \"1.0.0\"\nruntime = \"{runtime}\"\nentry = \"a.lua\"\n"
            )
        };
        write("a.lua", "-- a");
        write("lib/b.lua", "-- b");
        write("manifest.toml", &manifest("lua"));
        let subject = Subject::of_script(folder.path()).unwrap();
        let read = |name: &str| std::fs::read_to_string(subject.folder().join(name)).unwrap();
        assert_eq!(read("lib/b.lua"), "-- b");
        let parsed = Manifest::parse("manifest.toml", &read("manifest.toml")).unwrap();
        assert_eq!(parsed.plugin.id.as_str(), "com.example.conformance");
        assert_eq!(parsed.plugin.entry.as_str(), "a.lua");
        assert_eq!(parsed.plugin.runtime.as_str(), "lua");

        write("manifest.toml", &manifest("wasm"));
        let error = Subject::of_script(folder.path()).err().unwrap().to_string();
        assert!(error.contains("not the language of a script"), "{error}");
    }

    #[test]
    fn the_manifest_asks_for_every_hook() {
        let manifest = Manifest::parse("manifest.toml", MANIFEST).unwrap();
        let subscriptions = manifest.subscriptions();
        for hook in HookName::ALL {
            assert!(subscriptions.contains_key(&hook), "{hook}");
        }
    }

    #[test]
    fn every_hook_and_every_function_of_the_host_is_asked_for() {
        let suite: String = super::CHAPTERS.iter().map(|(_, toml)| *toml).collect();
        for hook in HookName::ALL {
            assert!(suite.contains(&format!("hook = \"{hook}\"")), "{hook}");
        }
        for interface in interface::of_the_contract() {
            let name = interface.own_name();
            for function in interface.functions() {
                let called = format!("id = \"{name}/{function}\"");
                assert!(suite.contains(&called), "no case has {called}");
            }
        }
    }
}
