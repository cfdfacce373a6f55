//! A request sees one generation of every plugin.

use std::sync::Arc;

use raisfast_contract::{HookName, PluginId, hook::FilterHtml};
use raisfast_hooks::{Bus, Hooks, Subscription};
use tokio::task::JoinHandle;

use crate::{appending, id, subscription};

async fn html(hooks: &Hooks) -> String {
    let html = hooks.filter::<FilterHtml>("".into(), |_| Ok(())).await;
    html.unwrap().to_string()
}

#[tokio::test]
async fn a_snapshot_stays_as_it_was_taken() {
    let bus = Bus::new();
    let (a, b) = (id("org.a"), id("org.b"));
    bus.replace(
        &a,
        vec![appending(&a, 1, "old1 "), appending(&a, 3, "old3 ")],
    );
    bus.replace(&b, vec![appending(&b, 2, "b ")]);
    let before = bus.snapshot();
    bus.replace(&a, vec![appending(&a, 1, "new1 ")]);
    bus.remove(&b);
    assert_eq!(html(&before).await, "old1 b old3 ");
    assert_eq!(html(&bus.snapshot()).await, "new1 ");
}

/// Three subscriptions that append the same letter.
fn thrice(plugin: &PluginId, letter: &'static str) -> Vec<Subscription> {
    [1, 2, 3].map(|n| appending(plugin, n, letter)).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_snapshot_sees_half_a_replacement_and_no_replacement_undoes_another() {
    let bus = Bus::new();
    let plugins = [(id("org.a"), ["a", "A"]), (id("org.b"), ["b", "B"])];
    for (plugin, [first, _]) in &plugins {
        bus.replace(plugin, thrice(plugin, first));
    }
    let mut writers = plugins.map(|(plugin, letters)| {
        let bus = bus.clone();
        tokio::spawn(async move {
            for letter in letters.into_iter().cycle().take(500) {
                bus.replace(&plugin, thrice(&plugin, letter));
                let html = html(&bus.snapshot()).await;
                assert_eq!(html.matches(letter).count(), 3, "{html}");
            }
        })
    });
    while !writers.iter().all(JoinHandle::is_finished) {
        let html = html(&bus.snapshot()).await;
        assert_eq!(html.len(), 6, "{html}");
        for letter in ["a", "A", "b", "B"] {
            assert!([0, 3].contains(&html.matches(letter).count()), "{html}");
        }
        tokio::task::yield_now().await;
    }
    for writer in &mut writers {
        writer.await.unwrap();
    }
}

#[test]
fn a_hook_is_subscribed_while_somebody_wants_it() {
    let bus = Bus::new();
    let a = id("org.a");
    bus.replace(&a, vec![appending(&a, 1, "")]);
    let hooks = bus.snapshot();
    let subscribed: Vec<_> = HookName::ALL
        .into_iter()
        .filter(|hook| hooks.is_subscribed(*hook))
        .collect();
    assert_eq!(subscribed, [HookName::FilterHtml]);
    assert_eq!(format!("{bus:?}"), r#"{FilterHtml: ["org.a"]}"#);

    bus.replace(&a, vec![]);
    assert!(!bus.snapshot().is_subscribed(HookName::FilterHtml));
}

#[test]
#[should_panic(expected = "a plugin's subscriptions are its own")]
fn a_plugin_cannot_subscribe_another() {
    let (a, b) = (id("org.a"), id("org.b"));
    Bus::new().replace(&a, vec![appending(&b, 1, "")]);
}

#[test]
fn a_handler_lives_as_long_as_somebody_may_call_it() {
    let bus = Bus::new();
    let a = id("org.a");
    let owned: Arc<str> = "owned by the handler".into();
    let handler = {
        let owned = Arc::clone(&owned);
        move |_: (Arc<str>,)| {
            let answer = owned.to_string();
            async { Ok(Some(answer)) }
        }
    };
    bus.replace(&a, vec![subscription::<FilterHtml>(&a, 1, handler)]);
    let snapshot = bus.snapshot();
    bus.remove(&a);
    assert_eq!(Arc::strong_count(&owned), 2);
    drop(snapshot);
    assert_eq!(Arc::strong_count(&owned), 1);
}
