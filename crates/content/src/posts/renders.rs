//! Rendering once what is read often.
//!
//! Only the server's own step is kept: from Markdown, or from the HTML that a plugin has
//! made of it, to HTML that is safe. It depends on nothing but its text, so the text is the key,
//! and whatever changes a post, SQL of a plugin too, cannot leave an old page behind. Plugins are
//! asked each time.

use std::{num::NonZero, sync::Arc, thread};

use quick_cache::{OptionsBuilder, Weighter, sync::Cache};
use tokio::sync::Semaphore;

use super::{markdown, sanitise};
use crate::ContentError;

/// Bytes of texts and pages that are kept.
const CAPACITY: u64 = 32 << 20;
/// Pages that the cache makes room for in its index; more fit if they are small.
const PAGES: usize = 1024;
/// Bytes that a page costs beside its text.
const OVERHEAD: u64 = 256;

/// The text to render.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// An author's Markdown.
    Markdown(Arc<str>),
    /// HTML that a plugin has made of it.
    Html(Arc<str>),
}

impl Source {
    fn text(&self) -> &Arc<str> {
        match self {
            Self::Markdown(text) | Self::Html(text) => text,
        }
    }

    /// Safe HTML. What would take too long, or be too large, is shown as the text that it is.
    fn render(&self) -> Arc<str> {
        let clean = match self {
            Self::Markdown(text) => {
                markdown::html(text).and_then(|html| sanitise::sanitised(&html))
            }
            Self::Html(html) => sanitise::sanitised(html),
        };
        clean
            .unwrap_or_else(|| sanitise::as_text(self.text()))
            .into()
    }
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Source, Arc<str>> for Bytes {
    fn weight(&self, source: &Source, html: &Arc<str>) -> u64 {
        OVERHEAD + (source.text().len() + html.len()) as u64
    }
}

/// Renders, and keeps what was rendered. Cloning shares it.
#[derive(Clone)]
pub(super) struct Renders(Arc<Shared>);

struct Shared {
    cache: Cache<Source, Arc<str>, Bytes>,
    /// One for each page that may be rendered at a time; who waits is served in order.
    turns: Arc<Semaphore>,
}

impl Renders {
    pub(super) fn new() -> Self {
        let options = OptionsBuilder::new()
            // One: a page may take a third of the whole.
            .shards(1)
            .estimated_items_capacity(PAGES)
            .weight_capacity(CAPACITY)
            .build()
            .expect("both capacities are given");
        let cache = Cache::with_options(
            options,
            Bytes,
            quick_cache::DefaultHashBuilder::default(),
            quick_cache::sync::DefaultLifecycle::default(),
        );
        let turns = thread::available_parallelism().map_or(1, NonZero::get);
        Self(Arc::new(Shared {
            cache,
            turns: Arc::new(Semaphore::new(turns)),
        }))
    }

    /// The safe HTML of a text. Of those who ask for the same at a time, one renders it.
    pub(super) async fn html(&self, source: Source) -> Result<Arc<str>, ContentError> {
        if let Some(html) = self.0.cache.get(&source) {
            return Ok(html);
        }
        let shared = Arc::clone(&self.0);
        // On a task of its own: a reader who hangs up does not throw away what is half done.
        tokio::spawn(async move { shared.rendered(source).await })
            .await
            .map_err(|error| failed(&error))?
    }
}

impl Shared {
    async fn rendered(&self, source: Source) -> Result<Arc<str>, ContentError> {
        let render = async {
            let turn = Arc::clone(&self.turns).acquire_owned().await;
            let turn = turn.map_err(|error| ContentError::Internal(error.to_string()))?;
            let source = source.clone();
            tokio::task::spawn_blocking(move || {
                let _turn = turn;
                source.render()
            })
            .await
            .map_err(|error| failed(&error))
        };
        self.cache.get_or_insert_async(&source, render).await
    }
}

fn failed(error: &tokio::task::JoinError) -> ContentError {
    ContentError::Internal(format!("cannot render the post: {error}"))
}

#[cfg(test)]
mod tests {
    use std::{
        future::{Future, poll_fn},
        sync::Arc,
        task::Poll,
        time::{Duration, Instant},
    };

