//! Handlers that answer without a future.

use std::sync::Arc;

use raisfast_contract::{Call, Delivery, Hook, hook::FilterHtml};
use raisfast_hooks::{Bus, Handler, HandlerCall, HandlerError, OnError, Subscription};

use crate::options;

type Params = <FilterHtml as Hook>::Params;

/// A handler that answers at once, or not.
enum Hurried {
    Answers,
    Fails,
    Panics,
    Waits,
}

impl Handler<FilterHtml> for Hurried {
    fn call<'a>(&'a self, (html,): Params, _: Option<&'a Delivery>) -> HandlerCall<'a, FilterHtml> {
        match self {
            Self::Answers => Call::Ready(Ok(Some(format!("{html}, at once")))),
            Self::Fails => Call::Ready(Err(HandlerError::new("it cannot"))),
            Self::Panics => panic!("it must not"),
            Self::Waits => Call::running(|| async move {
                tokio::task::yield_now().await;
                Ok(Some(format!("{html}, in good time")))
            }),
        }
    }
}

async fn filtered(handler: Hurried) -> Result<String, String> {
    let plugin = "com.example.hurried".parse().unwrap();
    let bus = Bus::new();
    let handler = Arc::new(handler);
    let subscription =
        Subscription::new::<FilterHtml>(Clone::clone(&plugin), options(0, OnError::Abort), handler);
    bus.replace(&plugin, vec![subscription]);
    let hooks = bus.snapshot();
    let html = hooks.filter::<FilterHtml>("html".into(), |_| Ok(()));
    html.await
        .map(|html| html.to_string())
        .map_err(|aborted| aborted.reason)
}

#[tokio::test]
async fn an_answer_at_once_is_the_answer() {
    assert_eq!(filtered(Hurried::Answers).await.unwrap(), "html, at once");
}

#[tokio::test]
async fn a_failure_at_once_is_a_failure() {
    assert_eq!(filtered(Hurried::Fails).await.unwrap_err(), "it cannot");
}

#[tokio::test]
async fn a_panic_at_once_is_a_failure() {
    let reason = filtered(Hurried::Panics).await.unwrap_err();
    assert_eq!(reason, "the handler panicked: it must not");
}

#[tokio::test]
async fn a_handler_that_does_not_answer_at_once_is_waited_for() {
    assert_eq!(
        filtered(Hurried::Waits).await.unwrap(),
        "html, in good time"
    );
}
