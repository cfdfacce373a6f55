//! Archives: the one that people unpack, and those inside of a Debian package.

use std::{collections::BTreeSet, env, io::Write as _, path::Path, process::Command};

use anyhow::Result;
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use super::{
    files::{self, File},
    program::Program,
};
use crate::{process, workspace};

/// Returns the archive for people, with its name: all files below one folder.
pub(super) fn package(program: &Program, files: &[File]) -> Result<(String, Vec<u8>)> {
    let name = format!(
        "raisfast-{}-{}-linux",
        program.version,
        program.machine.name()
    );
    let mut all: Vec<File> = files
        .iter()
        .map(|file| File {
            path: format!("{name}/{}", file.path),
            bytes: file.bytes.clone(),
            is_program: file.is_program,
        })
        .collect();
    let config = files::packaged("raisfast.toml")?;
    all.push(File::new(
        format!("{name}/etc/raisfast/raisfast.toml"),
        config,
    ));
    for document in ["LICENSE-APACHE", "LICENSE-MIT", "README.md"] {
        let bytes = files::read(&workspace::root().join(document))?;
        all.push(File::new(format!("{name}/{document}"), bytes));
    }
    Ok((format!("{name}.tar.gz"), compressed(&tar(&all)?)?))
}

/// Returns a tar archive of these files and the folders that they lie in, owned by root.
pub(super) fn tar(files: &[File]) -> Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    let modified = modified();
    let mut folders = BTreeSet::new();
    for file in files {
        for folder in Path::new(&file.path).ancestors().skip(1) {
            folders.insert(folder.to_owned());
        }
    }
    let header = |kind, mode, size: usize| -> Result<Header> {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_username("root")?;
        header.set_groupname("root")?;
        header.set_mtime(modified);
        header.set_size(size.try_into()?);
        Ok(header)
    };
    for folder in folders
        .iter()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        let mut header = header(EntryType::Directory, 0o755, 0)?;
        archive.append_data(&mut header, folder.join(""), &[][..])?;
    }
    for file in files {
        let mode = if file.is_program { 0o755 } else { 0o644 };
        let mut header = header(EntryType::Regular, mode, file.bytes.len())?;
        archive.append_data(&mut header, &file.path, &*file.bytes)?;
    }
    Ok(archive.into_inner()?)
}

/// Compresses with gzip, which every system reads.
pub(super) fn compressed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::default());
    gzip.write_all(bytes)?;
    Ok(gzip.finish()?)
}

/// The time that files bear: of the commit, so that the same source gives the same package.
fn modified() -> u64 {
    let asked_for = env::var("SOURCE_DATE_EPOCH").ok();
    let of_commit = || {
        let mut git = Command::new("git");
        process::output(
            git.current_dir(workspace::root())
                .args(["log", "-1", "--format=%ct"]),
        )
    };
    asked_for
        .or_else(of_commit)
        .and_then(|seconds| seconds.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use tar::Archive;

    use super::{compressed, tar};
    use crate::dist::files::File;

    #[test]
    fn an_archive_has_its_folders_first_and_programs_can_be_run() {
        let files = [
            File::program("usr/bin/program", "code"),
            File::new("usr/share/doc/notes", "text"),
        ];
        let bytes = compressed(&tar(&files).unwrap()).unwrap();
        let mut archive = Archive::new(GzDecoder::new(&*bytes));
        let mut seen = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let mode = entry.header().mode().unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            seen.push((path, mode, text));
        }
        let seen: Vec<_> = seen
            .iter()
            .map(|(path, mode, text)| (path.as_str(), *mode, text.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                ("usr/", 0o755, ""),
                ("usr/bin/", 0o755, ""),
                ("usr/share/", 0o755, ""),
                ("usr/share/doc/", 0o755, ""),
                ("usr/bin/program", 0o755, "code"),
                ("usr/share/doc/notes", 0o644, "text"),
            ]
        );
    }
}
