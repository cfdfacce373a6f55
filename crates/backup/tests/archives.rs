//! Archives: what goes in comes out, and what nobody should restore is refused.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use raisfast_backup::{
    Archive, BackupError, FORMAT, Header, Part, Places, Sources, Staged, recover, write,
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// A site in a folder, with a part of each kind.
struct Site(TempDir);

impl Site {
    fn new(text: &str) -> Self {
        let site = Self(tempfile::tempdir().expect("a folder"));
        for (path, text) in [
            ("data/raisfast.db", text),
            ("data/vfs/com.example.a/notes/one.txt", text),
            ("plugins/a/manifest.toml", text),
            ("plugins/a/plugin.wasm", "\0asm"),
            ("raisfast.toml", text),
        ] {
            site.put(path, text);
        }
        site
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    fn sources(&self) -> Sources {
        Sources {
            database: Some((self.path("data/raisfast.db"), "raisfast.db".to_owned())),
            files: Some(self.path("data/vfs")),
            plugins: Some(self.path("plugins")),
            settings: Some(self.path("raisfast.toml")),
        }
    }

    fn places(&self) -> Places {
        Places {
            data_dir: self.path("data"),
            database: Some(self.path("data/site.db")),
            files: Some(self.path("data/vfs")),
            plugins: Some(self.path("plugins")),
            settings: Some(self.path("data/raisfast.toml.restored")),
        }
    }

    fn backup(&self) -> PathBuf {
        let archive = self.path("site.tar.gz");
        write(&archive, &header(), &self.sources()).expect("an archive");
        archive
    }
}

fn header() -> Header {
    Header {
        format: FORMAT,
        server: "0.1.0".to_owned(),
        parts: Part::ALL.to_vec(),
        schema: vec!["m0001".to_owned()],
        made_at: "2026-01-01T00:00:00.000Z".to_owned(),
    }
}

fn restore(archive: &Path, site: &Site) {
    let archive = Archive::check(archive).expect("a whole archive");
    Staged::unpack(&archive, site.places())
        .expect("it unpacks")
        .put_in_place()
        .expect("it takes its place");
}

#[test]
fn a_site_comes_out_as_it_went_in_and_nobody_else_reads_the_archive() {
    let from = Site::new("kept");
    from.put("data/vfs/.unfinished/half", "no");
    symlink("/etc/passwd", from.path("data/vfs/com.example.a/link")).expect("a link");
    let archive = from.backup();
    let mode = fs::metadata(&archive).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(matches!(
        write(&archive, &header(), &from.sources()),
        Err(BackupError::Exists(_))
    ));

    let to = Site(tempfile::tempdir().expect("a folder"));
    restore(&archive, &to);
    for path in [
        "data/site.db",
        "data/vfs/com.example.a/notes/one.txt",
        "plugins/a/manifest.toml",
        "data/raisfast.toml.restored",
    ] {
        assert_eq!(to.read(path).as_deref(), Some("kept"), "{path}");
    }
    for left in [
        "data/vfs/.unfinished",
        "data/vfs/com.example.a/link",
        "data/.raisfast-restore",
    ] {
        assert!(!to.path(left).exists(), "{left}");
    }
    let mode = fs::metadata(to.path("data/site.db"))
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_site_that_is_replaced_is_named_before_and_gone_after() {
    let from = Site::new("new");
    let archive = from.backup();
    let to = Site::new("old");
    to.put("data/site.db", "old");
    to.put("data/site.db-wal", "old");
    to.put("plugins/b/manifest.toml", "old");
    to.put("data/cache/x", "stays");
    let checked = Archive::check(&archive).expect("an archive");
    let lost = to.places().lost(checked.contents()).expect("what is there");
    let lost: Vec<_> = lost
        .iter()
        .map(|place| (place.part, place.size.files))
        .collect();
    assert_eq!(
        lost,
        [(Part::Database, 1), (Part::Files, 1), (Part::Plugins, 3)]
    );
    restore(&archive, &to);
    assert_eq!(to.read("data/site.db").as_deref(), Some("new"));
    assert_eq!(to.read("data/site.db-wal"), None);
    assert_eq!(to.read("plugins/b/manifest.toml"), None);
    assert_eq!(to.read("data/cache/x").as_deref(), Some("stays"));
}

/// Each place at which a restore may be killed: the moves up to there are made, and no more.
#[test]
fn an_interrupted_restore_leaves_the_former_site() {
    for steps in 0..12 {
        let site = Site::new("old");
        site.put("data/site.db", "old");
        let folder = |name: &str| site.path(name);
        let moves = format!(
            "{{\"{}\":[\"site.db\"],\"{}\":[\"a\",\"c\"]}}",
            folder("data").display(),
            folder("plugins").display()
        );
        site.put("data/raisfast-restore.json", &moves);
        site.put("data/.raisfast-restore/new/site.db", "new");
        site.put("plugins/.raisfast-restore/new/a/manifest.toml", "new");
        site.put("plugins/.raisfast-restore/new/c/manifest.toml", "new");
        for folder in ["data", "plugins"] {
            fs::create_dir_all(site.path(folder).join(".raisfast-restore/old")).expect("a folder");
        }
        let renames = [
            ("data/site.db", "data/.raisfast-restore/old/site.db"),
            ("plugins/a", "plugins/.raisfast-restore/old/a"),
            ("data/.raisfast-restore/new/site.db", "data/site.db"),
            ("plugins/.raisfast-restore/new/a", "plugins/a"),
            ("plugins/.raisfast-restore/new/c", "plugins/c"),
        ];
        for (from, to) in renames.iter().take(steps) {
            fs::rename(site.path(from), site.path(to)).expect("it moves");
        }
        assert!(recover(&site.path("data")).expect("it recovers"), "{steps}");
        assert_eq!(site.read("data/site.db").as_deref(), Some("old"), "{steps}");
        assert_eq!(
            site.read("plugins/a/manifest.toml").as_deref(),
            Some("old"),
            "{steps}"
        );
        assert!(!site.path("plugins/c").exists(), "{steps}");
        assert!(!site.path("plugins/.raisfast-restore").exists(), "{steps}");
        assert!(
            !recover(&site.path("data")).expect("once is enough"),
            "{steps}"
        );
    }
}

#[test]
fn a_restore_that_cannot_move_leaves_the_former_site() {
    let archive = Site::new("new").backup_elsewhere();
    let to = Site::new("old");
    to.put("data/site.db", "old");
    let checked = Archive::check(&archive.1).expect("an archive");
    let staged = Staged::unpack(&checked, to.places()).expect("it unpacks");
    // What the last move needs is taken away meanwhile.
    fs::remove_dir_all(to.path("plugins/.raisfast-restore/new/a")).expect("it goes");
    staged.put_in_place().expect_err("a move fails");
    assert_eq!(to.read("data/site.db").as_deref(), Some("old"));
    assert_eq!(to.read("plugins/a/manifest.toml").as_deref(), Some("old"));
    assert!(!to.path("data/raisfast-restore.json").exists());
}

impl Site {
    /// Returns an archive of this site, with the folder in which it lies.
    fn backup_elsewhere(self) -> (Self, PathBuf) {
        let archive = self.backup();
        (self, archive)
    }
}

/// Writes an archive by hand: entries with their kinds, and the digests that are wished for.
fn forge(path: &Path, entries: &[(&str, tar::EntryType, &str)], sums: Option<&str>) {
    let file = File::create(path).expect("a file");
    let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
    let mut right = String::new();
    let mut add = |name: &str, kind: tar::EntryType, text: &str| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o600);
        header.set_size(if kind == tar::EntryType::Regular {
            text.len() as u64
        } else {
            0
        });
        // The crate refuses such names, so they are written past it.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        if kind != tar::EntryType::Regular && !text.is_empty() {
            header.set_link_name(text).expect("a name");
        }
        header.set_cksum();
        let bytes = if kind == tar::EntryType::Regular {
            text.as_bytes()
        } else {
            &[]
        };
        tar.append(&header, bytes).expect("an entry");
    };
    for (name, kind, text) in entries {
        add(name, *kind, text);
        let digest = hex::encode(Sha256::digest(text));
        right.extend([&digest, "  ", *name, "\n"]);
    }
    add(
        "SHA256SUMS",
        tar::EntryType::Regular,
        sums.unwrap_or(&right),
    );
    tar.into_inner()
        .expect("it ends")
        .finish()
        .expect("it ends")
        .flush()
        .expect("it is written");
}

