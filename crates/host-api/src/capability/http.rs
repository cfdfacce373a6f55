//! Outgoing HTTP.

use std::time::Duration;

use async_trait::async_trait;
use url::Url;

use crate::ApiError;

/// The methods that the contract has functions for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `http-get`
    Get,
    /// `http-post`
    Post,
}

/// One request to one URL.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Where to; already granted.
    pub url: Url,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// The most bytes of the answer's body to read; more is [`crate::ErrorCode::TooLarge`].
    pub max_response_bytes: u64,
    /// From the connection's beginning to the last byte.
    pub timeout: Duration,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Sends requests.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends one request. Redirects come back as they are (the caller asks the grants for each hop).
    /// The connection goes to an address that was checked: the name is resolved once, and addresses
    /// that are not global are refused unless the operator allows their network.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ApiError>;
}
