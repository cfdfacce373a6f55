//! Links from headings to themselves.
//!
//! The page is what the host's sanitiser wrote: well-formed, tags in lower case, `<` only where a
//! tag begins.

use std::collections::HashMap;

/// The page with an `id` and a link in each heading that has no `id`. None where there is no such
/// heading.
pub fn add(html: &str) -> Option<String> {
    let mut page = String::with_capacity(html.len() + html.len() / 4);
    let mut ids = Ids::default();
    let mut copied = 0;
    for heading in Headings::of(html) {
        let id = ids.unique(anchor(heading.content));
        page.push_str(&html[copied..heading.start]);
        page.push_str(&format!(
            r##"<h{level} id="{id}"><a class="anchor" href="#{id}">{content}</a></h{level}>"##,
            level = heading.level,
            content = heading.content,
        ));
        copied = heading.end;
    }
    if copied == 0 {
        return None;
    }
    page.push_str(&html[copied..]);
    Some(page)
}

/// A heading without attributes and links of its own.
struct Heading<'a> {
    level: usize,
    content: &'a str,
    /// The start of the tag in the page.
    start: usize,
    end: usize,
}

/// The headings of a page, in order. Each part of the page is searched a few times at most, however
/// it is made.
struct Headings<'a> {
    html: &'a str,
    at: usize,
    /// The levels that are not closed any more, so that nobody looks for that again.
    never_closed: [bool; 7],
}

impl<'a> Headings<'a> {
    fn of(html: &'a str) -> Self {
        Self {
            html,
            at: 0,
            never_closed: [false; 7],
        }
    }

    /// The heading whose tag begins here.
    fn heading(&mut self, start: usize) -> Option<Heading<'a>> {
        let tag = self.html.as_bytes().get(start..start + "<h1>".len())?;
        let level = match tag {
            [b'<', b'h', level @ b'1'..=b'6', b'>'] => usize::from(level - b'0'),
            _ => return None,
        };
        if self.never_closed[level] {
            return None;
        }
        let begin = start + tag.len();
        let closing = format!("</h{level}>");
        let Some(length) = self.html[begin..].find(&closing) else {
            self.never_closed[level] = true;
            return None;
        };
        Some(Heading {
            level,
            content: &self.html[begin..begin + length],
            start,
            end: begin + length + closing.len(),
        })
    }
}

impl<'a> Iterator for Headings<'a> {
    type Item = Heading<'a>;

    fn next(&mut self) -> Option<Heading<'a>> {
        loop {
            let start = self.at + self.html[self.at..].find("<h")?;
            self.at = start + "<h".len();
            let Some(heading) = self.heading(start) else {
                continue;
            };
            self.at = heading.end;
            // A link within a link is not valid HTML.
            if !heading.content.contains("<a ") {
                return Some(heading);
            }
        }
    }
}

/// The words of a heading in lower case, joined by hyphens; letters of every script are welcome in
/// an id.
fn anchor(content: &str) -> String {
    let mut words = String::new();
    let mut is_tag = false;
    for c in content.chars() {
        match c {
            '<' => is_tag = true,
            '>' => is_tag = false,
            _ if is_tag => {}
            c if c.is_alphanumeric() => words.extend(c.to_lowercase()),
            _ => words.push(' '),
        }
    }
    let words: Vec<&str> = words.split_whitespace().collect();
    if words.is_empty() {
        "section".to_owned()
    } else {
        words.join("-")
    }
}

/// The ids of a page so far, each with how often it was asked for.
#[derive(Default)]
struct Ids(HashMap<String, u32>);

impl Ids {
    /// The anchor, numbered from the second time on.
    fn unique(&mut self, anchor: String) -> String {
        let Some(&count) = self.0.get(&anchor) else {
            self.0.insert(anchor.clone(), 1);
            return anchor;
        };
        // Another heading may be called like a numbered one.
        let (number, id) = (count + 1..)
            .map(|number| (number, format!("{anchor}-{number}")))
            .find(|(_, id)| !self.0.contains_key(id))
            .expect("a page has fewer headings than there are numbers");
        self.0.insert(id.clone(), 1);
        self.0.insert(anchor, number);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::add;

    #[test]
    fn headings_link_to_themselves() {
        let page = add("<p>a</p><h2>Größe &amp; <em>Form</em></h2><p>b</p>").unwrap();
        assert_eq!(
            page,
            "<p>a</p><h2 id=\"größe-amp-form\"><a class=\"anchor\" href=\"#größe-amp-form\">\
             Größe &amp; <em>Form</em></a></h2><p>b</p>"
        );
    }

    #[test]
    fn the_same_heading_twice_has_two_anchors() {
        let page = add("<h1>A</h1><h1>A</h1><h1>A</h1>").unwrap();
        for id in ["a", "a-2", "a-3"] {
            assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{page}");
        }
    }

    #[test]
    fn a_heading_that_is_called_like_a_numbered_one_keeps_its_name() {
        let page = add("<h1>A</h1><h1>A 2</h1><h1>A</h1><h1>A 2</h1>").unwrap();
        for id in ["a", "a-2", "a-3", "a-2-2"] {
            assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{page}");
        }
    }

    #[test]
    fn a_heading_without_words_is_a_section() {
        assert!(add("<h3>!?</h3>").unwrap().contains("id=\"section\""));
    }

    #[test]
    fn what_is_no_bare_heading_stays() {
        for html in [
            "",
            "<p>a</p>",
            "<hr><header>x</header>",
            "<h1 id=\"own\">A</h1>",
            "<h1>open",
            "<h7>x</h7>",
            "<h1><a href=\"#\">A</a></h1>",
        ] {
            assert_eq!(add(html), None, "{html}");
        }
    }

    #[test]
    fn a_heading_after_one_that_stays_is_found() {
        let page = add("<h1 id=\"own\">A</h1><h2>B</h2>").unwrap();
        assert!(
            page.starts_with("<h1 id=\"own\">A</h1><h2 id=\"b\">"),
            "{page}"
        );
    }
}
