//! The fate of a filter's answer, and of its failure.

use std::sync::Arc;

use raisfast_contract::{
    HookName, PostInput,
    hook::{FilterHtml, OnContentCreating, OnPostCreating},
};
use raisfast_hooks::{Bus, OnError, Subscription};

use crate::{Journal, appending, event, for_types, id, options, post, retitling, subscription};

async fn html(bus: &Bus) -> String {
    let hooks = bus.snapshot();
    let html = hooks.filter::<FilterHtml>("".into(), |_| Ok(())).await;
    html.unwrap().to_string()
}

#[tokio::test]
async fn plugins_are_called_by_priority_then_by_id() {
    let bus = Bus::new();
    let (a, b, c) = (id("org.a"), id("org.b"), id("org.c"));
    // Neither the order of subscribing nor that of the ids is the order of calling.
    bus.replace(
        &b,
        vec![appending(&b, 10, "b10 "), appending(&b, -1, "b-1 ")],
    );
    bus.replace(&c, vec![appending(&c, 5, "c5 ")]);
    bus.replace(&a, vec![appending(&a, 10, "a10 ")]);
    assert_eq!(html(&bus).await, "b-1 c5 a10 b10 ");
}

#[tokio::test]
async fn some_replaces_and_none_keeps() {
    let bus = Bus::new();
    let (a, b, c) = (id("org.a"), id("org.b"), id("org.c"));
    bus.replace(
        &a,
        vec![retitling(&a, 1, OnError::Continue, Ok(Some("from a")))],
    );
    bus.replace(&b, vec![retitling(&b, 2, OnError::Continue, Ok(None))]);
    let seen = Journal::new();
    let reader = {
        let seen = seen.clone();
        move |(post,): (Arc<PostInput>,)| {
            seen.write(post.title.clone());
            async { Ok(None) }
        }
    };
    bus.replace(&c, vec![subscription::<OnPostCreating>(&c, 3, reader)]);

    let hooks = bus.snapshot();
    let filtered = hooks
        .filter::<OnPostCreating>(post("mine"), |_| Ok(()))
        .await;
    assert_eq!(filtered.unwrap().title, "from a");
    assert_eq!(seen.entries(), ["from a"]);
}

#[tokio::test]
async fn a_value_that_nobody_replaces_is_the_very_same() {
    let bus = Bus::new();
    let a = id("org.a");
    bus.replace(&a, vec![retitling(&a, 1, OnError::Continue, Ok(None))]);
    let given = post("mine");
    let hooks = bus.snapshot();
    let filtered = hooks
        .filter::<OnPostCreating>(Arc::clone(&given), |_| Ok(()))
        .await;
    assert!(Arc::ptr_eq(&filtered.unwrap(), &given));
}

#[tokio::test]
async fn a_failure_keeps_the_value_and_the_chain_goes_on() {
    let bus = Bus::new();
    let (a, b, c, d) = (id("org.a"), id("org.b"), id("org.c"), id("org.d"));
    bus.replace(
        &a,
        vec![retitling(&a, 1, OnError::Continue, Ok(Some("from a")))],
    );
    bus.replace(&b, vec![retitling(&b, 2, OnError::Continue, Err("trap"))]);
    let panicking = |_: (Arc<PostInput>,)| async { panic!("out of ideas") };
    bus.replace(&c, vec![subscription::<OnPostCreating>(&c, 3, panicking)]);
    let appending = |(post,): (Arc<PostInput>,)| async move {
        Ok(Some(PostInput {
            title: format!("{} and d", post.title),
            ..PostInput::clone(&post)
        }))
    };
    bus.replace(&d, vec![subscription::<OnPostCreating>(&d, 4, appending)]);

    let hooks = bus.snapshot();
    let filtered = hooks
        .filter::<OnPostCreating>(post("mine"), |_| Ok(()))
        .await;
    assert_eq!(filtered.unwrap().title, "from a and d");
}

