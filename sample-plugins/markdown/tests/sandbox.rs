//! The plugin in the real sandbox. `cargo xtask build-plugins markdown` builds what is tested here.

use raisfast_testkit::{
    Sandbox, SandboxedPlugin,
    hook::{FilterHtml, RenderMarkdown},
};

async fn load() -> SandboxedPlugin {
    let loaded = Sandbox::new().load("../../target/plugins/markdown").await;
    loaded.unwrap_or_else(|error| panic!("{error}"))
}

async fn rendered(plugin: &SandboxedPlugin, markdown: &str) -> String {
    let html = plugin.filter::<RenderMarkdown>(markdown).await;
    html.expect("the call returns").expect("it always renders")
}

async fn filtered(plugin: &SandboxedPlugin, html: &str) -> Option<String> {
    let filtered = plugin.filter::<FilterHtml>(html).await;
    filtered.expect("the call returns")
}

#[tokio::test]
async fn markdown_becomes_html() {
    let plugin = load().await;
    for (markdown, html) in [
        ("", ""),
        ("# Title", "<h1>Title</h1>\n"),
        (
            "[a *link*](https://example.com \"t\")",
            "<p><a href=\"https://example.com\" title=\"t\">a <em>link</em></a></p>\n",
        ),
        (
            "```rust\nlet a = b < c;\n```",
            "<pre><code class=\"language-rust\">let a = b &lt; c;\n</code></pre>\n",
        ),
        (
            "| a | b |\n|---|--:|\n| 1 | 2 |",
            "<table><thead><tr><th>a</th><th style=\"text-align: right\">b</th></tr></thead><tbody>\n\
             <tr><td>1</td><td style=\"text-align: right\">2</td></tr>\n</tbody></table>\n",
        ),
        ("~~old~~ \"new\"", "<p><del>old</del> “new”</p>\n"),
    ] {
        assert_eq!(rendered(&plugin, markdown).await, html, "{markdown}");
    }
}

#[tokio::test]
async fn task_lists_and_footnotes_are_rendered() {
    let plugin = load().await;
    let tasks = rendered(&plugin, "- [x] done\n- [ ] open").await;
    assert_eq!(tasks.matches("type=\"checkbox\"").count(), 2, "{tasks}");
    let note = rendered(&plugin, "Text[^1]\n\n[^1]: The note.").await;
    assert!(note.contains("footnote-definition"), "{note}");
}

#[tokio::test]
async fn headings_link_to_themselves() {
    let plugin = load().await;
    let page = "<h1>Größe &amp; <em>Form</em></h1>\n<p>a</p>\n<h2>Next</h2>\n<p>b</p>";
    assert_eq!(
        filtered(&plugin, page).await.as_deref(),
        Some(
            "<h1 id=\"größe-amp-form\"><a class=\"anchor\" href=\"#größe-amp-form\">\
             Größe &amp; <em>Form</em></a></h1>\n<p>a</p>\n\
             <h2 id=\"next\"><a class=\"anchor\" href=\"#next\">Next</a></h2>\n<p>b</p>"
        )
    );
}

#[tokio::test]
async fn a_page_without_headings_stays() {
    let plugin = load().await;
    for page in [
        "",
        "<p>a</p>",
        "<hr>",
        "<h1>never closed",
        "<h1 id=\"own\">A</h1>",
    ] {
        assert_eq!(filtered(&plugin, page).await, None, "{page}");
    }
}

#[tokio::test]
async fn no_heading_breaks_out_of_its_attributes() {
    let plugin = load().await;
    for heading in [
        "\" onclick=\"alert(1)",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "'><img src=x onerror=alert(1)>",
        "a\0b\u{202e}c",
        "<<h1>>",
    ] {
        let page = format!("<h2>{heading}</h2>");
        let filtered = filtered(&plugin, &page).await.expect("it gets an anchor");
        let (_, id) = filtered.split_once("id=\"").expect("an id");
        let (id, rest) = id.split_once('"').expect("the id ends");
        assert!(
            id.chars().all(|c| c.is_alphanumeric() || c == '-'),
            "{filtered}"
        );
        assert!(
            rest.starts_with(&format!("><a class=\"anchor\" href=\"#{id}\">")),
            "{filtered}"
        );
    }
}

#[tokio::test]
async fn a_page_made_to_take_long_is_answered() {
    let plugin = load().await;
    let same = filtered(&plugin, &"<h1>a</h1>".repeat(100_000)).await;
    let same = same.expect("every heading gets an anchor");
    assert_eq!(same.matches("id=\"a-99999\"").count(), 1);

    let unclosed = "<h1>".repeat(250_000);
    assert_eq!(filtered(&plugin, &unclosed).await, None);

    let linked = format!(
        "{}<a href=\"#\">x</a>{}",
        "<h1><div>".repeat(50_000),
        "</div></h1>".repeat(50_000)
    );
    assert_eq!(filtered(&plugin, &linked).await, None);

    let quoted = rendered(&plugin, &"> ".repeat(10_000)).await;
    assert_eq!(quoted.matches("<blockquote>").count(), 10_000);
}
