//! A plugin's folder as one file, on its way to a server: a tar archive of plain files.
//!
//! Whoever sends an archive may be careless or worse, so nothing of it is believed: a path stays
//! below the folder that it is unpacked in, only files and folders are made, and they are counted
//! while they are made.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Component, Path, PathBuf},
};

use raisfast_contract::Printable;
use raisfast_runtime::Program;
use tar::{Archive, Builder, Entry, EntryType, Header};

use super::folder::{MANIFEST, PluginFolder};
use crate::PluginLoadError;

/// The most bytes of an archive: a wasm of the largest size, and room for the rest.
pub const MAX_ARCHIVE_BYTES: u64 = Program::MAX_BYTES as u64 + (16 << 20);
/// The most files and folders in one.
const MAX_ENTRIES: usize = 2_000;
/// The most folders within each other.
const MAX_DEPTH: usize = 8;
/// The most bytes of an entry that only describes the next one.
const MAX_EXTENSION_BYTES: u64 = 64 << 10;
/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A reason why an archive is not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is another kind of file.
    #[error("it is not a valid tar archive: {reason}; make one with `tar -cf plugin.tar FOLDER`")]
    NotTar {
        /// The part that is not as it should be.
        reason: String,
    },
    /// It is compressed.
    #[error("it is compressed: unpack it with gunzip, and send the tar archive")]
    Compressed,
    /// It holds too many bytes.
    #[error("it holds more than {MAX_ARCHIVE_BYTES} bytes, which are the most")]
    TooLarge,
    /// It holds too many files.
    #[error("it holds more than {MAX_ENTRIES} files and folders, which are the most")]
    TooMany,
    /// An entry would lie outside of the plugin's folder, or too deep in it.
    #[error("`{}` {reason}: leave it out", Printable::new(name))]
    Path {
        /// The entry's path.
        name: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// An entry is neither a file nor a folder.
    #[error(
        "`{}` is {kind}; a plugin consists of files and folders: leave it out, or put the file itself there",
        Printable::new(name)
    )]
    Kind {
        /// The entry's path.
        name: String,
        /// The kind, with its article.
        kind: &'static str,
    },
    /// Two entries have one path.
    #[error("`{}` is there twice: leave one out", Printable::new(name))]
    Twice {
        /// The entry's path.
        name: String,
    },
    /// No manifest is where it should be.
    #[error(
        "no {MANIFEST} lies at its top, or in the only folder there: pack the folder that holds it"
    )]
    NoManifest,
    /// The files cannot be written.
    #[error("it cannot be unpacked: {0}")]
    Write(#[source] io::Error),
}

