//! Actions run in order, off the caller's path, and each of them.

use std::{pin::pin, sync::Arc};

use futures::{FutureExt, poll};
use raisfast_hooks::{
    ACTION_QUEUE_CAPACITY, Bus, Called, HandlerError, Hooks, OnError, Subscription,
};
use raisfast_types::{
    PluginId,
    hook::{OnContentDeleted, OnCronTick, OnLogin, OnPostDeleted},
};
use tokio::sync::Semaphore;

use crate::{Journal, id, soon, subscription};

/// Writes `name` and the user into the journal, each time that the gate lets it.
fn gated(
    plugin: &PluginId,
    name: &'static str,
    gate: &Arc<Semaphore>,
    journal: &Journal<String>,
) -> Subscription {
    let (gate, journal) = (Arc::clone(gate), journal.clone());
    subscription::<OnLogin>(plugin, 1, move |(user,): (Arc<str>,)| {
        let (gate, journal) = (Arc::clone(&gate), journal.clone());
        async move {
            gate.acquire().await.unwrap().forget();
            journal.write(format!("{name}{user}"));
            Ok(())
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn one_plugins_actions_run_in_order_whatever_the_hook() {
    let bus = Bus::new();
    let a = id("org.a");
    let journal = Journal::new();
    let (logins, deletions) = (journal.clone(), journal.clone());
    bus.replace(
        &a,
        vec![
            subscription::<OnLogin>(&a, 1, move |(user,): (Arc<str>,)| {
                let logins = logins.clone();
                async move {
                    tokio::task::yield_now().await;
                    logins.write(format!("login {user}"));
                    Ok(())
                }
            }),
            subscription::<OnPostDeleted>(&a, 1, move |(post,): (Arc<str>,)| {
                deletions.write(format!("deleted {post}"));
                async { Ok(()) }
            }),
        ],
    );
    let hooks = bus.snapshot();
    let mut expected = Vec::new();
    for number in 0..50 {
        hooks.act::<OnLogin>((number.to_string().into(),)).await;
        hooks
            .act::<OnPostDeleted>((number.to_string().into(),))
            .await;
        expected.push(format!("login {number}"));
        expected.push(format!("deleted {number}"));
    }
    soon(bus.settled()).await;
    assert_eq!(journal.entries(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_plugin_delays_neither_the_caller_nor_the_others() {
    let bus = Bus::new();
    let (slow, quick) = (id("org.slow"), id("org.quick"));
    let gate = Arc::new(Semaphore::new(0));
    let journal = Journal::new();
    bus.replace(&slow, vec![gated(&slow, "slow ", &gate, &journal)]);
    let open = Arc::new(Semaphore::new(10));
    bus.replace(&quick, vec![gated(&quick, "quick ", &open, &journal)]);

    let hooks = bus.snapshot();
    hooks
        .act::<OnLogin>(("1".into(),))
        .now_or_never()
        .expect("the queue has room");
    soon(async {
        while journal.entries().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(journal.entries(), ["quick 1"]);
    assert!(poll!(pin!(bus.settled())).is_pending());

    gate.add_permits(1);
    soon(bus.settled()).await;
    assert_eq!(journal.entries(), ["quick 1", "slow 1"]);
}

/// Logs in users 0, 1, 2 … until the next one would have to wait, and returns their number. The test
/// must run on one thread, where the worker cannot take from the queue meanwhile.
fn fill_queue(hooks: &Hooks) -> usize {
    let act = |user: usize| {
        // Unconstrained: a full queue is to be the only reason to wait.
        let act = tokio::task::unconstrained(hooks.act::<OnLogin>((user.to_string().into(),)));
        act.now_or_never().is_some()
    };
    for user in 0..ACTION_QUEUE_CAPACITY {
        assert!(act(user), "the queue has room for {user}");
    }
    assert!(!act(ACTION_QUEUE_CAPACITY), "the queue is bounded");
    ACTION_QUEUE_CAPACITY
}

#[tokio::test]
async fn a_full_queue_makes_its_caller_wait_and_loses_nothing() {
    let bus = Bus::new();
    let a = id("org.a");
    let gate = Arc::new(Semaphore::new(0));
    let journal = Journal::new();
    bus.replace(&a, vec![gated(&a, "", &gate, &journal)]);
    let hooks = bus.snapshot();

    let queued = fill_queue(&hooks);
    let last = queued.to_string();
    let mut waiting = pin!(hooks.act::<OnLogin>((last.into(),)));
    assert!(poll!(&mut waiting).is_pending());

    gate.add_permits(queued + 1);
    soon(waiting).await;
    soon(bus.settled()).await;
    let expected: Vec<_> = (0..=queued).map(|number| number.to_string()).collect();
    assert_eq!(journal.entries(), expected);
}

#[tokio::test]
async fn a_full_queue_keeps_nothing_from_the_other_plugins() {
    let bus = Bus::new();
    // `full` is asked before `free`.
    let (full, free) = (id("org.a-full"), id("org.b-free"));
    let gate = Arc::new(Semaphore::new(0));
    let journal = Journal::new();
    bus.replace(&full, vec![gated(&full, "", &gate, &Journal::new())]);
    let open = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
    let queued = fill_queue(&bus.snapshot());
    bus.replace(&free, vec![gated(&free, "free ", &open, &journal)]);
    let hooks = bus.snapshot();
    {
        let mut act = pin!(hooks.act::<OnLogin>(("1".into(),)));
        assert!(poll!(&mut act).is_pending());
    }
    soon(async {
        while journal.entries().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(journal.entries(), ["free 1"]);
    // Those that gave up waiting are not waited for.
    gate.add_permits(queued);
    soon(bus.settled()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queued_actions_run_with_the_generation_that_queued_them_and_before_the_next_ones() {
    let bus = Bus::new();
    let a = id("org.a");
    let gate = Arc::new(Semaphore::new(0));
    let journal = Journal::new();
    bus.replace(&a, vec![gated(&a, "old ", &gate, &journal)]);
    let old = bus.snapshot();
    old.act::<OnLogin>(("1".into(),)).await;
    old.act::<OnLogin>(("2".into(),)).await;
    let open = Arc::new(Semaphore::new(10));
    bus.replace(&a, vec![gated(&a, "new ", &open, &journal)]);
    bus.snapshot().act::<OnLogin>(("3".into(),)).await;

    gate.add_permits(2);
    soon(bus.settled()).await;
    assert_eq!(journal.entries(), ["old 1", "old 2", "new 3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_queued_before_their_plugin_goes_still_run() {
    let bus = Bus::new();
    let a = id("org.a");
    let gate = Arc::new(Semaphore::new(0));
    let journal = Journal::new();
    bus.replace(&a, vec![gated(&a, "", &gate, &journal)]);
    bus.snapshot().act::<OnLogin>(("1".into(),)).await;
    bus.remove(&a);
    bus.snapshot().act::<OnLogin>(("2".into(),)).await;
    gate.add_permits(2);
    soon(bus.settled()).await;
    assert_eq!(journal.entries(), ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_ends_with_the_last_who_knows_the_plugin() {
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let bus = Bus::new();
    let a = id("org.a");
    let journal = Journal::new();
    let open = Arc::new(Semaphore::new(10));
    bus.replace(&a, vec![gated(&a, "", &open, &journal)]);
    assert_eq!(tasks(), 0);
    let snapshot = bus.snapshot();
    snapshot.act::<OnLogin>(("1".into(),)).await;
    soon(bus.settled()).await;
    assert_eq!(tasks(), 1);

    bus.remove(&a);
    snapshot.act::<OnLogin>(("2".into(),)).await;
    drop(snapshot);
    soon(async {
        while tasks() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(journal.entries(), ["1", "2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_action_does_not_stop_the_next() {
    let bus = Bus::new();
    let a = id("org.a");
    let journal = Journal::new();
    let handler = {
        let journal = journal.clone();
        move |(user,): (Arc<str>,)| {
            let journal = journal.clone();
            async move {
                match &*user {
                    "panic" => panic!("out of ideas"),
                    "error" => Err(HandlerError::new("trap")),
                    _ => {
                        journal.write(user);
                        Ok(())
                    }
                }
            }
        }
    };
    bus.replace(&a, vec![subscription::<OnLogin>(&a, 1, handler)]);
    let hooks = bus.snapshot();
    for user in ["panic", "error", "ann"] {
        hooks.act::<OnLogin>((user.into(),)).await;
    }
    soon(bus.settled()).await;
    assert_eq!(journal.entries(), ["ann".into()]);
}

#[tokio::test]
async fn content_types_narrow_actions_too() {
    let bus = Bus::new();
    let a = id("org.a");
    let journal = Journal::new();
    let handler = {
        let journal = journal.clone();
        move |(content_type, id): (Arc<str>, Arc<str>)| {
            journal.write(format!("{content_type} {id}"));
            async { Ok(()) }
        }
    };
    bus.replace(
        &a,
        vec![Subscription::new::<OnContentDeleted>(
            a.clone(),
            1,
            OnError::Continue,
            vec!["recipe".to_owned()],
            Arc::new(handler),
        )],
    );
    let hooks = bus.snapshot();
    hooks
        .act::<OnContentDeleted>(("page".into(), "1".into()))
        .await;
    hooks
        .act::<OnContentDeleted>(("recipe".into(), "2".into()))
        .await;
    soon(bus.settled()).await;
    assert_eq!(journal.entries(), ["recipe 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_direct_call_reaches_one_plugin_past_its_queue() {
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
    let gate = Arc::new(Semaphore::new(0));
    bus.replace(&a, vec![ticking(&a), gated(&a, "login ", &gate, &journal)]);
    bus.replace(&b, vec![ticking(&b)]);
    let failing = |_: (Arc<Option<String>>,)| async { Err(HandlerError::new("not today")) };
    bus.replace(&c, vec![subscription::<OnCronTick>(&c, 1, failing)]);

    let hooks = bus.snapshot();
    hooks.act::<OnLogin>(("ann".into(),)).await;
    let params = || (Arc::new(Some("now".to_owned())),);
    assert_eq!(
        soon(hooks.call_on::<OnCronTick>(&a, params(), None)).await,
        Called::Ended(Ok(()))
    );
    assert_eq!(journal.entries(), ["org.a now"]);

    let failed = hooks.call_on::<OnCronTick>(&c, params(), None).await;
    assert_eq!(failed, Called::Ended(Err(HandlerError::new("not today"))));
    let unknown = hooks
        .call_on::<OnCronTick>(&id("org.d"), params(), None)
        .await;
    assert_eq!(unknown, Called::NotSubscribed);
    gate.add_permits(1);
    soon(bus.settled()).await;
}
