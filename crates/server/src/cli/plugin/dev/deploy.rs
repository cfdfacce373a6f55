//! From `dist/`, or a script's folder, to a server's, so that the server never sees half a file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Returns the files in a folder and below, by their paths in it; without hidden ones.
pub(super) fn files_of(dist: &Path) -> io::Result<Vec<PathBuf>> {
    files(dist, Path::new(""))
}

/// Copies those of the files in a folder that have changed, the code last, and returns true if any
/// has.
pub(super) fn deploy(dist: &Path, mut files: Vec<PathBuf>, folder: &Path) -> io::Result<bool> {
    // What runs is found by its end: a server that sees new code has seen all else. Of a script it
    // sees nothing before the manifest.
    files.sort_by_key(|file| {
        let is_code = file.extension().is_some_and(|end| end == "wasm");
        (is_code, file == Path::new("manifest.toml"))
    });
    let mut changed = remove_others(folder, Path::new(""), &files)?;
    for file in files {
        let content = match fs::read(dist.join(&file)) {
            // An editor has just taken it away, which is a change of its own.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            read => read?,
        };
        let path = folder.join(&file);
        if fs::read(&path).is_ok_and(|before| before == content) {
            continue;
        }
        changed = true;
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent)?;
        let unfinished = tempfile::Builder::new()
            .prefix(".deploying-")
            .tempfile_in(parent)?;
        fs::write(unfinished.path(), content)?;
        // As a file that somebody copies there, which the server's user may read.
        fs::set_permissions(unfinished.path(), readable())?;
        unfinished.persist(&path)?;
    }
    Ok(changed)
}

fn readable() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

/// The files in a folder and below, by their paths in it; without hidden ones.
fn files(root: &Path, below: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = below.join(name);
        if entry.file_type()?.is_dir() {
            files.extend(self::files(root, &path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// Removes what an earlier version had: a migration, say.
fn remove_others(folder: &Path, below: &Path, kept: &[PathBuf]) -> io::Result<bool> {
    if !folder.is_dir() {
        return Ok(false);
    }
    let others = files(folder, below)?.into_iter();
    let mut removed = false;
    for other in others.filter(|file| !kept.contains(file)) {
        fs::remove_file(folder.join(other))?;
        removed = true;
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(dist: &Path, folder: &Path) -> bool {
        deploy(dist, files_of(dist).unwrap(), folder).unwrap()
    }

    #[test]
    fn what_has_changed_is_copied_and_what_is_gone_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let (dist, folder) = (root.path().join("dist"), root.path().join("plugins/hello"));
        fs::create_dir_all(dist.join("migrations")).unwrap();
        for file in ["manifest.toml", "plugin.wasm", "migrations/1.sql"] {
            fs::write(dist.join(file), file).unwrap();
        }
        fs::write(dist.join(".building"), "half").unwrap();
        assert!(put(&dist, &folder));
        assert_eq!(files(&folder, Path::new("")).unwrap().len(), 3);
        assert!(!folder.join(".building").exists());
        assert!(!put(&dist, &folder), "nothing has changed");

        fs::remove_dir_all(dist.join("migrations")).unwrap();
        assert!(put(&dist, &folder));
        assert!(!folder.join("migrations/1.sql").exists());
        fs::write(dist.join("plugin.wasm"), "new").unwrap();
        assert!(put(&dist, &folder));
        assert_eq!(fs::read(folder.join("plugin.wasm")).unwrap(), b"new");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "no half file");

        let gone = [files_of(&dist).unwrap(), vec!["main.js~".into()]].concat();
        assert!(!deploy(&dist, gone, &folder).unwrap());
    }
}
