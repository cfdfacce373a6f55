//! Scheduled work: when a plugin is called, with what, and who else is.

use std::process::{Command, Output};

use chrono::{DateTime, Utc};
use raisfast_contract::HookName;
use raisfast_host_api::capability::Db;
use raisfast_tests::{HeldServer, Manifest, TestServer, eventually};
use serde_json::{Value, json};

const CALLER: &str = "com.example.caller";
const RECORDER: &str = "com.example.recorder";
const PLAIN: &str = "com.example.plain";

/// A `[[cron]]` entry, and more lines of it.
fn entry(job_type: &str, cron_expr: &str, more: &str) -> String {
    format!(
        "[[cron]]\nlabel = \"The {job_type}\"\njob_type = \"{job_type}\"\ncron_expr = \"{cron_expr}\"\n{more}\n"
    )
}

const EVERY_SECOND: &str = "* * * * * *";
const ONCE_A_YEAR: &str = "0 0 1 1 *";

/// The payload of the last tick that the guest `recorder` got; null if there was none.
async fn last_tick(server: &TestServer, plugin: &str) -> Value {
    match server.recorded(plugin, HookName::OnCronTick).await {
        Value::Null => Value::Null,
        text => serde_json::from_str(text.as_str().unwrap()).unwrap(),
    }
}

/// The job of each tick that the guest `plain-current` has logged.
fn ticks(server: &TestServer) -> Vec<String> {
    let job = |message: &String| {
        let payload = message.strip_prefix("cron: ")?;
        let payload: Value = serde_json::from_str(payload).unwrap();
        Some(payload["job_type"].as_str().unwrap().to_owned())
    };
    server.logged(PLAIN).iter().filter_map(job).collect()
}

async fn ticked(server: &TestServer, times: usize) {
    eventually(&format!("{times} ticks"), || async {
        (ticks(server).len() >= times).then_some(())
    })
    .await;
}

/// A server whose only job fails: its guest expects a script as the payload, and panics without
/// one.
async fn without_a_script(cron_expr: &str) -> TestServer {
    TestServer::with()
        .caller(CALLER, &entry("nothing", cron_expr, ""))
        .start()
        .await
}

