//! Logins by cookie, which the console has.
//!
//! A browser sends a cookie whoever asks it to, so a cookie alone is nobody's wish. It counts
//! where the request could only have come from a page of this server: it carries a header that
//! another site's page cannot send, and the browser does not name another site as its origin. Where
//! it does not count, the request is a visitor's.
//!
//! A request that counts goes on as if it had sent the token in `Authorization`, so that nothing
//! behind this module knows of cookies.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};

use crate::{operator_socket::ByOperator, problem::Problem};

/// The header, whatever its value. Pages of other sites may not send it: the browser would have to
/// ask this server first, which allows nobody.
pub(crate) const CONSOLE_HEADER: HeaderName = HeaderName::from_static("x-raisfast-console");

/// The cookie's name.
pub(crate) const COOKIE: &str = "raisfast_session";
/// The only paths that the cookie is sent to.
pub(crate) const PATH: &str = "/api/v1";
/// The longest token. Ours have half as many letters.
const LONGEST_TOKEN: usize = 128;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// A reason why a cookie does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// A page of another site could have made the request.
    #[error(
        "a login by cookie needs the header `X-Raisfast-Console`, as the console sends it; programs send a token as `Authorization: Bearer <token>`"
    )]
    NoHeader,
    /// The browser says that another site's page made the request.
    #[error(
        "the request comes from another site, and a login by cookie counts for this server's own page alone; behind a proxy, pass the header `Host` on"
    )]
    OtherSite,
    /// Nothing says which page made a request that changes something.
    #[error(
        "a login by cookie changes nothing without `Origin` or `Sec-Fetch-Site`, which browsers send; programs send a token as `Authorization: Bearer <token>`"
    )]
    NoOrigin,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(StatusCode::FORBIDDEN, refusal.to_string())
    }
}

/// The facts of a request that [`judge`] looks at.
#[derive(Debug, Clone, Copy, Default)]
struct Facts<'a> {
    /// The method is not a safe one.
    changes: bool,
    has_header: bool,
    fetch_site: Option<&'a str>,
    origin: Option<&'a str>,
    host: Option<&'a str>,
}

/// Decides whether a request could only have come from a page of this server.
fn judge(facts: Facts<'_>) -> Result<(), Refusal> {
    if !facts.has_header {
        return Err(Refusal::NoHeader);
    }
    let is_ours = match (facts.fetch_site, facts.origin) {
        // The browser has compared what it asked for, whatever a proxy has made of `Host` since.
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => is_of_host(origin, facts.host),
        // Browsers that do not send the former send the latter with all that changes something.
        (None, None) if facts.changes => return Err(Refusal::NoOrigin),
        (None, None) => true,
    };
    if is_ours {
        Ok(())
    } else {
        Err(Refusal::OtherSite)
    }
}

/// Returns whether an origin is this server's: scheme and host, as `https://example.com:8080`.
fn is_of_host(origin: &str, host: Option<&str>) -> bool {
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    matches!((authority, host), (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host))
}

/// Refuses a request that logs in by cookie unless it comes from a page of this server, so that no
/// other site logs a browser in.
pub(crate) fn must_be_ours(headers: &HeaderMap) -> Result<(), Refusal> {
    judge(facts(headers, true))
}

fn facts(headers: &HeaderMap, changes: bool) -> Facts<'_> {
    // A value that is not text is one, and none that is expected.
    let text = |name: &HeaderName| {
        let value = headers.get(name)?;
        Some(value.to_str().unwrap_or("not text"))
    };
    Facts {
        changes,
        has_header: headers.contains_key(CONSOLE_HEADER),
        fetch_site: text(&FETCH_SITE),
        origin: text(&header::ORIGIN),
        host: text(&header::HOST),
    }
}

/// Marks a request whose cookie does not count, for whoever needs a login.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CookieRefused(pub(crate) Refusal);

/// Takes the cookie of a request for its token, where it counts. A token that is sent in
/// `Authorization` is stronger, and whoever comes through the operator's socket needs neither.
pub(crate) async fn accept(mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_free = !headers.contains_key(header::AUTHORIZATION)
        && request.extensions().get::<ByOperator>().is_none();
    if let Some(token) = token(headers).filter(|_| is_free) {
        let bearer = HeaderValue::from_str(&format!("Bearer {token}"));
        match (judge(facts(headers, !request.method().is_safe())), bearer) {
            (Ok(()), Ok(bearer)) => {
                request.headers_mut().insert(header::AUTHORIZATION, bearer);
            }
            (Err(refusal), _) => {
                request.extensions_mut().insert(CookieRefused(refusal));
            }
            // A token has no letters that a header cannot have.
            (Ok(()), Err(_)) => {}
        }
    }
    next.run(request).await
}

/// Returns the token in a request's cookie. Two of them are none: somebody may have added one.
fn token(headers: &HeaderMap) -> Option<&str> {
    let mut tokens = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value);
    let token = tokens.next()?;
    let is_token = (1..=LONGEST_TOKEN).contains(&token.len())
        && token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    (is_token && tokens.next().is_none()).then_some(token)
}

/// Returns the header that gives a browser the token until it is closed.
pub(crate) fn set(token: &str, request: &HeaderMap) -> String {
    written(token, "", request)
}

/// Returns the header that takes the token away.
pub(crate) fn clear(request: &HeaderMap) -> String {
    written("", "; Max-Age=0", request)
}

