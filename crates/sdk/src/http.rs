//! HTTP with all of it, to URLs that the manifest's `permissions.http` grants.
//!
//! ```no_run
//! use raisfast_plugin::http;
//!
//! # fn main() -> Result<(), http::Error> {
//! let answer = http::get("https://api.example.com/v1/status")
//!     .header("accept", "application/json")
//!     .send()?;
//! if answer.is_success() {
//!     let text = answer.text();
//! }
//!
//! let created = http::post("https://api.example.com/v1/notes")
//!     .header("authorization", "Bearer …")
//!     .header("content-type", "application/json")
//!     .body(r#"{"text": "a new post"}"#)
//!     .timeout(std::time::Duration::from_secs(2))
//!     .send()?;
//! let location = created.header("location");
//! # Ok(())
//! # }
//! ```

use std::{borrow::Cow, time::Duration};

use crate::bindings::raisfast::plugin_wit::http as host;

#[doc(inline)]
pub use host::{Error, Method};

/// Reads.
pub fn get(url: impl Into<String>) -> Request {
    Request::new(Method::Get, url)
}

/// Reads without the body.
pub fn head(url: impl Into<String>) -> Request {
    Request::new(Method::Head, url)
}

/// Hands something over.
pub fn post(url: impl Into<String>) -> Request {
    Request::new(Method::Post, url)
}

/// Replaces.
pub fn put(url: impl Into<String>) -> Request {
    Request::new(Method::Put, url)
}

/// Changes a part.
pub fn patch(url: impl Into<String>) -> Request {
    Request::new(Method::Patch, url)
}

/// Removes.
pub fn delete(url: impl Into<String>) -> Request {
    Request::new(Method::Delete, url)
}

/// A request that is not sent yet.
#[derive(Debug, Clone)]
#[must_use = "it is not sent without `send`"]
pub struct Request(host::Request);

impl Request {
    /// A request without header fields and body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self(host::Request {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout_ms: None,
        })
    }

    /// With one more header field.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.headers.push((name.into(), value.into()));
        self
    }

    /// With a body; `content-type` says what it is.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.0.body = body.into();
        self
    }

    /// With another time than 10 seconds for everything, redirects included. The hook's own
    /// deadline holds too.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout_ms = Some(u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX));
        self
    }

    /// Sends it, and reads the answer.
    ///
    /// # Errors
    ///
    /// Where there is no answer. One with a status like 404 is an answer.
    pub fn send(self) -> Result<Response, Error> {
        host::send(&self.0).map(Response)
    }
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Response(host::Response);

impl Response {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// Returns whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.0.status)
    }

    /// The first value of a header field, whose name is given in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.headers();
        fields
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// All header fields: names in lower case, and values.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The body as text; bytes that are not UTF-8 are replaced by U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0.body)
    }
}

impl Error {
    /// Returns the cause of the error and the advice.
    pub fn message(&self) -> &str {
        match self {
            Self::Denied(message)
            | Self::Invalid(message)
            | Self::Address(message)
            | Self::Limit(message)
            | Self::TooLarge(message)
            | Self::Redirect(message)
            | Self::Timeout(message)
            | Self::Connection(message) => message,
        }
    }
}
