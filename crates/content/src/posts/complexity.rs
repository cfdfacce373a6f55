//! The cost of sanitising HTML, before anything parses it.
//!
//! An HTML parser takes time quadratic in the depth of its tree and in the number of a tag's
//! attributes: a few hundred kilobytes of `<div>` keep it busy for minutes. Both are bounded here
//! by one pass over the text, which may guess too high but never too low. An opening tag always
//! counts, and a closing tag only while every tag so far was plainly what it seems. What is text is
//! [split], so that writing it takes no longer than reading it; what cannot be is counted.
//!
//! It reads by itself, and not with the tokeniser of html5ever that the sanitiser brings along.
//! That one compares each attribute with those before it, which is one of the costs to be bounded;
//! it hands out tokens without their places in the text, which splitting needs; and outside of what
//! is plain here it reads on as the tree tells it to, which is the other cost.
//!
//! [split]: super::split

use std::{collections::HashMap, sync::LazyLock};

use regex::Regex;

use super::{foster::Fostering, split::Split};

/// Levels of a page. Text by hand has a dozen.
const MAX_DEPTH: usize = 256;
/// Bytes of one tag. The longest URL that browsers take fits.
const MAX_TAG: usize = 8 << 10;
/// Bytes from the first thing on that only a parser understands.
const MAX_DOUBTFUL: usize = 32 << 10;

/// Bytes that the serialiser may look at: a few tenths of a second.
const MAX_COST: u64 = 1 << 32;

/// Elements that hold nothing, or nest only by way of another one that counts: a list item in a
/// list.
const FLAT: &[&str] = &[
    "area", "br", "col", "colgroup", "dd", "dt", "embed", "hr", "img", "input", "li", "link",
    "meta", "option", "p", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
];

/// Elements whose content is text up to their closing tag.
const TEXT_ONLY: &[&str] = &[
    "iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp",
];

/// Elements within which a parser reads by other rules.
const FOREIGN: &[&str] = &["math", "noscript", "plaintext", "select", "svg", "template"];

/// The rest of a tag after its name, where every attribute is written as the standard wants it.
static PLAIN_ATTRIBUTES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^([ \t\r\n\f]+[A-Za-z0-9:_.-]+(="[^"]*"|='[^']*'|=[^ \t\r\n\f"'=<>`]+)?)*[ \t\r\n\f]*/?$"#)
        .expect("the expression is a constant")
});

/// The HTML as it is to be sanitised; `None` where that may be too costly.
pub(super) fn prepared(html: &str) -> Option<String> {
    let mut open: HashMap<String, usize> = HashMap::new();
    let mut depth = 0_usize;
    let mut reading = Reading::Plain;
    let mut fostering = Fostering::default();
    let mut split = Split::new(html);
    split.text(0, html.find('<').unwrap_or(html.len()));
    for (start, _) in html.match_indices('<') {
        let rest = &html[start + 1..];
        let piece = rest.split('<').next().unwrap_or_default();
        let end = start + 1 + piece.len();
        let tag = Tag::new(piece);
        if tag.closing {
            if let (Reading::Plain, Some(count @ 1..)) = (&reading, open.get_mut(&tag.name)) {
                *count -= 1;
                depth -= 1;
            }
        } else if tag.nests() {
            depth += 1;
            *open.entry(tag.name.clone()).or_default() += 1;
        }
        let was_plain = reading == Reading::Plain;
        reading = reading.after(piece, &tag);
        let text = match tag.text {
            Some(text) if was_plain && reading == Reading::Plain => start + 1 + text,
            _ => end,
        };
        split.keep(start, text);
        split.text(text, end);
        let tables = open.get("table").copied().unwrap_or_default();
        fostering.read(&tag, &piece[tag.text.unwrap_or_default()..], tables);
        let too_long = match reading {
            Reading::Doubtful => rest.len() > MAX_DOUBTFUL,
            _ => tag.plain_end.is_some_and(|end| end > MAX_TAG),
        };
        let costly = fostering.is_too_much() || split.cost(end) > MAX_COST;
        if depth > MAX_DEPTH || too_long || costly {
            return None;
        }
    }
    (split.cost(html.len()) <= MAX_COST).then(|| split.finish())
}