#[tokio::test]
async fn an_invalid_answer_is_the_plugins_failure() {
    let bus = Bus::new();
    let (a, b) = (id("org.a"), id("org.b"));
    bus.replace(
        &a,
        vec![retitling(&a, 1, OnError::Continue, Ok(Some("from a")))],
    );
    bus.replace(&b, vec![retitling(&b, 2, OnError::Continue, Ok(Some("")))]);
    let validate = |post: &PostInput| match post.title.as_str() {
        "" => Err("the title is empty".to_owned()),
        _ => Ok(()),
    };
    let hooks = bus.snapshot();
    let filtered = hooks.filter::<OnPostCreating>(post("mine"), validate).await;
    assert_eq!(filtered.unwrap().title, "from a");

    bus.replace(&b, vec![retitling(&b, 2, OnError::Abort, Ok(Some("")))]);
    let hooks = bus.snapshot();
    let aborted = hooks
        .filter::<OnPostCreating>(post("mine"), validate)
        .await
        .unwrap_err();
    assert_eq!(aborted.plugin, b);
    assert_eq!(aborted.hook, HookName::OnPostCreating);
    assert!(aborted.reason.contains("the title is empty"), "{aborted}");
}

#[tokio::test]
async fn a_failure_that_aborts_ends_the_chain() {
    let bus = Bus::new();
    let (a, b) = (id("org.a"), id("org.b"));
    let later = Journal::new();
    let counting = {
        let later = later.clone();
        move |_: (Arc<PostInput>,)| {
            later.write("called");
            async { Ok(None) }
        }
    };
    bus.replace(&a, vec![retitling(&a, 1, OnError::Abort, Err("no money"))]);
    bus.replace(&b, vec![subscription::<OnPostCreating>(&b, 2, counting)]);

    let hooks = bus.snapshot();
    let aborted = hooks
        .filter::<OnPostCreating>(post("mine"), |_| Ok(()))
        .await
        .unwrap_err();
    assert_eq!(
        (aborted.plugin.as_str(), aborted.reason.as_str()),
        ("org.a", "no money")
    );
    let message = aborted.to_string();
    assert!(
        message.contains("org.a") && message.contains("on-post-creating"),
        "{message}"
    );
    assert!(later.entries().is_empty());
}

#[tokio::test]
async fn a_panic_aborts_with_its_message() {
    let bus = Bus::new();
    let a = id("org.a");
    let panicking = |_: (Arc<PostInput>,)| async { panic!("out of ideas") };
    bus.replace(
        &a,
        vec![Subscription::new::<OnPostCreating>(
            a.clone(),
            options(1, OnError::Abort),
            Arc::new(panicking),
        )],
    );
    let hooks = bus.snapshot();
    let aborted = hooks
        .filter::<OnPostCreating>(post("mine"), |_| Ok(()))
        .await
        .unwrap_err();
    assert!(aborted.reason.contains("out of ideas"), "{aborted}");
}

#[tokio::test]
async fn content_types_narrow_hooks_about_content_and_no_others() {
    let bus = Bus::new();
    let a = id("org.a");
    let called = Journal::new();
    let content = {
        let called = called.clone();
        move |(event,): (Arc<raisfast_contract::ContentEvent>,)| {
            called.write(event.content_type.clone());
            async { Ok(None) }
        }
    };
    let posts = {
        let called = called.clone();
        move |_: (Arc<PostInput>,)| {
            called.write("a post".to_owned());
            async { Ok(None) }
        }
    };
    let types = for_types(1, &["recipe", "event"]);
    bus.replace(
        &a,
        vec![
            Subscription::new::<OnContentCreating>(a.clone(), types.clone(), Arc::new(content)),
            Subscription::new::<OnPostCreating>(a.clone(), types, Arc::new(posts)),
        ],
    );
    let hooks = bus.snapshot();
    for content_type in ["recipe", "recipes", "page", "event"] {
        let event = event(content_type);
        hooks
            .filter::<OnContentCreating>(event, |_| Ok(()))
            .await
            .unwrap();
    }
    hooks
        .filter::<OnPostCreating>(post("mine"), |_| Ok(()))
        .await
        .unwrap();
    assert_eq!(called.entries(), ["recipe", "event", "a post"]);
}
