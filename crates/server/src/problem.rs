//! Errors as clients see them: problem documents after RFC 9457.
//!
//! `of_errors` makes one of each error that a route can meet.

mod of_errors;

use std::{borrow::Cow, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use raisfast_contract::Refusal;
use serde::Serialize;

/// The kinds that say more than their status does; every other problem is `about:blank`.
const ACCOUNT_DISABLED: &str = "urn:raisfast:account-disabled";
const INVALID_INPUT: &str = "urn:raisfast:invalid-input";
const OUTBOX_FULL: &str = "urn:raisfast:outbox-full";
const PLUGIN_NOT_READY: &str = "urn:raisfast:plugin-not-ready";
const REFUSED_BY_PLUGIN: &str = "urn:raisfast:refused-by-plugin";

/// One problem document, `application/problem+json`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Problem(Box<Document>);

#[derive(Debug, Clone, Serialize)]
struct Document {
    #[serde(rename = "type")]
    kind: &'static str,
    title: Cow<'static, str>,
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    detail: Cow<'static, str>,
    /// The first of `errors`, for clients that show one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<InvalidField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hook: Option<&'static str>,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// One thing that is wrong with the input.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct InvalidField {
    /// A JSON pointer (RFC 6901) into the body; empty for the whole of it.
    pub(crate) pointer: String,
    /// A sentence about what was expected and what was found.
    pub(crate) detail: String,
}

impl Problem {
    /// A problem that its status names.
    pub(crate) fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Document {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error").into(),
            status,
            detail: detail.into(),
            pointer: None,
            errors: Vec::new(),
            plugin: None,
            hook: None,
            headers: Vec::new(),
        }))
    }

    /// Fields that are not as they should be.
    pub(crate) fn invalid(errors: Vec<InvalidField>) -> Self {
        let detail = match errors.as_slice() {
            [only] => only.detail.clone(),
            several => format!("{} fields are not as they should be", several.len()),
        };
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        problem.0.kind = INVALID_INPUT;
        problem.0.title = "The input is not valid".into();
        problem.0.pointer = errors.first().map(|error| error.pointer.clone());
        problem.0.errors = errors;
        problem
    }

    /// No login, or one that is not valid. `challenge` is what `WWW-Authenticate` says.
    pub(crate) fn unauthenticated(detail: &'static str, challenge: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, detail).with_header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(challenge),
        )
    }

    /// The host's own fault. The client learns nothing else; the log has the rest.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the server could not do this; its log says why",
        )
    }

    /// Logs an error that is the host's own fault.
    fn of_the_host(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        Self::internal()
    }

    /// A plugin refused the request, in its own words or by its failure.
    fn refused_by_plugin(detail: String, reasons: Vec<Refusal>) -> Self {
        let status = reasons
            .first()
            .map_or(Refusal::STATUS, |reason| reason.status);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        let mut problem = Self::new(status, detail);
        let errors = reasons.into_iter().map(|reason| InvalidField {
            pointer: reason.pointer.unwrap_or_default(),
            detail: reason.message,
        });
        problem.0.errors = errors.collect();
        problem.0.pointer = problem.0.errors.first().map(|error| error.pointer.clone());
        problem.0.kind = REFUSED_BY_PLUGIN;
        problem.0.title = "A plugin refused the request".into();
        problem
    }

    /// A plugin that has to be asked is still being compiled.
    fn plugin_not_ready(detail: String) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("5"));
        problem.0.kind = PLUGIN_NOT_READY;
        problem.0.title = "A plugin is not ready yet".into();
        problem
    }

    /// More than there is room for now.
    fn too_many(what: &str, retry_after: Duration) -> Self {
        let seconds = retry_after.as_secs_f64().ceil();
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("{what}: try again in {seconds} s"),
        )
        .with_header(
            header::RETRY_AFTER,
            HeaderValue::from_str(&seconds.to_string())
                .unwrap_or_else(|_| HeaderValue::from_static("30")),
        )
    }

    pub(crate) fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (
            self.0.status,
            [(header::CONTENT_TYPE, "application/problem+json")],
            body,
        )
            .into_response();
        response.headers_mut().extend(self.0.headers);
        response
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}
