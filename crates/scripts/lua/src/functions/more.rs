//! The functions that Lua has beside those of every language: JSON, which JavaScript has itself,
//! and what is left of the contract.

use std::time::Duration;

use raisfast_plugin::{
    clock, deliveries, host_api,
    http::{Error, Method, Request},
    refusals,
};
use raisfast_script_interface::{Value, json};

type Answer = Result<Value, String>;

/// A function of Lua alone.
pub(super) struct More {
    pub(super) name: &'static str,
    pub(super) call: fn(Vec<Value>) -> Answer,
}

/// `print`: its arguments come as one text.
pub(super) const PRINT: More = More {
    name: "print",
    call: |arguments| {
        host_api::log("info", &first(arguments).into_text());
        Ok(Value::Null)
    },
};

/// Those of both `Host` and `sdk`.
pub(super) const BESIDE: &[More] = &[
    More {
        name: "jsonEncode",
        call: |arguments| Ok(Value::Text(json::write(&first(arguments)))),
    },
    More {
        name: "jsonDecode",
        call: |arguments| {
            let text = text("text", first(arguments))?;
            json::read(&text).map_err(|error| error.to_string())
        },
    },
    More {
        name: "now",
        call: |_| Ok(Value::Text(clock::now())),
    },
    More {
        name: "unixMilliseconds",
        call: |_| Ok(clock::unix_milliseconds().into()),
    },
    More {
        name: "delivery",
        call: |_| Ok(delivery()),
    },
    More {
        name: "refuse",
        call: refuse,
    },
    More {
        name: "httpSend",
        call: |arguments| send(first(arguments)),
    },
];

fn first(arguments: Vec<Value>) -> Value {
    arguments.into_iter().next().unwrap_or_default()
}

fn text(name: &str, value: Value) -> Result<String, String> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(format!("{name}: expected a text, found {}", other.kind())),
    }
}

/// Returns the delivery that this call is; nothing outside of an action.
fn delivery() -> Value {
    deliveries::current().map_or(Value::Null, |delivery| {
        Value::object([
            ("id", Value::Text(delivery.id)),
            ("attempt", delivery.attempt.into()),
            ("created_at", delivery.created_at.into()),
        ])
    })
}

/// `refuse(pointer, message)`, or `refuse(message)`.
fn refuse(arguments: Vec<Value>) -> Answer {
    let mut arguments = arguments.into_iter();
    let first = arguments.next().unwrap_or_default();
    let (pointer, message) = match arguments.next() {
        None | Some(Value::Null) => (Value::Null, first),
        Some(message) => (first, message),
    };
    let pointer = match pointer {
        Value::Null => None,
        pointer => Some(text("pointer", pointer)?),
    };
    refusals::refuse(pointer.as_deref(), &text("message", message)?);
    Ok(Value::Null)
}

/// `httpSend{method = …, url = …, headers = {name = value}, body = …, timeout_ms = …}` returns
/// `{status = …, headers = {name = value}, body = …}`, whatever the status. No answer is an error.
fn send(request: Value) -> Answer {
    let answer = self::request(request)?
        .send()
        .map_err(|error| match error {
            Error::Denied(reason)
            | Error::Invalid(reason)
            | Error::Address(reason)
            | Error::Limit(reason)
            | Error::TooLarge(reason)
            | Error::Redirect(reason)
            | Error::Timeout(reason)
            | Error::Connection(reason) => reason,
        })?;
    let headers = answer
        .headers()
        .map(|(name, value)| (name, Value::from(value)))
        .collect::<Vec<_>>();
    Ok(Value::object([
        ("status", Value::Integer(answer.status().into())),
        ("headers", Value::object(headers)),
        ("body", Value::Bytes(answer.body().to_vec())),
    ]))
}

fn request(request: Value) -> Result<Request, String> {
    let fields = match request {
        Value::Object(fields) => fields,
        other => {
            return Err(format!(
                "request: expected a table with `url`, found {}",
                other.kind()
            ));
        }
    };
    let mut method = Method::Get;
    let mut url = None;
    let mut headers = Vec::new();
    let mut body = Vec::new();
    let mut timeout = None;
    for (name, value) in fields {
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            ("method", Value::Text(word)) => method = self::method(&word)?,
            ("url", Value::Text(text)) => url = Some(text),
            ("headers", Value::Object(fields)) => {
                let fields = fields.into_iter();
                headers = fields
                    .map(|(name, value)| (name, value.into_text()))
                    .collect();
            }
            ("body", Value::Bytes(bytes)) => body = bytes,
            ("body", other) => body = other.into_text().into_bytes(),
            ("timeout_ms", Value::Integer(number)) if number >= 0 => {
                timeout = Some(Duration::from_millis(number.unsigned_abs()));
            }
            (name, value) => {
                return Err(format!(
                    "request: `{name}` is {}; there are `method`, `url`, `headers`, `body` and \
                     `timeout_ms`",
                    value.kind()
                ));
            }
        }
    }
    let url = url.ok_or("request: `url` is missing")?;
    let request = Request::new(method, url).body(body);
    let request = headers.into_iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    Ok(match timeout {
        Some(timeout) => request.timeout(timeout),
        None => request,
    })
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
