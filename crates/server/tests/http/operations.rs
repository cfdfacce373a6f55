//! The operations that whoever runs the server relies on: health, metrics, headers, shutdown.

use raisfast::{Config, Server};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{TestServer, client, problem};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_that_it_lives_and_is_ready() {
    let server = TestServer::start().await;
    for path in ["/healthz", "/readyz"] {
        let response = server.get(path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.text().await.unwrap(), "ok\n", "{path}");
    }
    server.server.database().close().await;
    let ready = server.get("/readyz").send().await.unwrap();
    problem(ready, 503, "the database is gone").await;
    assert_eq!(server.get("/healthz").send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_by_route_and_not_by_path() {
    let server = TestServer::start().await;
    for path in [
        "/api/v1/posts/a",
        "/api/v1/posts/b",
        "/nowhere",
        "/elsewhere",
    ] {
        assert_eq!(server.get(path).send().await.unwrap().status(), 404);
    }
    let figures = server.figures().await;
    for line in [
        r#"raisfast_http_requests_total{method="GET",route="/api/v1/posts/{post}",status="404"} 2"#,
        r#"raisfast_http_requests_total{method="GET",route="unknown",status="404"} 2"#,
        "# EOF",
    ] {
        assert!(
            figures.lines().any(|found| found == line),
            "{line} in {figures}"
        );
    }
    assert!(!figures.contains("nowhere"), "{figures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_security_headers() {
    let server = TestServer::start().await;
    for path in [
        "/api/v1/posts",
        "/healthz",
        "/nowhere",
        "/api/v1/admin/plugins",
    ] {
        let response = server.get(path).send().await.unwrap();
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert!(
            header("content-security-policy").contains("default-src 'none'"),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_there_after_a_restart() {
    let data = TempDir::new().unwrap();
    let config = || {
        let mut config = Config::with_data_dir(data.path());
        config.addr.set_port(0);
        config.plugins.dir = data.path().join("plugins");
        config
    };
    let server = Server::start(config()).await.unwrap();
    let password = server
        .new_admin_password()
        .expect("the first start makes a password")
        .expose()
        .to_owned();
    let addr = server.addr();
    let client = client();
    let credentials = json!({ "username": "admin", "password": password });
    let login = |addr| {
        client
            .post(format!("http://{addr}/api/v1/auth/login"))
            .json(&credentials)
            .send()
    };
    assert_eq!(login(addr).await.unwrap().status(), 200);
    server.shutdown().await;
    assert!(
        login(addr).await.is_err(),
        "a server that is shut down does not answer"
    );

    let server = Server::start(config()).await.unwrap();
    assert!(
        server.new_admin_password().is_none(),
        "the admin is there already"
    );
    assert_eq!(login(server.addr()).await.unwrap().status(), 200);
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_an_error_with_a_next_step() {
    let taken = TestServer::start().await;
    let data = TempDir::new().unwrap();
    let mut config = Config::with_data_dir(data.path());
    config.addr = taken.server.addr();
    config.plugins.dir = data.path().join("plugins");
    let error = Server::start(config)
        .await
        .err()
        .expect("the address is taken")
        .to_string();
    assert!(error.contains(&taken.server.addr().to_string()), "{error}");
    assert!(error.contains("RAISFAST_ADDR"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_flight_is_finished_before_the_server_stops() {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    let server = TestServer::start().await;
    let token = server.admin().await;
    let addr = server.server.addr();
    let mut connection = TcpStream::connect(addr).await.unwrap();
    let head = format!(
        "POST /api/v1/posts HTTP/1.1\r\nhost: {addr}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: 13\r\nexpect: 100-continue\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    // The route asks for the body: the request is in flight.
    let mut go_on = [0; 25];
    connection.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");

    let stopping = tokio::spawn(server.server.shutdown());
    while TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
    connection.write_all(br#"{"title":"x"}"#).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    stopping.await.expect("the server stops");
}
