//! The drawing tools of all charts.

use svg::{
    Document, Node,
    node::element::{Circle, Description, Line, Polyline, Rectangle, Style, Text, Title},
};

pub(super) const WIDTH: f64 = 760.0;
/// Between the edge and whatever is drawn.
pub(super) const MARGIN: f64 = 16.0;
/// The start of the drawing, below the title.
pub(super) const TOP: f64 = 66.0;

/// The page decides between light and dark; a chart brings its background, since a page may
/// disagree.
const STYLE: &str = "
text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
.title { font-size: 16px; font-weight: 600; }
.muted { font-size: 12px; fill: #59636e; }
.strong { font-weight: 600; }
.background { fill: #ffffff; stroke: #d1d9e0; }
.grid { stroke: #e4e8ec; }
.bar { fill: #9aa4af; }
.host { fill: #0969da; }
.spread { stroke: #424a53; stroke-width: 1.5; }
.best { stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 5 4; }
polyline { fill: none; stroke-width: 2; }
.line0 { stroke: #bf3989; } .line1 { stroke: #8250df; } .line2 { stroke: #0969da; } .line3 { stroke: #1a7f37; }
.dot0 { fill: #bf3989; } .dot1 { fill: #8250df; } .dot2 { fill: #0969da; } .dot3 { fill: #1a7f37; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.muted { fill: #9198a1; }
.background { fill: #0d1117; stroke: #3d444d; }
.grid { stroke: #2a313a; }
.bar { fill: #6b7682; }
.host { fill: #4493f8; }
.spread { stroke: #d1d7e0; }
.best { stroke: #9198a1; }
.line0 { stroke: #db61a2; } .line1 { stroke: #ab7df8; } .line2 { stroke: #4493f8; } .line3 { stroke: #3fb950; }
.dot0 { fill: #db61a2; } .dot1 { fill: #ab7df8; } .dot2 { fill: #4493f8; } .dot3 { fill: #3fb950; }
}
";

/// On which side of its place a text stands.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A chart in the making.
pub(super) struct Canvas {
    document: Document,
}

impl Canvas {
    pub(super) fn new(title: &str, subtitle: &str, description: &str, height: f64) -> Self {
        let document = Document::new()
            .set("viewBox", format!("0 0 {WIDTH} {}", number(height)))
            .set("width", WIDTH)
            .set("height", number(height))
            .set("role", "img")
            .set("aria-labelledby", "title description")
            .add(Title::new(title).set("id", "title"))
            .add(
                Description::new()
                    .set("id", "description")
                    .add(svg::node::Text::new(description)),
            )
            .add(Style::new(STYLE))
            .add(
                Rectangle::new()
                    .set("class", "background")
                    .set("x", 0.5)
                    .set("y", 0.5)
                    .set("width", WIDTH - 1.0)
                    .set("height", number(height - 1.0))
                    .set("rx", 6),
            );
        let mut canvas = Self { document };
        canvas.text("title", (MARGIN, 28.0), Anchor::Start, title);
        canvas.text("muted", (MARGIN, 48.0), Anchor::Start, subtitle);
        canvas
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = Text::new(text)
            .set("class", class)
            .set("x", number(x))
            .set("y", number(y))
            .set("text-anchor", anchor);
        self.document.append(text);
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let line = Line::new()
            .set("class", class)
            .set("x1", number(from.0))
            .set("y1", number(from.1))
            .set("x2", number(to.0))
            .set("y2", number(to.1));
        self.document.append(line);
    }

    pub(super) fn bar(&mut self, class: &str, (x, y): (f64, f64), width: f64, height: f64) {
        let bar = Rectangle::new()
            .set("class", class)
            .set("x", number(x))
            .set("y", number(y))
            .set("width", number(width.max(1.0)))
            .set("height", number(height))
            .set("rx", 2);
        self.document.append(bar);
    }

    pub(super) fn dotted_line(&mut self, index: usize, points: &[(f64, f64)]) {
        let places = points
            .iter()
            .map(|&(x, y)| format!("{},{}", number(x), number(y)));
        let line = Polyline::new()
            .set("class", format!("line{index}"))
            .set("points", places.collect::<Vec<_>>().join(" "));
        self.document.append(line);
        for &(x, y) in points {
            let dot = Circle::new()
                .set("class", format!("dot{index}"))
                .set("cx", number(x))
                .set("cy", number(y))
                .set("r", 3);
            self.document.append(dot);
        }
    }

    pub(super) fn into_svg(self) -> String {
        format!("{}\n", self.document)
    }
}

/// A tenth of a pixel is enough.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
