//! A comparison of what the clients know, what the database has, and what the plugin received.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::QueryResult;

use crate::{
    fault::Kind,
    front::Strike,
    site::Site,
    writer::{Event, Ledger, Record},
};

/// The time around a fault in which a delivery or a tick counts as hit by it. A server that stands
/// still keeps its locks for 4 s, in which all instances of the plugin may wait for them.
const AROUND: TimeDelta = TimeDelta::seconds(7);

/// The outcome of the comparison.
#[derive(Default)]
pub(crate) struct Findings {
    /// Each breaks a promise.
    pub(crate) problems: Vec<String>,
    strikes: usize,
    deliveries: usize,
    repeats: usize,
    late: usize,
    ticks: usize,
    missing: usize,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} faults; {} deliveries, {} of them repeated, {} by a server that stood still and went \
             on; {} ticks, and {} that a fault hit",
            self.strikes, self.deliveries, self.repeats, self.late, self.ticks, self.missing
        )
    }
}

/// A call of the plugin.
struct Call {
    event: Event,
    delivery: String,
    at: DateTime<Utc>,
}

pub(crate) async fn judge(site: &Site, ledger: &Ledger) -> Findings {
    let strikes = site.front.strikes();
    let mut findings = Findings {
        problems: ledger.failures.clone(),
        strikes: strikes.len(),
        ..Findings::default()
    };
    if ledger.answered() < 200 {
        findings.problem(format!("the load is too little: {ledger}"));
    }
    let calls = calls(site).await;
    let stored = stored(site).await;
    for (id, record) in &ledger.records {
        let none = Vec::new();
        findings.compare(id, record, calls.get(id).unwrap_or(&none));
    }
    // Those whose creation was never answered, too.
    let mut all: BTreeSet<&String> = calls.keys().collect();
    all.extend(stored.keys());
    for id in all {
        let Some(calls) = calls.get(id) else {
            findings.problem(format!("{id} is stored, and was never delivered"));
            continue;
        };
        findings.repeats(id, calls, &strikes);
        let first = first_of_each(calls);
        let last = first.last().expect("a call");
        let expected = (!last.is_deletion()).then_some(&last.title);
        if stored.get(id) != expected {
            let stored = stored.get(id);
            findings.problem(format!("{id} is stored as {stored:?}, after {first:?}"));
        }
        let is_known = ledger.records.contains_key(id);
        if !is_known && !ledger.doubtful.contains(&first[0].title) {
            findings.problem(format!("nobody has created {id}: {first:?}"));
        }
    }
    findings.ticks(&ticks(site).await, &strikes);
    findings
}

/// Returns the deliveries in the order in which each came first.
fn first_of_each(calls: &[Call]) -> Vec<Event> {
    let mut seen = BTreeSet::new();
    let first = calls.iter().filter(|call| seen.insert(&call.delivery));
    first.map(|call| call.event.clone()).collect()
}

impl Findings {
    fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Looks for what is lost or out of order.
    fn compare(&mut self, id: &str, record: &Record, calls: &[Call]) {
        let first = first_of_each(calls);
        let mut expected = record.answered.clone();
        if first == expected {
            return;
        }
        expected.extend(record.doubtful.clone());
        if first != expected {
            self.problem(format!("{id}: delivered {first:?}, expected {expected:?}"));
        }
    }

    /// Looks for repeats that no fault explains.
    fn repeats(&mut self, id: &str, calls: &[Call], strikes: &[Strike]) {
        self.deliveries += calls.len();
        let mut first = BTreeMap::<&str, usize>::new();
        for (place, call) in calls.iter().enumerate() {
            let Some(&before) = first.get(call.delivery.as_str()) else {
                first.insert(&call.delivery, place);
                continue;
            };
            self.repeats += 1;
            let hits = |strike: &&Strike| {
                let times = [calls[before].at, call.at];
                let from = strike.begun - AROUND;
                times
                    .iter()
                    .any(|at| from <= *at && *at <= strike.end() + AROUND)
            };
            let hit: Vec<_> = strikes.iter().filter(hits).collect();
            let is_late = calls[before..place]
                .iter()
                .any(|between| between.delivery != call.delivery);
            let what = format!(
                "{:?} of {id} at {} and {}",
                call.event, calls[before].at, call.at
            );
            if hit.is_empty() {
                self.problem(format!("repeated without a fault: {what}"));
            } else if is_late {
                self.late += 1;
                if !hit.iter().any(|strike| strike.kind == Kind::Pause) {
                    self.problem(format!("repeated after a later one: {what}"));
                }
            }
        }
    }

    /// Looks for ticks that came twice, or not although no fault hit them.
    fn ticks(&mut self, ticks: &[DateTime<Utc>], strikes: &[Strike]) {
        self.ticks = ticks.len();
        let mut counts = BTreeMap::<_, usize>::new();
        for due in ticks {
            *counts.entry(*due).or_default() += 1;
        }
        for (due, count) in &counts {
            if *count > 1 {
                self.problem(format!("the tick of {due} came {count} times"));
            }
        }
        let (Some(first), Some(last)) = (ticks.iter().min(), ticks.iter().max()) else {
            return self.problem("there was no tick".to_owned());
        };
        let mut due = *first;
        while due < *last {
            if !counts.contains_key(&due) {
                self.missing += 1;
                if !strikes.iter().any(|strike| hits_tick(strike, due)) {
                    self.problem(format!("the tick of {due} did not come"));
                }
            }
            due += TimeDelta::seconds(1);
        }
    }
}

/// While a server stands still the others tick: only its first and last moments count.
fn hits_tick(strike: &Strike, due: DateTime<Utc>) -> bool {
    let near = |time: DateTime<Utc>| (due - time).abs() <= AROUND;
    let is_within = strike.begun <= due && due <= strike.end();
    let lasts = matches!(strike.kind, Kind::Restart);
    near(strike.begun) || near(strike.end()) || (lasts && is_within)
}

fn text(row: &QueryResult, column: &str) -> String {
    row.try_get("", column).expect("text")
}

fn time(row: &QueryResult, column: &str) -> DateTime<Utc> {
    text(row, column).parse().expect("a time")
}

/// Returns the calls about each post, in the order in which they were written down.
async fn calls(site: &Site) -> BTreeMap<String, Vec<Call>> {
    let mut calls = BTreeMap::<_, Vec<_>>::new();
    let sql = "SELECT * FROM own_com_example_witness__deliveries ORDER BY number";
    for row in site.query(sql).await {
        let call = Call {
            event: Event::new(&text(&row, "hook"), &text(&row, "content")),
            delivery: text(&row, "delivery"),
            at: time(&row, "heard_at"),
        };
        calls.entry(text(&row, "record")).or_default().push(call);
    }
    calls
}

/// Returns the title of each post that is there.
async fn stored(site: &Site) -> BTreeMap<String, String> {
    let rows = site.query("SELECT id, title FROM posts").await;
    rows.iter()
        .map(|row| (text(row, "id"), text(row, "title")))
        .collect()
}

async fn ticks(site: &Site) -> Vec<DateTime<Utc>> {
    let rows = site
        .query("SELECT due FROM own_com_example_witness__ticks")
        .await;
    rows.iter().map(|row| time(row, "due")).collect()
}
