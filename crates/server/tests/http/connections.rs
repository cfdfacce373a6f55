//! The bounds of strangers who connect and then keep the server waiting.

use std::time::Duration;

use raisfast::Config;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::support::{TestServer, send};

/// Longer than any limit that a test sets, shorter than the defaults: an end within it is of the
/// test's limit.
const SOON: Duration = Duration::from_secs(9);

async fn connect(server: &TestServer) -> TcpStream {
    let connected = TcpStream::connect(server.server.addr()).await;
    connected.expect("a connection")
}

/// A stranger who sends something and then waits.
async fn stranger(server: &TestServer, sends: &str) -> TcpStream {
    let mut stream = connect(server).await;
    stream
        .write_all(sends.as_bytes())
        .await
        .expect("it is sent");
    stream
}

/// Returns the bytes that the server still sends before it closes the connection.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is closed with something unread is reset.
    let _ = timeout(SOON, stream.read_to_end(&mut answer))
        .await
        .expect("the server closes the connection");
    String::from_utf8(answer).expect("UTF-8")
}

fn short(change: impl FnOnce(&mut raisfast::ConnectionSettings)) -> impl FnOnce(&mut Config) {
    |config| change(&mut config.connections)
}

const HALF_A_HEAD: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ";
const HALF_A_BODY: &str = "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\n\
    content-type: application/json\r\ncontent-length: 1000\r\n\r\n{";

#[tokio::test(flavor = "multi_thread")]
async fn half_a_head_is_not_waited_for() {
    let server = TestServer::configured(short(|connections| {
        connections.head_timeout = Duration::from_millis(200);
    }))
    .await;
    let mut first = stranger(&server, HALF_A_HEAD).await;
    assert_eq!(until_closed(&mut first).await, "");

    let mut second = stranger(&server, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut answer = [0; 12];
    second.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 200");
    second
        .write_all(HALF_A_HEAD.as_bytes())
        .await
        .expect("it is sent");
    until_closed(&mut second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_body_is_answered_that_it_did_not_arrive() {
    let server = TestServer::configured(short(|connections| {
        connections.body_timeout = Duration::from_millis(200);
    }))
    .await;
    let mut stream = stranger(&server, HALF_A_BODY).await;
    let answer = until_closed(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("within 0.2 s"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_not_kept() {
    let server = TestServer::configured(short(|connections| {
        connections.idle_timeout = Duration::from_millis(200);
    }))
    .await;
    for sends in ["", "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let mut stream = stranger(&server, sends).await;
        let answer = until_closed(&mut stream).await;
        assert_eq!(answer.is_empty(), sends.is_empty(), "{answer}");
    }
}

/// A client whose system takes in next to nothing.
async fn deaf(server: &TestServer, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(2048).expect("a small buffer");
    let connected = socket.connect(server.server.addr()).await;
    let mut stream = connected.expect("a connection");
    // More answers than the system keeps for a connection.
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").repeat(20);
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it is sent");
    stream
}

/// A post whose page has 1 MB.
async fn publish_a_large_post(server: &TestServer) {
    let post =
        json!({ "title": "Large", "content": "word ".repeat(200_000), "status": "published" });
    let token = server.admin().await;
    let (status, answer) = send(server.post("/api/v1/posts").bearer_auth(token).json(&post)).await;
    assert_eq!(status, 201, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_reads_is_not_kept() {
    let server = TestServer::configured(short(|connections| {
        connections.unread_timeout = Duration::from_millis(200);
    }))
    .await;
    publish_a_large_post(&server).await;
    let deaf: Vec<_> = {
        let mut deaf = Vec::new();
        for _ in 0..8 {
            deaf.push(self::deaf(&server, "/api/v1/posts/large").await);
        }
        deaf
    };
    closed(&server, "unread", deaf.len()).await;
    assert_eq!(send_health(&server).await, 200);
}

/// Waits until the server has closed connections for a reason.
async fn closed(server: &TestServer, reason: &str, connections: usize) {
    let token = server.admin().await;
    let wanted = format!("raisfast_connections_closed_total{{reason=\"{reason}\"}} ");
    let closed = async {
        loop {
            let figures = server.get("/metrics").bearer_auth(&token).send().await;
            let text = figures.expect("an answer").text().await.expect("figures");
            let count = text.lines().find_map(|line| line.strip_prefix(&wanted));
            let count = count.map_or(0, |count| count.parse().expect("a number"));
            if count >= connections {
                return;
            }
        }
    };
    timeout(SOON, closed)
        .await
        .unwrap_or_else(|_| panic!("{connections} connections are closed as {reason}"));
}

async fn send_health(server: &TestServer) -> u16 {
    let response = server.get("/healthz").send().await.expect("an answer");
    response.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_that_fill_every_place_give_way_to_whoever_comes() {
    let server = TestServer::configured(short(|connections| {
        connections.max = 20.try_into().expect("not 0");
    }))
    .await;
    let mut strangers = Vec::new();
    for sends in ["", HALF_A_HEAD, HALF_A_BODY] {
        for _ in 0..20 {
            strangers.push(stranger(&server, sends).await);
        }
    }
    for _ in 0..3 {
        assert_eq!(send_health(&server).await, 200);
    }
    closed(&server, "place", 40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_do_not_end_have_a_bound_together_and_give_way_to_others() {
    let server = TestServer::configured(short(|connections| {
        connections.max_memory_mb = 4.try_into().expect("not 0");
        connections.idle_timeout = Duration::from_mins(1);
    }))
    .await;
    let token = server.admin().await;
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\n\
        content-type: application/json\r\ncontent-length: 2000000\r\n\r\n";
    let body = format!("{{\"username\": \"{}", "x".repeat(1_900_000));
    let mut strangers = Vec::new();
    for _ in 0..10 {
        let mut stream = stranger(&server, head).await;
        let body = body.clone();
        strangers.push(tokio::spawn(async move {
            // It breaks off where the server closes the connection.
            let _ = stream.write_all(body.as_bytes()).await;
            stream
        }));
    }
    closed(&server, "memory", 5).await;
    let post = json!({ "title": "Large", "content": "word ".repeat(100_000) });
    let request = server.post("/api/v1/posts").bearer_auth(token).json(&post);
    assert_eq!(send(request).await.0, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_those_who_say_nothing() {
    let server = TestServer::start().await;
    let mut strangers = Vec::new();
    for sends in ["", HALF_A_HEAD] {
        strangers.push(stranger(&server, sends).await);
    }
    assert_eq!(send_health(&server).await, 200);
    timeout(SOON, server.server.shutdown())
        .await
        .expect("it ends before the grace of requests in flight does");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_gives_up_a_request_after_the_time_that_the_operator_sets() {
    let server = TestServer::configured(|config| {
        config.shutdown_timeout = Duration::from_millis(200);
    })
    .await;
    let mut in_flight = stranger(&server, HALF_A_BODY).await;
    // Its body is being read once the server answers another one that came later.
    assert_eq!(send_health(&server).await, 200);
    timeout(SOON, server.server.shutdown())
        .await
        .expect("it ends before the default time does");
    assert_eq!(until_closed(&mut in_flight).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_of_any_length_is_not_read() {
    let server = TestServer::start().await;
    let mut stream = stranger(&server, "GET / HTTP/1.1\r\nhost: x\r\nx: ").await;
    // The server may close the connection before all is sent.
    let _ = stream.write_all(&vec![b'x'; 1 << 20]).await;
    let answer = until_closed(&mut stream).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}