/// A possible tag: the text after a `<`.
pub(super) struct Tag {
    pub(super) closing: bool,
    /// In lower case; empty where the text is not a tag.
    name: String,
    /// The place of its `>`, after the name, if everything up to there is written as the standard
    /// wants it.
    plain_end: Option<usize>,
    /// The place where the text after it begins, if that is known. A `<` before something else is
    /// text itself.
    text: Option<usize>,
}

impl Tag {
    fn new(piece: &str) -> Self {
        let closing = piece.starts_with('/');
        let text = &piece[usize::from(closing)..];
        let end = text
            .find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/')
            .unwrap_or(text.len());
        let is_tag = text.starts_with(|c: char| c.is_ascii_alphabetic());
        let (name, attributes) = if is_tag {
            text.split_at(end)
        } else {
            ("", text)
        };
        // A `>` may stand in a quoted attribute; the end is where the tag is plain up to it.
        let plain_end = attributes
            .match_indices('>')
            .map(|(end, _)| end)
            .take(4)
            .find(|end| is_tag && PLAIN_ATTRIBUTES.is_match(&attributes[..*end]));
        let after_name = usize::from(closing) + name.len();
        let text = if is_tag {
            plain_end.map(|end| after_name + end + 1)
        } else {
            (!closing && !piece.starts_with(['!', '?'])).then_some(0)
        };
        Self {
            closing,
            name: name.to_ascii_lowercase(),
            plain_end,
            text,
        }
    }

    pub(super) fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str())
    }

    fn nests(&self) -> bool {
        !self.name.is_empty() && !self.is(FLAT) && !self.is(TEXT_ONLY)
    }
}

/// The way in which a parser would read on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reading {
    /// As this module does.
    Plain,
    /// As a comment.
    Comment,
    /// As text, up to the closing tag of this name.
    Text(String),
    /// As only a parser knows, from here to the end.
    Doubtful,
}

impl Reading {
    /// After a piece of text that stood between two `<`.
    fn after(self, piece: &str, tag: &Tag) -> Self {
        match self {
            Self::Doubtful => Self::Doubtful,
            Self::Comment => Self::in_comment(piece),
            Self::Text(element) if tag.closing && element == tag.name => {
                Self::Plain.after(piece, tag)
            }
            Self::Text(element) => Self::Text(element),
            Self::Plain if piece.starts_with("!--") => Self::begin_comment(&piece[3..]),
            Self::Plain if piece.starts_with(['!', '?']) || tag.is(FOREIGN) => Self::Doubtful,
            Self::Plain if tag.name.is_empty() => Self::Plain,
            Self::Plain if tag.plain_end.is_none() => Self::Doubtful,
            Self::Plain if !tag.closing && tag.is(TEXT_ONLY) => Self::Text(tag.name.clone()),
            Self::Plain => Self::Plain,
        }
    }

    fn begin_comment(text: &str) -> Self {
        if text.starts_with(['>', '-']) {
            Self::Doubtful
        } else {
            Self::in_comment(text)
        }
    }

