//! A server on this machine that counts what arrives and redirects where it is told to.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri, header::LOCATION},
    response::{IntoResponse, Response},
};
use tokio::net::TcpListener;

pub(crate) struct Server {
    port: u16,
    requests: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(AtomicUsize::new(0));
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&requests));
        tokio::spawn(axum::serve(listener, app).into_future());
        Self { port, requests }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// `/to/<status>?<where>` redirects, and `/to/<status>` does so to nowhere.
async fn answer(State(requests): State<Arc<AtomicUsize>>, uri: Uri) -> Response {
    requests.fetch_add(1, Ordering::SeqCst);
    let status = uri
        .path()
        .strip_prefix("/to/")
        .and_then(|status| status.parse::<StatusCode>().ok());
    match (status, uri.query()) {
        (Some(status), Some(place)) => (status, [(LOCATION, place.to_owned())]).into_response(),
        (Some(status), None) => status.into_response(),
        (None, _) => "here".into_response(),
    }
}
