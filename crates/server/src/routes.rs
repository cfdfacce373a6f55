//! The HTTP API, one module a resource, and what stands around all of them.
//!
//! `admin` joins those for admins; `install` and `event_stream` are what several of them share.

mod admin;
mod auth;
mod comments;
mod console;
mod content;
mod event_stream;
mod events;
mod figures;
mod health;
mod install;
mod nodes;
mod openapi;
mod outbox;
mod pauses;
mod plugin_logs;
mod plugin_settings;
mod plugin_storage;
mod plugins;
mod posts;
mod provenance;
mod recordings;
mod releases;
mod removal;
mod shadows;
mod users;

use axum::{
    Router,
    extract::{FromRequestParts, Path, Query, Request},
    http::{HeaderName, HeaderValue, StatusCode, Uri, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use raisfast_trace::Instrument as _;
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer};

use crate::{
    access_log, app::App, metrics, problem::Problem, server_timing, session_cookie, traces,
};

/// Every route with what stands around all of them, the console and the access log if they are
/// wanted.
pub(crate) fn router(app: App, with_console: bool, with_access_log: bool) -> Router {
    let mut api = Router::new()
        .merge(auth::routes(with_console))
        .merge(posts::routes())
        .merge(comments::routes())
        .merge(content::routes())
        .merge(provenance::routes())
        .merge(events::routes())
        .merge(openapi::routes())
        .nest("/admin", admin::routes())
        .layer(from_fn(refuse_nul))
        .layer(from_fn_with_state(
            app.users.clone(),
            server_timing::measure,
        ))
        // Around it: what is measured runs on the task that this begins.
        .layer(from_fn(finish_changes));
    if with_console {
        // Around all that asks who sends the request.
        api = api.layer(from_fn(session_cookie::accept));
    }
    if raisfast_trace::is_on() {
        api = api.layer(from_fn(traces::trace));
    }
    let mut router = Router::new()
        .nest("/api/v1", api)
        .merge(health::routes())
        .merge(console::routes(with_console))
        .fallback(unknown_route)
        .method_not_allowed_fallback(unknown_method)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(keep_private));
    for (name, value) in SECURITY_HEADERS {
        router = router.layer(SetResponseHeaderLayer::if_not_present(
            name,
            HeaderValue::from_static(value),
        ));
    }
    router = router.layer(from_fn_with_state(app.metrics.clone(), metrics::count));
    if with_access_log {
        router = router.layer(from_fn_with_state(app.clone(), access_log::write));
    }
    router.with_state(app)
}

/// The API answers programs: nothing in an answer may be run, framed or guessed at by a browser.
const SECURITY_HEADERS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// Answers that depend on who asks stay out of every cache.
async fn keep_private(request: Request, next: Next) -> Response {
    let private = request.headers().contains_key(header::AUTHORIZATION)
        || request.headers().contains_key(header::COOKIE)
            && request.uri().path().starts_with("/api/")
        || request.uri().path().starts_with("/api/v1/auth/");
    let mut response = next.run(request).await;
    if private {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// A change runs to its end even when the client hangs up: what follows from its commit, such as
/// plugins' actions, must not depend on the client's patience.
async fn finish_changes(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let answer = next.run(request);
    let task = if raisfast_trace::is_on() {
        tokio::spawn(answer.in_current_span())
    } else {
        tokio::spawn(answer)
    };
    match task.await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Problem::internal().into_response(),
        },
    }
}

/// No text of a site has the character NUL: not every database keeps it, and PostgreSQL fails to
/// look for it. So no path leads to anything with it, and no query asks for any. What bodies hold
/// is checked with the rules of each field.
async fn refuse_nul(request: Request, next: Next) -> Response {
    let uri = request.uri();
    if has_nul(uri.path()) {
        return Problem::not_found("there is nothing with the character NUL in its name")
            .into_response();
    }
    if uri.query().is_some_and(has_nul) {
        return Problem::new(
            StatusCode::BAD_REQUEST,
            "the query has the character NUL, `%00`, in it; no text here does",
        )
        .into_response();
    }
    next.run(request).await
}

/// Returns whether NUL comes out when a part of a URI is decoded. It cannot stand there as it is,
/// and a `%` is not a digit of the escape before it.
fn has_nul(part: &str) -> bool {
    part.contains("%00")
}

async fn unknown_route(uri: Uri) -> Problem {
    Problem::not_found(format!(
        "there is no route {}; the API begins at /api/v1",
        uri.path()
    ))
}

async fn unknown_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this route does not take this method; the header `Allow` lists those it takes",
    )
}

#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(message, "a request panicked");
    Problem::internal().into_response()
}

/// The segments that a route names, with a problem document where they are not text.
#[derive(FromRequestParts)]
#[from_request(via(Path), rejection(Problem))]
struct Segments<T>(T);

/// The query, with a problem document where it does not fit.
#[derive(FromRequestParts)]
#[from_request(via(Query), rejection(Problem))]
struct Parameters<T>(T);

/// The answer of a route.
type Answer<T> = Result<T, Problem>;

/// The page of a list that is asked for.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    cursor: Option<String>,
    limit: Option<u64>,
}

impl Page {
    /// The length of a page where the request does not say.
    const DEFAULT_LIMIT: u64 = 20;

    fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    fn limit(&self) -> u64 {
        self.limit.unwrap_or(Self::DEFAULT_LIMIT)
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, http::Request, routing::get};
    use tower::ServiceExt as _;

    use super::{CatchPanicLayer, panicked};

    async fn broken() {
        panic!("hunter2");
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_document_without_its_message() {
        let router = Router::new()
            .route("/", get(broken))
            .layer(CatchPanicLayer::custom(panicked));
        let response = router
            .oneshot(Request::new(Body::empty()))
            .await
            .expect("an answer");
        assert_eq!(response.status(), 500);
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        let body = axum::body::to_bytes(response.into_body(), 4096)
            .await
            .expect("a body");
        assert!(!String::from_utf8_lossy(&body).contains("hunter2"));
    }
}