    /// A comment has odd ends besides the right one.
    fn in_comment(text: &str) -> Self {
        if text.contains("--!>") {
            Self::Doubtful
        } else if text.contains("-->") {
            Self::Plain
        } else {
            Self::Comment
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::{MAX_DEPTH, MAX_TAG, prepared};

    fn is_too_complex(html: &str) -> bool {
        prepared(html).is_none()
    }

    #[test]
    fn long_pages_are_not_complex() {
        for ordinary in [
            "<p>text</p>\n",
            "<p>unclosed<br>",
            "<div class=\"a\"><span>x</span></div>",
            "<a href=\"/x?a=1&amp;b=2\" title=\"it's > 3\">x</a>",
            "<ul><li>one<li>two</ul>",
            "<!-- more --><em>x</em>",
            "<iframe src=\"https://example.com\"></iframe><b>x</b>",
            "<script>if (a > b) c()</script><b>x</b>",
            "a < b and <3",
            "<img src=\"/a.png\" alt='x'/><hr />",
            "<input disabled value=x>",
        ] {
            assert!(!is_too_complex(&ordinary.repeat(10_000)), "{ordinary}");
        }
    }

    #[test]
    fn depth_is_limited_exactly_for_plain_tags() {
        assert!(!is_too_complex(&"<div>".repeat(MAX_DEPTH)));
        assert!(is_too_complex(&"<div>".repeat(MAX_DEPTH + 1)));
    }

    #[test]
    fn the_length_of_a_tag_is_limited() {
        let mut tag = "<div".to_owned();
        for number in 0..MAX_TAG / 4 {
            write!(tag, " a{number}").unwrap();
        }
        tag.push('>');
        assert!(is_too_complex(&tag));
        assert!(is_too_complex(&tag.replacen(" a7 ", " a=\">\" ", 1)));
        assert!(is_too_complex(&tag.replacen(" a7 ", " a< ", 1).repeat(8)));
        assert!(!is_too_complex(&"long text ".repeat(MAX_TAG)));
        assert!(!is_too_complex(&format!(
            "<p>{}",
            "long text ".repeat(MAX_TAG)
        )));
    }

    #[test]
    fn closing_tags_that_close_nothing_do_not_count() {
        for trick in [
            "<div></b>",
            "<div><!-- </div> -->",
            "<div><!--></div>--><!-- -->",
            "<div><!-- --!></div> -->",
            "<div title=\"</div>\">",
            "<div title='a>b</div>'>",
            "<div x\" a=\"></div>\">",
            "<div a'b=\"c'></div>\">",
            "<div a=b=\"c d=\"></div>\">",
            "<div a= b=\"x y=\"></div>\">",
            "<div><textarea></div></textarea>",
            "<div><![CDATA[</div>]]>",
            "<div><?x </div>?>",
            "<div><svg><style></div></style></svg>",
            "<div><select><iframe></select></div></iframe>",
            "<DIV></B>",
            "<div><noscript></div></noscript>",
        ] {
            assert!(is_too_complex(&trick.repeat(2_000)), "{trick}");
        }
    }

    /// Text is split where it may stand; where it may not, or a tag hides it, it is too much.
    #[test]
    fn text_is_never_left_in_large_pieces_that_cost_something() {
        let text = "&".repeat(1 << 20);
        for (before, after) in [
            ("", ""),
            ("<p>", "</p>"),
            ("<table>", "</table>"),
            ("<pre><code class=\"language-c\">", "</code></pre>"),
            ("a < ", ""),
            ("<!-- x --><p>", ""),
            ("<script>1</script><p>", ""),
        ] {
            let html = format!("{before}{text}{after}");
            let split = prepared(&html).unwrap_or_else(|| panic!("{before}"));
            let longest = split.split("<split></split>").map(str::len).max();
            assert!(longest < Some(600), "{before}: {longest:?}");
        }
        for (before, after) in [
            ("<textarea>", "</textarea>"),
            ("<title>", "</title>"),
            ("<xmp>", "</xmp>"),
            ("<!-- ", "-->"),
            ("<img alt=\"", "\">"),
            ("<svg>", "</svg>"),
            ("</ ", ">"),
        ] {
            let html = format!("{before}{text}{after}");
            assert!(is_too_complex(&html), "{before}");
        }
    }

    #[test]
    fn what_is_moved_out_of_tables_is_limited() {
        for moved in [
            format!("<table>{}", "a<i></i>".repeat(20_000)),
            format!("<table>{}", "<tr>a".repeat(40_000)),
            format!("<table><tr><td>{}", "</td>a<td>".repeat(20_000)),
            format!(
                "<table><template></table></template>{}",
                "a<i></i>".repeat(20_000)
            ),
        ] {
            assert!(is_too_complex(&moved), "{}", &moved[..40]);
        }
        for ordinary in [
            "<tr><td>a <b>b</b></td>\n<td>c</td></tr>\n",
            "<tr><th align=\"left\">a<td>b",
            "</tbody><tbody>\n<tr>\n<td><p>a</p><p>b</p></td>\n</tr>\n",
        ] {
            let table = format!(
                "<table>\n<tbody>\n{}</tbody>\n</table>\n",
                ordinary.repeat(10_000)
            );
            assert!(!is_too_complex(&table), "{ordinary}");
        }
    }

    #[test]
    fn tags_that_a_parser_ignores_do_not_hide_the_length_of_their_text() {
        let split = prepared(&"&</x>".repeat(200_000)).unwrap();
        let longest = split.split("<split></split>").map(str::len).max();
        assert!(longest < Some(600), "{longest:?}");
    }
}
