//! The time that an author waits: a build after a change of the plugin's own sources, with
//! everything else built before.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    slice,
    time::{Duration, Instant, SystemTime},
};

use anyhow::Result;
use raisfast_project::{Profile, Project, Toolchain};

use crate::{
    build_plugins,
    guests::{Guest, Source},
    languages, workspace,
};

/// Folders that a build or an editor makes in a project.
const MADE: [&str; 5] = [
    "bindings",
    "dist",
    "node_modules",
    "__pycache__",
    ".zig-cache",
];
/// The endings of source files' names.
const SOURCES: [&str; 6] = ["c", "go", "js", "py", "rs", "zig"];

/// The time of such a build, of a guest that has just been built.
pub(crate) fn time(guest: &Guest) -> Result<Duration> {
    match &guest.source {
        Source::Project {
            project,
            c_compiler,
        } => {
            // Compilers that know files by their content have to look, too: the change is made in a
            // copy.
            let folder = tempfile::tempdir_in(workspace::target())?;
            copy(project.folder(), folder.path())?;
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
            for file in sources(folder.path())? {
                let is_python = file.extension().is_some_and(|end| end == "py");
                let sign = if is_python { "#" } else { "//" };
                let mut file = File::options().append(true).open(file)?;
                writeln!(file, "{sign} {}", now.as_nanos())?;
            }
            let toolchain = Toolchain::on_path(languages::path()?).with_c_compiler(*c_compiler);
            let copy = Project::at(folder.path())?;
            let began = Instant::now();
            copy.build(&toolchain, Profile::Release)?;
            Ok(began.elapsed())
        }
        Source::Package { .. } | Source::Text(_) => {
            // Some share their sources.
            for file in sources(&workspace::root().join("sample-plugins"))? {
                if file.extension().is_some_and(|end| end == "rs") {
                    File::open(file)?.set_modified(SystemTime::now())?;
                }
            }
            let began = Instant::now();
            build_plugins::build(slice::from_ref(guest))?;
            Ok(began.elapsed())
        }
    }
}

/// The sources in a folder and below, without what is made there.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if !MADE.contains(&&*name) {
                    open.push(path);
                }
            } else if path
                .extension()
                .is_some_and(|end| SOURCES.iter().any(|source| end == *source))
            {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// Copies a project's folder, without what is made there.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if MADE.iter().any(|made| name == *made) {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(name))?;
        } else {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{copy, sources};

    #[test]
    fn what_is_made_in_a_project_is_neither_copied_nor_a_source() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for file in [
            "plugin.c",
            "more/text.c",
            "bindings/world.c",
            "dist/plugin.wasm",
            "manifest.toml",
        ] {
            let path = from.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        copy(&from, &to).unwrap();
        let mut found = sources(&to).unwrap();
        found.sort();
        assert_eq!(found, [to.join("more/text.c"), to.join("plugin.c")]);
        assert!(to.join("manifest.toml").exists());
        assert!(!to.join("bindings").exists() && !to.join("dist").exists());
        assert_eq!(sources(&from).unwrap().len(), 2);
    }
}
