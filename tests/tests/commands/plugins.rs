//! `plugin list|show|logs|enable|disable|reload|reset`, `cron` and `outbox`.

use raisfast_tests::{Manifest, TestServer, eventually};
use serde_json::{Value, json};

use crate::operator::Operator;

const MOODY: &str = "com.example.moody";

/// A server with one plugin that fails when it is told to.
async fn server() -> TestServer {
    let hooks = ["on-post-creating", "on-post-created"];
    let manifest = Manifest::new(MOODY, &hooks).with(
        "[permissions]\ntimeout_ms = 1000\nhttp = [\"https://api.example.com\"]\ndatabase = [\"read:posts\"]\n\
         [pool]\nsize = 1\n[limits]\nkv_bytes = 1048576\n\
         [[cron]]\nlabel = \"Daily\"\njob_type = \"daily\"\ncron_expr = \"0 0 1 1 *\"\n\
         [[cron]]\nlabel = \"Off\"\njob_type = \"off\"\ncron_expr = \"0 0 1 1 *\"\nenabled = false",
    );
    TestServer::with().guest("moody", &manifest).start().await
}

/// Fails as often as it takes for the plugin to be paused.
async fn pause(server: &TestServer) {
    for _ in 0..5 {
        server.publish("fail").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_is_listed_and_shown_with_all_that_an_operator_asks() {
    let server = server().await;
    let operator = Operator::of(&server);
    server.publish("Fine").await;
    server.server().settled().await;
    let list = operator.says(&["plugin", "list"]).await;
    assert_eq!(
        list,
        "PLUGIN             VERSION  STATE    CALLS  ERRORS\n\
         com.example.moody  1.0.0    running  2      0\n"
    );
    let show = operator.says(&["plugin", "show", MOODY]).await;
    for says in [
        "com.example.moody 1.0.0 (com.example.moody)\n",
        "State       running\n",
        "Folder      moody\n",
        "Generation  1\n",
        "Instances   1, 0 busy, 0 thrown away; ",
        "HOOK ",
        "\non-post-creating  1      0 ",
        " 1000 ms   closed\n",
        "\nCRON JOB  SCHEDULE        NEXT                  LAST\n",
        "off       0 0 1 1 *, UTC  only by hand          -\n",
        "It may\n  reach https://api.example.com\n  read the table posts\n",
        "\nkv_bytes                    1 MiB\n",
    ] {
        assert!(show.contains(says), "{says:?} in\n{show}");
    }
    assert!(!show.contains("Next:"), "{show}");

    let list = operator.json(&["plugin", "list"]).await;
    let mut one = operator.json(&["plugin", "show", MOODY]).await;
    let storage = one.as_object_mut().and_then(|one| one.remove("storage"));
    assert_eq!(storage.expect("its storage")["keys"]["used"], 2);
    assert_eq!(one, server.plugin(MOODY).await);
    let pauses = one.as_object_mut().and_then(|one| one.remove("pauses"));
    assert_eq!(pauses, Some(json!([])));
    assert_eq!(list["items"], json!([one]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_fails_says_where_why_and_what_to_do() {
    let server = server().await;
    let operator = Operator::of(&server);
    pause(&server).await;
    let list = operator.says(&["plugin", "list"]).await;
    assert!(list.contains("running, paused in "), "{list}");
    assert!(
        list.contains("`raisfast plugin show com.example.moody`"),
        "{list}"
    );
    let show = operator.says(&["plugin", "show", MOODY]).await;
    for says in [
        "open until",
        "Last failure: ",
        "Next: `raisfast plugin logs com.example.moody --level warn` says why",
    ] {
        assert!(show.contains(says), "{says:?} in\n{show}");
    }

    let logs = operator
        .says(&["plugin", "logs", MOODY, "--level", "error", "--limit", "1"])
        .await;
    assert!(logs.contains(" error on-post-creat"), "{logs}");
    let all = operator.json(&["plugin", "logs", MOODY]).await;
    let all = all["items"].as_array().expect("a list").len();
    let errors = ["plugin", "logs", MOODY, "--level", "error"];
    let errors = operator.json(&errors).await["items"].clone();
    let errors = errors.as_array().expect("a list");
    assert!(
        5 <= errors.len() && errors.len() <= all,
        "{errors:?} of {all}"
    );
    assert!(errors.iter().all(|record| record["level"] == "error"));

    let reset = operator.says(&["plugin", "reset", MOODY]).await;
    assert_eq!(reset, "com.example.moody is called again\n");
    assert_eq!(server.publish("Fine").await["excerpt"], "moody was here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_is_turned_off_and_on_and_loaded_again() {
    let server = server().await;
    let operator = Operator::of(&server);
    let off = operator.says(&["plugin", "disable", MOODY]).await;
    assert_eq!(off, "com.example.moody is off\n");
    assert_eq!(server.publish("One").await["excerpt"], Value::Null);
    let show = operator.says(&["plugin", "show", MOODY]).await;
    assert!(
        show.contains("Next: `raisfast plugin enable com.example.moody`"),
        "{show}"
    );

    let on = operator.says(&["plugin", "enable", MOODY]).await;
    assert_eq!(on, "com.example.moody 1.0.0 serves\n");
    assert_eq!(server.publish("Two").await["excerpt"], "moody was here");
    let before = server.plugin(MOODY).await["generation"].clone();
    let again = operator.says(&["plugin", "reload", MOODY]).await;
    assert_eq!(again, "com.example.moody 1.0.0 serves\n");
    assert!(server.plugin(MOODY).await["generation"].as_u64() > before.as_u64());

    std::fs::write(server.plugin_dir().join("moody/plugin.wasm"), "broken").unwrap();
    let refused = operator.fails(&["plugin", "reload", MOODY]).await;
    assert!(refused.contains("plugin.wasm"), "{refused}");
    let show = operator.says(&["plugin", "show", MOODY]).await;
    assert!(
        show.contains("State        outdated") || show.contains("outdated"),
        "{show}"
    );
    assert!(show.contains("Next: repair it"), "{show}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_near_that_of_a_plugin_is_told_so() {
    let server = server().await;
    let operator = Operator::of(&server);
    for command in [
        &["plugin", "show", "com.example.mody"][..],
        &["plugin", "logs", "com.example.mody"],
        &["plugin", "logs", "com.example.mody", "--follow"],
        &["plugin", "enable", "com.example.mody"],
        &["plugin", "disable", "com.example.mody"],
        &["plugin", "reload", "com.example.mody"],
        &["plugin", "reset", "com.example.mody"],
        &["plugin", "remove", "com.example.mody"],
        &["plugin", "remove", "com.example.mody", "--dry-run"],
        &["cron", "run", "com.example.mody", "daily"],
        &["outbox", "list", "--plugin", "com.example.mody"],
        &["outbox", "retry", "--plugin", "com.example.mody"],
        &["outbox", "discard", "--plugin", "com.example.mody"],
        &["events", "--follow", "--plugin", "com.example.mody"],
    ] {
        let error = operator.fails(command).await;
        assert_eq!(
            error,
            "error: no plugin com.example.mody is installed: did you mean com.example.moody? \
             `raisfast plugin list` lists those that are\n",
            "{command:?}"
        );
    }
    let error = operator
        .fails(&["plugin", "show", "org.another.thing"])
        .await;
    assert!(!error.contains("did you mean"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cron_entries_are_listed_and_run() {
    let server = server().await;
    let operator = Operator::of(&server);
    let list = operator.says(&["cron", "list"]).await;
    let mut lines = list.lines();
    let header = "PLUGIN             JOB    SCHEDULE        NEXT                  LAST";
    assert_eq!(lines.next(), Some(header));
    let first = lines.next().expect("the first entry");
    assert!(
        first.starts_with("com.example.moody  daily  0 0 1 1 *, UTC  20"),
        "{first}"
    );
    let second = "com.example.moody  off    0 0 1 1 *, UTC  only by hand          -";
    assert_eq!(lines.next(), Some(second));
    let items = operator.json(&["cron", "list"]).await["items"].clone();
    assert_eq!(
        (&items[1]["plugin"], &items[1]["job_type"]),
        (&json!(MOODY), &json!("off"))
    );

    let ran = operator.json(&["cron", "run", MOODY, "off"]).await;
    assert_eq!(ran, json!({"plugin": MOODY, "job_type": "off"}));
    assert_eq!(
        server.stored(MOODY, "calls:on-cron-tick").await.as_deref(),
        Some("1")
    );
    let list = operator.says(&["cron", "list"]).await;
    assert!(list.contains("ok, 20"), "{list}");
    let words: Vec<_> = list.split_whitespace().collect();
    assert_eq!(words[words.len() - 2..], ["by", "hand"], "{list}");
    assert!(
        list.lines().all(|line| line.chars().count() <= 80),
        "{list}"
    );
    let run = operator.json(&["cron", "list"]).await["items"][1]["last"].clone();
    assert_eq!(run["outcome"], "ok");
    assert_eq!(run, server.plugin(MOODY).await["cron"][1]["last"]);
    let error = operator.fails(&["cron", "run", MOODY, "dayly"]).await;
    assert!(error.contains("it has `daily`"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_listed_retried_and_discarded_after_a_look() {
    let server = server().await;
    let operator = Operator::of(&server);
    assert_eq!(
        operator.says(&["outbox", "list"]).await,
        "no delivery is pending\n"
    );
    // The filter before it lets the title through, and the action fails.
    let post = json!({"title": "Fine", "content": "x", "status": "published"});
    server
        .admin
        .post(
            "/api/v1/admin/plugins/com.example.moody/disable",
            &Value::Null,
        )
        .await
        .expect(200);
    server.create_post(&post).await;
    server
        .admin
        .post(
            "/api/v1/admin/plugins/com.example.moody/enable",
            &Value::Null,
        )
        .await
        .expect(200);
    server.publish("fail").await;
    eventually("the delivery has failed once", || async {
        let list = operator.json(&["outbox", "list"]).await;
        let first = list["items"][0].clone();
        (first["state"] == "retrying").then_some(())
    })
    .await;
    let list = operator.says(&["outbox", "list"]).await;
    for says in [
        "DELIVERY    ",
        "PLUGIN      com.example.moody\n",
        "STATE       retrying\n",
        "LAST ERROR  ",
    ] {
        assert!(list.contains(says), "{says:?} in\n{list}");
    }
    let retried = operator.says(&["outbox", "retry", "--plugin", MOODY]).await;
    assert_eq!(retried, "1 delivery is tried again now\n");

    let items = operator.json(&["outbox", "list"]).await["items"].clone();
    let id = items[0]["id"].as_str().expect("an id").to_owned();
    for which in [vec![id.as_str()], vec!["--plugin", MOODY]] {
        let looked = [vec!["outbox", "discard", "--dry-run"], which].concat();
        let would_be = operator.says(&looked).await;
        assert!(would_be.contains(&id), "{would_be}");
        assert!(
            would_be.ends_with("leave --dry-run out to do so\n"),
            "{would_be}"
        );
        let would_be = operator.json(&looked).await;
        assert_eq!(would_be["items"][0]["id"], id.as_str());
    }
    assert!(
        operator.says(&["outbox", "list"]).await.contains(&id),
        "nothing was discarded"
    );
    let discarded = operator.says(&["outbox", "discard", &id]).await;
    assert_eq!(discarded, "1 delivery is discarded\n");
    assert_eq!(
        operator.says(&["outbox", "list"]).await,
        "no delivery is pending\n"
    );
    let gone = operator
        .fails(&["outbox", "discard", "--dry-run", &id])
        .await;
    assert!(gone.contains("404"), "{gone}");
}