#[test]
fn what_no_backup_holds_is_refused_and_nothing_is_written() {
    const FILE: tar::EntryType = tar::EntryType::Regular;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("forged.tar.gz");
    let parts = vec![Part::Files];
    let first = serde_json::to_string(&Header { parts, ..header() }).expect("JSON");
    let all = serde_json::to_string(&header()).expect("JSON");
    let newer = first.replace("\"format\":1", "\"format\":2");
    let begin = ("raisfast-backup.json", FILE, first.as_str());
    let begin_all = ("raisfast-backup.json", FILE, all.as_str());
    for (entries, sums, says) in [
        (
            vec![begin, ("files/../../etc/x", FILE, "x")],
            None,
            "the path `files/../../etc/x`",
        ),
        (
            vec![begin, ("/etc/x", FILE, "x")],
            None,
            "the path `/etc/x`",
        ),
        (
            vec![begin, ("files/a", tar::EntryType::Symlink, "/etc/passwd")],
            None,
            "not a regular file",
        ),
        (
            vec![begin, ("files/a", tar::EntryType::Link, "/etc/passwd")],
            None,
            "not a regular file",
        ),
        (
            vec![begin, ("files/a", tar::EntryType::Char, "")],
            None,
            "not a regular file",
        ),
        (
            vec![begin, ("plugins/a", FILE, "x")],
            None,
            "the file `plugins/a`",
        ),
        (
            vec![begin, ("files/.raisfast-restore/old/x", FILE, "x")],
            None,
            "the file `files/.raisfast-restore/old/x`",
        ),
        (vec![begin_all], None, "0 files below database"),
        (
            vec![begin, ("elsewhere/a", FILE, "x")],
            None,
            "the file `elsewhere/a`",
        ),
        (
            vec![begin, ("files/a", FILE, "x"), ("files/a", FILE, "y")],
            None,
            "twice",
        ),
        (
            vec![
                begin_all,
                ("database/a", FILE, "x"),
                ("database/b", FILE, "y"),
            ],
            None,
            "2 files below database",
        ),
        (
            vec![begin, ("files/a", FILE, "x")],
            Some(""),
            "does not list",
        ),
        (vec![begin], Some("nonsense"), "the line `nonsense`"),
        (
            vec![begin, ("files/a", FILE, "x")],
            Some("0000  raisfast-backup.json\n"),
            "raisfast-backup.json does not have the digest",
        ),
        (
            vec![("raisfast-backup.json", FILE, newer.as_str())],
            None,
            "format 2",
        ),
        (
            vec![("raisfast-backup.json", FILE, "{}")],
            None,
            "not a backup",
        ),
        (
            vec![("files/a", FILE, "x")],
            None,
            "it begins with `files/a`",
        ),
    ] {
        forge(&path, &entries, sums);
        let refused = Archive::check(&path).expect_err(says).to_string();
        assert!(refused.contains(says), "{says} in {refused}");
    }
}

