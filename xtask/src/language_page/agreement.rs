//! Compares the cases of the committed page with those that were found.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result, bail};

use super::{
    PAGE,
    report::{Finding, Mark},
};
use crate::workspace;

/// Fails where a case is on the page and not in the suite, or the other way round, and where a mark
/// is another. Plugins that are built on one of the two machines only are not compared.
pub(crate) fn check(findings: &[Finding]) -> Result<()> {
    let page = fs::read_to_string(workspace::root().join(PAGE)).with_context(|| {
        format!("{PAGE} cannot be read; write it with: cargo xtask languages --release")
    })?;
    let differences = differences(&page, findings);
    if differences.is_empty() {
        return Ok(());
    }
    bail!(
        "{PAGE} is stale; write it anew with: cargo xtask languages --release\n{}",
        differences.join("\n")
    )
}

/// A case's chapter and name.
type Key<'a> = (&'a str, &'a str);
/// The marks of a case, by the plugins' titles.
type Row<'a> = BTreeMap<&'a str, &'a str>;

fn differences(page: &str, findings: &[Finding]) -> Vec<String> {
    let written = rows(page);
    let mut differences = Vec::new();
    let Some(any) = findings.iter().find(|finding| !finding.cases().is_empty()) else {
        return vec!["no plugin was built".to_owned()];
    };
    for case in any.cases() {
        let Some(row) = written.get(&(&*case.chapter, &*case.name)) else {
            differences.push(format!("it lacks the case: {}", case.name));
            continue;
        };
        for finding in findings {
            let found = finding.mark(&case.chapter, &case.name);
            let title = &finding.title;
            match row.get(&**title) {
                None => differences.push(format!("it lacks {title}")),
                Some(&mark) => {
                    let is_built = mark != Mark::NotBuilt.shown() && found != Mark::NotBuilt;
                    if is_built && mark != found.shown() {
                        differences.push(format!(
                            "{title}, {}: the page has {mark}, found {}",
                            case.name,
                            found.shown()
                        ));
                    }
                }
            }
        }
    }
    for (chapter, name) in written.keys() {
        let mut cases = any.cases().iter();
        if !cases.any(|case| (&*case.chapter, &*case.name) == (*chapter, *name)) {
            differences.push(format!("the suite has no case: {name}"));
        }
    }
    differences.dedup();
    differences
}

/// The page's tables of cases: a row a case, with the titles that stand in the table's heading.
fn rows(page: &str) -> BTreeMap<Key<'_>, Row<'_>> {
    let mut rows = BTreeMap::new();
    let mut chapter = "";
    let mut titles: Vec<&str> = Vec::new();
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            chapter = heading;
            titles.clear();
        }
        let Some(cells) = cells(line) else {
            continue;
        };
        let Some((&first, marks)) = cells.split_first() else {
            continue;
        };
        if first == "case" {
            titles = marks.to_vec();
        } else if !titles.is_empty() {
            let row = titles.iter().copied().zip(marks.iter().copied());
            rows.insert((chapter, first), row.collect());
        }
    }
    rows
}

/// The cells of a table's row. The line under its heading is none.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
    Some(inner.split(" | ").map(str::trim).collect())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use raisfast_project::Language;
    use serde_json::json;

    use super::differences;
    use crate::language_page::{
        page::Page,
        report::{Built, Finding},
    };

    fn judged(title: &str, outcomes: &[(&str, &str)]) -> Finding {
        let cases = outcomes
            .iter()
            .map(|(name, outcome)| json!({ "chapter": "calls", "name": name, "outcome": outcome }));
        let report = serde_json::from_value(json!({ "cases": cases.collect::<Vec<_>>() })).unwrap();
        let built = Built {
            wasm: PathBuf::new(),
            bytes: 1,
            rebuild: None,
        };
        Finding {
            title: title.to_owned(),
            language: Language::Go,
            outcome: Ok((built, report)),
        }
    }

    fn two(first: &str, second: &str) -> Vec<Finding> {
        vec![
            judged("Go", &[("log", "passed"), ("emit", first)]),
            judged("C, zig cc", &[("log", "passed"), ("emit", second)]),
        ]
    }

    #[test]
    fn the_page_that_was_written_agrees() {
        let findings = two("passed", "unsupported");
        let page = Page::new(&findings, true).to_string();
        assert_eq!(differences(&page, &findings), [""; 0]);
    }

    #[test]
    fn another_mark_is_told_and_what_is_built_on_one_machine_only_is_not() {
        let page = Page::new(&two("passed", "passed"), true).to_string();
        let mut found = two("passed", "unsupported");
        assert_eq!(
            differences(&page, &found),
            ["C, zig cc, emit: the page has ✓, found –"]
        );
        found[1].outcome = Err("no compiler".to_owned());
        assert_eq!(differences(&page, &found), [""; 0]);
    }

    #[test]
    fn cases_and_plugins_that_come_and_go_are_told() {
        let page = Page::new(&two("passed", "passed")[..1], true).to_string();
        let found = vec![
            judged("Go", &[("log", "passed"), ("new", "passed")]),
            judged("C, zig cc", &[("log", "passed"), ("new", "passed")]),
        ];
        assert_eq!(
            differences(&page, &found),
            [
                "it lacks C, zig cc",
                "it lacks the case: new",
                "the suite has no case: emit",
            ]
        );
    }
}
