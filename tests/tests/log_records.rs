//! The server's log as collectors of logs read it, and the access log.

use raisfast_tests::{ChildServer, TestServer, content_type, eventually, script};
use serde_json::{Value, json};

const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const CALLER: &str = "com.example.caller";

/// Returns the records so far, and sees that each is one line of JSON.
fn records(server: &ChildServer) -> Vec<Value> {
    let log = server.log();
    let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let record = |line: &str| {
        assert!(!line.contains(char::is_control), "{line:?}");
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    };
    whole.lines().map(record).collect()
}

/// Waits for a record of the access log about a route.
async fn access(server: &ChildServer, route: &str) -> Value {
    eventually(&format!("a record about {route}"), || async {
        let mut records = records(server).into_iter();
        records.find(|record| record["target"] == "access" && record["fields"]["route"] == route)
    })
    .await["fields"]
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_record_is_a_line_of_json_whatever_a_plugin_says() {
    let mut server = TestServer::with()
        .caller(CALLER, "")
        .variable("RAISFAST_LOG_FORMAT", "json")
        .start_child(SERVER, "")
        .await;
    let hostile =
        "x\n{\"level\":\"ERROR\",\"message\":\"forged\"}\r\u{1b}[31m\u{9b}31m\u{202e}\u{7f}";
    let path = format!("/api/v1/content/{}", content_type(CALLER));
    let script = script(&[("log", json!(["warn", hostile]))]);
    server.admin.post(&path, &script).await.expect(201);
    let said = |record: &Value| record["target"] == "plugin" && record["level"] == "WARN";
    let record = eventually("the plugin's record", || async {
        records(&server).into_iter().find(said)
    })
    .await;
    assert_eq!(record["fields"]["plugin"], CALLER, "{record}");
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0), "{}", server.log());
    let records = records(&server);
    let says = |text: &str| {
        records.iter().any(|record| {
            record["message"]
                .as_str()
                .is_some_and(|message| message.contains(text))
        })
    };
    for text in ["listening", "stopping", "stopped"] {
        assert!(says(text), "{text}: {records:#?}");
    }
    assert!(records.iter().all(|record| record["level"] != "ERROR"));
    let is_time = |record: &Value| {
        record["timestamp"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z'))
    };
    assert!(records.iter().all(is_time), "{records:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_access_log_has_a_record_of_each_request_and_no_path() {
    let server = TestServer::with()
        .variable("RAISFAST_LOG_FORMAT", "json")
        .variable("RAISFAST_ACCESS_LOG", "true")
        .start_child(SERVER, "")
        .await;
    let missing = server
        .visitor
        .get("/api/v1/posts/no-such-post?secret=rhubarb")
        .await;
    assert_eq!(missing.status, 404);
    let record = access(&server, "/api/v1/posts/{post}").await;
    assert_eq!(record["method"], "GET");
    assert_eq!(record["status"], 404);
    assert_eq!(record["client"], "127.0.0.1");
    let sent = serde_json::to_string(&missing.body).expect("JSON").len();
    assert_eq!(record["bytes"], sent, "{record}");
    assert!(record["ms"].is_u64(), "{record}");

    server.visitor.get("/no/such/route").await.expect(404);
    assert_eq!(access(&server, "unknown").await["status"], 404);
    for words in ["rhubarb", "no-such-post", "no/such"] {
        assert!(!server.log().contains(words), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_no_request_is_logged() {
    let mut server = TestServer::with().start_child(SERVER, "").await;
    server.visitor.get("/api/v1/posts").await.expect(200);
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0), "{}", server.log());
    assert!(
        !server.log().contains("access: request"),
        "{}",
        server.log()
    );
}
