//! A request's body: JSON, at most 2 MiB, and exactly the fields that the route takes.

use std::time::Duration;

use axum::{
    body::{Body, HttpBody},
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use futures::StreamExt;
use raisfast_contract::pointer_segment;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::problem::{InvalidField, Problem};

/// The largest body that any route takes.
pub(crate) const MAX_BYTES: usize = 2 << 20;

/// The bytes of a body that is too large that are read and thrown away, so that a client that
/// writes before it reads sees the answer and not a broken connection.
const MAX_DISCARDED_BYTES: usize = 16 << 20;

/// The most lists and objects that may be within one another.
const MAX_DEPTH: usize = 127;

/// The longest time in which a body may arrive; an extension of each request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyTimeout(pub(crate) Duration);

/// The body as a value of the route's own type.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let json = is_json(request.headers());
        let given = request.extensions().get::<BodyTimeout>();
        // Only a request without a connection has none; its body is there.
        let deadline = given.map_or(Duration::MAX, |given| given.0);
        let bytes = tokio::time::timeout(deadline, read(request.into_body()))
            .await
            .unwrap_or_else(|_| {
                Err(Problem::new(
                    StatusCode::REQUEST_TIMEOUT,
                    format!(
                        "the body did not arrive within {} s",
                        deadline.as_secs_f64()
                    ),
                ))
            })?;
        if !json {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body must be JSON: send it with `Content-Type: application/json`",
            ));
        }
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|essence| essence.trim().to_ascii_lowercase());
    essence.is_some_and(|essence| {
        essence == "application/json"
            || (essence.starts_with("application/") && essence.ends_with("+json"))
    })
}

async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    // In one piece: growing would hold twice as much. What does not arrive takes no memory.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(MAX_BYTES);
    let mut bytes = Vec::with_capacity(announced.min(MAX_BYTES));
    let mut chunks = body.into_data_stream();
    let mut length = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk =
            chunk.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body broke off"))?;
        length += chunk.len();
        if length <= MAX_BYTES {
            bytes.extend_from_slice(&chunk);
        } else if length > MAX_DISCARDED_BYTES {
            break;
        }
    }
    if length > MAX_BYTES {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "a body may have 2 MiB (2097152 bytes)",
        ));
    }
    Ok(bytes)
}

/// Malformed JSON is 400 with its position; JSON that is something else than expected is 422 with
/// the field's pointer.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let malformed = |error: serde_json::Error| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            format!("the body is not JSON: {error}"),
        )
    };
    // What is kept as text is read without a limit of its own.
    if is_too_deep(bytes) {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            format!("the body has more than {MAX_DEPTH} lists and objects within one another"),
        ));
    }
    // Serde takes a list for a struct whose fields it holds in order; no route means that.
    if bytes.trim_ascii_start().starts_with(b"[") {
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(malformed)?;
        return Err(Problem::invalid(vec![InvalidField {
            pointer: String::new(),
            detail: "invalid type: a list, expected an object".to_owned(),
        }]));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        if error.inner().is_data() {
            Problem::invalid(vec![invalid_field(&error)])
        } else {
            malformed(error.into_inner())
        }
    })?;
    json.end().map_err(malformed)?;
    Ok(value)
}

/// Returns whether more lists and objects are within one another than the parser takes. Of text
/// that is not JSON it may say either.
fn is_too_deep(bytes: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            b'"' if !escaped => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
        escaped = in_text && !escaped && *byte == b'\\';
    }
    false
}

fn invalid_field(error: &serde_path_to_error::Error<serde_json::Error>) -> InvalidField {
    use serde_path_to_error::Segment;

    let mut pointer = String::new();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => push(&mut pointer, &index.to_string()),
            Segment::Map { key } => push(&mut pointer, key),
            Segment::Enum { variant } => push(&mut pointer, variant),
            Segment::Unknown => {}
        }
    }
    let message = error.inner().to_string();
    // The position says nothing that the pointer does not.
    let detail = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(detail, _)| detail);
    // Serde reports a missing or repeated field at its object; the name is in the message.
    for about in ["missing field `", "duplicate field `"] {
        if let Some((name, _)) = detail
            .strip_prefix(about)
            .and_then(|rest| rest.split_once('`'))
        {
            push(&mut pointer, name);
        }
    }
    InvalidField {
        pointer,
        detail: detail.to_owned(),
    }
}

/// Appends one segment of a JSON pointer.
fn push(pointer: &mut String, segment: &str) {
    pointer.push_str(&pointer_segment(segment));
}

#[cfg(test)]
mod tests {
    use raisfast_contract::PostInput;
    use serde_json::{Map, Value, json};

    use super::{is_too_deep, parse};

    fn refusal<T: serde::de::DeserializeOwned>(body: &str) -> Value {
        let problem = parse::<T>(body.as_bytes())
            .err()
            .expect("the body is refused");
        serde_json::to_value(problem).expect("a problem serialises")
    }

    #[test]
    fn a_pointer_names_the_field() {
        for (body, pointer) in [
            (r#"{"content":"x"}"#, "/title"),
            (r#"{"title":"x","colour":"red"}"#, "/colour"),
            (r#"{"title":"x","title":"y"}"#, "/title"),
            (r#"{"title":1}"#, "/title"),
            (r#"{"title":"x","tag_ids":["a",2]}"#, "/tag_ids/1"),
            (r#"{"title":"x","a/b~c":1}"#, "/a~1b~0c"),
            ("[]", ""),
            (r#" ["x", "y", null, null, null, null, null, null]"#, ""),
            ("null", ""),
        ] {
            let problem = refusal::<PostInput>(body);
            assert_eq!(problem["status"], 422, "{body}: {problem}");
            assert_eq!(problem["pointer"], pointer, "{body}: {problem}");
            assert_eq!(
                problem["errors"][0]["pointer"], pointer,
                "{body}: {problem}"
            );
        }
    }

    #[test]
    fn malformed_json_is_refused_with_its_position() {
        for (body, position) in [
            ("", "line 1 column 0"),
            ("{", "line 1 column 1"),
            ("{\"title\":\"x\"} x", "line 1 column 15"),
            ("{\"title\":\n\"x\",}", "line 2 column 5"),
            ("{\"title\":\"\u{1}\"}", "line 1 column 11"),
        ] {
            let problem = refusal::<PostInput>(body);
            assert_eq!(problem["status"], 400, "{body}: {problem}");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(position), "{body}: {detail}");
        }
    }

    #[test]
    fn depth_is_limited_and_brackets_in_text_are_none() {
        let lists = |depth| "[".repeat(depth);
        assert!(!is_too_deep(lists(127).as_bytes()) && is_too_deep(lists(128).as_bytes()));
        let text = format!("{{\"a\":\"\\\"{}\\\\\",\"b\":[]}}", lists(200));
        assert!(!is_too_deep(text.as_bytes()), "{text}");
        assert!(!is_too_deep("[]".repeat(200).as_bytes()));
        let problem = refusal::<Map<String, Value>>(&format!("{{\"a\":{}", lists(127)));
        assert_eq!(problem["status"], 400);
    }

    #[test]
    fn what_is_not_utf8_is_not_json() {
        let problem = parse::<Map<String, Value>>(b"{\"a\":\"\xff\"}").expect_err("no UTF-8");
        assert_eq!(serde_json::to_value(problem).unwrap()["status"], json!(400));
    }
}
