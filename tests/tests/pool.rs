//! A plugin's instances: whose turn it is, what they keep, and what happens when one is lost.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use raisfast::PoolSize;
use raisfast_tests::{HeldServer, Manifest, Settings, TestServer, eventually};
use serde_json::{Value, json};

const COUNTER: &str = "com.example.counter";

/// `PLUGIN_WASM_POOL_SIZE=3`.
fn three_instances() -> Settings {
    TestServer::with().config(|config| config.plugins.pool_size = PoolSize::try_from(3).unwrap())
}

/// The guest `counter` says in the excerpt which instance was called, and how often it was by then.
/// An instance is called after the first post that it saw.
async fn counting(toml: &str) -> TestServer {
    let manifest = Manifest::new(COUNTER, &["on-post-creating"]).with(toml);
    three_instances().guest("counter", &manifest).start().await
}

async fn excerpt(server: &TestServer, title: &str) -> String {
    let post = server.publish(title).await;
    post["excerpt"].as_str().expect("it was counted").to_owned()
}

/// The plugin's pool, once no instance is missing and none is in a call.
async fn whole_pool(server: &TestServer, plugin: &str) -> Value {
    eventually("the pool is whole", || async {
        let pool = server.plugin(plugin).await["pool"].clone();
        (pool["idle"] == pool["size"]).then_some(pool)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_take_turns_and_keep_their_own_state() {
    let server = counting("").await;
    let mut excerpts = Vec::new();
    for title in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        excerpts.push(excerpt(&server, title).await);
    }
    assert_eq!(
        excerpts,
        [
            "instance a call 1",
            "instance b call 1",
            "instance c call 1",
            "instance a call 2",
            "instance b call 2",
            "instance c call 2",
            "instance a call 3",
            "instance b call 3",
        ]
    );
    let pool = whole_pool(&server, COUNTER).await;
    assert_eq!((&pool["size"], &pool["created"]), (&json!(3), &json!(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn four_callers_lose_no_call_to_three_instances() {
    const CALLERS: usize = 4;
    const CALLS: usize = 25;
    let server = counting("").await;
    let caller = async |caller: usize| -> Vec<String> {
        let mut excerpts = Vec::new();
        for call in 0..CALLS {
            excerpts.push(excerpt(&server, &format!("{caller}-{call}")).await);
        }
        excerpts
    };
    let excerpts = join_all((0..CALLERS).map(caller)).await.concat();

    let mut counts: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for excerpt in &excerpts {
        let (instance, call) = excerpt.split_once(" call ").unwrap();
        let new = counts
            .entry(instance.to_owned())
            .or_default()
            .insert(call.parse().unwrap());
        assert!(new, "{excerpt:?} was counted twice");
    }
    assert_eq!(counts.len(), 3, "{counts:?}");
    assert_eq!(excerpts.len(), CALLERS * CALLS);
    for (instance, calls) in &counts {
        let without_gap: BTreeSet<usize> = (1..=calls.len()).collect();
        assert_eq!(calls, &without_gap, "{instance}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fourth_caller_waits_for_one_of_three_busy_instances() {
    const PLUGIN: &str = "com.example.caller";
    let held = HeldServer::start().await;
    let server = three_instances()
        .config(|config| config.allowed_networks = vec!["127.0.0.0/8".parse().unwrap()])
        .caller(
            PLUGIN,
            &format!("[permissions]\nhttp = [\"{}\"]", held.origin()),
        )
        .start()
        .await;
    let url = json!([held.origin()]);
    let calls = join_all((0..4).map(|_| server.call(PLUGIN, "http-get", url.clone())));
    let meanwhile = async {
        held.called(3).await;
        let pool = eventually("the fourth caller waits", || async {
            let pool = server.plugin(PLUGIN).await["pool"].clone();
            (pool["waiting"] == 1).then_some(pool)
        })
        .await;
        assert_eq!((&pool["busy"], &pool["idle"]), (&json!(3), &json!(0)));
        held.open();
    };
    let (answers, ()) = tokio::join!(calls, meanwhile);
    assert_eq!(answers, ["open"; 4]);
    held.called(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_traps_is_replaced() {
    const PANICS: &str = "com.example.panics";
    let manifest = Manifest::new(PANICS, &["on-post-creating"]);
    let server = three_instances().guest("panics", &manifest).start().await;
    for lost in 1..=4 {
        assert_eq!(server.publish("trap").await["excerpt"], Value::Null);
        let pool = whole_pool(&server, PANICS).await;
        assert_eq!(
            pool,
            json!({"size": 3, "idle": 3, "busy": 0, "waiting": 0, "created": 3 + lost, "discarded": lost})
        );
    }
    for _ in 0..3 {
        assert_eq!(server.publish("fine").await["excerpt"], "healthy");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_retires_after_max_calls() {
    let server = counting("[pool]\nsize = 1\nmax_calls = 2").await;
    let mut excerpts = Vec::new();
    for title in ["a", "b", "c", "d", "e"] {
        excerpts.push(excerpt(&server, title).await);
    }
    assert_eq!(
        excerpts,
        [
            "instance a call 1",
            "instance a call 2",
            "instance c call 1",
            "instance c call 2",
            "instance e call 1",
        ]
    );
}
