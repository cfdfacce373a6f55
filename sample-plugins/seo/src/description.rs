//! A sentence or two that say what a text is about.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// The first paragraph of Markdown as plain text, at most `length` characters. None where there is
/// none.
pub fn of_markdown(markdown: &str, length: usize) -> Option<String> {
    let mut text = String::new();
    let mut is_inside = false;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Paragraph) => is_inside = true,
            Event::End(TagEnd::Paragraph) if !text.trim().is_empty() => break,
            Event::End(TagEnd::Paragraph) => is_inside = false,
            Event::Text(words) | Event::Code(words) if is_inside => text.push_str(&words),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    shortened(&text, length)
}

/// The text on one line, cut between words with an ellipsis where it is longer than `length`
/// characters. None where nothing is left.
pub fn shortened(text: &str, length: usize) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= length {
        return (!line.is_empty()).then_some(line);
    }
    let cut: String = line.chars().take(length.saturating_sub(1)).collect();
    // A single long word is cut inside.
    let is_between_words = line[cut.len()..].starts_with(' ');
    let kept = match cut.rfind(' ') {
        Some(space) if !is_between_words => &cut[..space],
        _ => &cut,
    };
    let kept = kept.trim_end_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation());
    (!kept.is_empty()).then(|| format!("{kept}…"))
}

#[cfg(test)]
mod tests {
    use super::{of_markdown, shortened};

    #[test]
    fn the_first_paragraph_counts_without_its_markup() {
        let markdown = "# A title\n\nSome **bold** text\nwith a [link](https://example.com) and `code`.\n\nMore.";
        let expected = "Some bold text with a link and code.";
        assert_eq!(of_markdown(markdown, 160).as_deref(), Some(expected));
    }

    #[test]
    fn a_picture_alone_is_no_paragraph() {
        assert_eq!(
            of_markdown("![](a.png)\n\nThen text.", 160).as_deref(),
            Some("Then text.")
        );
    }

    #[test]
    fn a_text_without_paragraph_has_no_description() {
        assert_eq!(of_markdown("", 160), None);
        assert_eq!(of_markdown("# Only a title", 160), None);
    }

    #[test]
    fn long_texts_end_between_words() {
        assert_eq!(
            shortened("one two, three", 14).as_deref(),
            Some("one two, three")
        );
        assert_eq!(shortened("one two, three", 13).as_deref(), Some("one two…"));
        assert_eq!(shortened("one two three", 8).as_deref(), Some("one two…"));
        assert_eq!(shortened("überlang", 4).as_deref(), Some("übe…"));
        assert_eq!(shortened("anything", 0), None);
    }

    #[test]
    fn no_length_is_exceeded() {
        let text = "Größe, die zählt: ein Satz mit vielen Wörtern, gezählt in Zeichen.";
        for length in 0..text.len() {
            let cut = shortened(text, length).unwrap_or_default();
            assert!(cut.chars().count() <= length, "{length}: {cut}");
        }
    }
}