#[test]
fn an_archive_that_is_cut_off_or_changed_anywhere_is_refused() {
    let site = Site::new("text that is kept");
    let archive = site.backup();
    let whole = fs::read(&archive).expect("the archive");
    let checked = Archive::check(&archive).expect("it is whole");
    let contents = checked.contents();
    let changed = site.path("changed.tar.gz");
    for at in (0..whole.len()).step_by(7) {
        fs::write(&changed, &whole[..at]).expect("a file");
        Archive::check(&changed).expect_err("it is cut off");
        // The ten bytes of gzip's head say nothing about the content.
        if at >= 10 {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x20;
            fs::write(&changed, &bytes).expect("a file");
            // A few bits of a compressed file stand for nothing.
            if let Ok(read) = Archive::check(&changed) {
                assert_eq!(read.contents(), contents, "byte {at}");
            }
        }
    }
    fs::write(&changed, "not an archive").expect("a file");
    let refused = Archive::check(&changed)
        .expect_err("no archive")
        .to_string();
    assert!(refused.contains("not a backup"), "{refused}");
}

#[test]
fn a_file_that_no_archive_can_hold_is_named() {
    let site = Site::new("x");
    site.put("plugins/a/two\nlines", "x");
    let refused = write(&site.path("x.tar.gz"), &header(), &site.sources());
    assert!(matches!(refused, Err(BackupError::Name(_))), "{refused:?}");
    assert!(!site.path("x.tar.gz").exists());

    let site = Site::new("x");
    symlink(site.path("plugins/a"), site.path("plugins/a/again")).expect("a link");
    let refused = write(&site.path("x.tar.gz"), &header(), &site.sources());
    assert!(
        matches!(refused, Err(BackupError::Deep(_) | BackupError::Io { .. })),
        "{refused:?}"
    );
}

#[test]
fn the_digests_can_be_checked_with_the_tools_of_every_system() {
    let site = Site::new("x");
    let archive = site.backup();
    let script =
        "mkdir out && tar -xzf \"$1\" -C out && cd out && sha256sum --quiet --check SHA256SUMS";
    let done = std::process::Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(&archive)
        .current_dir(site.path("."))
        .status();
    assert!(done.expect("a shell").success());
}
