//! The types of `interface http` in `plugin-wit/plugin.wit`: same order, same names as Rust writes
//! them.

use serde::{Deserialize, Serialize};
#[cfg(feature = "component")]
use wasmtime::component::{ComponentType, Lift, Lower};

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(enum))]
#[repr(u8)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Read; also what `http-get` does.
    #[cfg_attr(feature = "component", component(name = "get"))]
    Get,
    /// Read without a body.
    #[cfg_attr(feature = "component", component(name = "head"))]
    Head,
    /// Hand something over; also what `http-post` does.
    #[cfg_attr(feature = "component", component(name = "post"))]
    Post,
    /// Replace.
    #[cfg_attr(feature = "component", component(name = "put"))]
    Put,
    /// Change a part.
    #[cfg_attr(feature = "component", component(name = "patch"))]
    Patch,
    /// Remove.
    #[cfg_attr(feature = "component", component(name = "delete"))]
    Delete,
}

/// A request as a guest has sent it: nothing in it is checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The address.
    pub url: String,
    /// Header fields: names in any case, and values.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    #[serde(with = "crate::octets")]
    pub body: Vec<u8>,
    /// Milliseconds for everything, redirects included; 10,000 where it is absent.
    #[cfg_attr(feature = "component", component(name = "timeout-ms"))]
    pub timeout_ms: Option<u32>,
}

/// The answer to a request, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(record))]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields: names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(with = "crate::octets")]
    pub body: Vec<u8>,
}

/// The reason why there is no answer, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[cfg_attr(feature = "component", derive(ComponentType, Lift, Lower))]
#[cfg_attr(feature = "component", component(variant))]
#[serde(rename_all = "kebab-case")]
pub enum Error {
    /// The manifest does not grant the URL, or that of a redirect.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "denied"))]
    Denied(String),
    /// The request is none: its URL, a header field, its body.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "invalid"))]
    Invalid(String),
    /// The address is not public, and in no network that the operator allows.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "address"))]
    Address(String),
    /// Over a limit of the plugin: requests a minute, or bytes of a request.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "limit"))]
    Limit(String),
    /// The answer is larger than the plugin may receive.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "too-large"))]
    TooLarge(String),
    /// More than 5 redirects, or one to nowhere.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "redirect"))]
    Redirect(String),
    /// The answer was not complete in time.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "timeout"))]
    Timeout(String),
    /// No connection, or one that broke, or an answer that is not HTTP.
    #[error("{0}")]
    #[cfg_attr(feature = "component", component(name = "connection"))]
    Connection(String),
}