fn path(plugin: &str, job_type: &str) -> String {
    format!("/api/v1/admin/cron/{plugin}/{job_type}")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_alone_subscribes_its_plugin_and_ticks_by_itself() {
    let manifest = Manifest::new(PLAIN, &[]).with(&entry("beat", EVERY_SECOND, ""));
    let server = TestServer::with()
        .guest("plain-current", &manifest)
        .start()
        .await;
    ticked(&server, 3).await;
    let plugin = server.plugin(PLAIN).await;
    assert_eq!(plugin["hooks"][0]["hook"], "on-cron-tick");
    assert_eq!(plugin["hooks"][0]["errors"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payload_is_an_object_with_the_manifests_own() {
    let manifest = Manifest::new(RECORDER, &[])
        .with(&entry("object", ONCE_A_YEAR, "payload = '{\"days\": 7}'"))
        .with(&entry("text", ONCE_A_YEAR, "payload = 'seven days'"))
        .with(&entry("nothing", ONCE_A_YEAR, ""));
    let server = TestServer::with()
        .guest("recorder", &manifest)
        .start()
        .await;
    for (job_type, payload) in [
        ("object", json!({"days": 7})),
        ("text", json!("seven days")),
        ("nothing", Value::Null),
    ] {
        let path = path(RECORDER, job_type);
        server.admin.post(&path, &Value::Null).await.expect(204);
        let mut tick = last_tick(&server, RECORDER).await;
        let at = tick.as_object_mut().unwrap().remove("scheduled_at");
        assert!(at.is_some_and(|at| at.as_str().is_some_and(|at| at.ends_with('Z'))));
        assert_eq!(
            tick,
            json!({"job_type": job_type, "label": format!("The {job_type}"), "payload": payload})
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_goes_to_the_plugin_that_declared_it() {
    let ticking = Manifest::new(PLAIN, &[]).with(&entry("beat", EVERY_SECOND, ""));
    // The same job, and the hook by name as well.
    let other = Manifest::new(RECORDER, &["on-cron-tick"]).with(&entry("beat", ONCE_A_YEAR, ""));
    let server = TestServer::with()
        .guest("plain-current", &ticking)
        .guest("recorder", &other)
        .start()
        .await;
    ticked(&server, 2).await;
    assert_eq!(last_tick(&server, RECORDER).await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_not_enabled_does_not_tick_and_can_be_fired() {
    let manifest = Manifest::new(PLAIN, &[])
        .with(&entry("off", EVERY_SECOND, "enabled = false"))
        .with(&entry("on", EVERY_SECOND, ""));
    let server = TestServer::with()
        .guest("plain-current", &manifest)
        .start()
        .await;
    ticked(&server, 3).await;
    assert!(ticks(&server).iter().all(|job| job == "on"));
    let entries = &server.plugin(PLAIN).await["cron"];
    assert_eq!(
        (&entries[0]["enabled"], &entries[0]["next"]),
        (&json!(false), &Value::Null)
    );

    let path = path(PLAIN, "off");
    server.admin.post(&path, &Value::Null).await.expect(204);
    assert!(ticks(&server).iter().any(|job| job == "off"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_entry_enabled_the_answer_says_what_to_change() {
    let manifest = Manifest::new(PLAIN, &[]).with(&entry("off", EVERY_SECOND, "enabled = false"));
    let server = TestServer::with()
        .guest("plain-current", &manifest)
        .start()
        .await;
    let path = path(PLAIN, "off");
    let problem = server.admin.post(&path, &Value::Null).await.expect(409);
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains(PLAIN) && detail.contains("write [hooks.on-cron-tick]"),
        "{detail}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_is_disabled_does_not_tick() {
    let manifest = Manifest::new(PLAIN, &[]).with(&entry("beat", EVERY_SECOND, ""));
    let clock = Manifest::new(RECORDER, &[]).with(&entry("beat", EVERY_SECOND, ""));
    let server = TestServer::with()
        .guest("plain-current", &manifest)
        .guest("recorder", &clock)
        .start()
        .await;
    ticked(&server, 1).await;
    let disable = format!("/api/v1/admin/plugins/{PLAIN}/disable");
    server.admin.post(&disable, &Value::Null).await.expect(200);
    // The other plugin is the clock: its next tick shows that a tick from before has ended.
    let next_ticks = async |ticks: u64| {
        let count = async || -> u64 {
            let count = server.stored(RECORDER, "count:on-cron-tick").await;
            count.map_or(0, |count| count.parse().unwrap())
        };
        let then = count().await;
        eventually("the other plugin ticks on", || async {
            (count().await >= then + ticks).then_some(())
        })
        .await;
    };
    next_ticks(1).await;
    let before = ticks(&server).len();
    next_ticks(2).await;
    assert_eq!(ticks(&server).len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_job_is_answered_with_those_that_there_are() {
    let manifest = Manifest::new(RECORDER, &[])
        .with(&entry("daily", ONCE_A_YEAR, ""))
        .with(&entry("weekly", ONCE_A_YEAR, ""));
    let server = TestServer::with()
        .guest("recorder", &manifest)
        .start()
        .await;
    let fire = async |plugin: &str, job_type: &str| {
        let path = path(plugin, job_type);
        let fired = server.admin.post(&path, &Value::Null).await;
        fired.expect(404)["detail"].clone()
    };
    assert_eq!(
        fire(RECORDER, "dayly").await,
        "com.example.recorder has no cron entry with job_type `dayly`; it has `daily`, `weekly`"
    );
    assert_eq!(
        fire("com.example.nobody", "daily").await,
        "no plugin com.example.nobody is running; `GET /api/v1/admin/plugins` lists those that are"
    );
    assert_eq!(last_tick(&server, RECORDER).await, Value::Null);
}

/// The last run of a plugin's first entry, as administrators see it.
async fn last_run(server: &TestServer, plugin: &str) -> Value {
    server.plugin(plugin).await["cron"][0]["last"].clone()
}

/// Waits until an entry has run to its end.
async fn has_run(server: &TestServer, plugin: &str) -> Value {
    eventually("the entry has run", || async {
        let last = last_run(server, plugin).await;
        last["ended_at"].is_string().then_some(last)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_run_by_hand_is_shown_and_a_restart_keeps_it() {
    let manifest = Manifest::new(RECORDER, &[]).with(&entry("daily", ONCE_A_YEAR, ""));
    let server = TestServer::with()
        .guest("recorder", &manifest)
        .start()
        .await;
    assert_eq!(last_run(&server, RECORDER).await, Value::Null);
    let path = path(RECORDER, "daily");
    server.admin.post(&path, &Value::Null).await.expect(204);
    let mut last = last_run(&server, RECORDER).await;
    let tick = last_tick(&server, RECORDER).await;
    assert_eq!(last["due"], tick["scheduled_at"]);
    assert_eq!(last["due"], last["started_at"]);
    assert!(last["ended_at"].as_str() >= last["started_at"].as_str());
    let server = server.restart().await;
    assert_eq!(last_run(&server, RECORDER).await, last);
    let entry = server.plugin(RECORDER).await["cron"][0].clone();
    assert!(
        entry["next"]
            .as_str()
            .unwrap()
            .ends_with("-01-01T00:00:00.000Z")
    );
    let all = server.admin.get("/api/v1/admin/plugins").await.expect(200);
    assert_eq!(all["items"][0]["cron"][0], entry);

    let last = last.as_object_mut().unwrap();
    let node = last.remove("node").unwrap();
    assert!(!node.as_str().unwrap().is_empty());
    last.retain(|key, _| ["outcome", "error", "by_hand"].contains(&key.as_str()));
    assert_eq!(
        json!(last),
        json!({"outcome": "ok", "error": null, "by_hand": true})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_says_why() {
    let server = without_a_script(EVERY_SECOND).await;
    let last = has_run(&server, CALLER).await;
    assert_eq!(
        (&last["outcome"], &last["by_hand"]),
        (&json!("failed"), &json!(false))
    );
    assert!(
        last["error"].as_str().unwrap().contains("trapped"),
        "{last}"
    );
    // After five failures the plugin is paused.
    eventually("a tick is left out", || async {
        let last = last_run(&server, CALLER).await;
        let paused = last["error"]
            .as_str()
            .is_some_and(|error| error.contains("paused"));
        (last["outcome"] == "not_called" && paused).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_tick_runs_once_and_is_written_down() {
    let manifest = Manifest::new(PLAIN, &[]).with(&entry("beat", EVERY_SECOND, ""));
    let server = TestServer::with()
        .guest("plain-current", &manifest)
        .start()
        .await;
    ticked(&server, 3).await;
    // A reload in between leaves out none and repeats none.
    let reload = format!("/api/v1/admin/plugins/{PLAIN}/reload");
    server.admin.post(&reload, &Value::Null).await.expect(200);
    ticked(&server, 6).await;
    let scheduled = |message: &String| {
        let payload: Value = serde_json::from_str(message.strip_prefix("cron: ")?).unwrap();
        let at = payload["scheduled_at"].as_str().unwrap().to_owned();
        Some(at)
    };
    let mut times: Vec<_> = server.logged(PLAIN).iter().filter_map(scheduled).collect();
    times.sort();
    let times: Vec<DateTime<Utc>> = times.iter().map(|at| at.parse().unwrap()).collect();
    for pair in times.windows(2) {
        assert_eq!((pair[1] - pair[0]).num_milliseconds(), 1_000, "{times:?}");
    }
    let last = has_run(&server, PLAIN).await;
    assert_eq!(
        (&last["outcome"], &last["by_hand"]),
        (&json!("ok"), &json!(false))
    );
    let due = last["due"].as_str().unwrap();
    assert!(due.strip_suffix(".000Z").is_some(), "{last}");
    assert!(
        last["due"].as_str() <= last["started_at"].as_str(),
        "{last}"
    );
}

/// Makes the server believe that it has waited for these jobs since long ago.
async fn wait_since_long_ago(server: &TestServer, jobs: u64) {
    eventually("the jobs are waited for", || async {
        let sql = "UPDATE cron_jobs SET since = '2020-01-01T00:00:00.000Z'";
        let changed = Db::execute(server.server().database(), sql, &[]).await;
        (changed.unwrap() == jobs).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_server_was_there_for_is_made_up_for_once_where_the_manifest_says_so() {
    let once =
        Manifest::new(RECORDER, &[]).with(&entry("new-year", ONCE_A_YEAR, "misfire = \"once\""));
    let skip = Manifest::new(PLAIN, &[]).with(&entry("new-year", ONCE_A_YEAR, ""));
    let server = TestServer::with()
        .guest("recorder", &once)
        .guest("plain-current", &skip)
        .start()
        .await;
    assert_eq!(last_run(&server, RECORDER).await, Value::Null);
    wait_since_long_ago(&server, 1).await;
    let server = server.restart().await;
    let last = has_run(&server, RECORDER).await;
    let new_year = format!("{}-01-01T00:00:00.000Z", Utc::now().format("%Y"));
    assert_eq!(last["due"], new_year);
    assert_eq!(
        (&last["outcome"], &last["by_hand"]),
        (&json!("ok"), &json!(false))
    );
    assert_eq!(last_tick(&server, RECORDER).await["scheduled_at"], new_year);
    assert_eq!(last_run(&server, PLAIN).await, Value::Null);

    wait_since_long_ago(&server, 1).await;
    let server = server.restart().await;
    let path = path(PLAIN, "new-year");
    server.admin.post(&path, &Value::Null).await.expect(204);
    assert_eq!(
        last_run(&server, RECORDER).await,
        last,
        "it is made up for once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_administrator_had_turned_off_is_not_made_up_for() {
    let once =
        Manifest::new(RECORDER, &[]).with(&entry("new-year", ONCE_A_YEAR, "misfire = \"once\""));
    let other =
        Manifest::new(PLAIN, &[]).with(&entry("new-year", ONCE_A_YEAR, "misfire = \"once\""));
    let server = TestServer::with()
        .guest("recorder", &once)
        .guest("plain-current", &other)
        .start()
        .await;
    wait_since_long_ago(&server, 2).await;
    for action in ["disable", "enable"] {
        let path = format!("/api/v1/admin/plugins/{RECORDER}/{action}");
        server.admin.post(&path, &Value::Null).await.expect(200);
    }
    let server = server.restart().await;
    has_run(&server, PLAIN).await;
    assert_eq!(last_run(&server, RECORDER).await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_guest_delays_no_tick() {
    let held = HeldServer::start().await;
    let origin = held.origin();
    let call = format!("payload = '{{\"function\": \"http-get\", \"args\": [\"{origin}\"]}}'");
    let toml = format!(
        "[permissions]\nhttp = [\"{origin}\"]\n{}",
        entry("fetch", EVERY_SECOND, &call)
    );
    let server = TestServer::with()
        .config(|config| config.allowed_networks = vec!["127.0.0.0/8".parse().unwrap()])
        .caller(CALLER, &toml)
        .start()
        .await;
    // Each call waits for an answer, and the next one comes nevertheless.
    held.called(3).await;
    assert_eq!(server.stored(CALLER, "cron:result").await, None);
    held.open();
    let result = eventually("the calls end", || server.stored(CALLER, "cron:result")).await;
    assert_eq!(result, "{\"result\":\"open\"}");
}

/// `raisfast cron run`, with the password of the test's admin.
async fn cron_run(server: &TestServer, plugin: &'static str, job_type: &'static str) -> Output {
    let address = server.server().addr().to_string();
    let password = server.password();
    tokio::task::spawn_blocking(move || {
        Command::new(env!("CARGO_BIN_EXE_raisfast-under-test"))
            .args(["cron", "run", plugin, job_type])
            .env_clear()
            .env("RAISFAST_ADDR", address)
            .env("RAISFAST_ADMIN_PASSWORD", password)
            .output()
            .expect("the binary runs")
    })
    .await
    .expect("the binary ends")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_fires_an_entry_on_the_running_server() {
    let manifest = Manifest::new(RECORDER, &[]).with(&entry("daily", ONCE_A_YEAR, ""));
    let server = TestServer::with()
        .guest("recorder", &manifest)
        .start()
        .await;
    let done = cron_run(&server, RECORDER, "daily").await;
    assert!(done.status.success(), "{done:?}");
    let told = String::from_utf8(done.stdout).unwrap();
    assert_eq!(told, "daily of com.example.recorder has run\n");
    assert_eq!(last_tick(&server, RECORDER).await["job_type"], "daily");

    let done = cron_run(&server, RECORDER, "dayly").await;
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let told = String::from_utf8(done.stderr).unwrap();
    assert!(
        told.contains("404") && told.contains("it has `daily`"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_fails_is_told_to_who_fired_it() {
    let server = without_a_script(ONCE_A_YEAR).await;
    let done = cron_run(&server, CALLER, "nothing").await;
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let told = String::from_utf8(done.stderr).unwrap();
    assert!(
        told.contains("com.example.caller failed in on-cron-tick"),
        "{told}"
    );
    server.logs(CALLER, "the entry's payload is a script").await;
}
