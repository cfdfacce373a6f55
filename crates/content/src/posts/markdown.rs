//! The built-in renderer: CommonMark with tables, footnotes, task lists and strikethrough, and
//! with an anchor in each heading.

use std::{
    collections::{HashMap, VecDeque},
    fmt::{self, Write},
};

use pulldown_cmark::{
    Alignment, CowStr, Event, Options, Parser, Tag, TagEnd, html::write_html_fmt,
};

use super::{anchors::Anchors, page::MAX_HTML, sanitise::FOOTNOTE};

/// The parser's events of one heading that its anchor is made of; more would be held for nothing,
/// since an anchor is short.
const MAX_HEADING_EVENTS: usize = 1_000;

/// The HTML of a text; `None` where it would be larger than a page may be.
pub(super) fn html(markdown: &str) -> Option<String> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    let mut events = Adjusted::new(Parser::new_ext(markdown, options));
    let mut html = Bounded(String::with_capacity(markdown.len() * 3 / 2));
    write_html_fmt(&mut html, events.by_ref()).ok()?;
    events.anchors.link(html.0, MAX_HTML)
}

/// Text of at most [`MAX_HTML`] bytes.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > MAX_HTML {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

/// The parser's events, changed where the library would write something else than a page can have:
///
/// - Footnotes get ids of their own, from their numbers. An id that is a label, as an author chose
///   it, could clash with an id of the page around the post.
/// - Cells get `align`. The library writes a style, and pages of any policy have to show it.
/// - Headings get ids, from their text.
/// - Items of task lists get the classes by which a page's style finds them.
struct Adjusted<'a, I> {
    events: I,
    /// The events that have been looked at before their turn.
    ahead: VecDeque<Event<'a>>,
    anchors: Anchors,
    /// The ids of the footnotes so far, by their labels.
    footnotes: HashMap<String, CowStr<'a>>,
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
}

impl<'a, I: Iterator<Item = Event<'a>>> Adjusted<'a, I> {
    fn new(events: I) -> Self {
        Self {
            events,
            ahead: VecDeque::new(),
            anchors: Anchors::default(),
            footnotes: HashMap::new(),
            alignments: Vec::new(),
            column: 0,
            in_head: false,
        }
    }

    /// Returns the event at this place after the one that was taken last.
    fn ahead(&mut self, place: usize) -> Option<&Event<'a>> {
        while self.ahead.len() <= place {
            self.ahead.push_back(self.events.next()?);
        }
        self.ahead.get(place)
    }

    /// Gives the heading that begins here its id.
    fn heading(&mut self, mut heading: Tag<'a>) -> Event<'a> {
        let mut text = String::new();
        for place in 0..MAX_HEADING_EVENTS {
            match self.ahead(place) {
                None | Some(Event::End(TagEnd::Heading(_))) => break,
                Some(Event::Text(part) | Event::Code(part)) => text.push_str(part),
                Some(Event::SoftBreak | Event::HardBreak) => text.push(' '),
                Some(_) => {}
            }
        }
        if let Tag::Heading { id, .. } = &mut heading {
            *id = self.anchors.of(&text).map(CowStr::from);
        }
        Event::Start(heading)
    }

    /// Begins an item of a list. In a list whose items are paragraphs, its box is in the first.
    fn item(&mut self) -> Event<'a> {
        let place = match self.ahead(0) {
            Some(Event::Start(Tag::Paragraph)) => 1,
            _ => 0,
        };
        match self.ahead(place) {
            Some(Event::TaskListMarker(_)) => {
                Event::InlineHtml("<li class=\"task-list-item\">".into())
            }
            _ => Event::Start(Tag::Item),
        }
    }

    /// The id of the footnote with this label, whose case means nothing.
    fn footnote(&mut self, label: &str) -> CowStr<'a> {
        let next = self.footnotes.len() + 1;
        self.footnotes
            .entry(label.to_lowercase())
            .or_insert_with(|| format!("{FOOTNOTE}{next}").into())
            .clone()
    }

    /// Begins the next cell of a row.
    fn cell(&mut self) -> Event<'a> {
        let alignment = self.alignments.get(self.column).copied();
        self.column += 1;
        let html = match (alignment, self.in_head) {
            (None | Some(Alignment::None), _) => return Event::Start(Tag::TableCell),
            (Some(Alignment::Left), true) => "<th align=\"left\">",
            (Some(Alignment::Center), true) => "<th align=\"center\">",
            (Some(Alignment::Right), true) => "<th align=\"right\">",
            (Some(Alignment::Left), false) => "<td align=\"left\">",
            (Some(Alignment::Center), false) => "<td align=\"center\">",
            (Some(Alignment::Right), false) => "<td align=\"right\">",
        };
        Event::InlineHtml(html.into())
    }
}

