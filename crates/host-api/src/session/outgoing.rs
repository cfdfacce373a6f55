//! `http-get` and `http-post`.

use std::time::{Duration, Instant};

use url::Url;

use super::Session;
use crate::{
    ApiError, ErrorCode,
    capability::{HttpRequest, HttpResponse, Method},
    rate::Allowance,
};

/// From the first connection to the last byte, redirects included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Redirects that are followed.
const MAX_REDIRECTS: usize = 5;

impl Session {
    /// `http-get`
    pub async fn http_get(&self, url: &str) -> Option<String> {
        let body = self.fetch(Method::Get, url, Vec::new()).await;
        self.logged("http-get", body)
    }

    /// `http-post`
    pub async fn http_post(&self, url: &str, body: &str) -> Option<String> {
        let body = self
            .fetch(Method::Post, url, body.as_bytes().to_vec())
            .await;
        self.logged("http-post", body)
    }

    async fn fetch(&self, method: Method, url: &str, body: Vec<u8>) -> Result<String, ApiError> {
        let sent = body.len() as u64;
        let limit = self.plugin.quotas.http_request_bytes;
        if sent > limit {
            return Err(ApiError::new(
                ErrorCode::Quota,
                format!("the body is {sent} bytes; [limits] http_request_bytes is {limit}"),
            ));
        }
        let url = Url::parse(url).map_err(|error| {
            ApiError::new(
                ErrorCode::InvalidArgument,
                format!("`{}` is not a URL: {error}", shortened(url)),
            )
        })?;
        let response = self.follow(method, url, body).await?;
        if !(200..300).contains(&response.status) {
            return Err(ApiError::new(
                ErrorCode::Unreachable,
                format!("the answer's status is {}, not 2xx", response.status),
            ));
        }
        String::from_utf8(response.body).map_err(|_| {
            ApiError::new(
                ErrorCode::InvalidArgument,
                "the answer's body is not UTF-8 text",
            )
        })
    }

    /// Follows redirects here and not in the provider, because each hop must be granted.
    async fn follow(
        &self,
        mut method: Method,
        mut url: Url,
        mut body: Vec<u8>,
    ) -> Result<HttpResponse, ApiError> {
        let deadline = Instant::now() + TIMEOUT;
        for _ in 0..=MAX_REDIRECTS {
            self.check_request(&url)?;
            let response = self
                .plugin
                .capabilities
                .http
                .send(HttpRequest {
                    method,
                    url: url.clone(),
                    headers: headers(&body),
                    body: body.clone(),
                    max_response_bytes: self.plugin.quotas.http_response_bytes,
                    timeout: deadline.saturating_duration_since(Instant::now()),
                })
                .await?;
            let Some(next) = redirect(&response) else {
                return Ok(response);
            };
            url = url.join(next).map_err(|error| {
                ApiError::new(
                    ErrorCode::Unreachable,
                    format!("the redirect's address is not a URL: {error}"),
                )
            })?;
            // RFC 9110, 15.4: only 307 and 308 keep the method.
            if !matches!(response.status, 307 | 308) {
                method = Method::Get;
                body = Vec::new();
            }
        }
        Err(ApiError::new(
            ErrorCode::Unreachable,
            format!("more than {MAX_REDIRECTS} redirects"),
        ))
    }

    fn check_request(&self, url: &Url) -> Result<(), ApiError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ApiError::new(
                ErrorCode::InvalidArgument,
                "the URL carries a user name or password, which is refused",
            ));
        }
        let origin = url.origin().ascii_serialization();
        if !self.plugin.grants.allows_url(url) {
            self.report_denial(
                &format!("a request to {origin}{}", shortened(url.path())),
                &format!("[permissions]: http = [{origin:?}]"),
            );
            return Err(ApiError::new(
                ErrorCode::Denied,
                format!("{origin} is not granted"),
            ));
        }
        let limit = self.plugin.quotas.http_requests_per_minute;
        let allowance = self.plugin.rates.http_requests.take();
        if allowance == Allowance::FirstRefusal {
            self.report_limit("HTTP requests a minute", "http_requests_per_minute", limit);
        }
        if allowance != Allowance::Granted {
            return Err(ApiError::new(
                ErrorCode::Quota,
                format!("the limit of {limit} HTTP requests a minute is reached"),
            ));
        }
        Ok(())
    }
}

/// What a body is, for receivers that read no body without being told; none for no body.
fn headers(body: &[u8]) -> Vec<(String, String)> {
    if body.is_empty() {
        return Vec::new();
    }
    let json = serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
    let content_type = if json {
        "application/json"
    } else {
        "text/plain; charset=utf-8"
    };
    vec![("content-type".to_owned(), content_type.to_owned())]
}

fn redirect(response: &HttpResponse) -> Option<&str> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    response
        .headers
        .iter()
        .find(|(name, _)| name == "location")
        .map(|(_, value)| value.as_str())
}

/// The guest's own text, short enough for a log record.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(200)]
}
