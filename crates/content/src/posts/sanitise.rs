//! The HTML that a post may contain, whoever has rendered it.

mod inputs;
mod names;

use std::{borrow::Cow, sync::LazyLock};

use ammonia::Builder;

pub(super) use self::names::FOOTNOTE;
use super::{complexity::prepared, page::MAX_HTML};

/// Keeps the markup of text, links, images, tables, footnotes and task lists; drops scripts,
/// styles, handlers, forms and frames. `None` where that would take too long, or make too large a
/// page.
pub(super) fn sanitised(html: &str) -> Option<String> {
    let clean = SANITISER.clean(&prepared(html)?).to_string();
    let clean = inputs::only_boxes(clean);
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
        .add_generic_attributes(["class", "id"])
        .add_tags(["input"])
        .add_tag_attributes("input", ["checked", "disabled", "type"])
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            (_, "class") => names::classes(value),
            (_, "id") => names::is_id(value).then_some(Cow::Borrowed(value)),
            ("input", "checked" | "disabled") => Some(Cow::Borrowed("")),
            ("input", "type") => value
                .eq_ignore_ascii_case("checkbox")
                .then_some(Cow::Borrowed("checkbox")),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
});

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
    fn classes_and_ids_are_those_of_posts() {
        for kept in [
            "<code class=\"language-rust\">x</code>",
            "<div class=\"footnote-definition\" id=\"footnote-12\">x</div>",
            "<sup class=\"footnote-reference\">x</sup>",
            "<h2 id=\"user-content-größe\">x</h2>",
            "<span class=\"plugin-keyword\">x</span>",
            "<li class=\"task-list-item\" id=\"user-content-x\">x</li>",
        ] {
            assert_eq!(clean(kept), kept);
        }
        for (dirty, expected) in [
            ("<code class=\"button\">x</code>", "<code>x</code>"),
            ("<p class=\"modal\" id=\"x\">x</p>", "<p>x</p>"),
            ("<P CLASS=\"modal\" ID=\"x\">x</P>", "<p>x</p>"),
            ("<div id=\"header\">x</div>", "<div>x</div>"),
            ("<h1 id=\"user-content-\">x</h1>", "<h1>x</h1>"),
            ("<h1 id=' user-content-a'>x</h1>", "<h1>x</h1>"),
            (
                "<p class=\"btn plugin-a\">x</p>",
                "<p class=\"plugin-a\">x</p>",
            ),
            // The first of two counts, as in a browser.
            ("<p id=\"x\" id=\"user-content-a\">x</p>", "<p>x</p>"),
            // The names under which scripts of the page look for things.
            ("<img id=\"body\" name=\"cookie\">", "<img>"),
            (
                "<a id=\"defaultView\" name=\"location\">x</a>",
                "<a rel=\"noopener noreferrer\">x</a>",
            ),
            (
                "<a name=\"user-content-a\">x</a>",
                "<a rel=\"noopener noreferrer\">x</a>",
            ),
            (
                "<form id=\"user-content-a\"><input name=\"action\"></form>",
                "",
            ),
            ("<object id=\"user-content-a\" name=\"x\"></object>", ""),
            ("<map name=\"x\"><area id=\"x\"></map>", "<map><area></map>"),
            (
                "<svg id=\"x\"><p id=\"x\" class=\"y\">x</p></svg>",
                "<p>x</p>",
            ),
            (
                "<p aria-label=\"x\" role=\"alert\" data-x=\"y\" slot=\"z\" is=\"q\" part=\"r\">x</p>",
                "<p>x</p>",
            ),
        ] {
            assert_eq!(clean(dirty), expected);
        }
    }

    #[test]
    fn the_only_inputs_are_boxes_that_nobody_can_tick() {
        for kept in [
            "<input type=\"checkbox\" disabled=\"\">",
            "<input disabled=\"\" type=\"checkbox\" checked=\"\">",
            "<ul><li><input class=\"task-list-item-checkbox\" disabled=\"\" type=\"checkbox\"> x</li></ul>",
        ] {
            assert_eq!(clean(kept), kept);
        }
        for (dirty, expected) in [
            ("<input>", ""),
            ("<input disabled>", ""),
            ("<input type=checkbox>", ""),
            ("<input type=text disabled>", ""),
            ("<input type=password name=password disabled>", ""),
            ("<input type=submit formaction=/x disabled>", ""),
            ("<input type=image src=/x disabled>", ""),
            ("<input type=hidden disabled>", ""),
            ("<input type=\"checkbox \" disabled>", ""),
            ("<input type=text type=checkbox disabled>", ""),
            ("<input title=' type=\"checkbox\" disabled=\"\"'>", ""),
            (
                "<textarea><input type=checkbox disabled></textarea>",
                "&lt;input type=checkbox disabled&gt;",
            ),
            ("<button><input></button>x", "x"),
            (
                "<table><input type=text><tr><td>x",
                "<table><tbody><tr><td>x</td></tr></tbody></table>",
            ),
            ("<isindex><keygen><select><option>x</select>", "x"),
            (
                "<INPUT TYPE=CheckBox DISABLED=x CHECKED=y NAME=a VALUE=b ID=c FORM=d ONCLICK=e AUTOFOCUS>",
                "<input type=\"checkbox\" disabled=\"\" checked=\"\">",
            ),
        ] {
            assert_eq!(clean(dirty), expected, "{dirty}");
        }
        let many = "<input type=checkbox disabled><input>".repeat(100_000);
        let kept = clean(&many);
        assert_eq!(kept.matches("<input").count(), 100_000);
        // Within one another they cannot be, and what they would be in may not be too deep.
        assert!(sanitised(&"<label><input>".repeat(100_000)).is_none());
    }

    #[test]
    fn what_is_clean_stays_as_it_is() {
        for dirty in [
            "<ul><li><input type=checkbox disabled> a<li><input> b</ul>",
            "<table><input type=checkbox disabled><tr class=\"btn plugin-a\"><td>x</table>",
            "<p title='<input disabled type=checkbox>'>x</p><input>",
            "<pre><input>x</pre>",
            "<math><mi><input></mi></math><svg><input type=checkbox disabled></svg>",
            "<a href=x><input type=checkbox disabled><a href=y>z</a>",
        ] {
            let once = clean(dirty);
            assert_eq!(clean(&once), once, "{dirty}");
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
        "- [x] done\n- [ ] to do\n  - [ ] within\n\n1. [x] numbered\n\n2. [ ] loose",
        "## Größe & *Form*\n\n[up](#größe--form)\n\n## Größe & *Form*",
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
