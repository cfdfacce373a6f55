//! `http-get` and `http-post`, against a real server on this machine.

use raisfast_tests::{Neighbour, Settings, TestServer};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const PLUGIN: &str = "com.example.caller";

/// A plugin that may reach these origins, of an operator who lets plugins reach this machine.
fn granted(origins: &[&str], limits: &str) -> Settings {
    let manifest = format!("[permissions]\nhttp = {}\n{limits}", json!(origins));
    TestServer::with()
        .caller(PLUGIN, &manifest)
        .config(|config| config.allowed_networks = vec!["127.0.0.0/8".parse().expect("a network")])
}

async fn get(server: &TestServer, url: &str) -> Value {
    server.call(PLUGIN, "http-get", json!([url])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn http_get_answers_with_the_body() {
    let neighbour = Neighbour::start().await;
    let server = granted(&[&neighbour.origin], "").start().await;
    let body = get(&server, &neighbour.url("/greeting?to=world")).await;
    assert_eq!(body, "GET received \"\"");
    let created = get(&server, &neighbour.url("/status/201")).await;
    assert_eq!(created, "the body");
    let nothing = get(&server, &neighbour.url("/status/204")).await;
    assert_eq!(nothing, "");
    assert_eq!(
        neighbour.requests(),
        [
            "GET /greeting?to=world",
            "GET /status/201",
            "GET /status/204"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn http_post_sends_the_body() {
    let neighbour = Neighbour::start().await;
    let server = granted(&[&neighbour.origin], "").start().await;
    for body in ["{\"text\": \"grün\"}", ""] {
        let answer = server
            .call(PLUGIN, "http-post", json!([neighbour.url("/hook"), body]))
            .await;
        assert_eq!(answer, format!("POST received {body:?}"));
    }
    assert_eq!(
        neighbour.requests(),
        ["POST /hook {\"text\": \"grün\"}", "POST /hook"]
    );

    let refused = server
        .call(
            PLUGIN,
            "http-post",
            json!([neighbour.url("/status/503"), ""]),
        )
        .await;
    assert_eq!(refused, Value::Null);
    let record = server.record(PLUGIN, "http-post failed").await;
    assert_eq!(
        record["message"],
        "http-post failed: the answer's status is 503, not 2xx"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_2xx_is_none_and_the_log_says_why() {
    let neighbour = Neighbour::start().await;
    let server = granted(&[&neighbour.origin], "").start().await;
    for status in [304, 400, 404, 500] {
        let url = neighbour.url(&format!("/status/{status}"));
        assert_eq!(get(&server, &url).await, Value::Null);
        let reason = format!("http-get failed: the answer's status is {status}, not 2xx");
        assert_eq!(server.record(PLUGIN, &reason).await["level"], "warn");
    }
    assert_eq!(neighbour.requests().len(), 4);

    assert_eq!(get(&server, &neighbour.url("/binary")).await, Value::Null);
    server.record(PLUGIN, "not UTF-8").await;
    for bad in ["", "no url", "/relative"] {
        assert_eq!(get(&server, bad).await, Value::Null, "{bad}");
        server
            .record(PLUGIN, &format!("`{bad}` is not a URL"))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_none() {
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let origin = format!("http://{}", gone.local_addr().expect("an address"));
    drop(gone);
    let server = granted(&[&origin], "").start().await;
    assert_eq!(get(&server, &origin).await, Value::Null);
    server.record(PLUGIN, "http-get failed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_is_not_granted_is_never_asked() {
    let (neighbour, stranger) = (Neighbour::start().await, Neighbour::start().await);
    let grant = format!("{}/v1/*", neighbour.origin);
    let server = granted(&[&grant], "").start().await;

    assert_eq!(get(&server, &stranger.url("/secret")).await, Value::Null);
    let denial = server.record(PLUGIN, "/secret").await;
    assert_eq!(denial["level"], "warn");
    assert_eq!(
        denial["message"],
        format!(
            "denied: a request to {0}/secret; to allow it, write in manifest.toml, under \
             [permissions]: http = [\"{0}\"]",
            stranger.origin
        )
    );
    let posted = server
        .call(PLUGIN, "http-post", json!([stranger.url("/post"), "data"]))
        .await;
    assert_eq!(posted, Value::Null);

    // The right origin outside of the granted path, and with a login, which nothing grants.
    assert_eq!(get(&server, &neighbour.url("/v10")).await, Value::Null);
    let with_login = neighbour.url("/v1").replace("//", "//user:secret@");
    assert_eq!(get(&server, &with_login).await, Value::Null);
    assert_eq!(
        get(&server, &neighbour.url("/v1/x")).await,
        "GET received \"\""
    );

    assert!(stranger.requests().is_empty());
    assert_eq!(neighbour.requests(), ["GET /v1/x"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_followed_to_granted_places_only() {
    let (neighbour, other, stranger) = (
        Neighbour::start().await,
        Neighbour::start().await,
        Neighbour::start().await,
    );
    let server = granted(&[&neighbour.origin, &other.origin], "")
        .start()
        .await;

    let there = neighbour.url(&format!("/to/307?{}", other.url("/there")));
    let answer = server
        .call(PLUGIN, "http-post", json!([there, "kept"]))
        .await;
    assert_eq!(answer, "POST received \"kept\"");
    // 303 asks for a GET, without the body.
    let there = neighbour.url(&format!("/to/303?{}", other.url("/there")));
    let answer = server
        .call(PLUGIN, "http-post", json!([there, "dropped"]))
        .await;
    assert_eq!(answer, "GET received \"\"");
    assert_eq!(other.requests(), ["POST /there kept", "GET /there"]);

    for code in [301, 302, 303, 307, 308] {
        let out = neighbour.url(&format!("/to/{code}?{}", stranger.url("/secret")));
        assert_eq!(get(&server, &out).await, Value::Null, "{code}");
    }
    assert!(stranger.requests().is_empty());
    server
        .record(
            PLUGIN,
            &format!("[permissions]: http = [\"{}\"]", stranger.origin),
        )
        .await;

    let before = neighbour.requests().len();
    let circle = neighbour.url("/to/302?/to/302?");
    assert_eq!(get(&server, &circle).await, Value::Null);
    server.record(PLUGIN, "more than 5 redirects").await;
    assert_eq!(neighbour.requests().len(), before + 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_reaches_this_machine_only_where_the_operator_allows_it() {
    let neighbour = Neighbour::start().await;
    let port = neighbour.origin.rsplit(':').next().expect("a port");
    let by_name = format!("http://localhost:{port}");
    // All that the manifest may say, and nothing in raisfast.toml.
    let manifest = format!(
        "[permissions]\nhttp = {}",
        json!([neighbour.origin, by_name])
    );
    let server = TestServer::with().caller(PLUGIN, &manifest).start().await;

    for origin in [&neighbour.origin, &by_name] {
        assert_eq!(get(&server, origin).await, Value::Null, "{origin}");
    }
    assert!(neighbour.requests().is_empty());
    let records = server.logged(PLUGIN);
    let refused =
        |record: &&String| record.starts_with("http-get failed: ") && record.contains("loopback");
    assert_eq!(records.iter().filter(refused).count(), 2, "{records:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold() {
    let neighbour = Neighbour::start().await;
    let limits =
        "[limits]\nhttp_request_bytes = 10\nhttp_response_bytes = 40\nhttp_requests_per_minute = 4";
    let server = granted(&[&neighbour.origin], limits).start().await;

    let post = async |body: &str| {
        server
            .call(PLUGIN, "http-post", json!([neighbour.url("/p"), body]))
            .await
    };
    assert_eq!(post("0123456789").await, "POST received \"0123456789\"");
    assert_eq!(post("0123456789+").await, Value::Null);
    server
        .record(PLUGIN, "[limits] http_request_bytes is 10")
        .await;

    let most = get(&server, &neighbour.url("/bytes/40")).await;
    assert_eq!(most, "x".repeat(40));
    assert_eq!(get(&server, &neighbour.url("/bytes/41")).await, Value::Null);
    server.record(PLUGIN, "40 bytes").await;

    // The fourth that leaves; the one over its size did not.
    assert_eq!(
        get(&server, &neighbour.url("/4")).await,
        "GET received \"\""
    );
    assert_eq!(get(&server, &neighbour.url("/5")).await, Value::Null);
    server
        .record(PLUGIN, "[limits]: http_requests_per_minute = 8")
        .await;
    assert_eq!(
        neighbour.requests(),
        [
            "POST /p 0123456789",
            "GET /bytes/40",
            "GET /bytes/41",
            "GET /4"
        ]
    );
}
