//! The project's targets as data, and whether a run reached them.
//!
//! A target stands in every report. One that is not reached says where the time goes; one whose
//! figures were not measured, because only a part was run, says that.

mod scripts;

use serde::{Deserialize, Serialize};

use super::{Figure, Report, Unit, quotient};

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
    /// Returns whether a number lies on the right side.
    pub fn holds(self, found: f64) -> bool {
        match self {
            Self::AtMost(limit) => found <= limit,
            Self::AtLeast(limit) => found >= limit,
        }
    }
}

/// The target for one figure or ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The figure's or ratio's name.
    pub name: String,
    /// The figure's unit; none for a ratio.
    pub unit: Option<Unit>,
    /// The target, in that unit.
    pub limit: Limit,
    /// The value found; none if it was not measured in this run.
    pub found: Option<f64>,
    /// True if the limit holds; a target that was not measured is not reached.
    pub reached: bool,
    /// An account of the time, if the target is not reached, and of what was found beside it.
    pub note: Option<String>,
}

impl Target {
    /// The limit for people: `≤ 5 ms`, `≥ 0.9`. It has the digits that it was given.
    pub fn wanted(&self) -> String {
        let (sign, limit) = match self.limit {
            Limit::AtMost(limit) => ('≤', limit),
            Limit::AtLeast(limit) => ('≥', limit),
        };
        match self.unit {
            Some(unit) => format!("{sign} {}", unit.shown_briefly(limit)),
            None => format!("{sign} {limit}"),
        }
    }

    /// Returns the value found, for people.
    pub fn shown(&self) -> Option<String> {
        let found = self.found?;
        Some(match self.unit {
            Some(unit) => unit.shown(found),
            None => quotient(found),
        })
    }
}

/// This host's name in every scenario.
pub const HOST: &str = "raisfast";

/// The names of figures that targets are about: scenario and name.
type Key = (&'static str, &'static str);

/// The way to make a ratio.
enum Quotient {
    /// Of two figures; the divisor is taken this many times.
    Of(Key, f64, Key),
    /// The median of other ratios.
    Median(&'static [&'static str]),
}

const POST: &str = "on-post-creating 2 KB";

/// The host's time for a post, divided by another contender's.
const fn post(name: &'static str, other: &'static str) -> (&'static str, Quotient) {
    (name, Quotient::Of((POST, HOST), 1.0, (POST, other)))
}

/// The host's time for any scenario, divided by another contender's.
const fn host(
    name: &'static str,
    scenario: &'static str,
    other: &'static str,
) -> (&'static str, Quotient) {
    (name, Quotient::Of((scenario, HOST), 1.0, (scenario, other)))
}

/// The ratios that targets are about and speak of, in an order in which each has what it is made
/// of.
const RATIOS: &[(&str, Quotient)] = &[
    post(
        "on-post-creating 2 KB: raisfast ÷ wasmtime, async",
        "wasmtime, async",
    ),
    host(
        "on-login: raisfast ÷ wasmtime, async",
        "on-login",
        "wasmtime, async",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ Lua, reused",
        "Lua 5.4, reused",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ Lua, reused, by hand",
        "Lua 5.4, reused, by hand",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ Lua, reused, userdata",
        "Lua 5.4, reused, userdata",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ Lua, a VM per request",
        "Lua 5.4, a VM per request",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ Rhai, reused",
        "Rhai, reused",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ Rhai, reused, by hand",
        "Rhai, reused, by hand",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ Rhai, reused, own type",
        "Rhai, reused, own type",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ Rhai, a VM per request",
        "Rhai, a VM per request",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ Rhai, a VM per request, shared packages",
        "Rhai, a VM per request, shared packages",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ QuickJS, reused",
        "QuickJS, reused",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ QuickJS, reused, by hand",
        "QuickJS, reused, by hand",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ QuickJS, a VM per request",
        "QuickJS, a VM per request",
    ),
    post(
        "on-post-creating 2 KB: raisfast ÷ Extism, reused",
        "Extism, reused",
    ),
    host(
        "Markdown 100 KB: raisfast ÷ native Rust",
        "Markdown 100 KB",
        "native Rust",
    ),
    host(
        "SHA-256 1 MB: raisfast ÷ native Rust",
        "SHA-256 1 MB",
        "native Rust",
    ),
    host(
        "JSON 1 MB: raisfast ÷ native Rust",
        "JSON 1 MB",
        "native Rust",
    ),
    (
        "computing: raisfast ÷ native Rust",
        Quotient::Median(&[
            "Markdown 100 KB: raisfast ÷ native Rust",
            "SHA-256 1 MB: raisfast ÷ native Rust",
            "JSON 1 MB: raisfast ÷ native Rust",
        ]),
    ),
    host(
        "db-query, one row: raisfast ÷ sea-orm",
        "db-query, one row",
        "sea-orm",
    ),
    (
        "db-query, one row: the gate ÷ all of it",
        Quotient::Of(
            ("db-query, one row", "the gate alone"),
            1.0,
            ("db-query, one row", HOST),
        ),
    ),
    (
        "chain of 16 ÷ 16 × chain of 1",
        Quotient::Of(("chain", "16 plugins"), 16.0, ("chain", "1 plugin")),
    ),
];

