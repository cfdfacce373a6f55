//! The suite that a plugin in any language passes when its bindings are right.
//!
//! `tests/conformance/SPECIFICATION.md` says what the plugin has to do, and the files beside it
//! hold the calls; all of it is part of this crate's binary.

use std::{fs, io, path::Path};

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

/// A plugin's folder, made of one wasm file and the suite's own manifest. It goes with this value.
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
        let folder = tempfile::Builder::new()
            .prefix("raisfast-conformance-")
            .tempdir()?;
        fs::write(folder.path().join("manifest.toml"), MANIFEST)?;
        fs::write(folder.path().join("plugin.wasm"), wasm)?;
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

    use super::{MANIFEST, cases};

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
