//! Outgoing HTTP for plugins: the provider of host-api's
//! [`Http`](raisfast_host_api::capability::Http) over reqwest.
//!
//! A plugin may be tricked, or written, to ask the server for what only the server can reach: a
//! database on loopback, a cloud's metadata service, a printer. So a request goes to public
//! addresses only, unless the operator allows a network. The name is resolved once, every address
//! it has is checked, and the connection goes to a checked one; there is no second look-up in which
//! the answer could change.
//!
//! Redirects, cookies, proxies, compressed bodies and credentials in URLs are nobody's business
//! here: the answer comes back as it is, cut off as an error at the caller's limit.
//!
//! This crate does not know grants. Who may ask for which URL is decided before a request gets
//! here.
//!
//! ```
//! use std::time::Duration;
//!
//! use raisfast_host_api::capability::{Http, HttpRequest, Method, RequestError};
//! use raisfast_http::{HttpClient, HttpOptions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = HttpClient::new(HttpOptions::default())?;
//! let request = HttpRequest {
//!     method: Method::Get,
//!     url: "http://169.254.169.254/latest/meta-data/".parse()?,
//!     headers: Vec::new(),
//!     body: Vec::new(),
//!     max_response_bytes: 1 << 20,
//!     timeout: Duration::from_secs(10),
//! };
//! let refused = client.send(request).await.unwrap_err();
//! assert!(matches!(refused, RequestError::Address(_)));
//!
//! // An operator who runs a service of their own beside the server allows its network.
//! HttpClient::new(HttpOptions { allowed_networks: vec!["10.1.2.0/24".parse()?] })?;
//! # Ok(())
//! # }
//! ```

mod address;
mod client;
mod headers;
mod resolver;

pub use address::{AddressPolicy, ForbiddenAddress};
pub use client::{HttpClient, HttpError, HttpOptions};
pub use resolver::{Resolver, SystemResolver};
