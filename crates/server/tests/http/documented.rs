//! Each answer that a test gets, held to the OpenAPI document.

use std::sync::LazyLock;

use axum::http;
use raisfast_test_documented::{Document, Exchange};
use reqwest::{Body, Response, header};
use serde::Serialize;

/// The document of the server.
pub(crate) fn document() -> &'static Document {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
        let text = raisfast::openapi::document();
        Document::new(serde_json::from_str(text).expect("JSON"))
    });
    &DOCUMENT
}

/// A request whose answer is held to the document; otherwise as reqwest's own.
#[must_use = "it is not sent yet"]
pub(crate) struct RequestBuilder(reqwest::RequestBuilder);

impl From<reqwest::RequestBuilder> for RequestBuilder {
    fn from(request: reqwest::RequestBuilder) -> Self {
        Self(request)
    }
}

impl RequestBuilder {
    pub(crate) fn header<K, V>(self, name: K, value: V) -> Self
    where
        header::HeaderName: TryFrom<K>,
        <header::HeaderName as TryFrom<K>>::Error: Into<http::Error>,
        header::HeaderValue: TryFrom<V>,
        <header::HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        Self(self.0.header(name, value))
    }

    pub(crate) fn bearer_auth(self, token: impl std::fmt::Display) -> Self {
        Self(self.0.bearer_auth(token))
    }

    pub(crate) fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        Self(self.0.json(body))
    }

    pub(crate) fn body(self, body: impl Into<Body>) -> Self {
        Self(self.0.body(body))
    }

    /// Sends it, and panics where the document says something else.
    pub(crate) async fn send(self) -> reqwest::Result<Response> {
        let (client, request) = self.0.build_split();
        let request = request?;
        let method = request.method().to_string();
        let path = request.url().path().to_owned();
        let sent = request
            .body()
            .map(|body| body.as_bytes().map(<[u8]>::to_vec));
        let response = client.execute(request).await?;
        let media_type = response.headers().get(header::CONTENT_TYPE);
        let media_type = media_type.map(|found| found.to_str().expect("text").to_owned());
        let is_stream = media_type.as_deref() == Some("text/event-stream");
        let (body, response) = if is_stream {
            (None, response)
        } else {
            let (body, response) = read(response).await?;
            (Some(body), response)
        };
        let checked = document().check(&Exchange {
            method: &method,
            path: &path,
            sent: match &sent {
                None => Some(&[]),
                Some(sent) => sent.as_deref(),
            },
            status: response.status().as_u16(),
            media_type: media_type.as_deref(),
            body: body.as_deref(),
        });
        if let Err(difference) = checked {
            panic!("{difference}");
        }
        Ok(response)
    }
}

/// Reads the body, and returns the answer as it was besides.
async fn read(response: Response) -> reqwest::Result<(Vec<u8>, Response)> {
    let mut copy = http::Response::builder().status(response.status());
    *copy.headers_mut().expect("a valid head") = response.headers().clone();
    let body = response.bytes().await?.to_vec();
    let copy = copy.body(body.clone()).expect("a valid head");
    Ok((body, copy.into()))
}

/// The document holds what is asked of it, and nothing else.
mod tests {
    use raisfast_test_documented::missing_route;
    use serde_json::{Map, Value, json};

    use super::{Document, Exchange, document};

    fn exchange(status: u16, body: &[u8]) -> Exchange<'_> {
        Exchange {
            method: "POST",
            path: "/api/v1/auth/login",
            sent: Some(br#"{"username":"a","password":"b"}"#),
            status,
            media_type: Some(if status < 400 {
                "application/json"
            } else {
                "application/problem+json"
            }),
            body: Some(body),
        }
    }

    const TOKEN: &[u8] = br#"{"token":"x","expires_at":"2026-03-02T08:47:20.605Z"}"#;
    const PROBLEM: &[u8] =
        br#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"x"}"#;

    fn refused(exchange: &Exchange) -> String {
        document()
            .check(exchange)
            .expect_err("it is not documented")
    }

    #[test]
    fn what_is_documented_passes() {
        document().check(&exchange(200, TOKEN)).unwrap();
        document().check(&exchange(401, PROBLEM)).unwrap();
        let unknown = Exchange {
            path: "/nowhere",
            ..exchange(404, PROBLEM)
        };
        document().check(&unknown).unwrap();
    }

