//! The choice of the renderer.

use std::sync::Arc;

use raisfast_contract::{PluginId, hook::RenderMarkdown};
use raisfast_hooks::{Bus, HandlerError, Subscription};

use crate::{id, subscription};

fn answering(
    plugin: &PluginId,
    priority: i32,
    answer: Result<Option<&'static str>, &'static str>,
) -> Subscription {
    subscription::<RenderMarkdown>(plugin, priority, move |_: (Arc<str>,)| async move {
        let answer = answer.map_err(HandlerError::new)?;
        Ok(answer.map(str::to_owned))
    })
}

#[tokio::test]
async fn the_first_answer_wins() {
    let bus = Bus::new();
    let (a, b, c, d) = (id("org.a"), id("org.b"), id("org.c"), id("org.d"));
    bus.replace(&a, vec![answering(&a, 4, Ok(Some("too late")))]);
    bus.replace(&b, vec![answering(&b, 3, Ok(Some("<p>b</p>")))]);
    bus.replace(&c, vec![answering(&c, 2, Err("trap"))]);
    bus.replace(&d, vec![answering(&d, 1, Ok(None))]);
    let rendered = bus
        .snapshot()
        .first::<RenderMarkdown>("text".into(), |_| Ok(()))
        .await;
    assert_eq!(rendered.as_deref(), Some("<p>b</p>"));
}

#[tokio::test]
async fn nobody_may_answer() {
    let bus = Bus::new();
    let a = id("org.a");
    bus.replace(&a, vec![answering(&a, 1, Ok(None))]);
    let rendered = bus
        .snapshot()
        .first::<RenderMarkdown>("text".into(), |_| Ok(()))
        .await;
    assert_eq!(rendered, None);
}

#[tokio::test]
async fn a_refused_answer_passes_the_question_on() {
    let bus = Bus::new();
    let (a, b) = (id("org.a"), id("org.b"));
    bus.replace(&a, vec![answering(&a, 1, Ok(Some("far too long")))]);
    bus.replace(&b, vec![answering(&b, 2, Ok(Some("short")))]);
    let short = |html: &String| {
        if html.len() <= 5 {
            Ok(())
        } else {
            Err("too long".to_owned())
        }
    };
    let hooks = bus.snapshot();
    let rendered = hooks.first::<RenderMarkdown>("text".into(), short).await;
    assert_eq!(rendered.as_deref(), Some("short"));
}
