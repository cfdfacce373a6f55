//! Reading an archive.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions},
    io::{self, BufReader, Read, Seek as _, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Component, Path, PathBuf},
};

use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256};
use tar::{Entry, EntryType};

use crate::{
    BackupError, Header, MAX_FILES, Part, Size,
    error::at,
    header::{DIGESTS, HEADER, MAX_HEADER},
    journal::WORK,
    walk::MAX_PATH,
};

/// The most bytes of the last file: a line for each of [`MAX_FILES`], of a usual length.
const MAX_DIGESTS: u64 = 256 << 20;

/// An archive that was read to its end and is whole.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    contents: Contents,
}

/// The first bytes of a file in gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The content of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The origin.
    pub header: Header,
    /// The sizes of the parts that have files.
    pub parts: BTreeMap<Part, Size>,
    /// The names directly below the folder of each part.
    pub(crate) names: BTreeMap<Part, BTreeSet<String>>,
}

impl Archive {
    /// Reads an archive to its end: its format, the paths and digests of all files. Nothing is
    /// written.
    pub fn check(path: &Path) -> Result<Self, BackupError> {
        let contents = read(path, &mut |_, _| Ok(None))?;
        Ok(Self {
            path: path.to_owned(),
            contents,
        })
    }

    /// Returns what it holds.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Writes the files of the archive below the folder of each part. What has changed in the
    /// archive since it was checked is refused.
    pub(crate) fn unpack(
        &self,
        folder: impl Fn(Part) -> Option<PathBuf>,
    ) -> Result<(), BackupError> {
        let contents = read(&self.path, &mut |part, below| {
            let Some(folder) = folder(part) else {
                return Ok(None);
            };
            let path = folder.join(below);
            let above = path.parent().unwrap_or(&folder);
            raisfast_private_folder::create(above).map_err(at(above))?;
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o600);
            let file = options.open(&path).map_err(at(&path))?;
            Ok(Some((file, path)))
        })?;
        if contents == self.contents {
            Ok(())
        } else {
            Err(BackupError::Incomplete)
        }
    }
}

/// Opens the file into which one of an archive's files is to be written, if it is to be.
type Sink<'a> = dyn FnMut(Part, &str) -> Result<Option<(File, PathBuf)>, BackupError> + 'a;

fn read(path: &Path, sink: &mut Sink<'_>) -> Result<Contents, BackupError> {
    let mut file = File::open(path).map_err(at(path))?;
    let mut magic = [0; GZIP.len()];
    if file.read_exact(&mut magic).is_err() || magic != GZIP {
        return Err(BackupError::NotABackup("it is not in gzip".to_owned()));
    }
    file.rewind().map_err(at(path))?;
    let mut tar = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    let mut reading = Reading::default();
    for entry in tar.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        reading.take(&mut entry, sink)?;
    }
    let contents = reading.end()?;
    // The checksum of gzip stands behind the last file.
    let mut rest = tar.into_inner();
    io::copy(&mut rest, &mut io::sink()).map_err(unreadable)?;
    Ok(contents)
}

/// Tells an archive that ends too early from a file that is not a tar in gzip.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the form that `map_err` takes"
)]
fn unreadable(error: io::Error) -> BackupError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => BackupError::Incomplete,
        _ => BackupError::NotABackup(error.to_string()),
    }
}

/// The files of an archive so far.
#[derive(Default)]
struct Reading {
    header: Option<Header>,
    parts: BTreeMap<Part, Size>,
    names: BTreeMap<Part, BTreeSet<String>>,
    /// The digests of what was read, by path.
    digests: BTreeMap<String, String>,
    is_complete: bool,
}

impl Reading {
    fn take(
        &mut self,
        entry: &mut Entry<'_, impl Read>,
        sink: &mut Sink<'_>,
    ) -> Result<(), BackupError> {
        let path = path_of(entry)?;
        if self.is_complete {
            return Err(foreign(format!("`{path}` behind its end")));
        }
        if self.header.is_none() {
            if path != HEADER {
                return Err(BackupError::NotABackup(format!("it begins with `{path}`")));
            }
            let bytes = whole(entry, MAX_HEADER, &path)?;
            self.header = Some(Header::parse(&bytes)?);
            self.digests
                .insert(path, hex::encode(Sha256::digest(&bytes)));
            return Ok(());
        }
        if path == DIGESTS {
            let lines = whole(entry, MAX_DIGESTS, &path)?;
            self.compare(&lines)?;
            self.is_complete = true;
            return Ok(());
        }
        let listed = self.header.iter().flat_map(|header| &header.parts);
        let found = Part::of(&path).filter(|(part, below)| {
            listed.clone().any(|listed| listed == part) && below.split('/').all(|name| name != WORK)
        });
        let Some((part, below)) = found else {
            return Err(foreign(format!("the file `{path}`")));
        };
        if self.digests.len() as u64 > MAX_FILES {
            return Err(BackupError::TooMany);
        }
        if self.digests.contains_key(&path) {
            return Err(foreign(format!("the file `{path}` twice")));
        }
        let (digest, bytes) = match sink(part, below)? {
            None => copy(entry, &mut io::sink(), None)?,
            Some((mut file, to)) => {
                let copied = copy(entry, &mut file, Some(&to))?;
                file.sync_all().map_err(at(&to))?;
                copied
            }
        };
        self.parts.entry(part).or_default().add(bytes);
        let first = below.split('/').next().unwrap_or(below);
        self.names.entry(part).or_default().insert(first.to_owned());
        self.digests.insert(path, digest);
        Ok(())
    }