    #[test]
    fn a_status_that_is_not_documented_is_found_with_its_line() {
        let error = refused(&exchange(418, PROBLEM));
        assert!(error.contains("no status 418"), "{error}");
        assert!(error.contains("src/openapi/routes/accounts.rs:"), "{error}");
    }

    #[test]
    fn a_member_that_does_not_fit_is_found_with_its_schema() {
        for body in [
            &br#"{"token":"x"}"#[..],
            br#"{"token":7,"expires_at":"2026-03-02T08:47:20.605Z"}"#,
            br#"{"token":"x","expires_at":"yesterday"}"#,
            br#"{"token":"x","expires_at":null}"#,
            br#"{"token":"x","expires_at":"2026-03-02T08:47:20.605Z","user":"ann"}"#,
            b"[]",
        ] {
            let error = refused(&exchange(200, body));
            assert!(error.contains("is not a `Token`"), "{error}");
            assert!(error.contains("src/openapi/schema/accounts.rs:"), "{error}");
        }
        for body in [&b"{"[..], b""] {
            assert!(refused(&exchange(200, body)).contains("not JSON"));
        }
        assert!(refused(&exchange(401, TOKEN)).contains("is not a `Problem`"));
    }

    #[test]
    fn a_body_that_was_taken_and_is_not_documented_is_found() {
        for sent in [
            &br#"{"username":"a"}"#[..],
            br#"{"username":"a","password":"b","otp":"1"}"#,
        ] {
            let sent = Exchange {
                sent: Some(sent),
                ..exchange(200, TOKEN)
            };
            assert!(refused(&sent).contains("the body of"));
            // One that was refused may be anything.
            let sent = Exchange {
                status: 401,
                media_type: Some("application/problem+json"),
                body: Some(PROBLEM),
                ..sent
            };
            document().check(&sent).unwrap();
        }
    }

    #[test]
    fn another_media_type_and_a_body_too_many_are_found() {
        let text = Exchange {
            media_type: Some("text/html"),
            ..exchange(200, TOKEN)
        };
        assert!(refused(&text).contains("text/html"));
        let silent = Exchange {
            media_type: None,
            ..exchange(200, TOKEN)
        };
        assert!(refused(&silent).contains("None"));
        let logout = Exchange {
            path: "/api/v1/auth/logout",
            sent: Some(b""),
            ..exchange(204, TOKEN)
        };
        assert!(refused(&logout).contains("there is a body"));
    }

    #[test]
    fn a_route_that_is_not_documented_is_found_with_the_line_to_add() {
        let hidden = Exchange {
            path: "/api/v1/admin/users/ann/hide",
            ..exchange(200, b"{}")
        };
        let error = refused(&hidden);
        assert!(
            error.contains("crates/server/src/openapi/routes/accounts.rs"),
            "{error}"
        );
        assert!(
            error.contains("post(\"/api/v1/admin/users/ann/hide\""),
            "{error}"
        );
        for (path, file) in [
            ("/api/v1/posts", "routes/posts.rs"),
            ("/api/v1/posts/{post}/comments", "routes/comments.rs"),
            ("/api/v1/content/{type}/{id}/new", "routes/content.rs"),
            (
                "/api/v1/admin/plugins/{plugin}/settings",
                "routes/admin_plugins.rs",
            ),
            ("/api/v1/else", "routes/server.rs"),
        ] {
            assert!(missing_route("GET", path).contains(file), "{path}");
        }
    }

    #[test]
    fn the_most_exact_route_is_meant() {
        let paths = ["/a/{x}", "/a/b", "/{y}/b"];
        let paths: Map<String, Value> = paths
            .iter()
            .map(|path| {
                (
                    (*path).to_owned(),
                    json!({ "get": { "operationId": path } }),
                )
            })
            .collect();
        let document = Document::new(json!({ "paths": paths, "components": { "schemas": {} } }));
        for (path, expected) in [("/a/b", "/a/b"), ("/a/c?d=e", "/a/{x}"), ("/c/b", "/{y}/b")] {
            assert_eq!(document.operation("GET", path).unwrap().0, expected);
        }
        for path in ["/a", "/a/", "/a/b/c", "/"] {
            assert!(document.operation("GET", path).is_none(), "{path}");
        }
    }
}
