//! The rendered page's meta description.

use crate::description;

/// The page with a `<meta name="description">` in front; none where the page has no paragraph, or a
/// description already.
pub fn with_description(html: &str, length: usize) -> Option<String> {
    if html.contains("<meta name=\"description\"") {
        return None;
    }
    let begin = html.find("<p>")? + "<p>".len();
    let end = begin + html[begin..].find("</p>")?;
    let text = description::shortened(&without_tags(&html[begin..end]), length)?;
    // Entities stay as the page has them, so only the quotation mark could end the attribute.
    let text = text.replace('"', "&quot;");
    Some(format!(
        "<meta name=\"description\" content=\"{text}\">\n{html}"
    ))
}

/// The text between the tags. The page is well-formed: the host has sanitised it.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' => is_tag = false,
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::with_description;

    #[test]
    fn the_first_paragraph_describes_the_page() {
        let html = "<h1>Title</h1><p>Some <b>bold</b> \"text\" &amp; more.</p><p>Not this.</p>";
        let meta =
            "<meta name=\"description\" content=\"Some bold &quot;text&quot; &amp; more.\">\n";
        assert_eq!(with_description(html, 160), Some(format!("{meta}{html}")));
    }

    #[test]
    fn a_page_that_has_a_description_or_no_paragraph_stays() {
        assert_eq!(with_description("<h1>Title</h1>", 160), None);
        assert_eq!(with_description("<p>never closed", 160), None);
        let described = with_description("<p>Text</p>", 160).unwrap();
        assert_eq!(with_description(&described, 160), None);
    }
}
