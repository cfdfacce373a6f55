//! Markdown to HTML.

use pulldown_cmark::{Options, Parser, html};

/// CommonMark with what authors expect on top. HTML in the text stays; the host sanitises the
/// answer.
pub fn to_html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_SMART_PUNCTUATION;
    let mut html = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut html, Parser::new_ext(markdown, options));
    html
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn common_markdown_is_rendered() {
        let html = to_html("# Title\n\nSome *text* with `code`.");
        assert_eq!(
            html,
            "<h1>Title</h1>\n<p>Some <em>text</em> with <code>code</code>.</p>\n"
        );
    }

    #[test]
    fn tables_and_strikethrough_are_rendered() {
        assert!(to_html("| a |\n|---|\n| b |").contains("<td>b</td>"));
        assert_eq!(to_html("~~old~~"), "<p><del>old</del></p>\n");
    }

    #[test]
    fn punctuation_is_made_typographic() {
        assert_eq!(to_html("\"quoted\""), "<p>“quoted”</p>\n");
    }
}
