//! The way to the collector: the HTTP client that the server has, on its own threads.

use std::{
    error::Error,
    fmt,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::{Client, redirect};
use tokio::runtime::Handle;

/// The longest time of one request.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most bytes of an answer, of which only the status matters.
const MOST_ANSWERED: usize = 64 << 10;

/// Sends batches to the collector. The thread on which batches are made waits; the executor works.
#[derive(Debug)]
pub(super) struct CollectorClient {
    client: Client,
    executor: Handle,
    /// Set while the collector takes nothing: the log says so once.
    is_failing: AtomicBool,
}

impl CollectorClient {
    pub(super) fn new() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let client = Client::builder()
            .tls_backend_preconfigured(raisfast_tls::client_config()?)
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("raisfast/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            executor: Handle::current(),
            is_failing: AtomicBool::new(false),
        })
    }

    fn note(&self, failure: Option<&dyn fmt::Display>) {
        let was_failing = self.is_failing.swap(failure.is_some(), Relaxed);
        match failure {
            Some(reason) if !was_failing => tracing::warn!(
                %reason,
                "the collector of traces takes no spans; they are dropped until it does"
            ),
            None if was_failing => tracing::info!("the collector of traces takes spans again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for CollectorClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let exchange = exchange(self.client.clone(), request);
        match self.executor.spawn(exchange).await? {
            Ok(response) => {
                let status = response.status();
                let is_refused = !status.is_success();
                self.note(is_refused.then_some(&status as &dyn fmt::Display));
                Ok(response)
            }
            Err(error) => {
                // Neither its address nor its path: there may be a key in them.
                let error = error.without_url();
                self.note(Some(&Causes(&error)));
                Err(error.into())
            }
        }
    }
}

async fn exchange(client: Client, request: reqwest::Request) -> reqwest::Result<Response<Bytes>> {
    let mut answer = client.execute(request).await?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > MOST_ANSWERED {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = Response::new(body.into());
    *response.status_mut() = answer.status();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(response)
}

/// Displays an error with its causes.
struct Causes<'a>(&'a dyn Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