impl<'a, I: Iterator<Item = Event<'a>>> Iterator for Adjusted<'a, I> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        let event = match self.ahead.pop_front() {
            Some(event) => event,
            None => self.events.next()?,
        };
        Some(match event {
            Event::FootnoteReference(label) => Event::FootnoteReference(self.footnote(&label)),
            Event::Start(Tag::FootnoteDefinition(label)) => {
                Event::Start(Tag::FootnoteDefinition(self.footnote(&label)))
            }
            Event::Start(heading @ Tag::Heading { .. }) => self.heading(heading),
            Event::Start(Tag::Item) => self.item(),
            Event::TaskListMarker(done) => Event::InlineHtml(if done {
                "<input type=\"checkbox\" class=\"task-list-item-checkbox\" disabled=\"\" checked=\"\"> "
                    .into()
            } else {
                "<input type=\"checkbox\" class=\"task-list-item-checkbox\" disabled=\"\"> ".into()
            }),
            Event::Start(Tag::Table(alignments)) => {
                self.alignments = alignments;
                Event::Start(Tag::Table(Vec::new()))
            }
            Event::Start(row @ (Tag::TableHead | Tag::TableRow)) => {
                self.in_head = row == Tag::TableHead;
                self.column = 0;
                Event::Start(row)
            }
            Event::Start(Tag::TableCell) => self.cell(),
            event => event,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::anchors::ANCHOR, html};

    #[test]
    fn markdown_becomes_html() {
        assert_eq!(
            html("# One\n\n~~two~~ **three**").unwrap(),
            "<h1 id=\"user-content-one\">One</h1>\n<p><del>two</del> <strong>three</strong></p>\n"
        );
        assert!(html("| a |\n|---|\n| b |").unwrap().contains("<td>b</td>"));
    }

    #[test]
    fn footnotes_have_numbers_for_ids() {
        let page = html("One[^b] two[^A] one[^B].\n\n[^a]: A\n[^b]: B").unwrap();
        for (part, count) in [
            ("<a href=\"#footnote-1\">1</a>", 2),
            ("<a href=\"#footnote-2\">2</a>", 1),
            ("id=\"footnote-1\"", 1),
            ("id=\"footnote-2\"", 1),
        ] {
            assert_eq!(page.matches(part).count(), count, "{part} in {page}");
        }
    }

    #[test]
    fn cells_are_aligned_without_styles() {
        let page = html("|a|b|c|d|\n|:-|:-:|-:|-|\n|1|2|3|4|\n|5|").unwrap();
        assert!(!page.contains("style"), "{page}");
        let rows = "<tr><td align=\"left\">1</td><td align=\"center\">2</td>\
                    <td align=\"right\">3</td><td>4</td></tr>\n<tr><td align=\"left\">5</td>";
        assert!(page.contains(rows), "{page}");
        assert!(page.contains("<th align=\"center\">b</th>"), "{page}");
    }

    #[test]
    fn headings_have_the_anchors_of_their_text() {
        for (markdown, expected) in [
            ("## Größe & *Form*", "größe--form"),
            ("## `code` and [a link](/x)", "code-and-a-link"),
            ("One\nline\n---", "one-line"),
            ("# A<b title=\"x\">b</b>c", "abc"),
            ("# One[^1]\n\n[^1]: Two", "one"),
        ] {
            let page = html(markdown).unwrap();
            let id = format!(" id=\"{ANCHOR}{expected}\">");
            assert!(page.contains(&id), "{page}");
        }
        assert_eq!(html("# 🎉\n").unwrap(), "<h1>🎉</h1>\n");
        assert_eq!(html("#\n").unwrap(), "<h1></h1>\n");
    }

    #[test]
    fn links_within_a_text_lead_to_its_headings() {
        let page = html("[up](#größe) [on](#Later) [top](#header) [no](/x#later)\n\n# Größe\n\n# Later\n\n`<a href=\"#later\">`").unwrap();
        for part in [
            "<a href=\"#user-content-größe\">up</a>",
            "<a href=\"#user-content-later\">on</a>",
            "<a href=\"#header\">top</a>",
            "<a href=\"/x#later\">no</a>",
            "<code>&lt;a href=\"#later\"&gt;</code>",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
    }

    #[test]
    fn a_long_heading_is_kept_and_its_anchor_is_short() {
        let page = html(&format!("# {}end", "*a* ".repeat(10_000))).unwrap();
        assert!(page.ends_with("end</h1>\n"));
        let (_, rest) = page.split_once(" id=\"").unwrap();
        assert!(rest.split('"').next().unwrap().len() < 256);
    }

    #[test]
    fn tasks_are_boxes_that_nobody_can_tick() {
        assert_eq!(
            html("- [x] done\n- [ ] to *do*\n- none").unwrap(),
            "<ul>\n<li class=\"task-list-item\"><input type=\"checkbox\" \
             class=\"task-list-item-checkbox\" disabled=\"\" checked=\"\"> done</li>\n\
             <li class=\"task-list-item\"><input type=\"checkbox\" \
             class=\"task-list-item-checkbox\" disabled=\"\"> to <em>do</em></li>\n\
             <li>none</li>\n</ul>\n"
        );
        let loose = html("- [ ] one\n\n- two").unwrap();
        assert_eq!(loose.matches("task-list-item\"").count(), 1, "{loose}");
    }

    #[test]
    fn html_is_as_large_as_a_page_at_most() {
        assert!(html(&">".repeat(1 << 20)).is_none());
        assert!(html(&"> 1. ".repeat((1 << 20) / 5)).is_none());
        assert!(html(&"> ".repeat(1 << 10)).is_some());
    }
}
