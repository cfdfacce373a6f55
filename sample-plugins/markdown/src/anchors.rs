//! Links from headings to themselves.
//!
//! The page is what the host's sanitiser wrote: well-formed, tags in lower case, `<` only where a tag begins.

use std::collections::HashSet;

/// The page with an `id` and a link in each heading that has no `id`. None where there is no such heading.
pub fn add(html: &str) -> Option<String> {
    let mut page = String::with_capacity(html.len() + html.len() / 4);
    let mut taken = HashSet::new();
    let mut rest = html;
    while let Some(heading) = Heading::find(rest) {
        let id = unique(&anchor(heading.content), &mut taken);
        page.push_str(heading.before);
        page.push_str(&format!(
            r##"<h{level} id="{id}"><a class="anchor" href="#{id}">{content}</a></h{level}>"##,
            level = heading.level,
            content = heading.content,
        ));
        rest = heading.after;
    }
    if page.is_empty() {
        return None;
    }
    page.push_str(rest);
    Some(page)
}

/// A heading without attributes and links of its own, and what stands around it.
struct Heading<'a> {
    before: &'a str,
    level: char,
    content: &'a str,
    after: &'a str,
}

impl<'a> Heading<'a> {
    fn find(html: &'a str) -> Option<Self> {
        html.match_indices("<h").find_map(|(start, _)| {
            let opened = html[start..].strip_prefix("<h")?;
            let level = opened
                .chars()
                .next()
                .filter(|level| ('1'..='6').contains(level))?;
            let opened = opened[1..].strip_prefix('>')?;
            let closing = format!("</h{level}>");
            let (content, after) = opened.split_once(&closing)?;
            // A link within a link is no HTML.
            (!content.contains("<a ")).then_some(Self {
                before: &html[..start],
                level,
                content,
                after,
            })
        })
    }
}

/// The words of a heading in lower case, joined by hyphens; letters of every script are welcome in an id.
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

/// The anchor, numbered from the second time on.
fn unique(anchor: &str, taken: &mut HashSet<String>) -> String {
    let mut id = anchor.to_owned();
    let mut number = 1;
    while !taken.insert(id.clone()) {
        number += 1;
        id = format!("{anchor}-{number}");
    }
    id
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
