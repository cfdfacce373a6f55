//! The page of promises names tests that there are.

use std::path::Path;

use regex::Regex;

use crate::page::read;

/// A promise ends with a line such as ``- Shown by `file.rs`: `a_test`, `another_test`; `other.rs`:
/// `a_third`.``
#[test]
fn every_test_that_a_promise_names_is_there() {
    let page = read("docs/src/reliability.md");
    // A list's item may go on in the next line.
    let text = page.replace("\n  ", " ");
    let code = Regex::new("`([^`]+)`").expect("a pattern");
    let mut named = 0;
    for line in text.lines().filter(|line| line.starts_with("- Shown by ")) {
        let mut file: Option<(String, String)> = None;
        for found in code.captures_iter(line) {
            let found = &found[1];
            if Path::new(found)
                .extension()
                .is_some_and(|extension| extension == "rs")
            {
                file = Some((found.to_owned(), read(found)));
                continue;
            }
            let (path, text) = file.as_ref().expect("a file stands before its tests");
            // Some tests are made by a macro, from a table.
            assert!(
                text.split(|c: char| !c.is_alphanumeric() && c != '_')
                    .any(|word| word == found),
                "{path} has no test {found}"
            );
            named += 1;
        }
        assert!(file.is_some(), "{line} names no file");
    }
    assert!(named > 40, "only {named} tests are named");
}

#[test]
fn every_promise_says_how_it_is_kept_and_what_shows_it() {
    let page = read("docs/src/reliability.md");
    let (promises, rest) = page
        .split_once("\n## What is not promised\n")
        .expect("the page ends with what is not promised");
    assert!(rest.matches("\n- ").count() > 5, "{rest}");
    for promise in promises.split("\n### ").skip(1) {
        let title = promise.lines().next().unwrap_or_default();
        for part in ["- Kept by ", "- Shown by "] {
            assert_eq!(
                promise.matches(&format!("\n{part}")).count(),
                1,
                "{title}: one line says {part:?}"
            );
        }
    }
}