/// The target for one figure or ratio, and the remarks about it.
struct Wanted {
    what: What,
    limit: Limit,
    /// An account of the time, if the target is not reached; may be empty.
    note: &'static str,
    /// Remarks that are made in any case: other ratios, and what they are against.
    beside: &'static [(&'static str, &'static str)],
}

enum What {
    Figure(Key, Unit),
    Ratio(&'static str),
}

impl Wanted {
    /// A ratio that should not be more than this.
    const fn ratio(name: &'static str, most: f64) -> Self {
        Self::of(What::Ratio(name), Limit::AtMost(most))
    }

    /// A ratio that should not be less than this.
    const fn ratio_at_least(name: &'static str, least: f64) -> Self {
        Self::of(What::Ratio(name), Limit::AtLeast(least))
    }

    /// A time that should not be more than this.
    const fn milliseconds(key: Key, most: f64) -> Self {
        Self::figure(key, Unit::Nanoseconds, most * 1e6)
    }

    /// A figure that should not be more than this.
    const fn figure(key: Key, unit: Unit, most: f64) -> Self {
        Self::of(What::Figure(key, unit), Limit::AtMost(most))
    }

    const fn of(what: What, limit: Limit) -> Self {
        Self {
            what,
            limit,
            note: "",
            beside: &[],
        }
    }

