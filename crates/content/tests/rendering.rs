//! The examples of the book's page on rendering, on a site.

mod support;

use std::sync::Arc;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use raisfast_contract::{PostInput, hook::RenderMarkdown};
use raisfast_hooks::OnError;
use support::{TestSite, published};

const PAGE: &str = include_str!("../../../docs/src/authors/rendering.md");

/// The page's examples: what stands behind the backticks, and the text.
fn examples() -> Vec<(String, String)> {
    let mut examples = Vec::new();
    let mut open = false;
    for event in Parser::new(PAGE) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                examples.push((info.to_string(), String::new()));
                open = true;
            }
            Event::End(TagEnd::CodeBlock) => open = false,
            Event::Text(text) if open => examples.last_mut().unwrap().1.push_str(&text),
            _ => {}
        }
    }
    examples
}

/// Returns the HTML that a reader gets of a text; a plugin renders what begins with a tag.
async fn shown(test: &TestSite, number: usize, content: &str) -> String {
    let input = PostInput {
        content: content.to_owned(),
        slug: Some(format!("example-{number}")),
        ..published("Example")
    };
    let post = test.site.posts().create(&test.admin, input).await.unwrap();
    test.site.posts().read(&post.slug).await.unwrap().html
}

#[tokio::test]
async fn the_books_examples_are_shown_as_it_says() {
    let test = TestSite::new().await;
    test.plugin::<RenderMarkdown>(
        "html",
        OnError::Continue,
        |(text,): (Arc<str>,)| async move {
            Ok(text.starts_with('<').then(|| text.as_ref().to_owned()))
        },
    );
    let mut source = None;
    let mut tried = 0;
    for (number, (kind, text)) in examples().into_iter().enumerate() {
        match kind.as_str() {
            "markdown" | "html rendered" => source = Some(text),
            "html kept" => {
                assert_eq!(shown(&test, number, &text).await, text);
                tried += 1;
            }
            "html shown" => {
                let source = source.take().expect("a text before it");
                assert_eq!(shown(&test, number, &source).await, text, "{source}");
                tried += 1;
            }
            kind => panic!("nothing is done with ```{kind}"),
        }
    }
    assert_eq!(tried, 5);
}
