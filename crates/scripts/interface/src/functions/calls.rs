//! Functions about the call that runs, and requests with all of HTTP.

use raisfast_plugin::bindings::raisfast::plugin_wit::http::{Error, Method, Request};

use super::{Arguments, Called};
use crate::{Host, Reason, Value};

/// Returns the delivery that this call is; nothing outside of an action.
pub(super) fn delivery(host: &dyn Host) -> Option<Value> {
    let delivery = host.delivery()?;
    Some(Value::object([
        ("id", Value::Text(delivery.id)),
        ("attempt", delivery.attempt.into()),
        ("created_at", delivery.created_at.into()),
    ]))
}

/// `refuse(pointer, message)`, or `refuse(message)`.
pub(super) fn refuse(host: &dyn Host, mut arguments: Arguments) -> Called {
    let text = |name: &str, value: Value| match value {
        Value::Text(text) => Ok(text),
        other => Err(format!("{name}: expected a text, found {}", other.kind())),
    };
    let first = arguments.value();
    let (pointer, message) = match arguments.value() {
        Value::Null => (Value::Null, first),
        message => (first, message),
    };
    let pointer = match pointer {
        Value::Null => None,
        pointer => Some(text("pointer", pointer)?),
    };
    host.refuse(pointer.as_deref(), &text("message", message)?);
    Ok(Value::Null)
}

/// `httpSend({method, url, headers: {name: value}, body, timeout_ms})` returns
/// `{status, headers: {name: value}, body}`, whatever the status. No answer is an error.
pub(super) fn send(host: &dyn Host, mut arguments: Arguments) -> Called {
    let response = host
        .http_send(&request(arguments.json()?)?)
        .map_err(reason)?;
    let body = match String::from_utf8(response.body) {
        Ok(text) => Value::Text(text),
        Err(bytes) => Value::Bytes(bytes.into_bytes()),
    };
    let headers = response.headers.into_iter();
    let headers = headers.map(|(name, value)| (name, Value::Text(value)));
    Ok(Value::object([
        ("status", Value::Integer(response.status.into())),
        ("headers", Value::object(headers)),
        ("body", body),
    ]))
}

fn reason(error: Error) -> Reason {
    let (code, message) = match error {
        Error::Denied(message) => ("denied", message),
        Error::Invalid(message) => ("invalid", message),
        Error::Address(message) => ("address", message),
        Error::Limit(message) => ("limit", message),
        Error::TooLarge(message) => ("too-large", message),
        Error::Redirect(message) => ("redirect", message),
        Error::Timeout(message) => ("timeout", message),
        Error::Connection(message) => ("connection", message),
    };
    Reason::named(code, message)
}

fn request(request: Value) -> Result<Request, String> {
    let Value::Object(fields) = request else {
        return Err(format!(
            "request: expected an object with `url`, found {}",
            request.kind()
        ));
    };
    let mut url = None;
    let mut request = Request {
        method: Method::Get,
        url: String::new(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout_ms: None,
    };
    for (name, value) in fields {
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            ("method", Value::Text(word)) => request.method = method(&word)?,
            ("url", Value::Text(text)) => url = Some(text),
            ("headers", Value::Object(fields)) => {
                let fields = fields.into_iter();
                request.headers = fields
                    .map(|(name, value)| (name, value.into_text()))
                    .collect();
            }
            // Languages whose empty list and empty object are the same.
            ("headers", Value::List(items)) if items.is_empty() => {}
            ("body", Value::Bytes(bytes)) => request.body = bytes,
            ("body", other) => request.body = other.into_text().into_bytes(),
            ("timeout_ms", Value::Integer(number)) if number >= 0 => {
                request.timeout_ms = Some(u32::try_from(number).unwrap_or(u32::MAX));
            }
            (name, value) => {
                return Err(format!(
                    "request: `{name}` is {}; there are `method`, `url`, `headers`, `body` and `timeout_ms`",
                    value.kind()
                ));
            }
        }
    }
    request.url = url.ok_or("request: `url` is missing")?;
    Ok(request)
}

fn method(word: &str) -> Result<Method, String> {
    Ok(match word.to_ascii_uppercase().as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => {
            return Err(format!(
                "request: `method` is `{word}`; expected GET, HEAD, POST, PUT, PATCH or DELETE"
            ));
        }
    })
}