    const fn or_else(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    const fn beside(mut self, ratios: &'static [(&'static str, &'static str)]) -> Self {
        self.beside = ratios;
        self
    }
}

/// The reason why a call costs more than one of bare wasmtime.
const AROUND_A_CALL: &str = "around the call are two clock readings for the counters (about 40 ns), the \
    pool's lock twice, and a snapshot of the bus.";
/// The reason why a peer is nearer than the target.
const BARE_CALL: &str = "a profile: a quarter of the time is what the host adds to wasmtime's bare call, a sixth \
    the guest's own code, the rest wasmtime's way in and out: the guest's allocator is called for each text that \
    goes in, and each that comes out is checked and copied. Leaving out the future and the guest's own stack took \
    14 % of the instructions off; another allocator in the guest took none off.";
const CHAIN: &str = "sixteen plugins have sixty-four instances, which take turns and do not fit into the \
    processor's first cache together. Memories that do not lie at round distances helped.";
const COMPUTING: &str = "the guest's own code: compare wasmtime, sync, which has no clock to look at. Looking \
    at it costs Markdown, which is many small functions, a quarter; guests are built for speed already.";
const QUERY: &str = "a read-only transaction of its own around each query.";
const TURNS: &str = "a strict first-come-first-served hand-over costs a task switch a call.";

const WANTED: &[Wanted] = &[
    Wanted::ratio("on-post-creating 2 KB: raisfast ÷ wasmtime, async", 1.10).or_else(AROUND_A_CALL),
    Wanted::ratio("on-login: raisfast ÷ wasmtime, async", 1.6).or_else(AROUND_A_CALL),
    Wanted::figure(("a hook without plugins", "time"), Unit::Nanoseconds, 20.0),
    Wanted::figure(("a hook without plugins", "allocations"), Unit::Count, 0.0),
    Wanted::ratio("on-post-creating 2 KB: raisfast ÷ Lua, reused", 0.5)
        .or_else(BARE_CALL)
        .beside(&[
            (
                "by hand",
                "on-post-creating 2 KB: raisfast ÷ Lua, reused, by hand",
            ),
            (
                "by reference",
                "on-post-creating 2 KB: raisfast ÷ Lua, reused, userdata",
            ),
        ]),
    Wanted::ratio("on-post-creating 2 KB: raisfast ÷ Rhai, reused", 0.5)
        .or_else(BARE_CALL)
        .beside(&[
            (
                "by hand",
                "on-post-creating 2 KB: raisfast ÷ Rhai, reused, by hand",
            ),
            (
                "by reference",
                "on-post-creating 2 KB: raisfast ÷ Rhai, reused, own type",
            ),
        ]),
    Wanted::ratio("on-post-creating 2 KB: raisfast ÷ QuickJS, reused", 0.1)
        .or_else(BARE_CALL)
        .beside(&[(
            "by hand",
            "on-post-creating 2 KB: raisfast ÷ QuickJS, reused, by hand",
        )]),
    Wanted::ratio("on-post-creating 2 KB: raisfast ÷ Extism, reused", 0.2),
    Wanted::ratio(
        "on-post-creating 2 KB: raisfast ÷ Lua, a VM per request",
        0.04,
    )
    .or_else(BARE_CALL),
    Wanted::ratio(
        "on-post-creating 2 KB: raisfast ÷ Rhai, a VM per request",
        0.04,
    )
    .or_else(BARE_CALL)
    .beside(&[(
        "with shared packages",
        "on-post-creating 2 KB: raisfast ÷ Rhai, a VM per request, shared packages",
    )]),
    Wanted::ratio(
        "on-post-creating 2 KB: raisfast ÷ QuickJS, a VM per request",
        0.04,
    ),
    Wanted::ratio("computing: raisfast ÷ native Rust", 1.3).or_else(COMPUTING),
    Wanted::ratio("chain of 16 ÷ 16 × chain of 1", 1.0).or_else(CHAIN),
    // These ratios their scenarios add themselves.
    Wanted::ratio_at_least("64 callers on a pool of 4 ÷ 2 cores at best", 0.9).or_else(TURNS),
    Wanted::ratio("64 callers on a pool of 4: longest wait ÷ mean", 3.0),
    Wanted::figure(
        ("loading", "cached, to 4 instances"),
        Unit::Nanoseconds,
        5e6,
    ),
    Wanted::ratio("loading: cached ÷ compiled", 0.2),
    Wanted::figure(
        ("server start", "100 plugins, over none"),
        Unit::Nanoseconds,
        5e8,
    ),
    Wanted::figure(("memory", "a further idle plugin"), Unit::Bytes, 1e6),
    Wanted::ratio("db-query, one row: raisfast ÷ sea-orm", 1.3).or_else(QUERY),
    Wanted::ratio("db-query, one row: the gate ÷ all of it", 0.1),
    Wanted::ratio_at_least("POST posts: 1 filter and 1 action ÷ no plugins", 0.85).beside(&[(
        "with a file written for each post",
        "POST posts: 1 plugin that writes a file ÷ no plugins",
    )]),
];

impl Report {
    /// Makes the ratios and holds the targets against them. Called once, when all is measured.
    pub fn evaluate(&mut self) {
        for (name, quotient) in RATIOS.iter().chain(scripts::RATIOS) {
            if let Some(value) = self.quotient(quotient) {
                self.add_ratio(*name, value);
            }
        }
        let wanted = WANTED.iter().chain(scripts::WANTED);
        self.targets = wanted.map(|wanted| self.target(wanted)).collect();
    }

    fn quotient(&self, quotient: &Quotient) -> Option<f64> {
        match quotient {
            Quotient::Of(dividend, times, divisor) => {
                let divisor = times * self.median(*divisor)?;
                Some(self.median(*dividend)? / divisor)
            }
            Quotient::Median(names) => {
                let ratios: Option<Vec<f64>> = names.iter().map(|name| self.ratio(name)).collect();
                Some(Figure::of("", "", Unit::Count, ratios?).median)
            }
        }
    }

    fn median(&self, (scenario, name): Key) -> Option<f64> {
        Some(self.figure(scenario, name)?.median)
    }

