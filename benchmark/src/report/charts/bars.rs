//! Contenders as bars, the quickest first.

use crate::report::{Figure, HOST, Unit};

use super::{
    axis::Axis,
    canvas::{Anchor, Canvas, MARGIN, TOP, WIDTH},
    legend,
};

const ROW: f64 = 28.0;
const BAR: f64 = 16.0;
/// Right of the bars: the value, and how it compares.
const VALUE: f64 = 90.0;
const COMPARED: f64 = 60.0;
/// A letter of a name, at most.
const LETTER: f64 = 6.9;

/// The description and the chart.
pub(super) fn drawn(scenario: &str, mut figures: Vec<&Figure>) -> (String, String) {
    let is_contest = figures.iter().any(|figure| figure.name == HOST);
    if is_contest {
        figures.sort_by(|one, other| one.median.total_cmp(&other.median));
    }
    let description = described(&figures);
    let axis = Axis::of(&figures);
    let scale = if axis.is_logarithmic {
        "; logarithmic scale"
    } else {
        ""
    };
    let subtitle = format!("Median, with quartiles: {}{scale}", legend(figures[0].unit));

    let rows = ROW * count(figures.len());
    let mut canvas = Canvas::new(scenario, &subtitle, &description, TOP + rows + 36.0);
    let letters = figures
        .iter()
        .map(|figure| figure.name.chars().count())
        .max();
    let left = MARGIN * 2.0 + LETTER * count(letters.unwrap_or_default());
    let right = if is_contest { VALUE + COMPARED } else { VALUE };
    let width = WIDTH - left - right - MARGIN;
    let place = |value| left + width * axis.place(value);

    // As many labels as fit.
    let room = (width / 56.0).max(2.0);
    let every = (count(axis.ticks.len()) / room).ceil().max(1.0);
    for (index, &value) in axis.ticks.iter().enumerate() {
        let x = place(value);
        canvas.line("grid", (x, TOP - 6.0), (x, TOP + rows + 4.0));
        if count(index) % every == 0.0 {
            let label = figures[0].unit.shown_briefly(value);
            canvas.text("muted", (x, TOP + rows + 22.0), Anchor::Middle, &label);
        }
    }
    let host = figures.iter().find(|figure| figure.name == HOST);
    if is_contest {
        let right = (WIDTH - MARGIN, TOP - 18.0);
        canvas.text("muted", right, Anchor::End, &format!("÷ {HOST}"));
    }
    for (index, figure) in figures.iter().enumerate() {
        let top = TOP + ROW * count(index) + (ROW - BAR) / 2.0;
        let (baseline, middle) = (top + BAR - 3.5, top + BAR / 2.0);
        let is_host = figure.name == HOST;
        let (bar, text) = if is_host || !is_contest {
            ("host", "strong")
        } else {
            ("bar", "")
        };
        let text = if is_contest { text } else { "" };
        canvas.text(text, (left - MARGIN, baseline), Anchor::End, &figure.name);
        canvas.bar(bar, (left, top), place(figure.median) - left, BAR);
        let (low, high) = (place(figure.low), place(figure.high));
        canvas.line("spread", (low, middle), (high, middle));
        for end in [low, high] {
            canvas.line("spread", (end, middle - 4.0), (end, middle + 4.0));
        }
        let end = high.max(place(figure.median)) + 8.0;
        canvas.text(
            text,
            (end, baseline),
            Anchor::Start,
            &figure.shown(figure.median),
        );
        if let Some(host) = host.filter(|host| host.median > 0.0) {
            let ratio = quotient(figure.median / host.median);
            canvas.text(text, (WIDTH - MARGIN, baseline), Anchor::End, &ratio);
        }
    }
    (description, canvas.into_svg())
}

fn described(figures: &[&Figure]) -> String {
    let values = figures
        .iter()
        .map(|figure| format!("{} {}", figure.name, figure.shown(figure.median)));
    let values: Vec<String> = values.collect();
    let what = match figures[0].unit {
        Unit::Nanoseconds => "Median times",
        Unit::Bytes => "Median memory",
        Unit::PerSecond => "Median rates",
        Unit::Count => "Medians",
    };
    format!("{what}: {}.", values.join("; "))
}

/// With as many digits as say something.
pub(in crate::report) fn quotient(ratio: f64) -> String {
    match ratio {
        ..0.1 => format!("{ratio:.3}"),
        ..10.0 => format!("{ratio:.2}"),
        ..100.0 => format!("{ratio:.1}"),
        _ => format!("{ratio:.0}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are only a few")]
fn count(things: usize) -> f64 {
    things as f64
}
