//! The licences of everything that the program is linked with: each crate, and each text once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use crate::workspace;

/// The beginnings of names that licences have, in capitals.
const NAMES: [&str; 6] = [
    "COPYING",
    "COPYRIGHT",
    "LICENCE",
    "LICENSE",
    "NOTICE",
    "UNLICENSE",
];
/// Bytes of a licence that is believed to be one.
const LONGEST: u64 = 256 << 10;

/// Returns the document.
pub(super) fn text() -> Result<String> {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace::root().join("Cargo.toml"))
        .other_options(
            ["--locked", "--filter-platform", "x86_64-unknown-linux-gnu"].map(Into::into),
        )
        .exec()
        .context("cargo does not list the dependencies")?;
    let packages = linked(&metadata)?;
    let of_wasmtime = packages
        .iter()
        .find(|package| package.name == "wasmtime")
        .map(|package| texts_in(folder(package)))
        .context("the program is not linked with wasmtime")??;
    let standard = Standard {
        apache: read(&workspace::root().join("LICENSE-APACHE"))?,
        apache_with_exception: of_wasmtime.concat(),
        mit: read(&workspace::root().join("LICENSE-MIT"))?,
    };
    let mut works = Vec::new();
    for package in packages {
        let mut texts = texts_in(folder(package))?;
        if texts.is_empty() {
            texts.push(standard.of(package)?);
        }
        works.push((heading(package), texts));
    }
    // What npm has put into the console.
    let console = workspace::root().join("crates/console/assets/licences.txt");
    if console.exists() {
        works.push((
            "the console's packages from npm".to_owned(),
            vec![read(&console)?],
        ));
    }
    works.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(document(&works))
}

/// Returns the packages of others that end up in the program.
fn linked(metadata: &Metadata) -> Result<Vec<&Package>> {
    let graph = metadata
        .resolve
        .as_ref()
        .context("no graph of dependencies")?;
    let nodes: BTreeMap<_, _> = graph.nodes.iter().map(|node| (&node.id, node)).collect();
    let server = metadata
        .packages
        .iter()
        .find(|package| package.name == "raisfast");
    let mut next = vec![&server.context("no package `raisfast`")?.id];
    let mut seen = BTreeSet::new();
    while let Some(id) = next.pop() {
        if seen.insert(id) {
            let linked = nodes[id].deps.iter().filter(|dependency| {
                let mut kinds = dependency.dep_kinds.iter();
                kinds.any(|kind| kind.kind == DependencyKind::Normal)
            });
            next.extend(linked.map(|dependency| &dependency.pkg));
        }
    }
    let others = metadata
        .packages
        .iter()
        .filter(|package| package.source.is_some());
    Ok(others
        .filter(|package| seen.contains(&package.id))
        .collect())
}

fn folder(package: &Package) -> &Path {
    let manifest = package.manifest_path.as_std_path();
    manifest.parent().unwrap_or(manifest)
}

fn heading(package: &Package) -> String {
    let licence = package.license.as_deref().unwrap_or("see the text");
    let place = package.repository.as_deref().unwrap_or("https://crates.io");
    format!("{} {} ({licence}), {place}", package.name, package.version)
}

/// Returns the licences that lie in a package, sorted by their names.
fn texts_in(folder: &Path) -> Result<Vec<String>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} is gone", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        let metadata = entry.metadata()?;
        if metadata.is_file()
            && metadata.len() <= LONGEST
            && NAMES.iter().any(|begin| name.starts_with(begin))
        {
            paths.push(entry.path());
        }
    }
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let text = String::from_utf8_lossy(&bytes).replace('\r', "");
    Ok(text.trim().to_owned() + "\n")
}

/// The texts for packages that bring none.
struct Standard {
    apache: String,
    apache_with_exception: String,
    /// This project's own, which begins with the holders of its copyright.
    mit: String,
}

