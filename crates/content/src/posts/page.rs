//! From a post's Markdown to the HTML of its page.
//!
//! The order is the safety: what the author wrote is sanitised, whoever rendered it, and only then
//! may plugins add markup of their own.

use std::sync::{Arc, LazyLock};

use ammonia::Builder;
use pulldown_cmark::{Options, Parser, html::push_html};
use raisfast_hooks::Hooks;
use raisfast_types::hook::{FilterHtml, RenderMarkdown};

use super::complexity::is_too_complex;
use crate::ContentError;

/// Bytes of a page; a plugin that makes more has made an error.
const MAX_HTML: usize = 8 << 20;

/// Renders, sanitises and filters. A plugin's failure leaves the page without that plugin's work,
/// unless its manifest says otherwise.
pub(super) async fn render(hooks: &Hooks, markdown: &str) -> Result<String, ContentError> {
    let text: Arc<str> = markdown.into();
    let rendered = hooks
        .first::<RenderMarkdown>(Arc::clone(&text), |html| within_size(html))
        .await;
    let safe = tokio::task::spawn_blocking(move || {
        sanitised(&rendered.unwrap_or_else(|| built_in(&text)))
    })
    .await
    .map_err(|error| ContentError::Internal(format!("cannot render the post: {error}")))?;
    let page = hooks.filter::<FilterHtml>(safe.into(), within_size).await?;
    Ok(page.as_ref().to_owned())
}

/// Checks what a plugin made of a page or a part of it.
pub(crate) fn within_size(html: &str) -> Result<(), String> {
    if html.len() <= MAX_HTML {
        Ok(())
    } else {
        Err(format!(
            "a page has at most {MAX_HTML} bytes, not {}",
            html.len()
        ))
    }
}

/// CommonMark with tables, footnotes and strikethrough.
fn built_in(markdown: &str) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    let mut html = String::with_capacity(markdown.len() * 3 / 2);
    push_html(&mut html, Parser::new_ext(markdown, options));
    html
}

/// Keeps the markup of text, links and images; drops scripts, styles, handlers, forms and frames.
/// What would take too long to read as HTML is shown as the text that it is.
fn sanitised(html: &str) -> String {
    static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(Builder::default);
    if is_too_complex(html) {
        return format!("<pre>{}</pre>", ammonia::clean_text(html));
    }
    SANITISER.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::{built_in, sanitised};

    #[test]
    fn markdown_becomes_html() {
        assert_eq!(
            built_in("# One\n\n~~two~~ **three**"),
            "<h1>One</h1>\n<p><del>two</del> <strong>three</strong></p>\n"
        );
        assert!(built_in("| a |\n|---|\n| b |").contains("<td>b</td>"));
    }

    #[test]
    fn what_runs_is_dropped_and_text_is_kept() {
        for (dirty, clean) in [
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
        ] {
            assert_eq!(sanitised(dirty), clean);
        }
    }

    #[test]
    fn absurd_nesting_is_shown_as_text() {
        let text = sanitised(&"<div>".repeat(200_000));
        assert!(text.starts_with("<pre>&lt;div&gt;"), "{}", &text[..40]);
        let quotes = sanitised(&built_in(&">".repeat(200_000)));
        assert!(
            quotes.starts_with("<pre>&lt;blockquote&gt;"),
            "{}",
            &quotes[..40]
        );
    }
}
