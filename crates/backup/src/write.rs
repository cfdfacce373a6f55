//! Writing an archive.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType};

use crate::{
    BackupError, Header, Part, Size,
    error::at,
    header::{DIGESTS, HEADER},
    walk::{Found, Links, files},
};

/// The parts of a site that go into an archive; what is absent is left out.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A copy of the database that nobody writes to, and its name in the archive.
    pub database: Option<(PathBuf, String)>,
    /// The folder of plugins' files. Each file must be replaced as a whole, if at all.
    pub files: Option<PathBuf>,
    /// The folder of plugins.
    pub plugins: Option<PathBuf>,
    /// The configuration file.
    pub settings: Option<PathBuf>,
}

impl Sources {
    /// Returns the parts that go into the archive, in order.
    pub fn parts(&self) -> Vec<Part> {
        let has = |part: &Part| match part {
            Part::Database => self.database.is_some(),
            Part::Files => self.files.is_some(),
            Part::Plugins => self.plugins.is_some(),
            Part::Settings => self.settings.is_some(),
        };
        Part::ALL.into_iter().filter(has).collect()
    }

    fn of(&self, part: Part) -> Result<Vec<Found>, BackupError> {
        let one = |path: &Path, name: &str| {
            vec![Found {
                path: path.to_owned(),
                name: name.to_owned(),
            }]
        };
        match part {
            Part::Database => Ok(self
                .database
                .as_ref()
                .map_or_else(Vec::new, |(path, name)| one(path, name))),
            Part::Files => self
                .files
                .as_deref()
                .map_or_else(|| Ok(Vec::new()), |folder| files(folder, Links::Skipped)),
            Part::Plugins => self
                .plugins
                .as_deref()
                .map_or_else(|| Ok(Vec::new()), |folder| files(folder, Links::Followed)),
            Part::Settings => Ok(self
                .settings
                .as_deref()
                .map_or_else(Vec::new, |path| one(path, "configuration.toml"))),
        }
    }
}

/// An archive that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The bytes of the archive.
    pub bytes: u64,
    /// The parts that went into it.
    pub parts: Vec<(Part, Size)>,
}

/// Writes an archive, which only this user may read. Nothing has its name before it is complete
/// and on the disk.
pub fn write(archive: &Path, header: &Header, sources: &Sources) -> Result<Written, BackupError> {
    if fs::symlink_metadata(archive).is_ok() {
        return Err(BackupError::Exists(archive.to_owned()));
    }
    let unfinished = Unfinished::beside(archive)?;
    let to = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished.0)
        .map_err(at(&unfinished.0))?;
    let parts = write_all(to, header, sources, &unfinished.0)?;
    // A link fails where the name was taken meanwhile; a rename would replace what has it.
    match fs::hard_link(&unfinished.0, archive) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(BackupError::Exists(archive.to_owned()));
        }
        // Not every file system has links.
        Err(_) => fs::rename(&unfinished.0, archive).map_err(at(archive))?,
        Ok(()) => {}
    }
    let bytes = fs::metadata(archive).map_err(at(archive))?.len();
    Ok(Written { bytes, parts })
}

/// The archive's file before it has its name; removed when this is dropped.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(archive: &Path) -> Result<Self, BackupError> {
        let Some(name) = archive.file_name() else {
            return Err(BackupError::Name(archive.to_owned()));
        };
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.unfinished", std::process::id()));
        Ok(Self(archive.with_file_name(hidden)))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It has its name by now, or is of no use.
        let _ = fs::remove_file(&self.0);
    }
}

fn write_all(
    to: File,
    header: &Header,
    sources: &Sources,
    path: &Path,
) -> Result<Vec<(Part, Size)>, BackupError> {
    let compressed = GzEncoder::new(BufWriter::new(to), Compression::fast());
    let mut tar = Builder::new(compressed);
    let mut sums = String::new();
    let header = serde_json::to_vec_pretty(header).map_err(|error| at(path)(error.into()))?;
    let mut add = |tar: &mut Builder<_>, name: &str, bytes: &[u8]| {
        sums.push_str(&line(&Sha256::digest(bytes), name));
        append(tar, name, bytes.len() as u64, bytes).map_err(at(path))
    };
    add(&mut tar, HEADER, &header)?;
    let mut parts = Vec::new();
    let mut count = 0;
    for part in Part::ALL {
        let mut size = Size::default();
        for file in sources.of(part)? {
            let name = format!("{}/{}", part.as_str(), file.name);
            let Some((digest, bytes)) = append_file(&mut tar, &name, &file.path, path)? else {
                continue;
            };
            sums.push_str(&line(&digest, &name));
            size.add(bytes);
            count += 1;
            if count > crate::MAX_FILES {
                return Err(BackupError::TooMany);
            }
        }
        if size.files > 0 {
            parts.push((part, size));
        }
    }
    append(&mut tar, DIGESTS, sums.len() as u64, sums.as_bytes()).map_err(at(path))?;
    let finish = |tar: Builder<GzEncoder<BufWriter<File>>>| {
        let mut buffered = tar.into_inner()?.finish()?;
        buffered.flush()?;
        buffered.get_ref().sync_all()
    };
    finish(tar).map_err(at(path))?;
    Ok(parts)
}

/// A line of the last file, as `sha256sum` writes it.
fn line(digest: &[u8], name: &str) -> String {
    format!("{}  {name}\n", hex::encode(digest))
}

fn append(
    tar: &mut Builder<impl Write>,
    name: &str,
    bytes: u64,
    from: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(bytes);
    header.set_cksum();
    tar.append_data(&mut header, name, from)
}

/// Appends a file and returns its digest and length; none where it was deleted meanwhile.
fn append_file(
    tar: &mut Builder<impl Write>,
    name: &str,
    file: &Path,
    archive: &Path,
) -> Result<Option<(Vec<u8>, u64)>, BackupError> {
    let open = match File::open(file) {
        Ok(open) => open,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(file)(error)),
    };
    let bytes = open.metadata().map_err(at(file))?.len();
    let mut reader = Digesting {
        from: open.take(bytes),
        digest: Sha256::new(),
        failed: None,
    };
    let appended = append(tar, name, bytes, &mut reader);
    if let Some(error) = reader.failed {
        return Err(at(file)(error));
    }
    appended.map_err(at(archive))?;
    if reader.from.limit() > 0 {
        return Err(BackupError::Changed(file.to_owned()));
    }
    Ok(Some((reader.digest.finalize().to_vec(), bytes)))
}

/// Digests what is read through it, and keeps the reason why reading failed.
struct Digesting<R> {
    from: R,
    digest: Sha256,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.from.read(buffer) {
            Ok(read) => {
                self.digest.update(&buffer[..read]);
                Ok(read)
            }
            Err(error) => {
                let kind = error.kind();
                self.failed = Some(error);
                Err(kind.into())
            }
        }
    }
}
