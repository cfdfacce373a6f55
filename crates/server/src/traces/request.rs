//! The span of a request.

use axum::{extract::Request, http::HeaderMap, middleware::Next, response::Response};
use raisfast_trace::{Instrument as _, TraceParent};

use crate::metrics::{known_method, route};

/// Answers a request within its span.
pub(crate) async fn trace(request: Request, next: Next) -> Response {
    let method = match known_method(request.method()) {
        "other" => "_OTHER",
        known => known,
    };
    let client = client(request.headers());
    let Some(span) = raisfast_trace::request(method, route(&request), client) else {
        return next.run(request).await;
    };
    let response = next.run(request).instrument(span.clone()).await;
    raisfast_trace::answered(&span, response.status().as_u16());
    response
}

/// Returns the place of the client's span. Two of them say nothing.
fn client(headers: &HeaderMap) -> Option<TraceParent> {
    let mut found = headers.get_all(TraceParent::HEADER).iter();
    let (Some(value), None) = (found.next(), found.next()) else {
        return None;
    };
    TraceParent::parse(value.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};
    use raisfast_trace::TraceParent;

    use super::client;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_client_is_believed_if_it_says_one_thing() {
        let found = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_bytes(value).unwrap();
                headers.append(TraceParent::HEADER, value);
            }
            client(&headers).map(|place| place.to_string())
        };
        assert_eq!(found(&[VALID.as_bytes()]).as_deref(), Some(VALID));
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[b"\xff"]), None);
        assert_eq!(found(&[b"00-0-0-0"]), None);
        assert_eq!(found(&[VALID.as_bytes(), VALID.as_bytes()]), None);
    }
}
