//! Callers at the same time: a line for each size of the pool.

use std::collections::BTreeMap;

use crate::{report::Figure, scenario::concurrency::AT_BEST};

use super::{
    axis::Axis,
    canvas::{Anchor, Canvas, MARGIN, TOP, WIDTH},
    legend,
};

const LEFT: f64 = 84.0;
const RIGHT: f64 = 130.0;
const HEIGHT: f64 = 260.0;
/// Between the labels of two lines.
const LABEL: f64 = 16.0;

/// The description and the chart; none without a pool that callers of two numbers shared.
pub(super) fn drawn(scenario: &str, figures: &[&Figure]) -> Option<(String, String)> {
    let mut pools: BTreeMap<u32, BTreeMap<u32, &Figure>> = BTreeMap::new();
    for figure in figures {
        if let Some((callers, pool)) = combination(&figure.name) {
            pools.entry(pool).or_default().insert(callers, figure);
        }
    }
    let callers = || pools.values().flat_map(BTreeMap::keys).copied();
    let (fewest, most) = (callers().min()?, callers().max()?);
    if fewest == most {
        return None;
    }
    let best = figures.iter().find(|figure| figure.name == AT_BEST);
    let description = described(&pools, best);
    let first = figures.first()?;
    let subtitle = format!(
        "Calls {}; callers at the same time below",
        legend(first.unit)
    );
    let mut canvas = Canvas::new(scenario, &subtitle, &description, TOP + HEIGHT + 40.0);

    let highest = figures
        .iter()
        .map(|figure| figure.median)
        .fold(0.0, f64::max);
    let axis = Axis::linear(highest);
    let width = WIDTH - LEFT - RIGHT;
    let across = |callers: u32| {
        let steps = f64::from(most).log2() - f64::from(fewest).log2();
        LEFT + width * (f64::from(callers).log2() - f64::from(fewest).log2()) / steps
    };
    let down = |value: f64| TOP + HEIGHT * (1.0 - axis.place(value));

    for &value in &axis.ticks {
        let y = down(value);
        canvas.line("grid", (LEFT, y), (LEFT + width, y));
        canvas.text(
            "muted",
            (LEFT - 10.0, y + 4.0),
            Anchor::End,
            &first.unit.shown_briefly(value),
        );
    }
    let mut numbers: Vec<u32> = callers().collect();
    numbers.sort_unstable();
    numbers.dedup();
    for number in numbers {
        let place = (across(number), TOP + HEIGHT + 22.0);
        canvas.text("muted", place, Anchor::Middle, &number.to_string());
    }

    let mut labels = Vec::new();
    if let Some(best) = best {
        let y = down(best.median);
        canvas.line("best", (LEFT, y), (LEFT + width, y));
        labels.push((y, AT_BEST.to_owned()));
    }
    for (index, (pool, line)) in pools.iter().enumerate() {
        let points = line
            .iter()
            .map(|(&callers, figure)| (across(callers), down(figure.median)));
        let points: Vec<(f64, f64)> = points.collect();
        canvas.dotted_line(index % 4, &points);
        if let Some(&(_, y)) = points.last() {
            labels.push((y, format!("pool of {pool}")));
        }
    }
    labels.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut lowest = f64::NEG_INFINITY;
    for (y, label) in labels {
        let y = y.max(lowest + LABEL);
        lowest = y;
        let place = (LEFT + width + MARGIN, y + 4.0);
        canvas.text("", place, Anchor::Start, &label);
    }
    Some((description, canvas.into_svg()))
}

/// Of `64 callers on a pool of 4`: 64 and 4.
fn combination(name: &str) -> Option<(u32, u32)> {
    let (callers, pool) = name.split_once(" on a pool of ")?;
    let (callers, _) = callers.split_once(' ')?;
    Some((callers.parse().ok()?, pool.parse().ok()?))
}

fn described(pools: &BTreeMap<u32, BTreeMap<u32, &Figure>>, best: Option<&&Figure>) -> String {
    let lines = pools.iter().filter_map(|(pool, line)| {
        let (callers, figure) = line.last_key_value()?;
        let rate = figure.shown(figure.median);
        Some(format!("{callers} callers on a pool of {pool} make {rate}"))
    });
    let best = best.map(|best| format!("{AT_BEST} {}", best.shown(best.median)));
    format!("{}.", lines.chain(best).collect::<Vec<_>>().join("; "))
}
