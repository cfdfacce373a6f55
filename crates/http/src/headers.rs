//! Header fields that a plugin may send, and those that it gets.

use raisfast_host_api::capability::RequestError;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// Fields that say how the message travels. They are the client's to set; two opinions about a
/// message's end are how requests are smuggled.
const OF_THE_CLIENT: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Bytes of all fields together.
const MAX_BYTES: usize = 16 * 1024;
/// Bytes of all fields of an answer.
const MAX_RECEIVED_BYTES: usize = 64 * 1024;
/// Number of fields of an answer.
pub(crate) const MAX_RECEIVED_FIELDS: usize = 2048;

/// Checks what the plugin wants to send. A field may come more than once.
pub(crate) fn parse(fields: &[(String, String)]) -> Result<HeaderMap, RequestError> {
    let bytes: usize = fields
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if bytes > MAX_BYTES {
        return Err(refuse(format!(
            "the header fields have {bytes} bytes, the limit is {MAX_BYTES}"
        )));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let shown = name.escape_debug();
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            refuse(format!(
                "`{shown}` is not a header field's name; it has letters, digits and hyphens"
            ))
        })?;
        if OF_THE_CLIENT.contains(&parsed.as_str()) || parsed.as_str().starts_with("proxy-") {
            return Err(refuse(format!(
                "the header field `{shown}` is set by the server; leave it out"
            )));
        }
        // The value may be a secret, so it is not shown.
        let value = HeaderValue::from_str(value).map_err(|_| {
            refuse(format!(
                "the value of the header field `{shown}` holds a line break or control character"
            ))
        })?;
        headers.append(parsed, value);
    }
    Ok(headers)
}

/// The fields of an answer, as a plugin gets them.
pub(crate) fn received(
    headers: &HeaderMap,
    host: &str,
) -> Result<Vec<(String, String)>, RequestError> {
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if bytes > MAX_RECEIVED_BYTES {
        return Err(RequestError::TooLarge(format!(
            "the header fields of `{host}` have {bytes} bytes, the limit is {MAX_RECEIVED_BYTES}"
        )));
    }
    let fields = headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    Ok(fields.collect())
}

/// An answer whose fields the client did not read to their end.
pub(crate) fn too_large(host: &str) -> RequestError {
    RequestError::TooLarge(format!(
        "the header fields of `{host}` are more than {MAX_RECEIVED_FIELDS}, or have more than {MAX_RECEIVED_BYTES} bytes"
    ))
}

fn refuse(message: String) -> RequestError {
    RequestError::Invalid(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_one(name: &str, value: &str) -> Result<HeaderMap, RequestError> {
        parse(&[(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn ordinary_fields_are_sent() {
        for (name, value) in [
            ("Accept", "application/json"),
            ("authorization", "Bearer x.y"),
            ("X-Empty", ""),
            ("x-text", "grüße"),
            ("user-agent", "mine/1"),
            ("cookie", "a=b"),
            ("content-type", "text/plain; charset=utf-8"),
            ("x-host", "y"),
        ] {
            assert!(parse_one(name, value).is_ok(), "{name}");
        }
        let twice = parse(&[("x-a".into(), "1".into()), ("X-A".into(), "2".into())]).unwrap();
        assert_eq!(twice.get_all("x-a").iter().count(), 2);
    }

    #[test]
    fn fields_of_the_client_are_not() {
        for name in [
            "host",
            "Host",
            "HOST",
            "connection",
            "content-length",
            "Content-Length",
            "proxy-authorization",
            "Proxy-Connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "keep-alive",
            "expect",
        ] {
            let error = parse_one(name, "x").unwrap_err();
            assert!(
                error.to_string().contains("leave it out"),
                "{name}: {error}"
            );
        }
    }

    #[test]
    fn nothing_can_be_injected() {
        for (name, value) in [
            ("x-a\r\nhost", "b"),
            ("x-a\n", "b"),
            ("x a", "b"),
            ("x:a", "b"),
            ("", "b"),
            ("x-ä", "b"),
            ("x-a\0", "b"),
            ("x-a", "b\r\nhost: c"),
            ("x-a", "b\nc"),
            ("x-a", "b\rc"),
            ("x-a", "b\0"),
            ("x-a", "\u{1b}[31m"),
            ("x-a", "b\r\n\r\nGET / HTTP/1.1"),
        ] {
            let error = parse_one(name, value).unwrap_err();
            assert!(matches!(error, RequestError::Invalid(_)), "{error:?}");
            assert!(
                !error.to_string().contains(['\r', '\n', '\0', '\u{1b}']),
                "{error:?}"
            );
        }
        assert!(parse_one("x-a", &"b".repeat(MAX_BYTES)).is_err());
    }
}
