//! Outgoing HTTP.

use std::time::Duration;

use async_trait::async_trait;
pub use raisfast_contract::http::{Error as RequestError, Method, Response as HttpResponse};
use url::Url;

/// One request to one URL.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The address; already granted.
    pub url: Url,
    /// Header fields, as the guest wrote them.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// The most bytes of the answer's body to read; more is [`RequestError::TooLarge`].
    pub max_response_bytes: u64,
    /// From the connection's beginning to the last byte.
    pub timeout: Duration,
}

/// Sends requests.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends one request. Redirects come back as they are (the caller asks the grants for each
    /// hop). The connection goes to an address that was checked: the name is resolved once, and
    /// addresses that are not global are refused unless the operator allows their network. Header
    /// fields that belong to the connection are refused.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, RequestError>;
}