impl Standard {
    fn of(&self, package: &Package) -> Result<String> {
        let licence = package.license.as_deref().unwrap_or_default();
        self.text(licence, &package.authors).with_context(|| {
            format!(
                "{} {} has no text of its licence `{licence}`, and there is none for it",
                package.name, package.version
            )
        })
    }

    fn text(&self, licence: &str, authors: &[String]) -> Result<String> {
        let has = |name| licence.split([' ', '/', '(', ')']).any(|word| word == name);
        if licence.contains("Apache-2.0 WITH LLVM-exception") {
            return Ok(self.apache_with_exception.clone());
        }
        if has("Apache-2.0") {
            return Ok(self.apache.clone());
        }
        if has("MIT") {
            let at = self.mit.find("Permission is hereby granted");
            let terms = &self.mit[at.context("LICENSE-MIT has no terms")?..];
            return Ok(format!("Copyright (c) {}\n\n{terms}", authors.join(", ")));
        }
        bail!("neither Apache-2.0 nor MIT")
    }
}

/// Returns the works with numbers of their texts, then the texts. Those that differ in line breaks
/// alone are one.
fn document(works: &[(String, Vec<String>)]) -> String {
    let mut numbers = BTreeMap::new();
    let mut texts = Vec::new();
    let mut document = "raisfast is linked with these works. \
                        The numbers are those of the texts below.\n\n"
        .to_owned();
    for (heading, of_work) in works {
        let mut of_work: Vec<usize> = of_work
            .iter()
            .map(|text| {
                let key: Vec<&str> = text.split_whitespace().collect();
                *numbers.entry(key.join(" ")).or_insert_with(|| {
                    texts.push(text);
                    texts.len()
                })
            })
            .collect();
        of_work.dedup();
        let of_work: Vec<String> = of_work.iter().map(|number| format!("[{number}]")).collect();
        writeln!(document, "{heading}: {}", of_work.join(" ")).expect("a string takes all");
    }
    for (index, text) in texts.iter().enumerate() {
        let line = "-".repeat(72);
        write!(document, "\n{line}\n[{}]\n\n{text}", index + 1).expect("a string takes all");
    }
    document
}

#[cfg(test)]
mod tests {
    use super::{Standard, document, text};

    fn standard() -> Standard {
        Standard {
            apache: "apache".to_owned(),
            apache_with_exception: "exception".to_owned(),
            mit: "Copyright (c) us\n\nPermission is hereby granted, so\n".to_owned(),
        }
    }

    #[test]
    fn a_package_without_a_text_gets_that_of_its_licence() {
        let authors = ["Ann".to_owned()];
        let cases = [
            ("MIT OR Apache-2.0", Some("apache")),
            ("MIT/Apache-2.0", Some("apache")),
            ("Apache-2.0 WITH LLVM-exception", Some("exception")),
            (
                "MIT",
                Some("Copyright (c) Ann\n\nPermission is hereby granted, so\n"),
            ),
            ("MIT-0", None),
            ("", None),
        ];
        for (licence, expected) in cases {
            let text = standard().text(licence, &authors).ok();
            assert_eq!(text.as_deref(), expected, "{licence}");
        }
    }

    #[test]
    fn a_text_that_many_have_stands_there_once() {
        let works = [
            ("a 1 (MIT)".to_owned(), vec!["one\ntext\n".to_owned()]),
            ("b 1 (MIT)".to_owned(), vec!["one text\n".to_owned()]),
            ("c 1 (ISC)".to_owned(), vec!["another\n".to_owned()]),
        ];
        let document = document(&works);
        assert!(document.contains("a 1 (MIT): [1]\nb 1 (MIT): [1]\nc 1 (ISC): [2]\n"));
        assert_eq!(document.matches("one").count(), 1, "{document}");
    }

    #[test]
    fn every_dependency_has_a_text() {
        let text = text().unwrap();
        for name in ["wasmtime 48", "libsqlite3-sys", "tokio 1"] {
            assert!(text.contains(&format!("\n{name}")), "{name}");
        }
        assert!(!text.contains("): \n"));
    }
}
