//! The provider.

use std::{error::Error, io, sync::Arc};

use async_trait::async_trait;
use ipnet::IpNet;
use raisfast_host_api::capability::{Http, HttpRequest, HttpResponse, Method, RequestError};
use raisfast_trace::TraceParent;
use reqwest::{Client, RequestBuilder, Response, header::HeaderMap, redirect, retry};
use url::{Host, Url};

use crate::{
    AddressPolicy, ForbiddenAddress, Resolver, SystemResolver, headers, resolver::CheckedResolver,
};

/// Bytes of a URL.
const MAX_URL_BYTES: usize = 8 * 1024;

/// The operator's options for outgoing requests.
#[derive(Debug, Clone, Default)]
pub struct HttpOptions {
    /// Networks that plugins may reach although they are not public. None by default.
    pub allowed_networks: Vec<IpNet>,
}

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for plugins cannot be made")]
pub struct HttpError(#[source] Box<dyn Error + Send + Sync>);

/// The client that all plugins share. Connections are kept open and used again.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: Client,
    policy: Arc<AddressPolicy>,
}

impl HttpClient {
    /// A client that looks names up as the operating system does.
    pub fn new(options: HttpOptions) -> Result<Self, HttpError> {
        Self::with_resolver(options, Arc::new(SystemResolver))
    }

    /// A client with a resolver of its own. Its answers are checked like those of any other.
    pub fn with_resolver(
        options: HttpOptions,
        resolver: Arc<dyn Resolver>,
    ) -> Result<Self, HttpError> {
        let policy = Arc::new(AddressPolicy::new(options.allowed_networks));
        let client = Client::builder()
            .tls_backend_preconfigured(
                raisfast_tls::client_config().map_err(|error| HttpError(error.into()))?,
            )
            .dns_resolver(CheckedResolver::new(resolver, Arc::clone(&policy)))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .http1_max_headers(headers::MAX_RECEIVED_FIELDS)
            .no_proxy()
            // Decoding would let a small answer become a large one.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .referer(false)
            .user_agent(concat!("raisfast/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| HttpError(error.into()))?;
        Ok(Self { client, policy })
    }

    /// Sends the request and reads the answer, without a deadline.
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, RequestError> {
        let HttpRequest {
            method,
            url,
            headers,
            body,
            max_response_bytes,
            timeout: _,
        } = request;
        self.check_url(&url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let is_safe = matches!(method, Method::Get | Method::Head);
        let method = match method {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let request = self
            .client
            .request(method, url)
            .headers(in_trace(headers::parse(&headers)?));
        let request = if body.is_empty() {
            request
        } else {
            request.body(body)
        };
        let response = send(request, is_safe)
            .await
            .map_err(|error| unreachable(&host, &error))?;
        let status = response.status().as_u16();
        let headers = headers::received(response.headers(), &host)?;
        let body = read_body(response, &host, max_response_bytes).await?;
        Ok(HttpResponse {
            status,
            headers,
            body,
        })
    }

    /// Refuses what can be refused before anything is sent. An address in the URL never reaches the
    /// resolver, so it is checked here; the URL parser has read `0x7f.1` and `2130706433` as the
    /// addresses they are.
    fn check_url(&self, url: &Url) -> Result<(), RequestError> {
        let invalid = |message: &str| Err(RequestError::Invalid(message.to_owned()));
        if !matches!(url.scheme(), "http" | "https") {
            return invalid("only http and https URLs can be requested");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return invalid(
                "the URL holds a user name or password; send an authorization header instead",
            );
        }
        if url.as_str().len() > MAX_URL_BYTES {
            return invalid("the URL is longer than 8192 bytes");
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) => return Ok(()),
            None => return invalid("the URL has no host"),
        };
        self.policy
            .check(address)
            .map_err(|reason| forbidden(url.host_str().unwrap_or_default(), reason))
    }
}

#[async_trait]
impl Http for HttpClient {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, RequestError> {
        let timeout = request.timeout;
        match tokio::time::timeout(timeout, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(RequestError::Timeout(format!(
                "the answer was not complete after {} ms",
                timeout.as_millis()
            ))),
        }
    }
}

/// Adds the place of the call in its trace, if it is in one. A plugin that traces for itself has
/// said its own.
fn in_trace(mut fields: HeaderMap) -> HeaderMap {
    if let Some(place) = raisfast_trace::current()
        && !fields.contains_key(TraceParent::HEADER)
        && let Ok(value) = place.to_string().parse()
    {
        fields.insert(TraceParent::HEADER, value);
    }
    fields
}

/// Sends a request. One that changes nothing is sent once more where the connection ends before the
/// answer begins: the server may have closed a kept connection at that very moment.
async fn send(request: RequestBuilder, is_safe: bool) -> reqwest::Result<Response> {
    let again = if is_safe { request.try_clone() } else { None };
    match (request.send().await, again) {
        (Err(error), Some(again)) if has_no_answer(&error) => again.send().await,
        (outcome, _) => outcome,
    }
}

/// Returns whether a connection that was made has ended without a byte of an answer.
fn has_no_answer(error: &reqwest::Error) -> bool {
    !error.is_connect()
        && sources(error).any(|source| {
            let is_incomplete = source
                .downcast_ref::<hyper::Error>()
                .is_some_and(hyper::Error::is_incomplete_message);
            let is_broken = source.downcast_ref::<io::Error>().is_some_and(|error| {
                matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
                )
            });
            is_incomplete || is_broken
        })
}

/// Reads the body up to its limit; a longer one is an error, as soon as that is known.
async fn read_body(
    mut response: Response,
    host: &str,
    limit: u64,
) -> Result<Vec<u8>, RequestError> {
    let too_large = || {
        RequestError::TooLarge(format!(
            "the answer of `{host}` is larger than {limit} bytes; [limits] http_response_bytes is the manifest's"
        ))
    };
    if response
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| unreachable(host, &error))?
    {
        if (body.len() + chunk.len()) as u64 > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn forbidden(host: &str, reason: ForbiddenAddress) -> RequestError {
    RequestError::Address(format!("`{host}` cannot be reached: {reason}"))
}

/// Says what went wrong as far as the plugin may know: not which addresses a name has.
fn unreachable(host: &str, error: &reqwest::Error) -> RequestError {
    if let Some(reason) =
        sources(error).find_map(|source| source.downcast_ref::<ForbiddenAddress>())
    {
        return forbidden(host, *reason);
    }
    if sources(error).any(|source| {
        let hyper = source.downcast_ref::<hyper::Error>();
        hyper.is_some_and(hyper::Error::is_parse_too_large)
    }) {
        return headers::too_large(host);
    }
    tracing::debug!(
        host,
        error = error as &(dyn Error + 'static),
        "a plugin's request failed"
    );
    let what = if sources(error).any(<dyn Error>::is::<rustls::Error>) {
        "its certificate or encryption is not accepted"
    } else if error.is_connect() {
        "no connection could be made; is the name right, and the server running?"
    } else {
        "the connection broke, or the answer was not HTTP"
    };
    RequestError::Connection(format!("`{host}` cannot be reached: {what}"))
}

/// Returns the causes of the error, the nearest first.
fn sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |source: &&'a (dyn Error + 'static)| {
        (*source).source()
    })
}