    use super::{CAPACITY, Renders, Source};
    use crate::posts::page::MAX_HTML;

    fn time(text: String) -> Duration {
        let source = Source::Markdown(text.into());
        let begin = Instant::now();
        source.render();
        begin.elapsed()
    }

    /// Eight times the text takes about eight times as long, not sixty-four times. Other work
    /// disturbs what is measured, but not each of several times. (What cannot be linear is cut off
    /// where it begins to cost something; the tests of complexity are about that.)
    #[test]
    fn no_text_takes_time_that_grows_with_its_square() {
        type Make = fn(usize) -> String;
        let texts: [(&str, Make); 6] = [
            ("&", |n| "&".repeat(n)),
            ("&lt", |n| "&lt".repeat(n / 3)),
            ("code", |n| format!("```\n{}", "a && b\n".repeat(n / 7))),
            ("ignored tags", |n| "&</x>".repeat(n / 5)),
            ("footnotes", |n| {
                let notes: Vec<_> = (0..n / 12).map(|i| format!("[^{i}]: x\n")).collect();
                notes.concat()
            }),
            ("tables", |n| "|a|\n|-|\n|b|\n\n".repeat(n / 13)),
        ];
        for (name, make) in texts {
            let is_linear = (0..8).any(|_| {
                let (short, long) = (time(make(4 << 10)), time(make(32 << 10)));
                long <= short.max(Duration::from_millis(5)) * 27
            });
            assert!(is_linear, "{name}");
        }
    }

    #[test]
    fn no_page_is_larger_than_it_may_be() {
        for text in [
            ">".repeat(1 << 20),
            "> 1. ".repeat((1 << 20) / 5),
            "[^a]".repeat((1 << 20) / 4) + "\n\n[^a]: x",
        ] {
            let html = Source::Markdown(text.as_str().into()).render();
            assert!(html.len() <= MAX_HTML, "{}", html.len());
            // It is shown as it is, so that nothing of it is lost.
            assert!(html.starts_with("<pre>"), "{}", &html[..40]);
        }
        let html = Source::Html("<div>".repeat(MAX_HTML / 5).into()).render();
        assert!(html.len() <= MAX_HTML && html.starts_with("<pre>&lt;div&gt;"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_text_is_rendered_once_for_all_who_ask() {
        let renders = Renders::new();
        let text: Arc<str> = "Some *text*.\n\n".repeat(2_000).into();
        let visitors: Vec<_> = (0..20)
            .map(|_| {
                let (renders, text) = (renders.clone(), Arc::clone(&text));
                tokio::spawn(async move { renders.html(Source::Markdown(text)).await.unwrap() })
            })
            .collect();
        let mut pages = Vec::new();
        for visitor in visitors {
            pages.push(visitor.await.unwrap());
        }
        let first = &pages[0];
        assert!(first.contains("<em>text</em>"));
        // One allocation: nobody else has made one.
        assert!(pages.iter().all(|page| Arc::ptr_eq(page, first)));
        // HTML of the same text is something else.
        let html = renders.html(Source::Html(text)).await.unwrap();
        assert!(html.contains("Some *text*."));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_reader_who_hangs_up_does_not_throw_the_page_away() {
        let renders = Renders::new();
        let source = Source::Markdown("Some *text*.\n\n".repeat(5_000).into());
        let mut reader = Box::pin(renders.html(source.clone()));
        // It is begun, and then the reader is gone.
        let waits = poll_fn(|context| Poll::Ready(reader.as_mut().poll(context).is_pending()));
        assert!(waits.await);
        drop(reader);
        let deadline = Instant::now() + Duration::from_mins(1);
        while renders.0.cache.peek(&source).is_none() {
            assert!(Instant::now() < deadline, "the page is not kept");
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_kept_is_bounded() {
        let renders = Renders::new();
        for number in 0..80 {
            let text = format!("{number}\n\n{}", " ".repeat(1 << 20));
            renders.html(Source::Html(text.into())).await.unwrap();
        }
        let weight = renders.0.cache.weight();
        assert!(weight <= CAPACITY && weight > CAPACITY / 2, "{weight}");
    }
}
