//! The report of each mistake to an author: every file in `bad/` is refused with the text in
//! `snapshots/`.

use std::{fs, path::Path};

use raisfast_manifest::Manifest;

#[test]
fn each_bad_manifest_is_refused_with_its_own_words() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 24, "the folder lost its manifests");

    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _guard = settings.bind_to_scope();
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let errors = Manifest::parse("manifest.toml", &text).expect_err(name);
        insta::assert_snapshot!(name, errors.to_string());
    }
}

#[test]
fn errors_stand_in_the_order_of_the_file_and_point_at_the_text() {
    let text = include_str!("bad/many-at-once.toml");
    let errors = Manifest::parse("manifest.toml", text).unwrap_err();
    let found: Vec<_> = errors
        .errors()
        .iter()
        .map(|error| (error.line, error.column, error.found.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (2, 6, "\"my-plugin\""),
            (4, 1, "verison"),
            (5, 11, "\"python\""),
            (6, 9, "\"../plugin.wasm\""),
            (8, 8, "on-post-creatng"),
            (12, 12, "\"high\""),
            (13, 12, "\"stop\""),
            (18, 13, "\"0 */6 * *\""),
            (21, 9, "\"https://api.example.com:99999\""),
            (22, 13, "\"posts; drop table posts\""),
            (25, 8, "1000"),
            (27, 2, "confg"),
        ]
    );
    for error in errors.errors() {
        assert!(error.expected.is_some(), "{error}");
    }
}

#[test]
fn a_manifest_that_is_too_long_is_refused_unread() {
    let errors = Manifest::parse("manifest.toml", &"#".repeat(Manifest::MAX_LEN + 1)).unwrap_err();
    assert_eq!(errors.errors().len(), 1);
    assert_eq!(errors.errors()[0].message, "the manifest has 262145 bytes");
}
