use std::fs;

use super::{CHARTS, PAGE};
use crate::report::{Figure, Limit, Machine, Report, Target, Unit};

fn report() -> Report {
    let figure = |scenario: &str, name: &str, samples: [f64; 3]| {
        Figure::of(scenario, name, Unit::Nanoseconds, samples.to_vec())
    };
    let target = |name: &str, unit, limit, found, reached, note: Option<&str>| Target {
        name: name.into(),
        unit,
        limit,
        found,
        reached,
        note: note.map(str::to_owned),
    };
    let mut report = Report {
        date: "2026-01-02T03:04:05Z".into(),
        quick: true,
        machine: Machine {
            cores: 2,
            processor: "A processor".into(),
            system: "linux x86_64".into(),
            rustc: "rustc 1.95.0".into(),
            wasmtime: "wasmtime 48.0.0".into(),
        },
        figures: vec![
            figure("on-login", "raisfast", [300.0, 400.0, 500.0]),
            figure("on-login", "Extism, reused", [4_000.0, 4_000.0, 4_000.0]),
        ],
        absent: Vec::new(),
        ratios: Vec::new(),
        targets: vec![
            target(
                "on-login: raisfast ÷ native",
                None,
                Limit::AtMost(1.6),
                Some(1.2),
                true,
                None,
            ),
            target(
                "on-login: raisfast",
                Some(Unit::Nanoseconds),
                Limit::AtMost(20.0),
                Some(400.0),
                false,
                Some("The pool."),
            ),
            target(
                "POST posts",
                None,
                Limit::AtLeast(0.85),
                None,
                false,
                Some("not measured in this run"),
            ),
        ],
    };
    report.add_absent("on-login", "Lua 5.4", "not offered: it was asleep");
    report.add_ratio("on-login: raisfast ÷ native", 1.2);
    report
}

fn page_has(lines: &[&str]) {
    let page = report().page();
    for line in lines {
        assert!(
            page.lines().any(|found| found == *line),
            "{line}\nis not in\n{page}"
        );
    }
}

#[test]
fn the_page_tells_what_was_measured_and_where() {
    page_has(&[
        "# Performance",
        "Measured on 2026-01-02, with few rounds (`--quick`): A processor, 2 cores, linux x86_64, rustc 1.95.0, wasmtime 48.0.0.",
        "## on-login",
        "Nothing but the call: the hook does nothing.",
        "| raisfast | 400 ns | 350 ns – 450 ns | 1.00 |",
        "| Extism, reused | 4.00 µs | 4.00 µs – 4.00 µs | 10.0 |",
    ]);
}

#[test]
fn targets_that_are_not_reached_stand_there_with_their_note() {
    page_has(&[
        "1 of 3 are reached. What is not reached stands here like the rest.",
        "| on-login: raisfast ÷ native | ≤ 1.6 | 1.20 | reached |",
        "| on-login: raisfast | ≤ 20 ns | 400 ns | **not reached**: The pool. |",
        "| POST posts | ≥ 0.85 | – | not measured in this run |",
    ]);
}

#[test]
fn whoever_is_left_out_stands_in_the_table_with_the_reason() {
    page_has(&["| Lua 5.4 | – | not offered: it was asleep | |"]);
}

#[test]
fn what_is_published_follows_from_the_report_alone() {
    let book = tempfile::tempdir().unwrap();
    let charts = book.path().join(CHARTS);
    fs::create_dir(&charts).unwrap();
    fs::write(charts.join("of-an-earlier-run.svg"), "").unwrap();
    report().publish(book.path()).unwrap();
    let page = fs::read_to_string(book.path().join(PAGE)).unwrap();
    assert_eq!(page, report().page());
    let files: Vec<_> = fs::read_dir(&charts)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, ["on-login.svg"]);
    assert!(
        page.contains(&format!("]({CHARTS}/on-login.svg)")),
        "{page}"
    );
    report().publish(book.path()).unwrap();
    assert_eq!(fs::read_to_string(book.path().join(PAGE)).unwrap(), page);
}

#[test]
fn a_book_that_cannot_be_written_is_named() {
    let error = report().publish("/dev/null/book".as_ref()).unwrap_err();
    assert!(
        error.to_string().contains("/dev/null/book/performance.md"),
        "{error}"
    );
}

#[test]
fn a_long_table_is_folded() {
    let mut report = report();
    assert!(!report.page().contains("<details>"));
    for callers in 1..=30 {
        let name = format!("{callers} callers on a pool of 1");
        report.add(Figure::of(
            "concurrent callers",
            name,
            Unit::PerSecond,
            vec![1.0],
        ));
    }
    let page = report.page();
    assert_eq!(page.matches("<details>").count(), 1, "{page}");
    assert_eq!(page.matches("</details>").count(), 1, "{page}");
}
