//! `interface http`, and `http-get` and `http-post` as two ways to use it.

use std::time::{Duration, Instant};

use raisfast_contract::{
    http::{Request, Response},
    interface::HostFunction,
};
use url::Url;

use super::{HttpRequest, Method, RequestError, redirect};
use crate::{Session, capability::Level, rate::Allowance};

/// From the first connection to the last byte, redirects included, where the guest asks for nothing
/// else.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Redirects that are followed.
const MAX_REDIRECTS: usize = 5;
/// Requests of `wasi:http` count as calls of this function.
const SEND: HostFunction = HostFunction::find("raisfast:plugin-wit/http", "send").unwrap();

impl Session {
    /// `send` of `interface http`.
    pub async fn http_send(&self, request: Request) -> Result<Response, RequestError> {
        let answer = self.follow(request).await;
        if let Err(error @ RequestError::Address(_)) = &answer {
            // The operator can allow it, and looks into the log.
            self.report(Level::Warn, &format!("denied: http send: {error}"));
        }
        answer
    }

    /// A request of `wasi:http`, whose errors have no room for words: the log has.
    pub async fn wasi_http(&self, request: Request) -> Result<Response, RequestError> {
        let running = self.plugin.figures().waiting_host_call(SEND);
        let answer = self.follow(request).await;
        drop(running);
        match &answer {
            // What the manifest does not grant has been logged, with the line that would.
            Ok(_) | Err(RequestError::Denied(_)) => {}
            Err(error) => self.report(Level::Warn, &format!("wasi:http failed: {error}")),
        }
        answer
    }

    /// `http-get`
    pub async fn http_get(&self, url: &str) -> Option<String> {
        let body = self.fetch(Method::Get, url, "").await;
        self.logged("http-get", body)
    }

    /// `http-post`
    pub async fn http_post(&self, url: &str, body: &str) -> Option<String> {
        let body = self.fetch(Method::Post, url, body).await;
        self.logged("http-post", body)
    }

    /// The text of a 2xx answer.
    async fn fetch(&self, method: Method, url: &str, body: &str) -> Result<String, String> {
        let request = Request {
            method,
            url: url.to_owned(),
            headers: content_type(body),
            body: body.as_bytes().to_vec(),
            timeout_ms: None,
        };
        let response = self
            .follow(request)
            .await
            .map_err(|error| error.to_string())?;
        if !(200..300).contains(&response.status) {
            return Err(format!(
                "the answer's status is {}, not 2xx",
                response.status
            ));
        }
        String::from_utf8(response.body)
            .map_err(|_| "the answer's body is not UTF-8 text".to_owned())
    }

    /// Follows redirects here and not in the provider, because each hop must be granted.
    async fn follow(&self, request: Request) -> Result<Response, RequestError> {
        let timeout = request
            .timeout_ms
            .map_or(TIMEOUT, |ms| Duration::from_millis(ms.into()));
        let deadline = Instant::now() + timeout;
        let mut request = self.checked(request)?;
        for _ in 0..=MAX_REDIRECTS {
            self.admit_hop(&request.url)?;
            request.timeout = deadline.saturating_duration_since(Instant::now());
            let sent = self.plugin.capabilities.http.send(request.clone()).await;
            let response = sent.map_err(|error| match error {
                // The provider knows what was left of it.
                RequestError::Timeout(_) => RequestError::Timeout(format!(
                    "the answer was not complete after {} ms",
                    timeout.as_millis()
                )),
                error => error,
            })?;
            let Some(location) = redirect::location(&response) else {
                return Ok(response);
            };
            redirect::turn(&mut request, response.status, location)?;
        }
        Err(RequestError::Redirect(format!(
            "more than {MAX_REDIRECTS} redirects"
        )))
    }

    /// Checks what can be known of a request without asking anybody.
    fn checked(&self, request: Request) -> Result<HttpRequest, RequestError> {
        let sent = request.body.len() as u64;
        let limit = self.plugin.http_request_bytes();
        if sent > limit {
            return Err(RequestError::Limit(format!(
                "the body is {sent} bytes; [limits] http_request_bytes is {limit}"
            )));
        }
        if sent > 0 && matches!(request.method, Method::Get | Method::Head) {
            return Err(RequestError::Invalid(
                "a request to get something has no body; leave it out, or use post".to_owned(),
            ));
        }
        let url = Url::parse(&request.url).map_err(|error| {
            RequestError::Invalid(format!(
                "`{}` is not a URL: {error}",
                shortened(&request.url)
            ))
        })?;
        Ok(HttpRequest {
            method: request.method,
            url,
            headers: request.headers,
            body: request.body,
            max_response_bytes: self.plugin.most_received(),
            timeout: Duration::ZERO,
        })
    }

    /// Lets one hop through.
    fn admit_hop(&self, url: &Url) -> Result<(), RequestError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RequestError::Invalid(
                "the URL carries a user name or password, which is refused; send an authorization header instead"
                    .to_owned(),
            ));
        }
        let origin = url.origin().ascii_serialization();
        if !self.plugin.grants.allows_url(url) {
            let line = format!("[permissions]: http = [{origin:?}]");
            self.report_denial(
                &format!("a request to {origin}{}", shortened(url.path())),
                &line,
            );
            return Err(RequestError::Denied(format!(
                "{origin} is not granted; write in manifest.toml, under {line}"
            )));
        }
        let limit = self.plugin.quotas.http_requests_per_minute;
        let allowance = self.plugin.rates.http_requests.take();
        if allowance == Allowance::FirstRefusal {
            self.report_limit("HTTP requests a minute", "http_requests_per_minute", limit);
        }
        if allowance != Allowance::Granted {
            return Err(RequestError::Limit(format!(
                "the limit of {limit} HTTP requests a minute is reached"
            )));
        }
        Ok(())
    }
}

/// Returns the content type of a body, for receivers that read no body without one; none for no
/// body.
fn content_type(body: &str) -> Vec<(String, String)> {
    if body.is_empty() {
        return Vec::new();
    }
    let json = serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok();
    let content_type = if json {
        "application/json"
    } else {
        "text/plain; charset=utf-8"
    };
    vec![("content-type".to_owned(), content_type.to_owned())]
}

/// The guest's own text, short enough for a log record.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(200)]
}
