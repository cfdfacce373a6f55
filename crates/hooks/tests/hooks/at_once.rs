//! Handlers that answer without a future.

use std::sync::Arc;

use async_trait::async_trait;
use raisfast_contract::{Delivery, Hook, hook::FilterHtml};
use raisfast_hooks::{Bus, Handler, HandlerError, OnError, Subscription};

use crate::options;

type Params = <FilterHtml as Hook>::Params;
type Answer = Result<Option<String>, HandlerError>;

/// What the handler does when it is asked to answer at once.
enum Hurried {
    Answers,
    Fails,
    Panics,
    Declines,
}

#[async_trait]
impl Handler<FilterHtml> for Hurried {
    async fn call(&self, (html,): Params, _: Option<&Delivery>) -> Answer {
        Ok(Some(format!("{html}, in good time")))
    }

    fn call_at_once(&self, (html,): Params, _: Option<&Delivery>) -> Result<Answer, Params> {
        match self {
            Self::Answers => Ok(Ok(Some(format!("{html}, at once")))),
            Self::Fails => Ok(Err(HandlerError::new("it cannot"))),
            Self::Panics => panic!("it must not"),
            Self::Declines => Err((html,)),
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
async fn a_handler_that_declines_is_called_and_waited_for() {
    assert_eq!(
        filtered(Hurried::Declines).await.unwrap(),
        "html, in good time"
    );
}
