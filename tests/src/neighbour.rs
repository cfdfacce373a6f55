//! Somebody else's HTTP server, for plugins to ask: it remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header::LOCATION},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};
use tokio::net::TcpListener;

/// An HTTP server on this machine. It ends with the test's runtime.
pub struct Neighbour {
    /// The origin, which a manifest has to name to call it.
    pub origin: String,
    requests: Requests,
}

/// Method, path and body of each request.
type Requests = Arc<Mutex<Vec<String>>>;

impl Neighbour {
    /// Starts it.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let requests = Requests::default();
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&requests));
        tokio::spawn(axum::serve(listener, app).into_future());
        Self {
            origin: format!("http://{address}"),
            requests,
        }
    }

    /// A URL of it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Method, path and body of each request so far.
    ///
    /// # Panics
    ///
    /// When it has panicked itself.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

/// Answers by the path: `/status/404`, `/to/302?<where>`, `/bytes/<n>`, `/binary`, `/headers`
/// (those of the request), `/never` (no answer); else a greeting.
async fn answer(
    State(requests): State<Requests>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = String::from_utf8_lossy(&body);
    requests
        .lock()
        .expect("no panic")
        .push(format!("{method} {uri} {text}").trim_end().to_owned());
    let parts: Vec<&str> = uri.path().split('/').skip(1).collect();
    match parts.as_slice() {
        ["status", code] => {
            let status: StatusCode = code.parse().expect("a status");
            (status, "the body").into_response()
        }
        ["to", code] => {
            let status: StatusCode = code.parse().expect("a status");
            let to = uri.query().expect("an address").to_owned();
            (status, [(LOCATION, to)]).into_response()
        }
        ["bytes", n] => "x".repeat(n.parse().expect("a number")).into_response(),
        ["binary"] => vec![0xff, 0xfe].into_response(),
        ["headers"] => {
            let fields = headers.iter().map(|(name, value)| {
                let value = value.to_str().expect("the host sends text");
                (name.as_str().to_owned(), Value::from(value))
            });
            ([("x-answer", "yes")], Json(fields.collect::<Map<_, _>>())).into_response()
        }
        ["never"] => std::future::pending().await,
        _ => format!("{method} received {text:?}").into_response(),
    }
}
