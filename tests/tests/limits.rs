//! The limits of a plugin: those that its manifest asks for, up to the operator's ceilings.

use raisfast_tests::{TestServer, parsed};
use serde_json::json;

const PLUGIN: &str = "com.example.caller";

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_ceiling_wins_and_everybody_is_told() {
    let server = TestServer::with()
        .config(|config| config.plugins.limits = "kv_keys=1,events_per_minute=1".parse().unwrap())
        .caller(PLUGIN, "[limits]\nkv_keys = 50\nevents_per_minute = 1")
        .start()
        .await;
    // What is in force is shown.
    let limits = server.plugin(PLUGIN).await["limits"].clone();
    assert_eq!(limits["kv_keys"], 1);
    assert_eq!(limits["events_per_minute"], 1);
    let metrics = server.admin.get("/metrics").await.expect(200);
    let metrics = metrics.as_str().expect("figures as text");
    let line = format!("raisfast_plugin_limit{{plugin=\"{PLUGIN}\",limit=\"kv_keys\"}} 1");
    assert!(metrics.lines().any(|found| found == line), "{metrics}");
    // The plugin's author reads why, once.
    let told: Vec<_> = server
        .logged(PLUGIN)
        .into_iter()
        .filter(|message| message.contains("the operator lets it have 1 at most"))
        .collect();
    let [told] = told.as_slice() else {
        panic!("{told:?}");
    };
    for line in [
        "under [limits] for kv_keys = 50",
        "raisfast.toml, [plugins.limits] kv_keys",
    ] {
        assert!(told.contains(line), "{told}");
    }
    // And it holds.
    let set = |key: &str| ("set-data", json!([key, "x"]));
    let results = server
        .calls(PLUGIN, &[set("one"), set("two"), set("one")])
        .await;
    assert_eq!(results, [json!(true), json!(false), json!(true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_counted_by_the_minute_over_all_calls() {
    let server = TestServer::with()
        .caller(
            PLUGIN,
            "[permissions]\ndatabase = [\"read:posts\", \"contents\"]\n\
             [limits]\ndb_rows_read_per_minute = 3\ndb_rows_written_per_minute = 1",
        )
        .start()
        .await;
    for title in ["One", "Two"] {
        server.publish(title).await;
    }
    let query = || async {
        let select = json!(["SELECT slug FROM posts", null]);
        parsed(&server.call(PLUGIN, "db-query", select).await)
    };
    for _ in 0..2 {
        assert_eq!(query().await.as_array().map(Vec::len), Some(2));
    }
    for _ in 0..3 {
        assert_eq!(query().await["code"], "quota");
    }
    let told = "the limit of 3 rows read a minute is reached; to raise it, write in manifest.toml, under [limits]: db_rows_read_per_minute = 6";
    let records = server.logged(PLUGIN);
    let told = records.iter().filter(|message| message.contains(told));
    assert_eq!(told.count(), 1, "{records:#?}");

    let delete = || async {
        let delete = json!([
            "DELETE FROM contents WHERE content_type = 'call-com-example-caller'",
            null
        ]);
        parsed(&server.call(PLUGIN, "db-execute", delete).await)
    };
    assert!(delete().await["rows_affected"].as_u64() > Some(1));
    assert_eq!(delete().await["code"], "quota");
}
