//! The bus, with closures for plugins.

mod actions;
mod allocations;
mod at_once;
mod filters;
mod observation;
mod pauses;
mod rendering;
mod snapshots;

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
};

use raisfast_contract::{
    ContentEvent, Hook, PluginId, PostInput,
    hook::{FilterHtml, OnPostCreating},
};
use raisfast_hooks::{Handler, HandlerError, OnError, Subscription, SubscriptionOptions};

fn id(text: &str) -> PluginId {
    text.parse().unwrap()
}

/// Options with this priority, for all types.
fn options(priority: i32, on_error: OnError) -> SubscriptionOptions {
    SubscriptionOptions {
        priority,
        on_error,
        content_types: Vec::new(),
    }
}

/// Options for these types, with which a failure keeps the value.
fn for_types(priority: i32, content_types: &[&str]) -> SubscriptionOptions {
    SubscriptionOptions {
        content_types: content_types.iter().map(|&name| name.to_owned()).collect(),
        ..options(priority, OnError::Continue)
    }
}

/// A subscription with this priority that is called for all types and keeps the value on failure.
fn subscription<H: Hook>(
    plugin: &PluginId,
    priority: i32,
    handler: impl Handler<H> + 'static,
) -> Subscription {
    let options = options(priority, OnError::Continue);
    Subscription::new::<H>(plugin.clone(), options, Arc::new(handler))
}

/// A subscription whose handler appends `text` to the HTML.
fn appending(plugin: &PluginId, priority: i32, text: &'static str) -> Subscription {
    subscription::<FilterHtml>(plugin, priority, move |(html,): (Arc<str>,)| async move {
        Ok(Some(format!("{html}{text}")))
    })
}

/// A post creation's subscription that answers with this title; none keeps the post.
fn retitling(
    plugin: &PluginId,
    priority: i32,
    on_error: OnError,
    title: Result<Option<&'static str>, &'static str>,
) -> Subscription {
    let handler = move |(post,): (Arc<PostInput>,)| async move {
        let title = title.map_err(HandlerError::new)?;
        Ok(title.map(|title| PostInput {
            title: title.to_owned(),
            ..PostInput::clone(&post)
        }))
    };
    let options = options(priority, on_error);
    Subscription::new::<OnPostCreating>(plugin.clone(), options, Arc::new(handler))
}

fn post(title: &str) -> Arc<PostInput> {
    Arc::new(PostInput {
        title: title.to_owned(),
        ..PostInput::default()
    })
}

fn event(content_type: &str) -> Arc<ContentEvent> {
    Arc::new(ContentEvent {
        content_type: content_type.to_owned(),
        data: "{}".to_owned(),
        id: None,
    })
}

/// A journal of events, in order. Clones are the same journal.
struct Journal<T>(Arc<Mutex<Vec<T>>>);

impl<T> Clone for Journal<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Clone + Debug> Journal<T> {
    fn new() -> Self {
        Self(Arc::default())
    }

    fn write(&self, entry: T) {
        self.0.lock().unwrap().push(entry);
    }

    fn entries(&self) -> Vec<T> {
        self.0.lock().unwrap().clone()
    }
}
