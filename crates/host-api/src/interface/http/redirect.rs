//! The next request when an answer is a redirect.

use raisfast_contract::http::Response;

use super::{HttpRequest, Method, RequestError};

/// The fields that a request may take along to another origin. The rest may be a key that only the
/// first one shall see.
const FOR_ANYBODY: &[&str] = &["accept", "accept-language", "user-agent"];

/// Returns the address to which the answer sends the request, if it does.
pub(super) fn location(response: &Response) -> Option<&str> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    response
        .headers
        .iter()
        .find(|(name, _)| name == "location")
        .map(|(_, value)| value.as_str())
}

/// Turns the request to its new place.
pub(super) fn turn(
    request: &mut HttpRequest,
    status: u16,
    location: &str,
) -> Result<(), RequestError> {
    let place = request.url.join(location).map_err(|error| {
        RequestError::Redirect(format!("the redirect's address is not a URL: {error}"))
    })?;
    if becomes_get(request.method, status) {
        request.method = Method::Get;
        request.body = Vec::new();
        request.headers.retain(|(name, _)| !is_of_content(name));
    }
    if place.origin() != request.url.origin() {
        let body_follows = !request.body.is_empty();
        request.headers.retain(|(name, _)| {
            FOR_ANYBODY
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
                || (body_follows && is_of_content(name))
        });
    }
    request.url = place;
    Ok(())
}

/// RFC 9110, 15.4, as browsers have it: only 307 and 308 keep the method of a request that changes
/// something.
fn becomes_get(method: Method, status: u16) -> bool {
    match status {
        301 | 302 => method == Method::Post,
        303 => !matches!(method, Method::Get | Method::Head),
        _ => false,
    }
}

/// Returns whether a field is about the body.
fn is_of_content(name: &str) -> bool {
    name.get(..8)
        .is_some_and(|begin| begin.eq_ignore_ascii_case("content-"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn request(method: Method, headers: &[&str]) -> HttpRequest {
        HttpRequest {
            method,
            url: "https://one.example.com/a/b?c".parse().unwrap(),
            headers: headers
                .iter()
                .map(|name| ((*name).to_owned(), "x".to_owned()))
                .collect(),
            body: b"body".to_vec(),
            max_response_bytes: 1,
            timeout: Duration::ZERO,
        }
    }

    fn turned(mut request: HttpRequest, status: u16, location: &str) -> HttpRequest {
        turn(&mut request, status, location).unwrap();
        request
    }

    #[test]
    fn the_method_follows_the_status() {
        for (method, status, then) in [
            (Method::Post, 301, Method::Get),
            (Method::Post, 302, Method::Get),
            (Method::Post, 303, Method::Get),
            (Method::Post, 307, Method::Post),
            (Method::Post, 308, Method::Post),
            (Method::Put, 301, Method::Put),
            (Method::Put, 303, Method::Get),
            (Method::Delete, 302, Method::Delete),
            (Method::Patch, 303, Method::Get),
            (Method::Head, 301, Method::Head),
            (Method::Head, 303, Method::Head),
            (Method::Get, 307, Method::Get),
        ] {
            let turned = turned(request(method, &["Content-Type"]), status, "/there");
            assert_eq!(turned.method, then, "{method:?} {status}");
            let kept = then == method;
            assert_eq!(turned.body.is_empty(), !kept, "{method:?} {status}");
            assert_eq!(turned.headers.is_empty(), !kept, "{method:?} {status}");
        }
    }

    #[test]
    fn another_origin_sees_no_key() {
        let headers = [
            "Authorization",
            "cookie",
            "X-Api-Key",
            "Accept",
            "Content-Type",
            "user-agent",
        ];
        for (location, same) in [
            ("/there", true),
            ("there?x", true),
            ("//one.example.com/", true),
            ("https://one.example.com:443/", true),
            ("http://one.example.com/", false),
            ("https://one.example.com:8443/", false),
            ("//two.example.com/", false),
            ("https://api.one.example.com/", false),
        ] {
            let turned = turned(request(Method::Post, &headers), 307, location);
            let names: Vec<_> = turned
                .headers
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            if same {
                assert_eq!(names, headers, "{location}");
            } else {
                assert_eq!(
                    names,
                    ["Accept", "Content-Type", "user-agent"],
                    "{location}"
                );
            }
        }
        let without_body = turned(request(Method::Post, &headers), 302, "//two.example.com/");
        let names: Vec<_> = without_body
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["Accept", "user-agent"]);
    }

    #[test]
    fn a_redirect_to_no_url_is_an_error() {
        for location in ["http://", "https://[::1", "http://a b/"] {
            let mut request = request(Method::Get, &[]);
            let error = turn(&mut request, 302, location).unwrap_err();
            assert!(matches!(error, RequestError::Redirect(_)), "{location}");
        }
    }
}
