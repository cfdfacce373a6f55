use super::{Chart, file_name};
use crate::report::{Figure, Machine, Report, Unit};

fn report(figures: &[(&str, &str, Unit, f64)]) -> Report {
    Report {
        date: "2026-01-02T03:04:05Z".into(),
        quick: false,
        machine: Machine {
            cores: 2,
            processor: "A processor".into(),
            system: "linux x86_64".into(),
            rustc: "rustc 1.95.0".into(),
            wasmtime: "wasmtime 48.0.0".into(),
        },
        figures: figures
            .iter()
            .map(|(scenario, name, unit, median)| {
                Figure::of(
                    *scenario,
                    *name,
                    *unit,
                    vec![median * 0.9, *median, median * 1.2],
                )
            })
            .collect(),
        absent: Vec::new(),
        ratios: Vec::new(),
        targets: Vec::new(),
    }
}

fn contest() -> Report {
    report(&[
        ("on-login", "raisfast", Unit::Nanoseconds, 400.0),
        ("on-login", "Lua <5.4> & co", Unit::Nanoseconds, 100.0),
        ("on-login", "Extism, reused", Unit::Nanoseconds, 4_200.0),
    ])
}

fn only(report: &Report) -> Chart {
    let charts = report.charts();
    assert_eq!(charts.len(), 1);
    charts.into_iter().next().unwrap()
}

/// All texts of a chart, which is XML.
fn texts(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let texts = document
        .descendants()
        .filter(|node| node.has_tag_name("text"));
    texts
        .map(|node| node.text().unwrap_or_default().trim().to_owned())
        .collect()
}

#[test]
fn a_contest_is_sorted_and_compares_with_the_host() {
    let texts = texts(&only(&contest()).svg);
    let place = |text: &str| texts.iter().position(|found| found == text);
    assert!(place("Lua <5.4> & co").unwrap() < place("raisfast").unwrap());
    assert!(place("raisfast").unwrap() < place("Extism, reused").unwrap());
    for expected in ["400 ns", "4.20 µs", "10.5", "0.25", "1 µs"] {
        assert!(place(expected).is_some(), "{expected} is not in {texts:?}");
    }
}

#[test]
fn the_hosts_bar_is_the_only_one_of_its_colour() {
    let chart = only(&contest());
    let document = roxmltree::Document::parse(&chart.svg).unwrap();
    let bars = |class| {
        let bars = document
            .descendants()
            .filter(move |node| node.has_tag_name("rect"));
        bars.filter(|node| node.attribute("class") == Some(class))
            .count()
    };
    assert_eq!((bars("host"), bars("bar")), (1, 2));
}

#[test]
fn a_chart_has_a_title_and_says_what_it_shows() {
    let chart = only(&contest());
    let document = roxmltree::Document::parse(&chart.svg).unwrap();
    let text = |name| {
        let node = document.descendants().find(|node| node.has_tag_name(name));
        node.and_then(|node| node.text()).unwrap().trim().to_owned()
    };
    assert_eq!(text("title"), "on-login");
    assert_eq!(text("desc"), chart.description);
    assert!(
        chart.description.contains("raisfast 400 ns"),
        "{}",
        chart.description
    );
}

#[test]
fn the_same_report_gives_the_same_charts() {
    assert_eq!(contest().charts(), contest().charts());
}

#[test]
fn longer_bars_are_greater_numbers_on_either_scale() {
    for greatest in [900.0, 90_000.0] {
        let report = report(&[
            ("loading", "one", Unit::Nanoseconds, 200.0),
            ("loading", "two", Unit::Nanoseconds, 400.0),
            ("loading", "three", Unit::Nanoseconds, greatest),
        ]);
        let svg = only(&report).svg;
        let document = roxmltree::Document::parse(&svg).unwrap();
        let widths: Vec<f64> = document
            .descendants()
            .filter(|node| node.attribute("class") == Some("host"))
            .map(|node| node.attribute("width").unwrap().parse().unwrap())
            .collect();
        assert_eq!(widths.len(), 3);
        assert!(widths.is_sorted() && widths[0] > 1.0, "{widths:?}");
    }
}

#[test]
fn callers_are_drawn_as_a_line_for_each_pool() {
    let report = report(&[
        (
            "concurrent callers",
            "1 caller on a pool of 1",
            Unit::PerSecond,
            300e3,
        ),
        (
            "concurrent callers",
            "64 callers on a pool of 1",
            Unit::PerSecond,
            290e3,
        ),
        (
            "concurrent callers",
            "64 callers on a pool of 1, mean wait",
            Unit::Nanoseconds,
            9e5,
        ),
        (
            "concurrent callers",
            "1 caller on a pool of 4",
            Unit::PerSecond,
            310e3,
        ),
        (
            "concurrent callers",
            "64 callers on a pool of 4",
            Unit::PerSecond,
            590e3,
        ),
        (
            "concurrent callers",
            "2 cores at best",
            Unit::PerSecond,
            600e3,
        ),
    ]);
    let chart = only(&report);
    let document = roxmltree::Document::parse(&chart.svg).unwrap();
    let lines = document
        .descendants()
        .filter(|node| node.has_tag_name("polyline"));
    assert_eq!(lines.count(), 2);
    let texts = texts(&chart.svg);
    for label in ["pool of 1", "pool of 4", "2 cores at best", "64"] {
        assert!(
            texts.iter().any(|text| text == label),
            "{label} is not in {texts:?}"
        );
    }
}

#[test]
fn one_figure_alone_makes_no_chart() {
    assert!(
        report(&[("on-login", "raisfast", Unit::Nanoseconds, 1.0)])
            .charts()
            .is_empty()
    );
}

#[test]
fn nothing_measured_as_zero_breaks_a_chart() {
    let report = report(&[
        ("memory", "no plugins", Unit::Bytes, 0.0),
        ("memory", "1 plugin", Unit::Bytes, 0.0),
    ]);
    assert!(!only(&report).svg.contains("NaN"));
}

#[test]
fn files_are_named_like_their_scenarios() {
    assert_eq!(file_name("on-post-creating 2 KB"), "on-post-creating-2-kb");
    assert_eq!(file_name("GET posts/{slug}"), "get-posts-slug");
}
