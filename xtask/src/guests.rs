//! The guests of this workspace: the sample plugins, the test guests and those of the benchmark.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;
use raisfast_project::{CCompiler, Language, Project};

use crate::workspace;

/// The start of a conformance plugin's name, before its language.
const CONFORMANCE: &str = "conformance-";

/// The start of a recipe's name.
const COOKBOOK: &str = "cookbook-";

/// The purpose of a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A sample plugin, with a manifest: deployable.
    Sample,
    /// A plugin of the book's cookbook, with a manifest.
    Recipe,
    /// The plugin of `tests/conformance/`, in one of the languages, with a manifest.
    Conformance,
    /// A guest for tests, which write their own manifests.
    Test,
    /// A guest for the benchmark, which writes its own manifests. One is for a peer and no plugin.
    Benchmark,
    /// An interpreter of script plugins, which the server carries.
    Interpreter,
}

impl Kind {
    /// The folder of its sources.
    fn folder(self) -> PathBuf {
        workspace::root().join(match self {
            Self::Sample | Self::Recipe | Self::Conformance => "sample-plugins",
            Self::Test => "tests/guests",
            Self::Benchmark => "benchmark/guests",
            Self::Interpreter => "crates/scripts",
        })
    }

    /// Returns whether a guest in this kind's folder is of this kind.
    fn has(self, name: &str) -> bool {
        match self {
            Self::Sample => !Self::Recipe.has(name) && !Self::Conformance.has(name),
            Self::Recipe => name.starts_with(COOKBOOK),
            Self::Conformance => name.starts_with(CONFORMANCE),
            Self::Test | Self::Benchmark => true,
            // Beside them lies what they share.
            Self::Interpreter => ["js", "lua", "rhai"].contains(&name),
        }
    }

    /// The folder where the built ones lie.
    pub(crate) fn built(self) -> PathBuf {
        match self {
            Self::Sample | Self::Recipe | Self::Conformance => workspace::built_plugins(),
            Self::Test => workspace::built_guests(),
            Self::Benchmark => workspace::built_benchmark_guests(),
            Self::Interpreter => self.folder().join("interpreters"),
        }
    }
}

/// The source of a guest.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A cargo package of this workspace, by its name and its `Cargo.toml`.
    Package { name: String, cargo_toml: PathBuf },
    /// A component in the text format.
    Text(PathBuf),
    /// A project in another language than Rust, and which compiler builds it if it is in C.
    Project {
        project: Project,
        c_compiler: CCompiler,
    },
}

/// One guest.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    pub(crate) kind: Kind,
    /// The name of its folder or file.
    pub(crate) name: String,
    pub(crate) source: Source,
}

impl Guest {
    /// Returns the folder of the built guest.
    pub(crate) fn built(&self) -> PathBuf {
        self.kind.built().join(&self.name)
    }

    /// The manifest that is deployed with it.
    pub(crate) fn manifest(&self) -> Option<PathBuf> {
        let folder = match &self.source {
            Source::Project { project, .. } => project.folder().to_owned(),
            _ => self.kind.folder().join(&self.name),
        };
        matches!(self.kind, Kind::Sample | Kind::Recipe | Kind::Conformance)
            .then(|| folder.join("manifest.toml"))
    }
}

/// The conformance plugins in these languages, in the languages' order. C has one for each
/// compiler.
pub(crate) fn conformance(languages: &[Language]) -> Result<Vec<Guest>> {
    let mut guests = Vec::new();
    for &language in languages {
        let project = |name: &str, c_compiler| -> Result<Guest> {
            let folder = Kind::Conformance
                .folder()
                .join(CONFORMANCE.to_owned() + &folder_of(language));
            Ok(Guest {
                kind: Kind::Conformance,
                name: format!("{CONFORMANCE}{name}"),
                source: Source::Project {
                    project: Project::at(&folder)?,
                    c_compiler,
                },
            })
        };
        match language {
            Language::Rust => guests.extend(all(&[Kind::Conformance])?),
            // Built as JavaScript, with the same engine around it.
            Language::TypeScript => {}
            Language::C => {
                guests.push(project("c", CCompiler::Clang)?);
                guests.push(project("c-zig", CCompiler::Zig)?);
            }
            language => guests.push(project(&folder_of(language), CCompiler::Any)?),
        }
    }
    Ok(guests)
}

/// A language in the name of its conformance plugin's folder.
fn folder_of(language: Language) -> String {
    language.title().to_lowercase()
}