    fn target(&self, wanted: &Wanted) -> Target {
        let (name, unit, found) = match wanted.what {
            What::Ratio(name) => (name.to_owned(), None, self.ratio(name)),
            What::Figure((scenario, name), unit) => (
                format!("{scenario}: {name}"),
                Some(unit),
                self.median((scenario, name)),
            ),
        };
        let reached = found.is_some_and(|found| wanted.limit.holds(found));
        Target {
            name,
            unit,
            limit: wanted.limit,
            found,
            reached,
            note: match found {
                Some(_) => self.note(wanted, reached),
                None => Some("not measured in this run".into()),
            },
        }
    }

    fn note(&self, wanted: &Wanted, reached: bool) -> Option<String> {
        let beside = wanted.beside.iter().filter_map(|(against, ratio)| {
            let ratio = quotient(self.ratio(ratio)?);
            Some(format!("{against} {ratio}"))
        });
        let beside = beside.collect::<Vec<_>>().join(", ");
        let why = if reached { "" } else { wanted.note };
        let note = [why, &beside].map(str::trim).join(" ");
        let note = note.trim();
        (!note.is_empty()).then(|| note.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{Limit, Report, Target};
    use crate::report::{Figure, Unit};

    const POST: &str = "on-post-creating 2 KB";

    /// A run in which the host took 100 ns for a post, and others as long as is said.
    fn targets(others: &[(&str, f64)]) -> Vec<Target> {
        let mut report = Report::new(true);
        for &(name, nanoseconds) in [("raisfast", 100.0)].iter().chain(others) {
            let samples = vec![nanoseconds];
            report.add(Figure::of(POST, name, Unit::Nanoseconds, samples));
        }
        report.evaluate();
        report.targets
    }

    fn target<'a>(targets: &'a [Target], name: &str) -> &'a Target {
        let found = targets.iter().find(|target| target.name.contains(name));
        found.unwrap_or_else(|| panic!("there is no target {name}"))
    }

    #[test]
    fn a_peer_is_judged_as_users_set_it_up_and_shown_by_hand() {
        let targets = targets(&[
            ("Lua 5.4, reused", 400.0),
            ("Lua 5.4, reused, by hand", 160.0),
        ]);
        let lua = target(&targets, "÷ Lua, reused");
        assert_eq!((lua.found, lua.reached), (Some(0.25), true));
        let note = lua.note.as_deref();
        assert_eq!(note, Some("by hand 0.62"));
    }

    #[test]
    fn a_reason_is_given_only_where_a_target_is_not_reached() {
        let slow = targets(&[("wasmtime, async", 50.0)]);
        let slow = target(&slow, "2 KB: raisfast ÷ wasmtime, async");
        assert!(!slow.reached);
        assert!(slow.note.as_deref().unwrap().contains("clock"));
        let quick = targets(&[("wasmtime, async", 100.0)]);
        let quick = target(&quick, "2 KB: raisfast ÷ wasmtime, async");
        assert!(quick.reached);
        assert_eq!(quick.note, None);
    }

    #[test]
    fn what_was_not_measured_is_not_reached() {
        let targets = targets(&[]);
        let loading = target(&targets, "loading: cached, to");
        assert_eq!((loading.found, loading.reached), (None, false));
        assert_eq!(loading.note.as_deref(), Some("not measured in this run"));
    }

    #[test]
    fn limits_have_their_units() {
        let targets = targets(&[]);
        let wanted = |name| target(&targets, name).wanted();
        assert_eq!(wanted("a hook without plugins: time"), "≤ 20 ns");
        assert_eq!(wanted("loading: cached, to 4 instances"), "≤ 5 ms");
        assert_eq!(wanted("memory: a further idle plugin"), "≤ 1 MB");
        assert_eq!(wanted("server start"), "≤ 500 ms");
        assert_eq!(wanted("POST posts"), "≥ 0.85");
    }

    #[test]
    fn a_limit_itself_is_reached() {
        assert!(Limit::AtMost(2.0).holds(2.0));
        assert!(!Limit::AtMost(2.0).holds(2.1));
        assert!(Limit::AtLeast(2.0).holds(2.0));
        assert!(!Limit::AtLeast(2.0).holds(1.9));
    }
}
