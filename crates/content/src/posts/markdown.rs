//! The built-in renderer: CommonMark with tables, footnotes and strikethrough.

use std::{
    collections::HashMap,
    fmt::{self, Write},
};

use pulldown_cmark::{Alignment, CowStr, Event, Options, Parser, Tag, html::write_html_fmt};

use super::{page::MAX_HTML, sanitise::FOOTNOTE};

/// The HTML of a text; `None` where it would be larger than a page may be.
pub(super) fn html(markdown: &str) -> Option<String> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    let events = Adjusted::new(Parser::new_ext(markdown, options));
    let mut html = Bounded(String::with_capacity(markdown.len() * 3 / 2));
    write_html_fmt(&mut html, events).ok()?;
    Some(html.0)
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
struct Adjusted<'a, I> {
    events: I,
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
            footnotes: HashMap::new(),
            alignments: Vec::new(),
            column: 0,
            in_head: false,
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
        Some(match self.events.next()? {
            Event::FootnoteReference(label) => Event::FootnoteReference(self.footnote(&label)),
            Event::Start(Tag::FootnoteDefinition(label)) => {
                Event::Start(Tag::FootnoteDefinition(self.footnote(&label)))
            }
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
    use super::html;

    #[test]
    fn markdown_becomes_html() {
        assert_eq!(
            html("# One\n\n~~two~~ **three**").unwrap(),
            "<h1>One</h1>\n<p><del>two</del> <strong>three</strong></p>\n"
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
    fn html_is_as_large_as_a_page_at_most() {
        assert!(html(&">".repeat(1 << 20)).is_none());
        assert!(html(&"> 1. ".repeat((1 << 20) / 5)).is_none());
        assert!(html(&"> ".repeat(1 << 10)).is_some());
    }
}