/// A reason why a folder is not packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It does not hold a plugin.
    #[error(transparent)]
    Load(#[from] PluginLoadError),
    /// Not all of it would be taken by a server.
    #[error(
        "the folder {} holds more than {MAX_ENTRIES} files or {MAX_ARCHIVE_BYTES} bytes, which are the most; \
         name the folder that holds no more than the built plugin",
        Printable::new(folder.display())
    )]
    TooLarge {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read.
    #[error("{} cannot be packed: {source}", Printable::new(path.display()))]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// Packs the plugin that lies in a folder. Hidden files are left out, and a link counts as the file
/// that it leads to, which must lie in the folder as well.
pub fn pack(folder: &Path) -> Result<Vec<u8>, PackError> {
    let plugin = PluginFolder::at(folder);
    // What a server could not load for want of a file need not be sent.
    let manifest = plugin.read_manifest()?.manifest;
    plugin.read_entry(&manifest.plugin.entry)?;
    let mut packing = Packing {
        plugin,
        builder: Builder::new(Vec::new()),
        entries: 0,
        bytes: 0,
    };
    packing.add_all(Path::new(""), 0)?;
    let path = packing.plugin.path().to_owned();
    let packed = packing.builder.into_inner();
    packed.map_err(|source| PackError::File { path, source })
}

struct Packing {
    plugin: PluginFolder,
    builder: Builder<Vec<u8>>,
    entries: usize,
    bytes: u64,
}

impl Packing {
    /// Adds what lies in a folder inside of the plugin's, by names, so that equal folders give
    /// equal archives.
    fn add_all(&mut self, below: &Path, depth: usize) -> Result<(), PackError> {
        let path = self.plugin.path().join(below);
        let failed = |source| PackError::File {
            path: path.clone(),
            source,
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(failed)? {
            names.push(entry.map_err(failed)?.file_name());
            if names.len() > MAX_ENTRIES {
                return Err(self.too_large());
            }
        }
        names.sort();
        for name in names {
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let (inner, full) = (below.join(&name), path.join(&name));
            self.entries += 1;
            if self.entries > MAX_ENTRIES || depth >= MAX_DEPTH {
                return Err(self.too_large());
            }
            let failed = |source| PackError::File {
                path: full.clone(),
                source,
            };
            if fs::symlink_metadata(&full).map_err(failed)?.is_dir() {
                self.add_all(&inner, depth + 1)?;
            } else {
                self.add(&inner).map_err(failed)?;
            }
            if self.bytes > MAX_ARCHIVE_BYTES {
                return Err(self.too_large());
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &Path) -> io::Result<()> {
        let real = self.plugin.inside(&self.plugin.path().join(name))?;
        let mut content = Vec::new();
        File::open(real)?
            .take(MAX_ARCHIVE_BYTES + 1)
            .read_to_end(&mut content)?;
        self.bytes += content.len() as u64;
        let mut header = Header::new_ustar();
        header.set_path(name)?;
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        self.builder.append(&header, content.as_slice())
    }

    fn too_large(&self) -> PackError {
        PackError::TooLarge {
            folder: self.plugin.path().to_owned(),
        }
    }
}

/// Unpacks an archive into an empty folder, and returns the plugin's: that one, or the only folder
/// in it.
pub fn unpack(archive: impl Read, into: &Path) -> Result<PathBuf, ArchiveError> {
    let mut entries = 0;
    let mut bytes = 0;
    let mut archive = Archive::new(Counted {
        archive,
        read: 0,
        first: [0; 2],
    });
    // Raw: what describes the next entry is looked at here, and not kept by the reader, however
    // large it says it is.
    for entry in archive.entries().map_err(not_tar)?.raw(true) {
        let mut entry = entry.map_err(not_tar)?;
        entries += 1;
        if entries > MAX_ENTRIES {
            return Err(ArchiveError::TooMany);
        }
        bytes += entry.size();
        if bytes > MAX_ARCHIVE_BYTES {
            return Err(ArchiveError::TooLarge);
        }
        unpack_one(&mut entry, into)?;
    }
    plugin_in(into)
}

fn unpack_one(entry: &mut Entry<'_, impl Read>, into: &Path) -> Result<(), ArchiveError> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let kind = match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous => {
            let path = into.join(plain(&name)?);
            return write(entry, &path, name);
        }
        EntryType::Directory => {
            let path = into.join(plain(&name)?);
            return fs::create_dir_all(path).map_err(ArchiveError::Write);
        }
        // Of all entries that follow, as `git archive` writes it: a comment.
        EntryType::XGlobalHeader => return Ok(()),
        EntryType::XHeader => return ignorable(entry, name),
        EntryType::GNULongName | EntryType::GNULongLink => {
            return Err(too_long(name));
        }
        EntryType::Symlink | EntryType::Link => "a link",
        EntryType::Char | EntryType::Block => "a device",
        EntryType::Fifo => "a pipe",
        _ => "neither a file nor a folder",
    };
    Err(ArchiveError::Kind { name, kind })
}

/// Accepts a description of the next entry that does not say where it lies or how large it is.
fn ignorable(entry: &mut Entry<'_, impl Read>, name: String) -> Result<(), ArchiveError> {
    if entry.size() > MAX_EXTENSION_BYTES {
        return Err(too_long(name));
    }
    let Some(keys) = entry.pax_extensions().map_err(not_tar)? else {
        return Ok(());
    };
    for key in keys {
        let key = key.map_err(not_tar)?.key_bytes();
        if matches!(key, b"path" | b"linkpath" | b"size") || key.starts_with(b"GNU.sparse") {
            return Err(too_long(name));
        }
    }
    Ok(())
}

fn too_long(name: String) -> ArchiveError {
    let reason = "is longer than a tar header has room for, or sparse";
    ArchiveError::Path { name, reason }
}

/// Returns an entry's path if it is a plain one below the folder.
fn plain(name: &str) -> Result<PathBuf, ArchiveError> {
    let refused = |reason| ArchiveError::Path {
        name: name.to_owned(),
        reason,
    };
    if name.contains(char::REPLACEMENT_CHARACTER) {
        return Err(refused("is not UTF-8"));
    }
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => return Err(refused("has `..` in it")),
            Component::RootDir | Component::Prefix(_) => return Err(refused("begins at the root")),
        }
    }
    if path.components().count() > MAX_DEPTH {
        return Err(refused("lies too deep"));
    }
    Ok(path)
}

fn write(entry: &mut Entry<'_, impl Read>, path: &Path, name: String) -> Result<(), ArchiveError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(ArchiveError::Write)?;
    }
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(ArchiveError::Twice { name });
        }
        Err(error) => return Err(ArchiveError::Write(error)),
    };
    let mut part = vec![0; 64 << 10];
    loop {
        let read = entry.read(&mut part).map_err(not_tar)?;
        if read == 0 {
            break;
        }
        file.write_all(&part[..read]).map_err(ArchiveError::Write)?;
    }
    // A power cut must not leave half of it under the name that it gets.
    file.sync_all().map_err(ArchiveError::Write)
}

fn plugin_in(folder: &Path) -> Result<PathBuf, ArchiveError> {
    let is_plugin = |folder: &Path| folder.join(MANIFEST).is_file();
    if is_plugin(folder) {
        return Ok(folder.to_owned());
    }
    let entries = fs::read_dir(folder).map_err(ArchiveError::Write)?;
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path()));
    match (paths.next(), paths.next()) {
        (Some(Ok(only)), None) if is_plugin(&only) => Ok(only),
        _ => Err(ArchiveError::NoManifest),
    }
}

fn not_tar(error: io::Error) -> ArchiveError {
    match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(Refused::TooLarge) => ArchiveError::TooLarge,
        Some(Refused::Compressed) => ArchiveError::Compressed,
        None => ArchiveError::NotTar {
            reason: Printable::new(error).to_string(),
        },
    }
}

/// An archive whose bytes are counted while they are read.
struct Counted<R> {
    archive: R,
    read: u64,
    first: [u8; 2],
}

/// The reasons why a read fails that are not the system's.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("too large")]
    TooLarge,
    #[error("compressed")]
    Compressed,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.archive.read(into)?;
        for (index, byte) in into[..read].iter().enumerate() {
            match usize::try_from(self.read).map(|before| before + index) {
                Ok(place) if place < self.first.len() => self.first[place] = *byte,
                _ => break,
            }
        }
        self.read += read as u64;
        if self.read > MAX_ARCHIVE_BYTES {
            return Err(io::Error::other(Refused::TooLarge));
        }
        if self.first == GZIP {
            return Err(io::Error::other(Refused::Compressed));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
