//! SIGTERM ends the real binary in good order: what is in progress ends, what is not told stays.

use raisfast::{Config, Server};
use raisfast_tests::{ChildServer, HeldServer, Manifest, TestServer, eventually, guest, script};
use serde_json::{Value, json};

const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const PLUGIN: &str = "com.example.caller";
const LOCAL: &str = "[http]\nallowed_networks = [\"127.0.0.0/8\"]";
const CONTENT: &str = "/api/v1/content/call";

/// A server with a plugin that runs the scripts of one hook.
async fn serving(hook: &str, timeout_ms: u32, held: &HeldServer) -> ChildServer {
    let permissions = format!(
        "[permissions]\nhttp = [\"{}\"]\ntimeout_ms = {timeout_ms}",
        held.origin()
    );
    let manifest = Manifest::new(PLUGIN, &[hook]).with(&permissions);
    TestServer::with()
        .plugin("caller", guest("all-functions"), manifest.text())
        .start_child(SERVER, LOCAL)
        .await
}

/// A script that waits until the held server is opened.
fn waits(held: &HeldServer) -> Value {
    script(&[("http-get", json!([held.origin()]))])
}

/// Returns the number of deliveries that a server left when it ended.
async fn left(server: &ChildServer) -> u64 {
    let mut config = Config::with_data_dir(server.data_dir());
    config.addr.set_port(0);
    // Without the plugin: nothing is delivered while the test looks.
    config.plugins.dir = server.data_dir().join("no-plugins");
    let server = Server::start(config).await.expect("it starts again");
    let figures = server.outbox().figures().await.expect("the outbox");
    server.shutdown().await;
    figures.iter().map(|plugin| plugin.waiting).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_progress_is_answered_and_nobody_else_is_let_in() {
    let held = HeldServer::start().await;
    let mut server = serving("on-content-creating", 20_000, &held).await;
    let (admin, body) = (server.admin.clone(), waits(&held));
    let request = tokio::spawn(async move { admin.post(CONTENT, &body).await });
    held.called(1).await;
    server.signal("TERM");
    let address = server.address();
    eventually("nobody is let in", || async move {
        std::net::TcpStream::connect(address).is_err().then_some(())
    })
    .await;
    held.open();
    let answer = request.await.expect("the request ends").expect(201);
    assert_eq!(answer["data"]["results"][0], "open");
    assert_eq!(server.ended().await, Some(0), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_in_progress_ends_and_is_not_left() {
    let held = HeldServer::start().await;
    let mut server = serving("on-content-created", 20_000, &held).await;
    server.admin.post(CONTENT, &waits(&held)).await.expect(201);
    held.called(1).await;
    server.signal("INT");
    server.logs("stopping").await;
    held.open();
    assert_eq!(server.ended().await, Some(0), "{}", server.log());
    assert_eq!(left(&server).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_fails_meanwhile_is_left_for_the_next_start() {
    let held = HeldServer::start().await;
    let mut server = serving("on-content-created", 300, &held).await;
    server.admin.post(CONTENT, &waits(&held)).await.expect(201);
    held.called(1).await;
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0), "{}", server.log());
    assert_eq!(left(&server).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once_and_loses_nothing() {
    let held = HeldServer::start().await;
    let mut server = serving("on-content-created", 20_000, &held).await;
    server.admin.post(CONTENT, &waits(&held)).await.expect(201);
    held.called(1).await;
    server.signal("TERM");
    server.logs("stopping").await;
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(1), "{}", server.log());
    assert_eq!(left(&server).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn views_are_written_before_the_end() {
    let server = TestServer::with().start().await;
    server.publish("Read me").await;
    server.html("read-me").await;
    let server = server.restart().await;
    let posts = server.visitor.get("/api/v1/posts").await.expect(200);
    assert_eq!(posts["items"][0]["view_count"], 1);
}