fn written(token: &str, age: &str, request: &HeaderMap) -> String {
    let secure = if is_over_tls(request) { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path={PATH}; HttpOnly; SameSite=Strict{secure}{age}")
}

/// Returns whether the browser speaks TLS: it says so itself, or the proxy before this server does.
/// Whoever lies loses the own cookie.
fn is_over_tls(request: &HeaderMap) -> bool {
    let begins = |name: &HeaderName, with: &str| {
        let value = request.get(name).map(HeaderValue::as_bytes);
        value.is_some_and(|value| value.starts_with(with.as_bytes()))
    };
    begins(&header::ORIGIN, "https://") || begins(&FORWARDED_PROTO, "https")
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header};

    use super::{Facts, Refusal, clear, judge, set, token};

    /// Header, `Sec-Fetch-Site`, `Origin`; then what a read and what a change gets.
    type Case = (
        bool,
        Option<&'static str>,
        Option<&'static str>,
        Result<(), Refusal>,
        Result<(), Refusal>,
    );

    #[test]
    fn only_a_page_of_this_server_is_logged_in_by_its_cookie() {
        use Refusal::{NoHeader, NoOrigin, OtherSite};
        let ours = Some("https://example.com");
        let cases: [Case; 20] = [
            (true, Some("same-origin"), ours, Ok(()), Ok(())),
            (true, Some("same-origin"), None, Ok(()), Ok(())),
            // A proxy may have changed `Host`; the browser knew.
            (
                true,
                Some("same-origin"),
                Some("https://proxy.example"),
                Ok(()),
                Ok(()),
            ),
            (
                true,
                Some("same-site"),
                ours,
                Err(OtherSite),
                Err(OtherSite),
            ),
            (
                true,
                Some("cross-site"),
                ours,
                Err(OtherSite),
                Err(OtherSite),
            ),
            (true, Some("none"), ours, Err(OtherSite), Err(OtherSite)),
            (true, Some(""), ours, Err(OtherSite), Err(OtherSite)),
            (
                true,
                Some("Same-Origin"),
                None,
                Err(OtherSite),
                Err(OtherSite),
            ),
            (true, None, ours, Ok(()), Ok(())),
            (true, None, Some("http://example.com"), Ok(()), Ok(())),
            (true, None, Some("https://EXAMPLE.com"), Ok(()), Ok(())),
            (
                true,
                None,
                Some("https://example.com:8443"),
                Err(OtherSite),
                Err(OtherSite),
            ),
            (
                true,
                None,
                Some("https://example.com.evil.example"),
                Err(OtherSite),
                Err(OtherSite),
            ),
            (
                true,
                None,
                Some("https://evil.example"),
                Err(OtherSite),
                Err(OtherSite),
            ),
            (true, None, Some("null"), Err(OtherSite), Err(OtherSite)),
            (true, None, Some(""), Err(OtherSite), Err(OtherSite)),
            (true, None, None, Ok(()), Err(NoOrigin)),
            (
                false,
                Some("same-origin"),
                ours,
                Err(NoHeader),
                Err(NoHeader),
            ),
            (false, None, ours, Err(NoHeader), Err(NoHeader)),
            (false, None, None, Err(NoHeader), Err(NoHeader)),
        ];
        for (has_header, fetch_site, origin, read, change) in cases {
            for (changes, expected) in [(false, read), (true, change)] {
                let facts = Facts {
                    changes,
                    has_header,
                    fetch_site,
                    origin,
                    host: Some("example.com"),
                };
                assert_eq!(judge(facts), expected, "{facts:?}");
            }
        }
        let without_host = Facts {
            has_header: true,
            origin: ours,
            ..Facts::default()
        };
        assert_eq!(judge(without_host), Err(OtherSite));
    }

    #[test]
    fn a_cookie_is_found_among_others_and_two_are_none() {
        for (sent, expected) in [
            (&["raisfast_session=abc"][..], Some("abc")),
            (&["a=1; raisfast_session=a-b_c; b=2"], Some("a-b_c")),
            (&["a=1", "raisfast_session=abc"], Some("abc")),
            (&["raisfast_session=abc; raisfast_session=abd"], None),
            (&["raisfast_session=abc", "raisfast_session=abd"], None),
            (&["raisfast_session="], None),
            (&["raisfast_session=a b"], None),
            (&["raisfast_session=\"abc\""], None),
            (&["Raisfast_Session=abc"], None),
            (&["xraisfast_session=abc"], None),
            (&["raisfast_session"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in sent {
                headers.append(header::COOKIE, value.parse().unwrap());
            }
            assert_eq!(token(&headers), expected, "{sent:?}");
        }
        let mut headers = HeaderMap::new();
        let long = format!("raisfast_session={}", "x".repeat(129));
        headers.append(header::COOKIE, long.parse().unwrap());
        assert_eq!(token(&headers), None);
    }

    #[test]
    fn a_browser_that_speaks_tls_keeps_the_cookie_to_it() {
        let plain = "raisfast_session=abc; Path=/api/v1; HttpOnly; SameSite=Strict";
        for (name, value, is_secure) in [
            ("origin", "http://example.com", false),
            ("origin", "https://example.com", true),
            ("x-forwarded-proto", "https", true),
            ("x-forwarded-proto", "http", false),
            ("origin", "null", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            let expected = if is_secure { "; Secure" } else { "" };
            assert_eq!(
                set("abc", &headers),
                format!("{plain}{expected}"),
                "{value}"
            );
            assert!(clear(&headers).ends_with("; Max-Age=0"));
        }
    }
}
