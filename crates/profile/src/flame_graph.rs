//! The flame graph: a picture of all stacks, as wide as their times, callers below what they call.

use std::{cmp::Reverse, time::Duration};

use svg::{
    Document,
    node::element::{Group, Rectangle, Style, Text, Title},
};

use crate::{
    MOST_BOXES, Profile,
    profile::{Function, Side},
};

const WIDTH: f64 = 1_200.0;
/// The space at the left and the right.
const MARGIN: f64 = 10.0;
/// The space above the boxes.
const TOP: f64 = 50.0;
const BOX_HEIGHT: f64 = 18.0;
/// The width of a letter, or a little more.
const LETTER: f64 = 7.0;
/// The least width of a box that is drawn.
const LEAST: f64 = 0.2;
/// The least letters of a name that say anything.
const LEAST_LETTERS: usize = 4;

const STYLE: &str = "
text { font: 11px ui-monospace, monospace; fill: #1f2328; }
.background { fill: #ffffff; }
.hook { fill: #d1d9e0; }
.guest { fill: #ffc266; }
.host { fill: #8cc8ff; }
g rect { stroke: #ffffff; stroke-width: 0.5; }
g:hover rect { stroke: #1f2328; stroke-width: 1; }
";

/// A stack's place in the picture.
struct Placed {
    node: usize,
    level: u16,
    left: f64,
}

/// Draws the stacks of a profile. A box is as wide as the time in it; pointing at it shows its
/// name, its time and its share of the whole.
pub fn flame_graph(profile: &Profile) -> String {
    let totals = totals(profile);
    let callees = callees(profile, &totals);
    let roots = &callees[profile.nodes.len()];
    let whole: Duration = roots.iter().map(|root| totals[*root]).sum();
    let scale = (WIDTH - 2.0 * MARGIN) / whole.as_secs_f64().max(f64::MIN_POSITIVE);
    let width = |node: usize| totals[node].as_secs_f64() * scale;

    // Level by level, so that the bound leaves the calls nearest to the hooks.
    let mut boxes: Vec<Placed> = Vec::new();
    let place = |boxes: &mut Vec<Placed>, nodes: &[usize], level: u16, mut left: f64| {
        // Those after one that is too narrow are not wider.
        let wide = nodes.iter().take_while(|node| width(**node) >= LEAST);
        for &node in wide.take(MOST_BOXES - boxes.len()) {
            boxes.push(Placed { node, level, left });
            left += width(node);
        }
    };
    place(&mut boxes, roots, 0, MARGIN);
    let mut next = 0;
    while let Some(&Placed { node, level, left }) = boxes.get(next) {
        place(&mut boxes, &callees[node], level + 1, left);
        next += 1;
    }

    let levels = boxes.iter().map(|placed| placed.level + 1).max();
    let bottom = TOP + f64::from(levels.unwrap_or_default()) * BOX_HEIGHT;
    let mut document = Document::new()
        .set("viewBox", format!("0 0 {WIDTH} {}", bottom + MARGIN))
        .set("width", WIDTH)
        .set("height", bottom + MARGIN)
        .add(Style::new(STYLE))
        .add(
            Rectangle::new()
                .set("class", "background")
                .set("width", "100%")
                .set("height", "100%"),
        )
        .add(text(
            MARGIN,
            20.0,
            "Time by stack: callers are below what they call",
        ))
        .add(text(
            MARGIN,
            38.0,
            &format!("{whole:.1?} in all. Grey: hooks; orange: the plugin; blue: the host"),
        ));
    for placed in &boxes {
        let top = bottom - f64::from(placed.level + 1) * BOX_HEIGHT;
        let function = &profile.functions[profile.nodes[placed.node].function];
        let time = totals[placed.node];
        document = document.add(drawn(
            function,
            (placed.left, top, width(placed.node)),
            &format!("{time:.1?}, {}", share(time, whole)),
        ));
    }
    format!("{document}\n")
}

/// Draws one box.
fn drawn(function: &Function, (left, top, width): (f64, f64, f64), says: &str) -> Group {
    let class = match function.side {
        Side::Hook => "hook",
        Side::Guest => "guest",
        Side::Host => "host",
    };
    let label = function.label();
    let group = Group::new()
        .add(Title::new(format!("{label}: {says}")))
        .add(
            Rectangle::new()
                .set("class", class)
                .set("x", format!("{left:.2}"))
                .set("y", top)
                .set("width", format!("{width:.2}"))
                .set("height", BOX_HEIGHT),
        );
    match fitting(&label, width) {
        Some(name) => group.add(text(left + 3.0, top + 13.0, &name)),
        None => group,
    }
}

fn text(left: f64, base: f64, content: &str) -> Text {
    Text::new(content)
        .set("x", format!("{left:.2}"))
        .set("y", base)
}

/// Returns as much of a name as a box has room for.
fn fitting(name: &str, width: f64) -> Option<String> {
    let fit = (1_u16..).take_while(|letters| f64::from(*letters) * LETTER < width);
    let fit = fit.count();
    if name.chars().count() <= fit {
        return Some(name.to_owned());
    }
    (fit >= LEAST_LETTERS).then(|| {
        let kept: String = name.chars().take(fit - 1).collect();
        format!("{kept}…")
    })
}

/// Returns a part of the whole, such as `45 %`.
fn share(part: Duration, whole: Duration) -> String {
    let share = part.as_secs_f64() / whole.as_secs_f64().max(f64::MIN_POSITIVE);
    format!("{:.1} %", share * 100.0)
}

/// Returns the time of each stack, with all that it calls.
fn totals(profile: &Profile) -> Vec<Duration> {
    let mut totals: Vec<_> = profile.nodes.iter().map(|node| node.own).collect();
    // A caller's index is less than its own.
    for (index, node) in profile.nodes.iter().enumerate().rev() {
        if let Some(parent) = node.parent {
            let total = totals[index];
            totals[parent] += total;
        }
    }
    totals
}

/// Returns the stacks that each stack goes on with, the longest first, and at the end the roots.
fn callees(profile: &Profile, totals: &[Duration]) -> Vec<Vec<usize>> {
    let roots = profile.nodes.len();
    let mut callees = vec![Vec::new(); roots + 1];
    for (index, node) in profile.nodes.iter().enumerate() {
        callees[node.parent.unwrap_or(roots)].push(index);
    }
    for callees in &mut callees {
        callees.sort_by_key(|node| Reverse(totals[*node]));
    }
    callees
}

#[cfg(test)]
mod tests {
    use roxmltree::{Document, Node};

    use super::*;
    use crate::profile::tests::{frame, take};

    fn boxes<'a>(document: &'a Document<'_>) -> Vec<Node<'a, 'a>> {
        let groups = document.descendants();
        groups.filter(|node| node.has_tag_name("g")).collect()
    }

    fn title<'a>(group: &Node<'a, 'a>) -> &'a str {
        let title = group.children().find(|node| node.has_tag_name("title"));
        title.and_then(|title| title.text()).expect("a title")
    }

    fn number(group: &Node<'_, '_>, attribute: &str) -> f64 {
        let rectangle = group.children().find(|node| node.has_tag_name("rect"));
        let value = rectangle.and_then(|rectangle| rectangle.attribute(attribute));
        value.expect("a rectangle").parse().expect("a number")
    }

    #[test]
    fn callers_are_below_what_they_call_and_as_wide_as_all_of_it() {
        let mut profile = Profile::default();
        let hook = frame("on_login", 30);
        for _ in 0..3 {
            take(&mut profile, &[frame("greet", 12), hook.clone()], None);
        }
        take(&mut profile, &[hook], Some("host-api/log"));
        let svg = flame_graph(&profile);
        let document = Document::parse(&svg).expect("XML");
        let boxes = boxes(&document);
        let titles: Vec<_> = boxes.iter().map(title).collect();
        assert_eq!(
            titles,
            [
                "on-login: 4.0ms, 100.0 %",
                "on_login (src/lib.rs): 4.0ms, 100.0 %",
                "greet (src/lib.rs): 3.0ms, 75.0 %",
                "host-api/log: 1.0ms, 25.0 %",
            ]
        );
        for pair in [[0, 1], [1, 2]] {
            let [below, above] = pair.map(|index| number(&boxes[index], "y"));
            assert!(below > above);
        }
        let width = |index: usize| number(&boxes[index], "width");
        assert!((width(2) + width(3) - width(1)).abs() < 0.1);
        let end = number(&boxes[2], "x") + width(2);
        assert!((end - number(&boxes[3], "x")).abs() < 0.1);
    }

    #[test]
    fn names_are_text_and_no_markup() {
        let mut profile = Profile::default();
        let hostile = "</title><script>alert(1)</script> & ]]> \"' \u{1b}[31m \u{0}\u{202e}";
        take(&mut profile, &[frame(hostile, 0)], None);
        let svg = flame_graph(&profile);
        let document = Document::parse(&svg).expect("XML");
        assert!(!svg.contains("<script"));
        assert!(!svg.contains(['\u{1b}', '\u{0}', '\u{202e}']));
        let boxes = boxes(&document);
        let expected = r#"</title><script>alert(1)</script> & ]]> "' \u{1b}[31m \u{0}\u{202e}: "#;
        assert!(title(&boxes[1]).starts_with(expected), "{svg}");
    }

    #[test]
    fn boxes_have_a_bound() {
        let mut profile = Profile::default();
        // As many as are wide enough on each level, on many levels.
        for root in 0..2_000 {
            let mut stack: Vec<_> = (0..8).map(|depth| frame(&format!("f{depth}"), 0)).collect();
            stack.push(frame(&format!("root{root}"), 0));
            take(&mut profile, &stack, None);
        }
        let svg = flame_graph(&profile);
        let document = Document::parse(&svg).expect("XML");
        assert_eq!(boxes(&document).len(), MOST_BOXES);
        assert!(svg.len() < 16 << 20);
    }

    #[test]
    fn a_profile_of_nothing_is_a_picture_too() {
        let svg = flame_graph(&Profile::default());
        assert!(boxes(&Document::parse(&svg).expect("XML")).is_empty());
    }
}
