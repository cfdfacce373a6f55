//! Calls that a gate does not admit.

use std::{
    pin::pin,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use futures::poll;
use raisfast_contract::{
    HookName, PluginId, PostInput,
    hook::{FilterHtml, OnLogin, OnPostCreating},
};
use raisfast_hooks::{
    Admission, Bus, CallObserver, Called, Gate, Gatekeeper, HandlerError, Observer, OnError,
    PauseCause, Paused, Probe, Subscription, SubscriptionOptions,
};

use crate::{Journal, appending, for_types, id, post, retitling, subscription};

/// The gate's answer to the next call of `org.b`; other plugins are always called.
#[derive(Clone, Copy)]
enum Door {
    Shut,
    Probing,
}

#[derive(Clone)]
struct Doorkeeper {
    door: Arc<Mutex<Door>>,
    journal: Journal<String>,
}

impl Doorkeeper {
    fn new(door: Door) -> Self {
        Self {
            door: Arc::new(Mutex::new(door)),
            journal: Journal::new(),
        }
    }

    /// A bus that it guards and observes.
    fn bus(&self) -> Bus {
        let keeper = Arc::new(self.clone());
        Bus::gated(keeper.clone(), keeper)
    }
}

impl Gatekeeper for Doorkeeper {
    fn gate(&self, plugin: &PluginId, _: HookName) -> Arc<dyn Gate> {
        if plugin.as_str() == "org.b" {
            Arc::new(self.clone())
        } else {
            Arc::new(())
        }
    }
}

impl Observer for Doorkeeper {
    fn observe(&self, plugin: &PluginId, _: HookName) -> Arc<dyn CallObserver> {
        if plugin.as_str() == "org.b" {
            Arc::new(self.clone())
        } else {
            Arc::new(())
        }
    }
}

impl Gate for Doorkeeper {
    fn admit(&self) -> Admission {
        match *self.door.lock().unwrap() {
            Door::Shut => Admission::Pause(paused()),
            Door::Probing => Admission::Probe(Box::new(Report {
                journal: self.journal.clone(),
                ended: false,
            })),
        }
    }
}

impl CallObserver for Doorkeeper {
    fn called(&self, _: Duration, _: Result<(), &HandlerError>) {
        self.journal.write("called".to_owned());
    }
}

/// A probe that writes how it ended.
struct Report {
    journal: Journal<String>,
    ended: bool,
}

impl Probe for Report {
    fn ended(mut self: Box<Self>, outcome: Result<(), &HandlerError>) {
        self.ended = true;
        let outcome = outcome.map_or_else(ToString::to_string, |()| "answered".to_owned());
        self.journal.write(format!("the probe {outcome}"));
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if !self.ended {
            self.journal.write("the probe was given up".to_owned());
        }
    }
}

fn paused() -> Arc<Paused> {
    Arc::new(Paused {
        cause: PauseCause::Failing,
        until: SystemTime::UNIX_EPOCH,
        message: "paused until 1970".to_owned(),
    })
}

#[tokio::test]
async fn a_paused_filter_keeps_the_value_and_those_around_it_are_called() {
    let keeper = Doorkeeper::new(Door::Shut);
    let bus = keeper.bus();
    for (priority, (name, text)) in (1..).zip([("org.a", "a"), ("org.b", "b"), ("org.c", "c")]) {
        let plugin = id(name);
        bus.replace(&plugin, vec![appending(&plugin, priority, text)]);
    }
    let hooks = bus.snapshot();
    let html = hooks
        .filter::<FilterHtml>("<".into(), |_| Ok(()))
        .await
        .unwrap();
    assert_eq!(&*html, "<ac");
    let first = hooks.first::<FilterHtml>("<".into(), |_| Ok(())).await;
    assert_eq!(first.as_deref(), Some("<a"));
    assert!(
        keeper.journal.entries().is_empty(),
        "a call that is not made does not end"
    );
}

#[tokio::test]
async fn a_paused_guard_refuses_as_a_failed_one_does() {
    let bus = Doorkeeper::new(Door::Shut).bus();
    let b = id("org.b");
    bus.replace(
        &b,
        vec![retitling(&b, 1, OnError::Abort, Ok(Some("never")))],
    );
    let aborted = bus
        .snapshot()
        .filter::<OnPostCreating>(post("mine"), |_| Ok(()))
        .await
        .unwrap_err();
    assert_eq!(
        (aborted.plugin, aborted.hook, aborted.reason.as_str()),
        (b, HookName::OnPostCreating, "paused until 1970")
    );
}

#[tokio::test]
async fn a_single_call_tells_a_pause_from_a_failure() {
    let keeper = Doorkeeper::new(Door::Shut);
    let bus = keeper.bus();
    let b = id("org.b");
    let failing = |_: (Arc<str>,)| async { Err(HandlerError::new("trap")) };
    bus.replace(&b, vec![subscription::<OnLogin>(&b, 1, failing)]);
    let hooks = bus.snapshot();
    let called = || hooks.call_on::<OnLogin>(&b, ("ann".into(),), None);
    assert_eq!(called().await, Called::Paused(paused()));
    *keeper.door.lock().unwrap() = Door::Probing;
    assert_eq!(
        called().await,
        Called::Ended(Err(HandlerError::new("trap")))
    );
    assert_eq!(keeper.journal.entries(), ["called", "the probe trap"]);
}

#[tokio::test]
async fn a_probe_ends_with_its_calls_outcome_and_a_refused_answer_is_a_failure() {
    let keeper = Doorkeeper::new(Door::Probing);
    let bus = keeper.bus();
    let b = id("org.b");
    bus.replace(
        &b,
        vec![retitling(&b, 1, OnError::Continue, Ok(Some("new")))],
    );
    let hooks = bus.snapshot();
    let refuse = |_: &PostInput| Err("no".to_owned());
    hooks
        .filter::<OnPostCreating>(post("mine"), |_| Ok(()))
        .await
        .unwrap();
    hooks
        .filter::<OnPostCreating>(post("mine"), refuse)
        .await
        .unwrap();
    assert_eq!(
        keeper.journal.entries(),
        [
            "called",
            "the probe answered",
            "called",
            "the probe its answer is invalid: no"
        ]
    );
}

#[tokio::test]
async fn a_probe_whose_caller_gives_up_says_so() {
    let keeper = Doorkeeper::new(Door::Probing);
    let bus = keeper.bus();
    let b = id("org.b");
    let endless = |_: (Arc<str>,)| std::future::pending();
    bus.replace(&b, vec![subscription::<OnLogin>(&b, 1, endless)]);
    let hooks = bus.snapshot();
    {
        let mut call = pin!(hooks.call_on::<OnLogin>(&b, ("ann".into(),), None));
        assert!(poll!(&mut call).is_pending());
        assert!(keeper.journal.entries().is_empty());
    }
    assert_eq!(keeper.journal.entries(), ["the probe was given up"]);
}

/// The reserved subscription of `org.b`, while the plugin is not there.
fn reserved(hook: HookName, on_error: OnError, content_types: &[&str]) -> Subscription {
    let options = SubscriptionOptions {
        on_error,
        ..for_types(2, content_types)
    };
    Subscription::reserve(id("org.b"), hook, options, "it is being compiled".into())
}

#[tokio::test]
async fn a_reserved_filter_keeps_the_value_until_its_plugin_is_there() {
    let bus = Bus::new();
    let b = id("org.b");
    for (priority, name, text) in [(1, "org.a", "a"), (3, "org.c", "c")] {
        let plugin = id(name);
        bus.replace(&plugin, vec![appending(&plugin, priority, text)]);
    }
    bus.replace(
        &b,
        vec![reserved(HookName::FilterHtml, OnError::Continue, &[])],
    );
    let filtered = async || {
        let hooks = bus.snapshot();
        hooks.filter::<FilterHtml>("<".into(), |_| Ok(())).await
    };
    assert_eq!(&*filtered().await.unwrap(), "<ac");
    bus.replace(&b, vec![appending(&b, 2, "b")]);
    assert_eq!(&*filtered().await.unwrap(), "<abc");
}

#[tokio::test]
async fn a_reserved_guard_refuses_and_says_that_it_is_not_ready() {
    let bus = Bus::new();
    let reserved = reserved(HookName::OnPostCreating, OnError::Abort, &[]);
    bus.replace(&id("org.b"), vec![reserved]);
    let hooks = bus.snapshot();
    let aborted = hooks.filter::<OnPostCreating>(post("mine"), |_| Ok(()));
    let aborted = aborted.await.unwrap_err();
    assert!(aborted.not_ready);
    assert_eq!(aborted.reason, "it is being compiled");
}

/// Nobody knows when it is there, so a further try is not worth the while.
#[tokio::test]
async fn what_stands_in_for_a_guard_refuses_as_one_that_is_paused_does() {
    let bus = Bus::new();
    let b = id("org.b");
    let options = SubscriptionOptions {
        on_error: OnError::Abort,
        ..SubscriptionOptions::default()
    };
    let reason = "it could not be loaded".into();
    let guard = Subscription::stand_in(b.clone(), HookName::OnPostCreating, options, reason);
    bus.replace(&b, vec![guard]);
    let hooks = bus.snapshot();
    let aborted = hooks.filter::<OnPostCreating>(post("mine"), |_| Ok(()));
    let aborted = aborted.await.unwrap_err();
    assert!(!aborted.not_ready);
    assert_eq!(aborted.reason, "it could not be loaded");
    // What it has to be told waits until it is there.
    assert!(!hooks.is_running(&b));
}

/// So that changes are kept for it.
#[tokio::test]
async fn a_reserved_subscription_counts_as_subscribed_and_tells_when_to_ask_again() {
    let bus = Bus::new();
    let b = id("org.b");
    bus.replace(
        &b,
        vec![
            reserved(HookName::OnLogin, OnError::Continue, &[]),
            reserved(HookName::OnContentCreated, OnError::Continue, &["product"]),
        ],
    );
    let hooks = bus.snapshot();
    assert!(hooks.is_running(&b));
    let subscribers = |kind| {
        let found = hooks.subscribers(HookName::OnContentCreated, Some(kind));
        found.cloned().collect::<Vec<_>>()
    };
    assert_eq!(subscribers("product"), std::slice::from_ref(&b));
    assert_eq!(subscribers("page"), []);
    let before = SystemTime::now();
    let called = hooks.call_on::<OnLogin>(&b, ("ann".into(),), None).await;
    let Called::Paused(paused) = called else {
        panic!("{called:?}");
    };
    assert_eq!(paused.cause, PauseCause::NotReady);
    assert!(paused.until > before);
}
