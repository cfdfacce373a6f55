//! Somebody else's HTTP server, which keeps plugins waiting until the test lets it answer.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use axum::{Router, routing::get};
use tokio::{net::TcpListener, sync::watch};

use crate::eventually;

/// An HTTP server that keeps every caller waiting until it is opened, so that a test can look at
/// what happens meanwhile. It ends with the test's runtime.
pub struct HeldServer {
    address: SocketAddr,
    callers: Arc<AtomicUsize>,
    open: watch::Sender<bool>,
}

impl HeldServer {
    /// Starts it, closed.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let callers = Arc::new(AtomicUsize::new(0));
        let open = watch::Sender::new(false);
        let answer = get({
            let (callers, open) = (Arc::clone(&callers), open.subscribe());
            move || {
                let mut open = open.clone();
                callers.fetch_add(1, SeqCst);
                async move {
                    // The sender is gone when the test is over: nobody is held then.
                    let _ = open.wait_for(|open| *open).await;
                    "open"
                }
            }
        });
        tokio::spawn(axum::serve(listener, Router::new().fallback(answer)).into_future());
        Self {
            address,
            callers,
            open,
        }
    }

    /// Returns the origin, which a manifest has to name to call it.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until it has been called this many times.
    pub async fn called(&self, times: usize) {
        eventually(&format!("{times} calls arrive"), || async {
            (self.callers.load(SeqCst) >= times).then_some(())
        })
        .await;
    }

    /// Answers `open` from now on, to those who wait as well.
    pub fn open(&self) {
        self.open.send_replace(true);
    }
}
