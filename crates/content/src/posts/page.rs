//! From a post's Markdown to the HTML of its page.
//!
//! The order is the safety: what the author wrote is sanitised, whoever rendered it, and only then
//! may plugins add markup of their own.

use std::sync::Arc;

use raisfast_contract::hook::{FilterHtml, RenderMarkdown};
use raisfast_hooks::Hooks;

use super::renders::{Renders, Source};
use crate::ContentError;

/// Bytes of a page; a plugin that makes more has made an error.
pub(super) const MAX_HTML: usize = 8 << 20;

/// Renders, sanitises and filters. A plugin's failure leaves the page without that plugin's work,
/// unless its manifest says otherwise.
pub(super) async fn render(
    renders: &Renders,
    hooks: &Hooks,
    markdown: &str,
) -> Result<String, ContentError> {
    let text: Arc<str> = markdown.into();
    let rendered = hooks
        .first::<RenderMarkdown>(Arc::clone(&text), |html| within_size(html))
        .await;
    let source = match rendered {
        Some(html) => Source::Html(html.into()),
        None => Source::Markdown(text),
    };
    let safe = renders.html(source).await?;
    let page = hooks.filter::<FilterHtml>(safe, within_size).await?;
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
