//! The client against real servers on loopback, which the tests allow, and against names that lie.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, Uri, header},
    routing::{get, post},
};
use raisfast_host_api::capability::{Http, HttpRequest, HttpResponse, Method, RequestError};
use raisfast_http::{HttpClient, HttpOptions, Resolver};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Starts a server on loopback; it lives as long as the test's runtime.
async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Starts a server that reads a request's head, answers with these very bytes, and then does as
/// told.
async fn serve_bytes(answer: impl Into<Vec<u8>>, then: Then) -> SocketAddr {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut head = vec![0; 4096];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(&answer).await;
                match then {
                    Then::Close => {}
                    // Until the client hangs up.
                    Then::Wait => drop(stream.read(&mut head).await),
                    Then::Repeat => while stream.write_all(&answer).await.is_ok() {},
                }
            });
        }
    });
    address
}

#[derive(Clone, Copy)]
enum Then {
    Close,
    Wait,
    Repeat,
}

fn loopback() -> HttpOptions {
    HttpOptions {
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
    }
}

fn client() -> HttpClient {
    HttpClient::new(loopback()).unwrap()
}

fn request(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: url.parse().expect(url),
        headers: Vec::new(),
        body: Vec::new(),
        max_response_bytes: 1000,
        timeout: Duration::from_secs(10),
    }
}

/// The kind of a failure, as the contract calls it.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Invalid,
    Address,
    TooLarge,
    Timeout,
    Connection,
}

fn kind<T: std::fmt::Debug>(outcome: Result<T, RequestError>) -> Kind {
    match outcome.unwrap_err() {
        RequestError::Invalid(_) => Kind::Invalid,
        RequestError::Address(_) => Kind::Address,
        RequestError::TooLarge(_) => Kind::TooLarge,
        RequestError::Timeout(_) => Kind::Timeout,
        RequestError::Connection(_) => Kind::Connection,
        other => panic!("the session's own: {other:?}"),
    }
}

async fn fetch(url: &str) -> Result<HttpResponse, RequestError> {
    client().send(request(url)).await
}

/// Names with fixed addresses, and a count of the look-ups.
#[derive(Default)]
struct Names {
    addresses: Vec<IpAddr>,
    /// The addresses that each look-up after the first one returns.
    later: Option<Vec<IpAddr>>,
    asked: AtomicUsize,
}

