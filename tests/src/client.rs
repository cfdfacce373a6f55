//! A client that speaks JSON to the server, and holds what the server says to its document.

use std::sync::LazyLock;

use raisfast_test_documented::{Document, Exchange};
use reqwest::{Method, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

/// The document that each answer has to fit.
static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let text = raisfast::openapi::document();
    Document::new(serde_json::from_str(text).expect("the document is JSON"))
});

/// Talks to one server, with or without a login.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// An answer to a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: StatusCode,
    /// The content type of the body; empty where there was none.
    pub content_type: String,
    /// The body; null where there was none, a string where it was not JSON.
    pub body: Value,
}

impl Answer {
    /// The body of an answer with this status.
    ///
    /// # Panics
    ///
    /// When the status is another one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "the answer was {}", self.body);
        self.body
    }
}

impl Client {
    /// Makes a visitor of the server at an address.
    ///
    /// # Panics
    ///
    /// When the system has no room for a client.
    pub fn new(address: std::net::SocketAddr) -> Self {
        // reqwest wants a TLS provider even for http; an error says that the process has one
        // already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client without TLS settings"),
            base: format!("http://{address}"),
            token: None,
        }
    }

    /// The same client, and its login if it has one, at another address.
    #[must_use]
    pub fn at(&self, address: std::net::SocketAddr) -> Self {
        Self {
            base: format!("http://{address}"),
            ..self.clone()
        }
    }

    /// The same client, logged in.
    pub async fn log_in(&self, username: &str, password: &str) -> Self {
        let body = json!({"username": username, "password": password});
        let answer = self.post("/api/v1/auth/login", &body).await.expect(200);
        Self {
            token: Some(answer["token"].as_str().expect("a token").to_owned()),
            ..self.clone()
        }
    }

    /// The login's token, for a request that is written by hand.
    ///
    /// # Panics
    ///
    /// Without a login.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("a client that is logged in")
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// `POST`
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// `PUT`
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// A request that the caller finishes, for streams.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.request(method.clone(), path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.expect("the server answers");
        let status = response.status();
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type = content_type
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let text = response.text().await.expect("the whole answer");
        let sent = body.map(Value::to_string).unwrap_or_default();
        let exchange = Exchange {
            method: method.as_str(),
            path,
            sent: Some(sent.as_bytes()),
            status: status.as_u16(),
            media_type: Some(&content_type)
                .filter(|text| !text.is_empty())
                .map(String::as_str),
            body: Some(text.as_bytes()),
        };
        if let Err(difference) = DOCUMENT.check(&exchange) {
            panic!("{difference}");
        }
        let body = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        };
        Answer {
            status,
            content_type,
            body,
        }
    }
}
