use std::io::Cursor;

use super::*;

const MANIFEST_TEXT: &str = "[plugin]\nid = \"com.example.x\"\nname = \"X\"\nversion = \"1.0.0\"\n";

/// An archive of entries: path, kind, content.
fn archive(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (path, kind, content) in entries {
        let mut header = Header::new_ustar();
        // As bytes: `set_path` refuses what is refused here, too.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn file<'a>(path: &'a str, content: &'a [u8]) -> (&'a str, EntryType, &'a [u8]) {
    (path, EntryType::Regular, content)
}

fn unpacked(archive: &[u8]) -> Result<(tempfile::TempDir, PathBuf), ArchiveError> {
    let outer = tempfile::tempdir().unwrap();
    let into = outer.path().join("into");
    fs::create_dir(&into).unwrap();
    let unpacked = unpack(Cursor::new(archive), &into);
    let beside: Vec<_> = fs::read_dir(outer.path()).unwrap().collect();
    assert_eq!(beside.len(), 1, "nothing lies outside");
    Ok((outer, unpacked?))
}

fn refusal(archive: &[u8]) -> String {
    unpacked(archive).expect_err("it is refused").to_string()
}

#[test]
fn what_is_packed_is_unpacked_as_it_was_but_for_what_is_hidden() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("migrations")).unwrap();
    for (name, content) in [
        ("manifest.toml", MANIFEST_TEXT),
        ("plugin-1.wasm", "wasm"),
        ("migrations/1.sql", "SELECT 1"),
        (".git", "hidden"),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    std::os::unix::fs::symlink("plugin-1.wasm", folder.path().join("plugin.wasm")).unwrap();
    let (_outer, plugin) = unpacked(&pack(folder.path()).unwrap()).unwrap();
    let read = |name: &str| fs::read_to_string(plugin.join(name)).ok();
    assert_eq!(read("manifest.toml").as_deref(), Some(MANIFEST_TEXT));
    assert_eq!(read("plugin.wasm").as_deref(), Some("wasm"));
    assert_eq!(read("migrations/1.sql").as_deref(), Some("SELECT 1"));
    assert_eq!(read(".git"), None);
    assert!(
        plugin
            .join("plugin.wasm")
            .symlink_metadata()
            .unwrap()
            .is_file()
    );
}

#[test]
fn a_folder_that_holds_more_than_a_plugin_is_not_packed() {
    let folder = tempfile::tempdir().unwrap();
    let pack = || pack(folder.path()).expect_err("refused").to_string();
    assert!(pack().contains("manifest.toml"));
    fs::write(folder.path().join("manifest.toml"), MANIFEST_TEXT).unwrap();
    assert!(pack().contains("plugin.wasm"));
    fs::write(folder.path().join("plugin.wasm"), "wasm").unwrap();

    let elsewhere = folder.path().join("link");
    std::os::unix::fs::symlink("/etc/hostname", &elsewhere).unwrap();
    assert!(pack().contains("link out of"), "{}", pack());
    fs::remove_file(elsewhere).unwrap();

    let many = folder.path().join("target");
    fs::create_dir(&many).unwrap();
    for number in 0..=MAX_ENTRIES {
        fs::write(many.join(number.to_string()), "").unwrap();
    }
    assert!(pack().contains("holds more than 2000 files"), "{}", pack());
}

#[test]
fn the_plugin_may_lie_in_the_only_folder() {
    let manifest = MANIFEST_TEXT.as_bytes();
    let entries = [
        ("./", EntryType::Directory, &b""[..]),
        ("./x/", EntryType::Directory, b""),
        file("./x/manifest.toml", manifest),
    ];
    let (_outer, plugin) = unpacked(&archive(&entries)).unwrap();
    assert_eq!(plugin.file_name().unwrap(), "x");
    for entries in [
        vec![],
        vec![file("readme", b"")],
        vec![file("x/manifest.toml", manifest), file("y", b"")],
        vec![file("x/y/manifest.toml", manifest)],
    ] {
        assert!(refusal(&archive(&entries)).contains("no manifest.toml lies"));
    }
}

#[test]
fn entries_that_would_lie_or_lead_elsewhere_are_refused() {
    for (entry, says) in [
        (file("../x", b""), "`../x` has `..` in it"),
        (file("a/../../x", b""), "has `..` in it"),
        (file("/etc/x", b""), "begins at the root"),
        (file("1/2/3/4/5/6/7/8/9", b""), "lies too deep"),
        (
            ("a/../x/", EntryType::Directory, &b""[..]),
            "has `..` in it",
        ),
        (("x", EntryType::Symlink, b""), "is a link"),
        (("x", EntryType::Link, b""), "is a link"),
        (("x", EntryType::Char, b""), "is a device"),
        (("x", EntryType::Block, b""), "is a device"),
        (("x", EntryType::Fifo, b""), "is a pipe"),
        (("x", EntryType::GNUSparse, b""), "neither a file nor"),
        (("x", EntryType::GNULongName, b"y"), "longer than"),
        (("x", EntryType::XHeader, b"11 path=..\n"), "longer than"),
        (("x", EntryType::XHeader, b"9 size=9\n"), "longer than"),
        (file("\u{1b}[31m/../x", b""), r"`\u{1b}[31m/../x` has"),
    ] {
        let said = refusal(&archive(&[entry]));
        assert!(said.contains(says), "{says}: {said}");
    }
    let twice = archive(&[file("x", b"1"), file("./x", b"2")]);
    assert!(refusal(&twice).contains("`./x` is there twice"));
}

#[test]
fn what_others_write_beside_the_files_is_passed_over() {
    let entries = [
        (
            "pax_global_header",
            EntryType::XGlobalHeader,
            &b"10 a=bcde\n"[..],
        ),
        ("x", EntryType::XHeader, b"14 mtime=1.25\n"),
        file("manifest.toml", MANIFEST_TEXT.as_bytes()),
    ];
    let (_outer, plugin) = unpacked(&archive(&entries)).unwrap();
    assert_eq!(fs::read_dir(plugin).unwrap().count(), 1);
}

#[test]
fn too_many_or_too_large_entries_are_refused_before_they_are_written() {
    let names: Vec<_> = (0..=MAX_ENTRIES).map(|number| number.to_string()).collect();
    let many: Vec<_> = names.iter().map(|name| file(name, b"")).collect();
    assert!(refusal(&archive(&many)).contains("more than 2000 files"));

    let mut header = Header::new_ustar();
    header.set_path("x").unwrap();
    header.set_size(MAX_ARCHIVE_BYTES + 1);
    header.set_cksum();
    let said = refusal(header.as_bytes());
    assert!(said.contains("more than 83886080 bytes"), "{said}");

    let mut extension = Header::new_ustar();
    extension.set_path("x").unwrap();
    extension.set_entry_type(EntryType::XHeader);
    extension.set_size(MAX_EXTENSION_BYTES + 1);
    extension.set_cksum();
    assert!(refusal(extension.as_bytes()).contains("longer than"));
}

#[test]
fn another_kind_of_file_is_told_from_an_archive() {
    assert!(refusal(&[0x1f, 0x8b, 8, 0]).contains("gunzip"));
    assert!(refusal(&[b'x'; 1024]).contains("not a valid tar archive"));
    let whole = archive(&[file("manifest.toml", MANIFEST_TEXT.as_bytes())]);
    assert!(refusal(&whole[..520]).contains("not a valid tar archive"));
}
