//! The API as an OpenAPI document.
//!
//! `routes` has an entry for each route, and `schema` what goes in and comes out. Neither is
//! read off the handlers: what a crate below calls a post is its own matter, and the document is
//! what clients were promised. Tests hold both to what the server does: each answer that any of
//! them gets is checked against the document, and the list of routes is compared with it.

mod operation;
mod routes;
mod schema;

use std::{collections::BTreeSet, sync::LazyLock};

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, Header, Info, License, OpenApi, OpenApiBuilder, Paths, Ref,
        ResponseBuilder, Server,
        header::HeaderBuilder,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
        tag::TagBuilder,
    },
};

use self::{
    operation::{CONSOLE, LOGIN, REFUSED_BY_PLUGIN, SESSION, refusal},
    schema::problem::Problem,
};
use crate::session_cookie;

/// The media type of a problem.
const PROBLEM: &str = "application/problem+json";

/// Returns the document as JSON, indented.
pub fn document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
        let document = build().to_pretty_json();
        document.expect("a document has nothing that cannot be JSON")
    });
    &DOCUMENT
}

fn build() -> OpenApi {
    let (mut paths, mut tags) = (Paths::new(), Vec::new());
    let mut components = Components::new();
    components.add_security_scheme(LOGIN, bearer());
    components.add_security_scheme(SESSION, cookie());
    components.add_security_scheme(CONSOLE, console_header());
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    let mut statuses = BTreeSet::new();
    for group in routes::groups() {
        tags.push(
            TagBuilder::new()
                .name(group.name)
                .description(Some(group.description))
                .build(),
        );
        for operation in group.operations {
            let (path, method) = (operation.path, operation.method.clone());
            statuses.extend(operation.refusals());
            schemas.extend(operation.schemas.clone());
            paths.add_path_operation(path, vec![method], operation.build(group.name));
        }
    }
    components.schemas.extend(schemas);
    let problem = |when: &str| {
        let problem = Content::new(Some(Ref::from_schema_name(Problem::name())));
        ResponseBuilder::new()
            .description(when)
            .content(PROBLEM, problem)
    };
    let refused = problem("A plugin refused it, with a status of its choice; `detail` says why.");
    components
        .responses
        .insert(REFUSED_BY_PLUGIN.to_owned(), refused.build().into());
    for status in statuses {
        let (name, when) = refusal(status);
        let mut response = problem(when);
        for (header, about) in headers(status) {
            response = response.header(*header, self::header(about));
        }
        components
            .responses
            .insert(name.to_owned(), response.build().into());
    }
    OpenApiBuilder::new()
        .info(info())
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components))
        .tags(Some(tags))
        .build()
}

fn info() -> Info {
    let mut info = Info::new("raisfast", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "A content server that plugins extend. Each error is a problem document (RFC 9457). \
         Answers may get further members in a later version; requests may have those that are \
         listed, and no others."
            .to_owned(),
    );
    let mut license = License::new(env!("CARGO_PKG_LICENSE"));
    license.identifier = Some(env!("CARGO_PKG_LICENSE").to_owned());
    info.license = Some(license);
    info
}

fn bearer() -> SecurityScheme {
    SecurityScheme::Http(
        HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The `token` of `POST /api/v1/auth/login`."))
            .build(),
    )
}

fn cookie() -> SecurityScheme {
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
        session_cookie::COOKIE,
        "The cookie of `POST /api/v1/auth/session`, for the console's own page alone: beside the \
         header it takes `Sec-Fetch-Site: same-origin`, or an `Origin` that is this server's, \
         which browsers send by themselves. Programs send a token.",
    )))
}

fn console_header() -> SecurityScheme {
    SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
        session_cookie::CONSOLE_HEADER.as_str(),
        "Any value. Pages of other sites may not send it, so that none uses the cookie.",
    )))
}

/// The headers that a refusal with this status may carry.
fn headers(status: u16) -> &'static [(&'static str, &'static str)] {
    match status {
        401 => &[("WWW-Authenticate", "The way to log in.")],
        429 | 503 => &[("Retry-After", "The seconds after which to try again.")],
        _ => &[],
    }
}

fn header(about: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(String::schema()))
        .description(Some(about))
        .build()
}
