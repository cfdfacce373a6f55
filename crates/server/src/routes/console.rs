//! `/admin/`: the console's own files.
//!
//! Files whose names change with their content are kept by browsers for good; the page itself is
//! asked for each time. What is not a file is a screen of the page.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
    routing::any,
};
use raisfast_console::File;

use crate::{app::App, problem::Problem};

/// The console runs its own files, shows nothing of others, and is framed by nobody. The pages that
/// it shows in a frame of their own are text that was filtered already, and they run nothing.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; \
     trusted-types preview";

/// The sentence of a server that was built without the console.
const HOW_TO_GET_IT: &str = "This server was built without its console: run `cargo xtask console` \
     in its source, which needs npm, and build the server again.\n";

pub(super) fn routes(is_enabled: bool) -> Router<App> {
    let routes = Router::new();
    if is_enabled {
        routes
            .route("/admin", any(async || Redirect::permanent("/admin/")))
            .route("/admin/", any(serve))
            .route("/admin/{*path}", any(serve))
    } else {
        routes
            .route("/admin", any(turned_off))
            .route("/admin/", any(turned_off))
            .route("/admin/{*path}", any(turned_off))
    }
}

/// The answer of a server whose operator does not want the console.
async fn turned_off() -> Problem {
    Problem::not_found("the console is turned off: `console.enabled` is false in the configuration")
}

async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if ![Method::GET, Method::HEAD].contains(&method) {
        let problem = Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "the console is read with GET; what it does it asks the API for, at /api/v1",
        );
        return ([(header::ALLOW, "GET, HEAD")], problem).into_response();
    }
    let path = uri.path().strip_prefix("/admin/").unwrap_or_default();
    let found = raisfast_console::file(path).filter(|_| path != "index.html");
    match found.or_else(|| raisfast_console::page().filter(|_| is_screen(path))) {
        Some(file) => answer(file, &headers),
        None if is_screen(path) => {
            let kind = HeaderValue::from_static("text/plain; charset=utf-8");
            let headers = [(header::CONTENT_TYPE, kind)];
            (StatusCode::NOT_FOUND, headers, HOW_TO_GET_IT).into_response()
        }
        None => Problem::not_found(format!("the console has no file {path}")).into_response(),
    }
}

/// Returns whether a path that is not a file's may be a screen: one of a file says so by its end.
fn is_screen(path: &str) -> bool {
    !path.starts_with("assets/") && ![".svg", ".txt"].iter().any(|end| path.ends_with(end))
}

fn answer(file: &'static File, asked: &HeaderMap) -> Response {
    let (body, encoding) = encoded(file, asked);
    let kept = if file.is_immutable() {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let is_known = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok())
        .is_some_and(|tags| tags.contains(file.tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(body).into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, file.media_type()),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, kept),
        (header::ETAG, file.tag),
        (header::VARY, "accept-encoding"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(encoding) = encoding.filter(|_| !is_known) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Returns the smallest form of a file that the client takes.
fn encoded(file: &File, asked: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
    let accepted = asked
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    // A weight of 0 refuses one; nothing else that is written there matters to two forms.
    let takes = |name: &str| {
        accepted.split(',').any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            let is_it = parts.next() == Some(name);
            is_it && !parts.any(|part| ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains(&part))
        })
    };
    match file {
        File {
            brotli: Some(bytes),
            ..
        } if takes("br") => (bytes, Some("br")),
        File {
            gzip: Some(bytes), ..
        } if takes("gzip") => (bytes, Some("gzip")),
        file => (file.plain, None),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header};
    use raisfast_console::File;

    use super::{answer, encoded, is_screen};

    const FILE: File = File {
        path: "assets/a-1.js",
        tag: "\"1\"",
        plain: b"plain",
        gzip: Some(b"gzip"),
        brotli: Some(b"brotli"),
    };

    fn asking(name: header::HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn a_client_gets_the_smallest_form_that_it_takes() {
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("br;q=0, gzip", Some("gzip")),
            ("gzip;q=0.5", Some("gzip")),
            ("brotli", None),
            ("identity", None),
            ("", None),
        ] {
            let (body, encoding) = encoded(&FILE, &asking(header::ACCEPT_ENCODING, accepted));
            assert_eq!(encoding, expected, "{accepted}");
            let form = expected.map_or("plain", |name| if name == "br" { "brotli" } else { name });
            assert_eq!(body, form.as_bytes(), "{accepted}");
        }
    }

    #[test]
    fn a_file_is_kept_for_good_and_the_page_is_asked_for() {
        static PAGE: File = File {
            path: "index.html",
            ..FILE
        };
        static SCRIPT: File = FILE;
        let kept = |file| answer(file, &HeaderMap::new()).headers()["cache-control"].clone();
        assert_eq!(kept(&SCRIPT), "public, max-age=31536000, immutable");
        assert_eq!(kept(&PAGE), "no-cache");
        let again = answer(&PAGE, &asking(header::IF_NONE_MATCH, "\"1\""));
        assert_eq!(again.status(), 304);
        let policy = again.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }

    #[test]
    fn what_is_no_file_is_a_screen() {
        for (path, expected) in [
            ("", true),
            ("plugins/com.example.seo", true),
            ("assets/gone-1.js", false),
            ("favicon.svg", false),
        ] {
            assert_eq!(is_screen(path), expected, "{path}");
        }
    }
}