#[async_trait]
impl Resolver for Names {
    async fn addresses(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(match &self.later {
            Some(later) if asked > 0 => later.clone(),
            _ => self.addresses.clone(),
        })
    }
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[tokio::test]
async fn get_brings_status_headers_and_body() {
    let server = serve(Router::new().route(
        "/greet",
        get(|uri: Uri, headers: HeaderMap| async move {
            let agent = headers[header::USER_AGENT].to_str().unwrap().to_owned();
            assert!(!headers.contains_key(header::ACCEPT_ENCODING));
            (
                StatusCode::IM_A_TEAPOT,
                [("X-Mixed-Case", "yes"), ("set-cookie", "a=b")],
                format!("{uri} {agent} {}", headers["x-mine"].to_str().unwrap()),
            )
        }),
    ))
    .await;
    let mut request = request(&format!("http://{server}/greet?a=%20b#fragment"));
    request.headers = vec![("X-Mine".into(), "1".into())];
    let answer = client().send(request).await.unwrap();
    assert_eq!(answer.status, 418);
    assert_eq!(
        String::from_utf8(answer.body).unwrap(),
        concat!("/greet?a=%20b raisfast/", env!("CARGO_PKG_VERSION"), " 1")
    );
    assert!(
        answer
            .headers
            .contains(&("x-mixed-case".into(), "yes".into()))
    );
}

#[tokio::test]
async fn post_sends_its_body() {
    let server = serve(Router::new().route(
        "/",
        post(|headers: HeaderMap, body: Bytes| async move {
            format!(
                "{:?} {} {body:?}",
                headers[header::CONTENT_TYPE],
                headers[header::CONTENT_LENGTH].to_str().unwrap()
            )
        }),
    ))
    .await;
    let mut request = request(&format!("http://{server}/"));
    request.method = Method::Post;
    request.headers = vec![("content-type".into(), "application/json".into())];
    request.body = b"{\"a\":1}".to_vec();
    let answer = client().send(request).await.unwrap();
    assert_eq!(
        String::from_utf8(answer.body).unwrap(),
        r#""application/json" 7 b"{\"a\":1}""#
    );
}

#[tokio::test]
async fn every_method_is_sent_as_it_is() {
    let server = serve(
        Router::new().fallback(async |method: axum::http::Method, body: Bytes| {
            ([("x-method", method.to_string())], body)
        }),
    )
    .await;
    for (method, name, body) in [
        (Method::Get, "GET", ""),
        (Method::Head, "HEAD", ""),
        (Method::Post, "POST", "a"),
        (Method::Put, "PUT", "b"),
        (Method::Patch, "PATCH", "c"),
        (Method::Delete, "DELETE", ""),
        (Method::Delete, "DELETE", "d"),
    ] {
        let mut request = request(&format!("http://{server}/"));
        request.method = method;
        request.body = body.as_bytes().to_vec();
        let answer = client().send(request).await.unwrap();
        assert!(answer.headers.contains(&("x-method".into(), name.into())));
        assert_eq!(answer.body, body.as_bytes(), "{name}");
    }
}

#[tokio::test]
async fn the_length_of_what_head_does_not_send_does_not_count() {
    let server = serve_bytes(
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\nconnection: close\r\n\r\n",
        Then::Close,
    )
    .await;
    let mut request = request(&format!("http://{server}/"));
    request.method = Method::Head;
    let answer = client().send(request).await.unwrap();
    assert!(answer.body.is_empty());
    let length = ("content-length".to_owned(), "99999999".to_owned());
    assert!(answer.headers.contains(&length));
}

#[tokio::test]
async fn header_fields_of_an_answer_have_a_limit() {
    let field = |bytes: usize| {
        let value = "x".repeat(bytes);
        format!(
            "HTTP/1.1 200 OK\r\nx-long: {value}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        )
    };
    let short = serve_bytes(field(60_000), Then::Close).await;
    let answer = fetch(&format!("http://{short}/")).await.unwrap();
    assert_eq!(answer.status, 200);
    let long = serve_bytes(field(66_000), Then::Close).await;
    assert_eq!(
        kind(fetch(&format!("http://{long}/")).await),
        Kind::TooLarge
    );
}

#[tokio::test]
async fn a_redirect_comes_back_as_it_is() {
    let followed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&followed);
    let server = serve(
        Router::new()
            .route(
                "/",
                get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/next")]) }),
            )
            .route(
                "/next",
                get(move || async move { count.fetch_add(1, Ordering::SeqCst).to_string() }),
            ),
    )
    .await;
    let answer = fetch(&format!("http://{server}/")).await.unwrap();
    assert_eq!(answer.status, 302);
    assert!(
        answer
            .headers
            .contains(&("location".into(), "/next".into()))
    );
    assert_eq!(followed.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let server = serve(Router::new().route(
        "/",
        get(|headers: HeaderMap| async move {
            (
                [(header::SET_COOKIE, "a=b")],
                headers.contains_key(header::COOKIE).to_string(),
            )
        }),
    ))
    .await;
    let client = client();
    for _ in 0..2 {
        let answer = client
            .send(request(&format!("http://{server}/")))
            .await
            .unwrap();
        assert_eq!(answer.body, b"false");
    }
}

#[tokio::test]
async fn a_compressed_body_stays_compressed() {
    let packed: &[u8] = &[
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 4, 0, 0x43, 0xbe, 0xb7, 0xe8, 1, 0, 0, 0,
    ];
    let server = serve(Router::new().route(
        "/",
        get(move || async move { ([(header::CONTENT_ENCODING, "gzip")], packed) }),
    ))
    .await;
    let answer = fetch(&format!("http://{server}/")).await.unwrap();
    assert_eq!(answer.body, packed);
    assert!(
        answer
            .headers
            .contains(&("content-encoding".into(), "gzip".into()))
    );
}

#[tokio::test]
async fn the_body_is_cut_at_the_limit_as_an_error() {
    let server = serve(
        Router::new()
            .route("/exact", get(|| async { "x".repeat(1000) }))
            .route("/over", get(|| async { "x".repeat(1001) }))
            .route("/none", get(|| async { StatusCode::NO_CONTENT }))
            .route(
                "/chunked",
                get(|| async {
                    Body::from_stream(futures::stream::iter(
                        (0..11).map(|_| Ok::<_, io::Error>(Bytes::from(vec![b'x'; 100]))),
                    ))
                }),
            ),
    )
    .await;
    assert_eq!(
        fetch(&format!("http://{server}/exact"))
            .await
            .unwrap()
            .body
            .len(),
        1000
    );
    assert_eq!(
        fetch(&format!("http://{server}/none"))
            .await
            .unwrap()
            .body
            .len(),
        0
    );
    for path in ["over", "chunked"] {
        assert_eq!(
            kind(fetch(&format!("http://{server}/{path}")).await),
            Kind::TooLarge,
            "{path}"
        );
    }
    // A body without an end.
    let endless = serve_bytes(
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nxxxxxxxxxx",
        Then::Repeat,
    )
    .await;
    assert_eq!(
        kind(fetch(&format!("http://{endless}/")).await),
        Kind::TooLarge
    );
    // A length that promises too much is enough; nothing is read.
    let boast = serve_bytes(
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
        Then::Wait,
    )
    .await;
    assert_eq!(
        kind(fetch(&format!("http://{boast}/")).await),
        Kind::TooLarge
    );
}

#[tokio::test]
async fn the_deadline_covers_head_and_body() {
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxxxxx",
    ] {
        let server = serve_bytes(answer, Then::Wait).await;
        let mut request = request(&format!("http://{server}/"));
        request.timeout = Duration::from_millis(50);
        let error = client().send(request).await.unwrap_err();
        assert_eq!(kind::<()>(Err(error.clone())), Kind::Timeout);
        assert!(error.to_string().contains("50 ms"), "{error}");
    }
}

#[tokio::test]
async fn a_broken_answer_is_an_error() {
    for answer in [
        "",
        "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxxxxx",
        "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
    ] {
        let server = serve_bytes(answer, Then::Close).await;
        let error = fetch(&format!("http://{server}/")).await.unwrap_err();
        assert_eq!(
            kind::<()>(Err(error.clone())),
            Kind::Connection,
            "{answer:?}: {error}"
        );
    }
    // Nobody listens, and nobody who speaks TLS.
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    assert!(
        fetch(&format!("http://{closed}/"))
            .await
            .unwrap_err()
            .to_string()
            .contains("no connection")
    );
    let plain = serve(Router::new()).await;
    assert_eq!(
        kind(fetch(&format!("https://{plain}/")).await),
        Kind::Connection
    );
}

#[tokio::test]
async fn urls_that_are_more_than_an_address_are_refused() {
    let long = format!("http://127.0.0.1/{}", "x".repeat(9000));
    for url in [
        "http://user@127.0.0.1/",
        "http://user:password@127.0.0.1/",
        "http://:password@127.0.0.1/",
        "http://example.com@127.0.0.1/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "gopher://127.0.0.1/",
        "unix:/run/x.sock",
        &long,
    ] {
        let error = fetch(url).await.unwrap_err();
        assert_eq!(
            kind::<()>(Err(error.clone())),
            Kind::Invalid,
            "{url}: {error}"
        );
        assert!(!error.to_string().contains("password@"), "{error}");
    }
}

#[tokio::test]
async fn a_name_is_refused_for_any_of_its_addresses() {
    for found in [
        &["127.0.0.1"][..],
        &["10.0.0.1"],
        &["::1"],
        &["::ffff:10.0.0.1"],
        &["169.254.169.254"],
        &["fd00::1"],
        &["64:ff9b::7f00:1"],
        &["2002:a00:1::"],
        &["0.0.0.0"],
        &["8.8.8.8", "10.0.0.1"],
        &["10.0.0.1", "8.8.8.8"],
        &["2606:4700:4700::1111", "127.0.0.1"],
    ] {
        let names = Arc::new(Names {
            addresses: addresses(found),
            ..Names::default()
        });
        let client = HttpClient::with_resolver(HttpOptions::default(), names).unwrap();
        let error = client
            .send(request("http://intranet.example.com/"))
            .await
            .unwrap_err();
        assert_eq!(
            kind::<()>(Err(error.clone())),
            Kind::Address,
            "{found:?}: {error}"
        );
        assert!(
            error.to_string().contains("`intranet.example.com`"),
            "{error}"
        );
        // It does not tell which.
        assert!(
            found
                .iter()
                .all(|address| !error.to_string().contains(address)),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_checked() {
    let server = serve(Router::new().route(
        "/",
        get(|headers: HeaderMap| async move { headers[header::HOST].to_str().unwrap().to_owned() }),
    ))
    .await;
    // From the second look-up on the name would lead elsewhere.
    let names = Arc::new(Names {
        addresses: addresses(&["127.0.0.1"]),
        later: Some(addresses(&["10.0.0.1"])),
        ..Names::default()
    });
    let asked = Arc::clone(&names);
    let client = HttpClient::with_resolver(loopback(), names).unwrap();
    let url = format!("http://rebinding.example.com:{}/", server.port());
    let answer = client.send(request(&url)).await.unwrap();
    assert_eq!(
        answer.body,
        format!("rebinding.example.com:{}", server.port()).into_bytes()
    );
    assert_eq!(asked.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_refused() {
    let server = serve_bytes(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        Then::Close,
    )
    .await;
    let names = Names {
        addresses: addresses(&["127.0.0.1"]),
        later: Some(addresses(&["10.0.0.1"])),
        ..Names::default()
    };
    let client = HttpClient::with_resolver(loopback(), Arc::new(names)).unwrap();
    let url = format!("http://rebinding.example.com:{}/", server.port());
    assert_eq!(client.send(request(&url)).await.unwrap().status, 200);
    assert_eq!(kind(client.send(request(&url)).await), Kind::Address);
}

#[tokio::test]
async fn a_name_without_addresses_is_unreachable() {
    let client = HttpClient::with_resolver(loopback(), Arc::new(Names::default())).unwrap();
    assert_eq!(
        kind(client.send(request("http://nowhere.example.com/")).await),
        Kind::Connection
    );
}

#[tokio::test]
async fn localhost_is_a_name_like_any_other() {
    let client = HttpClient::new(HttpOptions::default()).unwrap();
    for url in ["http://localhost/", "http://LOCALHOST:1/"] {
        assert_eq!(
            kind(client.send(request(url)).await),
            Kind::Address,
            "{url}"
        );
    }
}

#[tokio::test]
async fn headers_are_checked_before_anything_is_sent() {
    let mut request = request("http://127.0.0.1:1/");
    request.headers = vec![("Host".into(), "other".into())];
    assert_eq!(kind(client().send(request).await), Kind::Invalid);
}

#[tokio::test]
async fn an_answer_may_have_many_short_header_fields() {
    let answer = |fields: usize| {
        let fields: Vec<_> = (0..fields).map(|n| format!("x-{n}: y\r\n")).collect();
        let fields = fields.concat();
        format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n{fields}\r\nok")
    };
    for fields in [99, 300, 2_000] {
        let address = serve_bytes(answer(fields), Then::Close).await;
        let received = client().send(request(&format!("http://{address}/"))).await;
        let received = received.unwrap_or_else(|error| panic!("{fields}: {error}"));
        assert_eq!(received.headers.len(), fields + 1);
    }
    let address = serve_bytes(answer(3_000), Then::Close).await;
    let error = client().send(request(&format!("http://{address}/"))).await;
    assert!(
        matches!(&error, Err(RequestError::TooLarge(reason)) if reason.contains("2048")),
        "{error:?}"
    );
}

/// Starts a server that answers the first request on each connection and closes it at the second;
/// it counts requests.
async fn serve_once_a_connection() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                let mut head = vec![0; 4096];
                for answer in ["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", ""] {
                    if stream.read(&mut head).await.unwrap_or(0) == 0 {
                        return;
                    }
                    counted.fetch_add(1, Ordering::Relaxed);
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    (address, requests)
}

#[tokio::test]
async fn a_get_on_a_kept_connection_that_has_died_is_sent_once_more_and_a_post_is_not() {
    let (address, requests) = serve_once_a_connection().await;
    let client = client();
    let send = async |method: Method| {
        let mut request = request(&format!("http://{address}/"));
        request.method = method;
        client.send(request).await
    };
    assert!(send(Method::Get).await.is_ok());
    assert!(send(Method::Get).await.is_ok());
    assert_eq!(requests.load(Ordering::Relaxed), 3);

    let before = requests.load(Ordering::Relaxed);
    let error = send(Method::Post).await;
    assert!(
        matches!(error, Err(RequestError::Connection(_))),
        "{error:?}"
    );
    assert_eq!(requests.load(Ordering::Relaxed), before + 1);
}

#[tokio::test]
async fn a_server_that_never_answers_is_asked_twice_and_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = stream.read(&mut [0; 4096]).await;
        }
    });
    let error = client().send(request(&format!("http://{address}/"))).await;
    assert!(
        matches!(error, Err(RequestError::Connection(_))),
        "{error:?}"
    );
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}
