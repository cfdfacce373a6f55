//! Makes requests with `wasi:http`, as a language's own HTTP client does.
//!
//! `render-markdown` takes lines and answers with lines. The first is a command:
//! - `send METHOD URL [MILLISECONDS]`, then header fields, an empty line and a body: the status,
//!   the header fields, an empty line and the body; or `error: ` and which.
//! - `hold COUNT URL`: asks for it so often and reads no answer. For each the status or the error.
//! - `leave URL`: asks for it and does not wait for the answer.

#![cfg(target_arch = "wasm32")]

wit_bindgen::generate!({
    path: "wit",
    world: "plugin-world",
    generate_all,
});

use exports::raisfast::plugin_wit::plugin_hooks::Guest;
use wasi::{
    http::{
        outgoing_handler::handle,
        types::{
            ErrorCode, Fields, FutureIncomingResponse, IncomingResponse, Method, OutgoingBody,
            OutgoingRequest, RequestOptions, Scheme,
        },
    },
    io::streams::StreamError,
};

struct Plugin;

impl Guest for Plugin {
    fn render_markdown(input: String) -> Option<String> {
        let (command, rest) = input.split_once('\n').unwrap_or((&input, ""));
        let words: Vec<_> = command.split(' ').collect();
        let answer = match words.as_slice() {
            ["send", method, url] => send(method, url, None, rest),
            ["send", method, url, ms] => send(method, url, ms.parse().ok(), rest),
            ["hold", count, url] => hold(count.parse().expect("a number"), url),
            ["leave", url] => begin("GET", url, None, "").map(|response| {
                std::mem::forget(response);
                "left".to_owned()
            }),
            _ => panic!("unknown command: {command}"),
        };
        Some(answer.unwrap_or_else(|error| format!("error: {error}")))
    }
}

fn send(method: &str, url: &str, ms: Option<u64>, rest: &str) -> Result<String, String> {
    let response = wait(begin(method, url, ms, rest)?)?;
    let mut lines = response.status().to_string();
    for (name, value) in response.headers().entries() {
        lines += &format!("\n{name}: {}", String::from_utf8_lossy(&value));
    }
    let body = response.consume().expect("the body is there once");
    let stream = body.stream().expect("the stream is there once");
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(1 << 16) {
            Ok(read) => bytes.extend(read),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return Err("the body broke off".into()),
        }
    }
    Ok(format!("{lines}\n\n{}", String::from_utf8_lossy(&bytes)))
}

fn hold(count: usize, url: &str) -> Result<String, String> {
    let mut held = Vec::new();
    let mut lines = Vec::new();
    for _ in 0..count {
        match begin("GET", url, None, "").and_then(wait) {
            Ok(response) => {
                lines.push(response.status().to_string());
                held.push(response);
            }
            Err(error) => lines.push(error),
        }
    }
    Ok(lines.join("\n"))
}

/// Hands a request over and writes its body.
fn begin(
    method: &str,
    url: &str,
    ms: Option<u64>,
    rest: &str,
) -> Result<FutureIncomingResponse, String> {
    let (head, body) = match rest.strip_prefix('\n') {
        Some(body) => ("", body),
        None => rest.split_once("\n\n").unwrap_or((rest, "")),
    };
    let fields = Fields::new();
    for line in head.lines() {
        let (name, value) = line.split_once(": ").expect("a header field");
        fields
            .append(name, value.as_bytes())
            .map_err(|error| format!("{error:?}"))?;
    }
    let request = OutgoingRequest::new(fields);
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let method = match method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        "OPTIONS" => Method::Options,
        other => Method::Other(other.to_owned()),
    };
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    request.set_method(&method).map_err(|()| "the method")?;
    request
        .set_scheme(Some(&scheme))
        .map_err(|()| "the scheme")?;
    request
        .set_authority(Some(authority))
        .map_err(|()| "the authority")?;
    request
        .set_path_with_query(Some(path))
        .map_err(|()| "the path")?;
    let options = RequestOptions::new();
    options
        .set_first_byte_timeout(ms.map(|ms| ms * 1_000_000))
        .map_err(|()| "the timeout")?;
    if body.is_empty() {
        return handle(request, Some(options)).map_err(said);
    }
    let outgoing = request.body().expect("the body is there once");
    let response = handle(request, Some(options)).map_err(said)?;
    let stream = outgoing.write().expect("the stream is there once");
    for part in body.as_bytes().chunks(4096) {
        // The host may have refused the request already; the answer says why.
        if stream.blocking_write_and_flush(part).is_err() {
            break;
        }
    }
    drop(stream);
    let _ = OutgoingBody::finish(outgoing, None);
    Ok(response)
}

fn wait(response: FutureIncomingResponse) -> Result<IncomingResponse, String> {
    response.subscribe().block();
    let answer = response.get().expect("it is there");
    answer.expect("it is taken once").map_err(said)
}

fn said(error: ErrorCode) -> String {
    format!("{error:?}")
}

export!(Plugin);
