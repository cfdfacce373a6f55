//! The client against real servers on loopback, which the tests allow, and against names that lie.

mod addresses;
mod bounds;
mod connections;
mod exchanges;

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use raisfast_host_api::capability::{Http as _, HttpRequest, HttpResponse, Method, RequestError};
use raisfast_http::{HttpClient, HttpOptions};
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
