//! A plugin that more callers wait for than may.

use std::time::Duration;

use futures::future::join_all;
use raisfast_tests::{Answer, HeldServer, Manifest, TestServer, eventually, guest};
use serde_json::{Value, json};

use crate::beside::HOSTILE;

/// The callers that may wait for an instance.
const WAITING: usize = 256;

/// One more caller than may wait for a plugin, all of whose instances are busy. The others'
/// answers, and that of the one too many.
async fn one_too_many(on_error: &str) -> (TestServer, Vec<Answer>, Answer) {
    let neighbour = HeldServer::start().await;
    let origin = neighbour.origin();
    let manifest = Manifest::new(HOSTILE, &[]).with(&format!(
        "[hooks.on-post-creating]\non_error = \"{on_error}\"\n\
         [permissions]\nhttp = [\"{origin}\"]\ntimeout_ms = 30000\n\
         [limits]\nhttp_requests_per_minute = 1000\n[pool]\nsize = 2"
    ));
    let server = TestServer::with()
        .config(|config| {
            config.allowed_networks = vec!["127.0.0.0/8".parse().expect("a network")];
            // The number of callers is what this is about, not their patience.
            config.plugins.instance_wait = Duration::from_secs(20);
        })
        .plugin("hostile", guest("hostile"), manifest.text())
        .start()
        .await;
    let post = |title: &str, content: &str| {
        let post = json!({"title": title, "content": content});
        let admin = server.admin.clone();
        async move { admin.post("/api/v1/posts", &post).await }
    };
    let waiting = join_all((0..2 + WAITING).map(|_| post("http", &origin)));
    let refused = async {
        eventually("everybody waits who may", || async {
            let pool = server.plugin(HOSTILE).await["pool"].clone();
            (pool["busy"] == 2 && pool["waiting"] == WAITING).then_some(())
        })
        .await;
        let refused = post("fine", "Text.").await;
        neighbour.open();
        refused
    };
    let (answers, refused) = tokio::join!(waiting, refused);
    (server, answers, refused)
}

fn all_are_healthy(answers: Vec<Answer>) {
    for answer in answers {
        assert_eq!(answer.expect(201)["excerpt"], "healthy");
    }
}

const REASON: &str = "no instance is free: all 2 are busy, and 256 calls wait already; \
                      call it less often, or give the plugin more with `size` in the manifest's [pool]";

#[tokio::test(flavor = "multi_thread")]
async fn the_one_too_many_is_refused_in_words_where_the_manifest_says_abort() {
    let (server, answers, refused) = one_too_many("abort").await;
    assert_eq!(
        refused.expect(422)["detail"],
        format!(
            "the plugin {HOSTILE} failed in on-post-creating, and its manifest says `on_error = \"abort\"`: {REASON}"
        )
    );
    all_are_healthy(answers);
    let last_error = server.plugin(HOSTILE).await["last_error"].clone();
    assert!(
        last_error.as_str().expect("an error").ends_with(REASON),
        "{last_error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_too_many_goes_without_the_plugin_where_it_says_continue() {
    let (server, answers, spared) = one_too_many("continue").await;
    assert_eq!(spared.expect(201)["excerpt"], Value::Null);
    all_are_healthy(answers);
    let plugin = eventually("the pool is whole", || async {
        let plugin = server.plugin(HOSTILE).await;
        (plugin["pool"]["idle"] == 2).then_some(plugin)
    })
    .await;
    // It was not an instance's fault.
    assert_eq!(plugin["pool"]["discarded"], 0);
}
