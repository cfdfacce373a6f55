//! Connections that break, and requests that are sent once more.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::Router;
use raisfast_host_api::capability::{Http as _, Method, RequestError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{Kind, Then, client, fetch, kind, request, serve, serve_bytes};

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