/// All guests of these kinds that are Rust or text, sorted by kind and name.
pub(crate) fn all(kinds: &[Kind]) -> Result<Vec<Guest>> {
    let metadata = MetadataCommand::new()
        .current_dir(workspace::root())
        .no_deps()
        .exec()
        .context("the workspace's packages cannot be listed")?;
    let packages: Vec<(String, PathBuf)> = metadata
        .packages
        .into_iter()
        .map(|package| {
            (
                package.name.to_string(),
                package.manifest_path.into_std_path_buf(),
            )
        })
        .collect();

    let mut guests = Vec::new();
    for &kind in kinds {
        guests.extend(packages.iter().filter_map(|(name, cargo_toml)| {
            let folder = cargo_toml.parent()?;
            (folder.parent()? == kind.folder() && kind.has(&name_of(folder))).then(|| Guest {
                kind,
                name: name_of(folder),
                source: Source::Package {
                    name: name.clone(),
                    cargo_toml: cargo_toml.clone(),
                },
            })
        }));
        for entry in kind.folder().read_dir()? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "wat") {
                guests.push(Guest {
                    kind,
                    name: name_of(&path),
                    source: Source::Text(path),
                });
            }
        }
    }
    guests.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
    Ok(guests)
}

/// Those of the guests that have these names; all when there are no names.
pub(crate) fn named(guests: Vec<Guest>, names: &[String]) -> Result<Vec<Guest>> {
    if let Some(unknown) = names
        .iter()
        .find(|name| !guests.iter().any(|guest| guest.name == **name))
    {
        let known: Vec<&str> = guests.iter().map(|guest| guest.name.as_str()).collect();
        bail!(
            "there is no guest `{unknown}`; there are {}",
            known.join(", ")
        );
    }
    Ok(guests
        .into_iter()
        .filter(|guest| names.is_empty() || names.contains(&guest.name))
        .collect())
}

fn name_of(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use raisfast_manifest::Manifest;
    use raisfast_project::Language;

    use super::{Guest, Kind, Source, all, conformance, named};

    fn guest(name: &str) -> Guest {
        Guest {
            kind: Kind::Test,
            name: name.into(),
            source: Source::Text(name.into()),
        }
    }

    #[test]
    fn names_choose_and_no_name_means_all() {
        let names_of = |names: &[String]| -> Vec<String> {
            let guests = named(vec![guest("counter"), guest("stamp")], names).unwrap();
            guests.into_iter().map(|guest| guest.name).collect()
        };
        assert_eq!(names_of(&[]), ["counter", "stamp"]);
        assert_eq!(names_of(&["stamp".into()]), ["stamp"]);
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let error = named(vec![guest("counter"), guest("stamp")], &["stomp".into()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no guest `stomp`; there are counter, stamp"
        );
    }

    #[test]
    fn every_engine_has_a_conformance_plugin_and_c_one_a_compiler() {
        for (language, expected) in [
            (
                Language::Rust,
                &[
                    "conformance-rust",
                    "conformance-rust-plain-0-36",
                    "conformance-rust-plain-current",
                ][..],
            ),
            (Language::C, &["conformance-c", "conformance-c-zig"]),
            (Language::Zig, &["conformance-zig"]),
            (Language::Go, &["conformance-go"]),
            (Language::JavaScript, &["conformance-javascript"]),
            (Language::TypeScript, &[]),
            (Language::Python, &["conformance-python"]),
        ] {
            let guests = conformance(&[language]).unwrap();
            let names: Vec<&str> = guests.iter().map(|guest| guest.name.as_str()).collect();
            assert_eq!(names, expected);
        }
    }

    #[test]
    fn every_sample_has_a_valid_manifest_and_no_other_guest_has_one() {
        let samples = all(&[Kind::Sample, Kind::Recipe, Kind::Conformance]).unwrap();
        for (kind, name) in [
            (Kind::Sample, "quick-start"),
            (Kind::Recipe, "cookbook-feed"),
            (Kind::Conformance, "conformance-rust"),
        ] {
            assert!(samples.iter().any(|it| it.kind == kind && it.name == name));
        }
        let conformance = conformance(&Language::ALL).unwrap();
        for sample in samples.iter().chain(&conformance) {
            let path = sample.manifest().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            if let Err(problems) = Manifest::parse(&path.to_string_lossy(), &text) {
                panic!("{problems}");
            }
        }
        let tests = all(&[Kind::Test]).unwrap();
        assert!(
            tests
                .iter()
                .any(|guest| matches!(guest.source, Source::Text(_)))
        );
        let benchmarks = all(&[Kind::Benchmark]).unwrap();
        assert!(benchmarks.iter().any(|guest| guest.name == "plugin"));
        let mut others = tests.iter().chain(&benchmarks);
        assert!(others.all(|guest| guest.manifest().is_none()));
    }
}
