//! A built plugin's place, which a server may be watching.

use std::{fs, io::Write, path::Path};

use anyhow::{Context, Result};

/// Write a file in one step, and only if its bytes change: a server that is watching reloads for
/// nothing else. Says whether they did.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(false);
    }
    let write = || -> Result<()> {
        let folder = path.parent().context("a file lies in a folder")?;
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        let mut permissions = file.as_file().metadata()?.permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
        file.as_file().set_permissions(permissions)?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::put;

    #[test]
    fn a_file_is_written_once_and_left_alone_while_it_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seo/plugin.wasm");
        assert!(put(&path, b"one").unwrap());
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        assert!(!put(&path, b"one").unwrap());
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
        assert!(put(&path, b"two").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left behind"
        );
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), b"").unwrap();
        let path = folder.path().join("file/plugin.wasm");
        let error = put(&path, b"one").unwrap_err();
        assert!(
            error
                .to_string()
                .contains("file/plugin.wasm cannot be written"),
            "{error}"
        );
    }
}
