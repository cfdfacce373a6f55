//! Recording on request: who may ask, for how much, and the secrets that stay out of it.

use raisfast_tests::{TestServer, script};
use serde_json::json;

use crate::{BINARY, CALLER, MOODY, moody, recorded};

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_recorded() {
    let server = TestServer::with()
        .caller(
            CALLER,
            "[permissions]\nhttp = [\"https://127.0.0.1:9\"]\n[config]\napi_key = \"none\"",
        )
        .config(|config| {
            let own = [("api_key", "hunter2-hunter2")].into_iter().collect();
            let id = CALLER.parse().expect("an id");
            config.plugins.overrides.insert(id, own);
        })
        .start()
        .await;
    let request = json!([
        "get",
        "https://ann:hunter2@127.0.0.1:9/?key=hunter2-hunter2",
        "Authorization: Bearer hunter2\nX-Api-Key: hunter2",
        null,
        null,
    ]);
    let calls = script(&[("get-config", json!(["api_key"])), ("http-send", request)]);
    let recordings = recorded(&server, &[CALLER], 1, async |_| {
        server.script(CALLER, &calls).await;
    })
    .await;
    let host_calls = &recordings[0].calls[0].call.host_calls;
    assert_eq!(host_calls.len(), 2, "{host_calls:?}");
    let json = serde_json::to_string(host_calls).expect("JSON");
    assert!(!json.contains("hunter2"), "{json}");
    assert!(json.contains("***"), "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_refused_where_it_cannot_be_made_or_is_asked_for_twice() {
    let server = moody(|_| {}).start().await;
    let path = |query: &str| format!("/api/v1/admin/plugins/{MOODY}/recording?{query}");
    for query in [
        "calls=0",
        "calls=1001",
        "seconds=0",
        "seconds=99999",
        "call=1",
    ] {
        server.admin.get(&path(query)).await.expect(400);
    }
    server.visitor.get(&path("")).await.expect(401);
    let unknown = "/api/v1/admin/plugins/com.example.nobody/recording";
    server.admin.get(unknown).await.expect(404);
    let none = server.admin.get(&path("seconds=1")).await.expect(200);
    assert_eq!(none["calls"], json!([]));

    let (plugin, nobody) = ("plugin", ["--failed", "--out", "/tmp/none/none.json"]);
    let command = [&[plugin, "record", MOODY][..], &nobody].concat();
    let (ok, text) = server.command(BINARY, &command).await;
    assert!(!ok && text.contains("cannot be written"), "{text}");
}
