//! What the project wants to reach, as data, and whether a run did.
//!
//! A target stands in every report. One that is not reached says where the time goes; one whose figures
//! were not measured, because only a part was run, says that.

use serde::{Deserialize, Serialize};

use super::{Figure, Report};

/// On which side of a number a target lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// This much or less.
    AtMost(f64),
    /// This much or more.
    AtLeast(f64),
}

impl Limit {
    /// Whether a number lies on the right side.
    pub fn holds(self, found: f64) -> bool {
        match self {
            Self::AtMost(limit) => found <= limit,
            Self::AtLeast(limit) => found >= limit,
        }
    }
}

/// What is wanted of one figure or ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The figure's or ratio's name.
    pub name: String,
    /// What is wanted, in the figure's unit.
    pub limit: Limit,
    /// What was found; none if it was not measured in this run.
    pub found: Option<f64>,
    /// Whether the limit holds; a target that was not measured is not reached.
    pub reached: bool,
    /// Where the time goes, for a target that is not reached.
    pub note: Option<String>,
}

/// This host's name in every scenario.
pub const HOST: &str = "raisfast";

/// The names of figures that targets are about: scenario and name.
type Key = (&'static str, &'static str);

/// How a ratio is made.
enum Quotient {
    /// Of two figures; the divisor is taken so many times.
    Of(Key, f64, Key),
    /// The median of other ratios.
    Median(&'static [&'static str]),
}

const POST: &str = "on-post-creating 2 KB";

/// The ratios that targets are about, in an order in which each has what it is made of.
const RATIOS: &[(&str, Quotient)] = &[
    (
        "on-post-creating 2 KB: raisfast ÷ wasmtime, async",
        Quotient::Of((POST, HOST), 1.0, (POST, "wasmtime, async")),
    ),
    (
        "on-login: raisfast ÷ wasmtime, async",
        Quotient::Of(("on-login", HOST), 1.0, ("on-login", "wasmtime, async")),
    ),
    (
        "on-post-creating 2 KB: raisfast ÷ Lua, reused",
        Quotient::Of((POST, HOST), 1.0, (POST, "Lua 5.4, reused")),
    ),
    (
        "on-post-creating 2 KB: raisfast ÷ Rhai, reused",
        Quotient::Of((POST, HOST), 1.0, (POST, "Rhai, reused")),
    ),
    (
        "on-post-creating 2 KB: raisfast ÷ QuickJS, reused",
        Quotient::Of((POST, HOST), 1.0, (POST, "QuickJS, reused")),
    ),
    (
        "on-post-creating 2 KB: raisfast ÷ Extism, reused",
        Quotient::Of((POST, HOST), 1.0, (POST, "Extism, reused")),
    ),
    (
        "on-post-creating 2 KB: raisfast ÷ Lua, a VM a request",
        Quotient::Of((POST, HOST), 1.0, (POST, "Lua 5.4, a VM a request")),
    ),
    (
        "on-post-creating 2 KB: raisfast ÷ Rhai, a VM a request",
        Quotient::Of((POST, HOST), 1.0, (POST, "Rhai, a VM a request")),
    ),
    (
        "on-post-creating 2 KB: raisfast ÷ QuickJS, a VM a request",
        Quotient::Of((POST, HOST), 1.0, (POST, "QuickJS, a VM a request")),
    ),
    (
        "Markdown 100 KB: raisfast ÷ native Rust",
        Quotient::Of(
            ("Markdown 100 KB", HOST),
            1.0,
            ("Markdown 100 KB", "native Rust"),
        ),
    ),
    (
        "SHA-256 1 MB: raisfast ÷ native Rust",
        Quotient::Of(("SHA-256 1 MB", HOST), 1.0, ("SHA-256 1 MB", "native Rust")),
    ),
    (
        "JSON 1 MB: raisfast ÷ native Rust",
        Quotient::Of(("JSON 1 MB", HOST), 1.0, ("JSON 1 MB", "native Rust")),
    ),
    (
        "computing: raisfast ÷ native Rust",
        Quotient::Median(&[
            "Markdown 100 KB: raisfast ÷ native Rust",
            "SHA-256 1 MB: raisfast ÷ native Rust",
            "JSON 1 MB: raisfast ÷ native Rust",
        ]),
    ),
    (
        "chain of 16 ÷ 16 × chain of 1",
        Quotient::Of(("chain", "16 plugins"), 16.0, ("chain", "1 plugin")),
    ),
];

/// What is wanted of one figure or ratio, and what there is to say where it is not reached.
struct Wanted {
    what: What,
    limit: Limit,
    note: &'static str,
}

