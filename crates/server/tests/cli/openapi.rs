//! `raisfast openapi`.

use serde_json::Value;

use crate::run::Folder;

#[test]
fn the_document_is_printed_without_a_server_and_leaves_nothing_behind() {
    let folder = Folder::new();
    let done = folder.run(&["openapi"], &[]);
    assert_eq!(done.code, 0, "{done:?}");
    let printed: Value = serde_json::from_str(&done.stdout).expect("JSON and nothing else");
    let document: Value = serde_json::from_str(raisfast::openapi::document()).expect("JSON");
    assert_eq!(printed, document);
    assert_eq!(printed["openapi"], "3.1.0");
    assert!(!folder.path("data").exists());
    assert!(done.stderr.is_empty(), "{done:?}");
}

#[test]
fn what_it_does_not_take_is_an_error() {
    let done = Folder::new().run(&["openapi", "yaml"], &[]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains("'yaml'"), "{done:?}");
}