    /// Compares what was read with the last file.
    fn compare(&mut self, lines: &[u8]) -> Result<(), BackupError> {
        let lines =
            str::from_utf8(lines).map_err(|_| foreign(format!("a {DIGESTS} that is not UTF-8")))?;
        for line in lines.lines() {
            let Some((digest, path)) = line.split_once("  ") else {
                return Err(foreign(format!("a {DIGESTS} with the line `{line}`")));
            };
            if self
                .digests
                .remove(path)
                .is_none_or(|found| found != digest)
            {
                return Err(BackupError::Digest {
                    path: path.to_owned(),
                });
            }
        }
        match self.digests.keys().next() {
            None => Ok(()),
            Some(path) => Err(foreign(format!("`{path}`, which {DIGESTS} does not list,"))),
        }
    }

    /// Refuses any number of files but one where a site has one.
    fn one_file_of(&self, part: Part) -> Result<(), BackupError> {
        if !self
            .header
            .iter()
            .any(|header| header.parts.contains(&part))
        {
            return Ok(());
        }
        let size = self.parts.get(&part).copied().unwrap_or_default();
        if size.files != 1 {
            return Err(foreign(format!(
                "{} files below {}",
                size.files,
                part.as_str()
            )));
        }
        Ok(())
    }

    fn end(mut self) -> Result<Contents, BackupError> {
        if !self.is_complete {
            return Err(BackupError::Incomplete);
        }
        self.one_file_of(Part::Database)?;
        self.one_file_of(Part::Settings)?;
        let header = self.header.take().ok_or(BackupError::Incomplete)?;
        Ok(Contents {
            header,
            parts: self.parts,
            names: self.names,
        })
    }
}

fn foreign(what: String) -> BackupError {
    BackupError::Foreign { what }
}

/// Returns the path of a regular file that stays below the archive's root.
fn path_of(entry: &Entry<'_, impl Read>) -> Result<String, BackupError> {
    let bytes = entry.path_bytes();
    let shown = String::from_utf8_lossy(&bytes).into_owned();
    if entry.header().entry_type() != EntryType::Regular {
        return Err(foreign(format!("`{shown}`, which is not a regular file")));
    }
    let path = str::from_utf8(&bytes).ok().filter(|path| is_safe(path));
    path.map(str::to_owned)
        .ok_or_else(|| foreign(format!("the path `{shown}`")))
}

/// Returns whether a path names a file below the folder where it is read, in one way only.
fn is_safe(path: &str) -> bool {
    let is_plain = |name: &str| {
        let mut components = Path::new(name).components();
        matches!(components.next(), Some(Component::Normal(only)) if only == name)
            && components.next().is_none()
    };
    path.len() <= MAX_PATH + "settings/".len()
        && !path.chars().any(char::is_control)
        && path.split('/').all(is_plain)
}

/// Reads a small file into memory.
fn whole(entry: &mut Entry<'_, impl Read>, most: u64, path: &str) -> Result<Vec<u8>, BackupError> {
    let mut bytes = Vec::new();
    entry
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(foreign(format!("a `{path}` of more than {most} bytes")));
    }
    Ok(bytes)
}

/// Copies a file, and returns its digest and length. `to` is named where writing can fail.
fn copy(
    from: &mut Entry<'_, impl Read>,
    into: &mut impl Write,
    to: Option<&Path>,
) -> Result<(String, u64), BackupError> {
    let wanted = from.size();
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    let mut bytes = 0;
    loop {
        let read = from.read(&mut buffer).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
        into.write_all(&buffer[..read])
            .map_err(at(to.unwrap_or(Path::new(""))))?;
        bytes += read as u64;
    }
    if bytes != wanted {
        return Err(BackupError::Incomplete);
    }
    Ok((hex::encode(digest.finalize()), bytes))
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn a_path_stays_below_its_folder() {
        for good in [
            "SHA256SUMS",
            "files/com.example.a/b.txt",
            "plugins/a/.hidden",
            "files/a/..b",
        ] {
            assert!(is_safe(good), "{good}");
        }
        let long = "a/".repeat(600) + "b";
        for bad in [
            "",
            "/",
            "/etc/passwd",
            "files/../x",
            "..",
            "files/.",
            "./files/a",
            "files//a",
            "files/a/",
            "files/a\0b",
            "files/a\nb",
            &long,
        ] {
            assert!(!is_safe(bad), "{bad:?}");
        }
    }
}
