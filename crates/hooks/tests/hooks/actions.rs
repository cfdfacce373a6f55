//! The plugins that are to be notified of a change, and calls of one plugin.

use std::sync::Arc;

use raisfast_contract::{
    Call, Delivery, Hook, HookName, PluginId,
    hook::{OnContentDeleted, OnCronTick, OnLogin},
};
use raisfast_hooks::{Bus, Called, Handler, HandlerCall, HandlerError, Hooks, Subscription};

use crate::{Journal, for_types, id, subscription};

type Deleted = <OnContentDeleted as Hook>::Params;

fn deletions(plugin: &PluginId, priority: i32, types: &[&str]) -> Subscription {
    let options = for_types(priority, types);
    let handler = Arc::new(|_: Deleted| async { Ok(()) });
    Subscription::new::<OnContentDeleted>(plugin.clone(), options, handler)
}

fn told<'a>(hooks: &'a Hooks, content_type: Option<&str>) -> Vec<&'a str> {
    hooks
        .subscribers(HookName::OnContentDeleted, content_type)
        .map(PluginId::as_str)
        .collect()
}

#[test]
fn a_plugin_is_told_of_the_content_types_that_it_asks_for_in_the_order_of_priority() {
    let bus = Bus::new();
    let (all, recipes) = (id("org.all"), id("org.recipes"));
    bus.replace(&all, vec![deletions(&all, 2, &[])]);
    bus.replace(&recipes, vec![deletions(&recipes, 1, &["recipe"])]);
    let hooks = bus.snapshot();
    assert_eq!(told(&hooks, Some("recipe")), ["org.recipes", "org.all"]);
    assert_eq!(told(&hooks, Some("page")), ["org.all"]);
    assert_eq!(hooks.subscribers(HookName::OnLogin, None).count(), 0);
}

#[test]
fn a_plugin_runs_while_it_subscribes_to_something() {
    let bus = Bus::new();
    let a = id("org.a");
    assert!(!bus.snapshot().is_running(&a));
    bus.replace(&a, vec![deletions(&a, 1, &[])]);
    let hooks = bus.snapshot();
    bus.replace(&a, Vec::new());
    assert!(!bus.snapshot().is_running(&a));
    assert!(hooks.is_running(&a), "a snapshot stays as it is");
}

#[tokio::test]
async fn whoever_asks_hears_of_plugins_that_come_and_go() {
    let bus = Bus::new();
    let a = id("org.a");
    let mut changes = bus.changes();
    assert!(!changes.has_changed().unwrap());
    bus.replace(&a, vec![deletions(&a, 1, &[])]);
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    bus.remove(&a);
    assert!(changes.has_changed().unwrap());
}

#[tokio::test]
async fn a_call_reaches_one_plugin_and_says_how_it_ended() {
    let bus = Bus::new();
    let (a, b, c) = (id("org.a"), id("org.b"), id("org.c"));
    let journal = Journal::new();
    let ticking = |plugin: &PluginId| {
        let (name, journal) = (plugin.to_string(), journal.clone());
        subscription::<OnCronTick>(plugin, 1, move |(payload,): (Arc<Option<String>>,)| {
            journal.write(format!(
                "{name} {}",
                payload.as_deref().unwrap_or("nothing")
            ));
            async { Ok(()) }
        })
    };
    bus.replace(&a, vec![ticking(&a)]);
    bus.replace(&b, vec![ticking(&b)]);
    let failing = |_: (Arc<Option<String>>,)| async { Err(HandlerError::new("not today")) };
    bus.replace(&c, vec![subscription::<OnCronTick>(&c, 1, failing)]);

    let hooks = bus.snapshot();
    let params = || (Arc::new(Some("now".to_owned())),);
    let called = hooks.call_on::<OnCronTick>(&a, params(), None).await;
    assert_eq!(called, Called::Ended(Ok(())));
    assert_eq!(journal.entries(), ["org.a now"]);

    let failed = hooks.call_on::<OnCronTick>(&c, params(), None).await;
    assert_eq!(failed, Called::Ended(Err(HandlerError::new("not today"))));
    let unknown = hooks
        .call_on::<OnCronTick>(&id("org.d"), params(), None)
        .await;
    assert_eq!(unknown, Called::NotSubscribed);
}

#[tokio::test]
async fn a_type_of_content_that_a_plugin_did_not_ask_for_is_not_called_for() {
    let bus = Bus::new();
    let a = id("org.a");
    bus.replace(&a, vec![deletions(&a, 1, &["recipe"])]);
    let hooks = bus.snapshot();
    for (content_type, expected) in [
        ("recipe", Called::Ended(Ok(()))),
        ("page", Called::NotSubscribed),
    ] {
        let params = (content_type.into(), "1".into());
        let called = hooks.call_on::<OnContentDeleted>(&a, params, None).await;
        assert_eq!(called, expected, "{content_type}");
    }
}

/// Writes down which delivery it was called for.
struct Addressee(Journal<Option<Delivery>>);

impl Handler<OnLogin> for Addressee {
    fn call<'a>(
        &'a self,
        _: (Arc<str>,),
        delivery: Option<&'a Delivery>,
    ) -> HandlerCall<'a, OnLogin> {
        self.0.write(delivery.cloned());
        Call::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_handler_is_told_which_delivery_it_answers() {
    let bus = Bus::new();
    let a = id("org.a");
    let journal = Journal::new();
    let addressee = Addressee(journal.clone());
    bus.replace(&a, vec![subscription::<OnLogin>(&a, 1, addressee)]);
    let hooks = bus.snapshot();
    let delivery = Delivery {
        id: "0197c9f0-6c1e-7b3a-9d55-1c2e3f405162".to_owned(),
        attempt: 2,
        created_at: "2026-11-22T07:42:28.123Z".to_owned(),
    };
    for delivery in [Some(&delivery), None] {
        let called = hooks.call_on::<OnLogin>(&a, ("ann".into(),), delivery);
        assert_eq!(called.await, Called::Ended(Ok(())));
    }
    assert_eq!(journal.entries(), [Some(delivery), None]);
}
