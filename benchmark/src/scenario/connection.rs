//! A client that costs little: it shares the processor with the server that it loads.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue},
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// One connection that is kept open, with or without a login.
pub(crate) struct Connection {
    requests: SendRequest<Full<Bytes>>,
    host: HeaderValue,
    login: Option<HeaderValue>,
}

/// The server's answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body of an answer with this status.
    pub(crate) fn json(&self, status: u16) -> Result<Value> {
        ensure!(
            self.status == status,
            "the server answered {} where {status} was expected: {}",
            self.status,
            self.text()
        );
        serde_json::from_slice(&self.body).context("the server's answer is not JSON")
    }
}

impl Connection {
    /// Connects. The connection ends when this is dropped.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (requests, connection) = handshake(TokioIo::new(stream)).await?;
        // Its failure is the next request's.
        tokio::spawn(connection);
        Ok(Self {
            requests,
            host: HeaderValue::from_str(&address.to_string())?,
            login: None,
        })
    }

    pub(crate) async fn log_in(&mut self, username: &str, password: &str) -> Result<()> {
        let body = json!({ "username": username, "password": password });
        let answer = self
            .send(Method::POST, "/api/v1/auth/login", body.to_string())
            .await?
            .json(200)?;
        let token = answer["token"].as_str().context("a login has a token")?;
        self.login = Some(HeaderValue::from_str(&format!("Bearer {token}"))?);
        Ok(())
    }

    /// Another connection with the same login.
    pub(crate) async fn another(&self) -> Result<Self> {
        let address = self.host.to_str()?.parse()?;
        Ok(Self {
            login: self.login.clone(),
            ..Self::open(address).await?
        })
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, "application/json");
        if let Some(login) = &self.login {
            request = request.header(AUTHORIZATION, login);
        }
        let request = request.body(Full::new(body.into()))?;
        self.requests.ready().await?;
        let response = self.requests.send_request(request).await?;
        Ok(Answer {
            status: response.status().as_u16(),
            body: response.into_body().collect().await?.to_bytes(),
        })
    }
}
