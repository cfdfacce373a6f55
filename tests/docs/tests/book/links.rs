//! Links and paths lead somewhere.

use std::collections::BTreeSet;

use regex::Regex;

use crate::page::{Page, joined, markdown_below, pages, read, root};

#[test]
fn links_lead_to_files_and_headings() {
    for page in pages() {
        for link in page.links.iter().filter(|link| !link.contains("://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                page.path.clone()
            } else {
                joined(&page.path, path)
            };
            assert!(
                root().join(&target).is_file(),
                "{}: {link} leads nowhere",
                page.path
            );
            if !anchor.is_empty() {
                let anchors = Page::read(&target).anchors;
                assert!(
                    anchors.iter().any(|found| found == anchor),
                    "{}: {link} names no heading; there are {anchors:?}",
                    page.path
                );
            }
        }
    }
}

/// mdBook shows what lies below `docs/src` and nothing else.
#[test]
fn the_book_links_to_its_own_pages_only() {
    for page in pages()
        .iter()
        .filter(|page| page.path.starts_with("docs/src/"))
    {
        for link in page.links.iter().filter(|link| link.contains(".md")) {
            let target = joined(&page.path, link);
            assert!(
                target.starts_with("docs/src/"),
                "{}: {link} is outside of the book",
                page.path
            );
        }
    }
}

#[test]
fn the_summary_lists_every_page_once() {
    let summary = Page::read("docs/src/SUMMARY.md");
    let mut listed: Vec<String> = summary
        .links
        .iter()
        .map(|link| format!("docs/src/{link}"))
        .collect();
    listed.push("docs/src/SUMMARY.md".to_owned());
    listed.sort();
    let mut pages = Vec::new();
    markdown_below("docs/src", &mut pages);
    pages.sort();
    assert_eq!(listed, pages);
}

#[test]
fn the_book_has_every_decision() {
    let page = read("docs/src/contributors/decisions.md");
    let mut decisions = Vec::new();
    markdown_below("docs/decisions", &mut decisions);
    for (index, path) in decisions.iter().enumerate() {
        let number = format!("{:04}", index + 1);
        assert!(
            path.starts_with(&format!("docs/decisions/{number}-")),
            "{path} is not number {number}"
        );
        let file = path.trim_start_matches("docs/");
        assert!(
            page.contains(&format!("{{{{#include ../../{file}}}}}")),
            "{path} is not in the book"
        );
        let text = read(path);
        assert!(text.starts_with(&format!("# {number}: ")), "{path}");
        for part in ["**Context.**", "**Decision.**", "**Consequence.**"] {
            assert!(text.contains(part), "{path} lacks {part}");
        }
    }
}

#[test]
fn included_files_exist() {
    let include = Regex::new(r"\{\{#include ([^}]+)\}\}").expect("a pattern");
    for page in pages() {
        for found in include.captures_iter(&page.text) {
            let file = found[1].split(':').next().unwrap_or_default();
            let target = joined(&page.path, file);
            assert!(
                root().join(&target).is_file(),
                "{}: {file} is not there",
                page.path,
            );
        }
    }
}

/// A text that looks like a path of the repository is one. Files that are built or made at run time
/// are not.
#[test]
fn paths_in_backticks_exist() {
    let folders: BTreeSet<&str> = [
        "crates",
        "docs",
        "plugin-wit",
        "sample-plugins",
        "tests",
        "xtask",
    ]
    .into();
    let mut seen = 0;
    for page in pages() {
        for code in &page.code {
            let Some((first, rest)) = code.split_once('/') else {
                continue;
            };
            if !folders.contains(first) || rest.contains(['*', '<', ' ']) {
                continue;
            }
            assert!(
                root().join(code).exists(),
                "{}: there is no {code}",
                page.path
            );
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} paths were found");
}
