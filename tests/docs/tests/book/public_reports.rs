//! The list of public reports that were tried is complete, and names tests that there are.

use std::collections::BTreeSet;

use crate::page::read;

const LIST: &str = "tests/fixtures/public-reports.toml";
/// Reports, of which an entry may have several.
const AT_LEAST: usize = 200;

#[test]
fn every_report_has_an_input_an_outcome_and_tests_that_exist() {
    let list: toml::Table = read(LIST).parse().expect("the list is TOML");
    let reports = list["report"].as_array().expect("there are reports");
    let mut inputs = BTreeSet::new();
    let mut sources = 0;
    for report in reports {
        let report = report.as_table().expect("a report is a table");
        let input = text(report, "input");
        assert!(inputs.insert(input), "{input} is there twice");
        for key in ["area", "right"] {
            text(report, key);
        }
        let tests = texts(report, "tests");
        let by_hand = report.get("by_hand").and_then(toml::Value::as_bool);
        assert_eq!(
            by_hand,
            tests.is_empty().then_some(true),
            "{input}: tests or by_hand"
        );
        for test in tests {
            check_test(input, test);
        }
        let known = [
            "area",
            "sources",
            "input",
            "right",
            "databases",
            "tests",
            "by_hand",
        ];
        for key in report.keys() {
            assert!(known.contains(&key.as_str()), "{input}: {key} is not known");
        }
        let of_this = texts(report, "sources");
        assert!(!of_this.is_empty(), "{input} has no source");
        sources += of_this.len();
    }
    assert!(sources >= AT_LEAST, "only {sources} reports are listed");
}

/// `file: test`, or a file whose tests do it together.
fn check_test(input: &str, named: &str) {
    let (path, test) = named.split_once(": ").unwrap_or((named, ""));
    let source = read(path);
    let is_there = test.is_empty()
        || source
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == test);
    assert!(is_there, "{input}: {path} has no test {test}");
}

fn text<'r>(report: &'r toml::Table, key: &str) -> &'r str {
    let found = report
        .get(key)
        .and_then(toml::Value::as_str)
        .unwrap_or_default();
    assert!(!found.trim().is_empty(), "{report:?} has no {key}");
    found
}

fn texts<'r>(report: &'r toml::Table, key: &str) -> Vec<&'r str> {
    let Some(list) = report.get(key) else {
        return Vec::new();
    };
    let list = list.as_array().expect("it is a list").iter();
    list.map(|text| text.as_str().expect("it is a text"))
        .collect()
}
