//! The URLs and addresses that nothing is sent to, and names that lie.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use axum::{
    Router,
    http::{HeaderMap, header},
    routing::get,
};
use raisfast_host_api::capability::Http as _;
use raisfast_http::{HttpClient, HttpOptions, Resolver};

use crate::{Kind, Then, fetch, kind, loopback, request, serve, serve_bytes};

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
