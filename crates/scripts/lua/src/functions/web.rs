//! HTTP with all of it.

use std::time::Duration;

use raisfast_plugin::http::{Method, Request};

use super::{Answer, Arguments};
use crate::{
    json,
    packed::{Packer, Value},
    records::kind,
};

/// `httpSend{method = …, url = …, headers = {name = value}, body = …, timeout_ms = …}` returns
/// `{status = …, headers = {name = value}, body = …}`, whatever the status. No answer is an error.
pub(super) fn send(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let fields = match arguments.table()? {
        Value::Object(fields) => fields,
        other => {
            let found = kind(&other);
            return Err(format!(
                "argument 1 is {found}; expected a table with `url`"
            ));
        }
    };
    let answer = request(fields)?
        .send()
        .map_err(|error| format!("{error:?}"))?;
    let mut table = packer.open_object();
    let fields = table.item();
    fields.name("status");
    fields.integer(answer.status().into());
    table.add();
    let fields = table.item();
    fields.name("body");
    fields.string(answer.body());
    table.add();
    let fields = table.item();
    fields.name("headers");
    let mut headers = fields.open_object();
    for (name, value) in answer.headers() {
        let field = headers.item();
        field.name(name);
        field.string(value.as_bytes());
        headers.add();
    }
    headers.close();
    table.add();
    table.close();
    Ok(())
}

fn request(fields: Vec<(String, Value)>) -> Result<Request, String> {
    let mut method = Method::Get;
    let mut url = None;
    let mut headers = Vec::new();
    let mut body = Vec::new();
    let mut timeout = None;
    for (name, value) in fields {
        match (name.as_str(), value) {
            (_, Value::None) => {}
            ("method", Value::String(word)) => method = self::method(&word)?,
            ("url", Value::String(text)) => url = Some(utf8("url", text)?),
            ("headers", Value::Object(fields)) => {
                for (name, value) in fields {
                    let value = match value {
                        Value::String(text) => utf8("headers", text)?,
                        other => json::text(&other)?,
                    };
                    headers.push((name, value));
                }
            }
            ("body", Value::String(bytes)) => body = bytes,
            ("body", table @ (Value::Object(_) | Value::List(_))) => {
                body = json::text(&table)?.into_bytes();
            }
            ("timeout_ms", Value::Integer(number)) => {
                let number = u64::try_from(number).map_err(|_| "`timeout_ms` is negative")?;
                timeout = Some(Duration::from_millis(number));
            }
            (name, value) => {
                let found = kind(&value);
                return Err(format!(
                    "`{name}` is {found}; a request has `method`, `url`, `headers`, `body` and \
                     `timeout_ms`"
                ));
            }
        }
    }
    let url = url.ok_or("the request has no `url`")?;
    let mut request = Request::new(method, url).body(body);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    Ok(match timeout {
        Some(timeout) => request.timeout(timeout),
        None => request,
    })
}

fn method(word: &[u8]) -> Result<Method, String> {
    Ok(match word.to_ascii_lowercase().as_slice() {
        b"get" => Method::Get,
        b"head" => Method::Head,
        b"post" => Method::Post,
        b"put" => Method::Put,
        b"patch" => Method::Patch,
        b"delete" => Method::Delete,
        _ => {
            let word = String::from_utf8_lossy(word);
            return Err(format!(
                "`method` is `{word}`; expected GET, HEAD, POST, PUT, PATCH or DELETE"
            ));
        }
    })
}

fn utf8(name: &str, bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| format!("`{name}` is not UTF-8"))
}
