//! The HTML that a post may contain, whoever has rendered it.

use std::{borrow::Cow, sync::LazyLock};

use ammonia::Builder;

use super::{complexity::prepared, page::MAX_HTML};

/// The start of a footnote's id; its number follows.
pub(super) const FOOTNOTE: &str = "footnote-";

/// Keeps the markup of text, links, images, tables and footnotes; drops scripts, styles, handlers,
/// forms and frames. `None` where that would take too long, or make too large a page.
pub(super) fn sanitised(html: &str) -> Option<String> {
    let clean = SANITISER.clean(&prepared(html)?).to_string();
    (clean.len() <= MAX_HTML).then_some(clean)
}

/// Text as it is, cut where it would be larger than a page may be.
pub(super) fn as_text(text: &str) -> String {
    const BEGIN: &str = "<pre>";
    const END: &str = "</pre>";

    let mut html = BEGIN.to_owned();
    for character in text.chars() {
        let mut buffer = [0; 4];
        let escaped = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            character => character.encode_utf8(&mut buffer),
        };
        if html.len() + escaped.len() + END.len() > MAX_HTML {
            break;
        }
        html.push_str(escaped);
    }
    html + END
}

/// The library's own list, and what the built-in renderer makes beyond it.
static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .add_tag_attributes("code", ["class"])
        .add_tag_attributes("div", ["class", "id"])
        .add_tag_attributes("sup", ["class"])
        .attribute_filter(|element, attribute, value| {
            let allowed = match (element, attribute) {
                ("code", "class") => is_language(value),
                ("div", "id") => is_footnote(value),
                ("div", "class") => value == "footnote-definition",
                ("sup", "class") => {
                    ["footnote-reference", "footnote-definition-label"].contains(&value)
                }
                _ => true,
            };
            allowed.then_some(Cow::Borrowed(value))
        });
    builder
});

/// Returns whether a class names the language of the code, and nothing else.
fn is_language(class: &str) -> bool {
    class.strip_prefix("language-").is_some_and(|language| {
        (1..=64).contains(&language.len())
            && language
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-_.,:#".contains(&b))
    })
}

/// Returns whether the renderer gives this id to a footnote: no other may be in a post, since the
/// page around it has ids of its own.
fn is_footnote(id: &str) -> bool {
    id.strip_prefix(FOOTNOTE).is_some_and(|number| {
        (1..=9).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::{MAX_HTML, as_text, sanitised};
    use crate::posts::markdown;

    fn clean(html: &str) -> String {
        sanitised(html).expect("not complex")
    }

    #[test]
    fn what_runs_is_dropped_and_text_is_kept() {
        for (dirty, expected) in [
            ("<p>a<script>alert(1)</script></p>", "<p>a</p>"),
            ("<p onclick=\"x()\">a</p>", "<p>a</p>"),
            (
                "<a href=\"javascript:x()\">a</a>",
                "<a rel=\"noopener noreferrer\">a</a>",
            ),
            (
                "<img src=\"/a.png\" onerror=\"x()\">",
                "<img src=\"/a.png\">",
            ),
            ("<iframe src=\"https://example.com\"></iframe>a", "a"),
            ("<style>p{}</style>a", "a"),
            ("<td style=\"text-align: left\">a", "a"),
            ("<split>a</split>", "a"),
        ] {
            assert_eq!(clean(dirty), expected);
        }
    }

    #[test]
    fn classes_and_ids_are_those_of_the_renderer() {
        for kept in [
            "<code class=\"language-rust\">x</code>",
            "<code class=\"language-c++\">x</code>",
            "<code class=\"language-rust,ignore\">x</code>",
            "<div class=\"footnote-definition\" id=\"footnote-12\">x</div>",
            "<sup class=\"footnote-reference\">x</sup>",
            "<sup class=\"footnote-definition-label\">x</sup>",
        ] {
            assert_eq!(clean(kept), kept);
        }
        for (dirty, expected) in [
            ("<code class=\"button\">x</code>", "<code>x</code>"),
            ("<code class=\"language-a b\">x</code>", "<code>x</code>"),
            ("<code class=\"language-\">x</code>", "<code>x</code>"),
            ("<div id=\"header\">x</div>", "<div>x</div>"),
            ("<div id=\"footnote-\">x</div>", "<div>x</div>"),
            ("<div id=\"footnote-x\">x</div>", "<div>x</div>"),
            ("<div class=\"modal\">x</div>", "<div>x</div>"),
            (
                "<sup class=\"modal\" id=\"footnote-1\">x</sup>",
                "<sup>x</sup>",
            ),
            ("<p class=\"modal\" id=\"footnote-1\">x</p>", "<p>x</p>"),
        ] {
            assert_eq!(clean(dirty), expected);
        }
    }

    /// Every construct of the renderer. The list is written against its source: each of its tags
    /// and attributes is here.
    const CONSTRUCTS: &[&str] = &[
        "# One\n## Two\n### Three\n#### Four\n##### Five\n###### Six",
        "A paragraph  \nwith a break, *emphasis*, **strength**, ~~deletion~~ and `code`.",
        "> A quote\n>\n> > within",
        "- a list\n  - within\n\n1. one\n2. two\n\n7. from seven",
        "- loose\n\n- list",
        "    indented code & <more>",
        "```\nplain\n```\n\n```rust\nfn a() -> &'static str { \"<&>\" }\n```\n\n```c++\n```",
        "[link](/path?a=1&b=2 \"A title\"), <https://example.com>, <ann@example.com>",
        "![an *image*](/a.png \"A title\")",
        "|a|b|c|d|\n|:-|:-:|-:|-|\n|1|2|3|4|\n|*5*|",
        "One[^1], two[^long-label].\n\n[^1]: A note.\n\n[^long-label]: Another.\n\n    Its second paragraph.",
        "one\n\n---\n\ntwo",
        "«Text» with\u{a0}© & < > \" ' \\* &copy; &nbsp; äöü 日本語",
    ];

    /// Writes HTML with the changes that sanitising may make: the form of empty elements and of
    /// some characters, and `rel`.
    fn as_parsed(html: &str) -> String {
        html.replace(" />", ">")
            .replace("&quot;", "\"")
            .replace('\u{a0}', "&nbsp;")
            .replace(" rel=\"noopener noreferrer\"", "")
    }

    #[test]
    fn what_the_renderer_makes_is_kept() {
        for construct in CONSTRUCTS {
            let html = markdown::html(construct).unwrap();
            assert_eq!(as_parsed(&clean(&html)), as_parsed(&html), "{construct}");
        }
    }

    #[test]
    fn text_is_shown_as_it_is_and_cut_to_a_page() {
        assert_eq!(
            as_text("a < b && c > d"),
            "<pre>a &lt; b &amp;&amp; c &gt; d</pre>"
        );
        let cut = as_text(&"&ä".repeat(MAX_HTML));
        assert!(cut.len() <= MAX_HTML && cut.len() > MAX_HTML - 16);
        assert!(cut.ends_with("</pre>"));
    }
}