enum What {
    Figure(Key),
    Ratio(&'static str),
}

/// A ratio that should not be more than this.
const fn ratio(name: &'static str, most: f64, note: &'static str) -> Wanted {
    Wanted {
        what: What::Ratio(name),
        limit: Limit::AtMost(most),
        note,
    }
}

/// A ratio that should not be less than this.
const fn ratio_at_least(name: &'static str, least: f64, note: &'static str) -> Wanted {
    Wanted {
        what: What::Ratio(name),
        limit: Limit::AtLeast(least),
        note,
    }
}

/// A figure that should not be more than this.
const fn figure(key: Key, most: f64, note: &'static str) -> Wanted {
    Wanted {
        what: What::Figure(key),
        limit: Limit::AtMost(most),
        note,
    }
}

const WANTED: &[Wanted] = &[
    ratio(
        "on-post-creating 2 KB: raisfast ÷ wasmtime, async",
        1.10,
        "",
    ),
    ratio("on-login: raisfast ÷ wasmtime, async", 1.6, ""),
    figure(("a hook without plugins", "time"), 20.0, ""),
    figure(("a hook without plugins", "allocations"), 0.0, ""),
    ratio("on-post-creating 2 KB: raisfast ÷ Lua, reused", 0.5, ""),
    ratio("on-post-creating 2 KB: raisfast ÷ Rhai, reused", 0.5, ""),
    ratio("on-post-creating 2 KB: raisfast ÷ QuickJS, reused", 0.1, ""),
    ratio("on-post-creating 2 KB: raisfast ÷ Extism, reused", 0.2, ""),
    ratio(
        "on-post-creating 2 KB: raisfast ÷ Lua, a VM a request",
        0.04,
        "",
    ),
    ratio(
        "on-post-creating 2 KB: raisfast ÷ Rhai, a VM a request",
        0.04,
        "",
    ),
    ratio(
        "on-post-creating 2 KB: raisfast ÷ QuickJS, a VM a request",
        0.04,
        "",
    ),
    ratio("computing: raisfast ÷ native Rust", 1.3, ""),
    ratio("chain of 16 ÷ 16 × chain of 1", 1.0, ""),
    // These ratios their scenarios add themselves.
    ratio_at_least("64 callers on a pool of 4 ÷ 2 cores at best", 0.9, ""),
    ratio("64 callers on a pool of 4: longest wait ÷ mean", 3.0, ""),
    figure(("loading", "cached, to 4 instances"), 5e6, ""),
    ratio("loading: cached ÷ compiled", 0.2, ""),
    figure(("server start", "100 plugins, over none"), 5e8, ""),
    figure(("memory", "a further idle plugin"), 1e6, ""),
    ratio_at_least("POST posts: 1 filter and 1 action ÷ no plugins", 0.85, ""),
];

impl Report {
    /// Makes the ratios and holds the targets against them. Called once, when all is measured.
    pub fn evaluate(&mut self) {
        for (name, quotient) in RATIOS {
            if let Some(value) = self.quotient(quotient) {
                self.add_ratio(*name, value);
            }
        }
        self.targets = WANTED.iter().map(|wanted| self.target(wanted)).collect();
    }

    fn quotient(&self, quotient: &Quotient) -> Option<f64> {
        match quotient {
            Quotient::Of(dividend, times, divisor) => {
                let divisor = times * self.median(*divisor)?;
                Some(self.median(*dividend)? / divisor)
            }
            Quotient::Median(names) => {
                let ratios: Option<Vec<f64>> = names.iter().map(|name| self.ratio(name)).collect();
                Some(Figure::of("", "", super::Unit::Count, ratios?).median)
            }
        }
    }

    fn median(&self, (scenario, name): Key) -> Option<f64> {
        Some(self.figure(scenario, name)?.median)
    }

    fn target(&self, wanted: &Wanted) -> Target {
        let (name, found) = match wanted.what {
            What::Ratio(name) => (name.to_owned(), self.ratio(name)),
            What::Figure((scenario, name)) => {
                (format!("{scenario}: {name}"), self.median((scenario, name)))
            }
        };
        let reached = found.is_some_and(|found| wanted.limit.holds(found));
        Target {
            name,
            limit: wanted.limit,
            found,
            reached,
            note: match found {
                Some(_) if reached || wanted.note.is_empty() => None,
                Some(_) => Some(wanted.note.to_owned()),
                None => Some("not measured in this run".into()),
            },
        }
    }
}
