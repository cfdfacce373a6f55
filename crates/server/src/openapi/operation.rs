//! One route of the document.
//!
//! What follows from a route's kind is not written with it: whoever needs a login may be without
//! one, what is named in a path may not be there, and a body may be malformed.

use std::collections::BTreeSet;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, HttpMethod, ObjectBuilder, Ref, RefOr, Required, ResponseBuilder, Schema, Type,
        path::{Operation as Built, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        security::SecurityRequirement,
    },
};

use crate::session_cookie;

/// The name of the way to log in that programs take: a token.
pub(super) const LOGIN: &str = "login";
/// The name of the way to log in that the console takes: a cookie, which counts with [`CONSOLE`].
pub(super) const SESSION: &str = "session";
/// The name of the header that the console's own page sends.
pub(super) const CONSOLE: &str = "console";

/// The name of the response in which a plugin refuses a request.
pub(super) const REFUSED_BY_PLUGIN: &str = "RefusedByPlugin";

const JSON: &str = "application/json";

/// Whom a route is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Everybody,
    /// The console's own page, without a login.
    Console,
    /// Everybody, and more of it with a login.
    Readers,
    Users,
    Moderators,
    Admins,
}

/// A route.
pub(super) struct Operation {
    pub(super) method: HttpMethod,
    pub(super) path: &'static str,
    /// The schemas that its parts refer to, by name.
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
    id: &'static str,
    summary: &'static str,
    whom: For,
    query: Vec<Query>,
    header: Option<(&'static str, &'static str)>,
    body: Option<Body>,
    answers: Vec<Answer>,
    refuses: &'static [u16],
    is_filtered: bool,
}

/// A media type, and what is of it.
type Body = (&'static str, RefOr<Schema>);

/// An answer to a request that succeeded.
struct Answer {
    status: u16,
    about: &'static str,
    body: Option<Body>,
}

/// A parameter of the query.
#[derive(Clone, Copy)]
pub(super) struct Query {
    name: &'static str,
    about: &'static str,
    kind: Kind,
    required: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number { least: u64, most: Option<u64> },
    OneOf(&'static [&'static str]),
}

impl Query {
    pub(super) const fn text(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            kind: Kind::Text,
            required: false,
        }
    }

    pub(super) const fn number(
        name: &'static str,
        (least, most): (u64, u64),
        about: &'static str,
    ) -> Self {
        Self {
            kind: Kind::Number {
                least,
                most: Some(most),
            },
            ..Self::text(name, about)
        }
    }

    /// A number without a greatest one.
    pub(super) const fn at_least(name: &'static str, least: u64, about: &'static str) -> Self {
        Self {
            kind: Kind::Number { least, most: None },
            ..Self::text(name, about)
        }
    }

    pub(super) const fn one_of(
        name: &'static str,
        words: &'static [&'static str],
        about: &'static str,
    ) -> Self {
        Self {
            kind: Kind::OneOf(words),
            ..Self::text(name, about)
        }
    }

    pub(super) const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    fn build(self) -> Parameter {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let schema = match self.kind {
            Kind::Text => text,
            Kind::OneOf(words) => text.enum_values(Some(words.iter().copied())),
            Kind::Number { least, most } => ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(least))
                .maximum(most),
        };
        ParameterBuilder::new()
            .name(self.name)
            .parameter_in(ParameterIn::Query)
            .description(Some(self.about))
            .required(if self.required {
                Required::True
            } else {
                Required::False
            })
            .schema(Some(schema))
            .build()
    }
}

/// Begins a route that reads.
pub(super) fn get(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new(HttpMethod::Get, path, id, summary)
}

/// Begins a route that makes or does something.
pub(super) fn post(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new(HttpMethod::Post, path, id, summary)
}

/// Begins a route that replaces.
pub(super) fn put(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new(HttpMethod::Put, path, id, summary)
}

/// Begins a route that changes a part.
pub(super) fn patch(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new(HttpMethod::Patch, path, id, summary)
}

/// Begins a route that deletes or ends something.
pub(super) fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new(HttpMethod::Delete, path, id, summary)
}

impl Operation {
    fn new(
        method: HttpMethod,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            path,
            schemas: Vec::new(),
            id,
            summary,
            whom: For::Everybody,
            query: Vec::new(),
            header: None,
            body: None,
            answers: Vec::new(),
            refuses: &[],
            is_filtered: false,
        }
    }

    /// Serves the console's own page, before it has logged in.
    pub(super) fn for_the_console(self) -> Self {
        Self {
            whom: For::Console,
            ..self
        }
    }

    /// Serves users alone.
    pub(super) fn for_users(self) -> Self {
        Self {
            whom: For::Users,
            ..self
        }
    }

    /// Serves editors and admins.
    pub(super) fn for_moderators(self) -> Self {
        Self {
            whom: For::Moderators,
            ..self
        }
    }

    /// Serves admins alone.
    pub(super) fn for_admins(self) -> Self {
        Self {
            whom: For::Admins,
            ..self
        }
    }

    /// Serves everybody, and shows more to those who have logged in.
    pub(super) fn for_readers(self) -> Self {
        Self {
            whom: For::Readers,
            ..self
        }
    }

    /// Takes these parameters in the query.
    pub(super) fn query(mut self, parameters: &[Query]) -> Self {
        self.query.extend(parameters);
        self
    }

    /// Takes this header, where it is given.
    pub(super) fn reads_header(mut self, name: &'static str, about: &'static str) -> Self {
        self.header = Some((name, about));
        self
    }

    /// Takes a body of JSON.
    pub(super) fn takes<T: ToSchema>(mut self) -> Self {
        self.body = Some((JSON, self.reference::<T>()));
        self
    }

    /// Takes a tar archive.
    pub(super) fn takes_archive(mut self) -> Self {
        self.body = Some(("application/x-tar", binary()));
        self
    }

    /// Answers with JSON.
    pub(super) fn returns<T: ToSchema>(mut self, status: u16, about: &'static str) -> Self {
        let schema = self.reference::<T>();
        self.answer(status, about, Some((JSON, schema)))
    }

    /// Answers with text.
    pub(super) fn returns_text(self, media_type: &'static str, about: &'static str) -> Self {
        let schema = String::schema();
        self.answer(200, about, Some((media_type, schema)))
    }

    /// Answers with server-sent events.
    pub(super) fn returns_events(self, about: &'static str) -> Self {
        self.returns_text("text/event-stream", about)
    }

    /// Answers with 204 and no body.
    pub(super) fn returns_nothing(self, about: &'static str) -> Self {
        self.answer(204, about, None)
    }

    fn answer(mut self, status: u16, about: &'static str, body: Option<Body>) -> Self {
        self.answers.push(Answer {
            status,
            about,
            body,
        });
        self
    }

    /// May also be refused with these statuses, beside those that follow from the rest.
    pub(super) fn refuses(mut self, statuses: &'static [u16]) -> Self {
        self.refuses = statuses;
        self
    }

    /// Plugins filter what is sent, and may refuse it with a status of their choice.
    pub(super) fn filtered(self) -> Self {
        Self {
            is_filtered: true,
            ..self
        }
    }

    fn reference<T: ToSchema>(&mut self) -> RefOr<Schema> {
        self.schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(&mut self.schemas);
        Ref::from_schema_name(T::name()).into()
    }

    /// Returns the statuses of problems.
    pub(super) fn refusals(&self) -> BTreeSet<u16> {
        // The query may have NUL in it; the server or its database may be in no state to do it.
        let mut statuses = BTreeSet::from([400, 500, 503]);
        statuses.extend(self.refuses);
        if self.path.contains('{') {
            statuses.insert(404);
        }
        // A login may not be enough, and a cookie counts for the console's own page alone.
        if !matches!(self.whom, For::Everybody | For::Console) {
            statuses.extend([401, 403]);
        }
        if self.method != HttpMethod::Get {
            statuses.insert(507);
        }
        if self.body.is_some() {
            statuses.extend([408, 413, 415, 422]);
        }
        statuses
    }

    /// Returns the operation as it stands in the document.
    pub(super) fn build(self, tag: &str) -> Built {
        let logins = self.logins();
        let mut built = OperationBuilder::new()
            .operation_id(Some(self.id))
            .summary(Some(self.summary))
            .tag(tag);
        let names = self.path.split(['{', '}']).skip(1).step_by(2);
        for parameter in names
            .map(segment)
            .chain(self.query.iter().map(|query| query.build()))
            .chain(self.header.map(header))
        {
            built = built.parameter(parameter);
        }
        for status in self.refusals() {
            let (name, _) = refusal(status);
            built = built.response(status.to_string(), Ref::from_response_name(name));
        }
        if self.is_filtered {
            built = built.response("4XX", Ref::from_response_name(REFUSED_BY_PLUGIN));
        }
        for answer in self.answers {
            let mut response = ResponseBuilder::new().description(answer.about);
            if let Some((media_type, schema)) = answer.body {
                response = response.content(media_type, Content::new(Some(schema)));
            }
            built = built.response(answer.status.to_string(), response.build());
        }
        if let Some((media_type, schema)) = self.body {
            let body = RequestBodyBuilder::new()
                .required(Some(Required::True))
                .content(media_type, Content::new(Some(schema)));
            built = built.request_body(Some(body.build()));
        }
        for way in logins {
            built = built.security(way);
        }
        match self.whom {
            For::Moderators => built.description(Some("For editors and admins.")),
            For::Admins => built.description(Some("For admins.")),
            For::Everybody | For::Console | For::Readers | For::Users => built,
        }
        .build()
    }

    /// Returns the ways to log in. One that is empty is none.
    fn logins(&self) -> Vec<SecurityRequirement> {
        let none = SecurityRequirement::default();
        let console = || SecurityRequirement::new(CONSOLE, [""; 0]);
        let mut logins = match self.whom {
            For::Everybody => return vec![none],
            For::Console => return vec![console()],
            For::Readers => vec![none],
            For::Users | For::Moderators | For::Admins => Vec::new(),
        };
        logins.push(SecurityRequirement::new(LOGIN, [""; 0]));
        // A browser sends the cookie to no other path.
        if self.path.starts_with(session_cookie::PATH) {
            logins.push(console().add(SESSION, [""; 0]));
        }
        logins
    }
}

fn binary() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .content_media_type("application/x-tar")
        .into()
}

/// A named segment of a path.
fn segment(name: &str) -> Parameter {
    let about = match name {
        "post" => Some("The post's id. Where posts and comments are read, its slug too."),
        "plugin" => Some("The plugin's id, such as `com.example.seo`."),
        "type" => Some("The type of content: a lower-case name."),
        "job_type" => Some("The cron entry's `job_type`."),
        _ => None,
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(about)
        .schema(Some(String::schema()))
        .build()
}

/// An optional header of a request.
fn header((name, about): (&str, &str)) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(String::schema()))
        .build()
}

/// Returns the name of a refusal with this status, and what it says.
pub(super) fn refusal(status: u16) -> (&'static str, &'static str) {
    match status {
        400 => ("BadRequest", "The body or the query cannot be read."),
        401 => ("Unauthenticated", "There is no login, or it has expired."),
        403 => (
            "Forbidden",
            "It belongs to somebody else, or is for admins.",
        ),
        404 => ("NotFound", "There is nothing here, or it is not public."),
        405 => ("MethodNotAllowed", "The server is configured without this."),
        408 => ("TooSlow", "The body did not arrive in time."),
        409 => (
            "Conflict",
            "Something else is in the way; `detail` says what.",
        ),
        413 => ("TooLarge", "The body is too large."),
        415 => (
            "UnsupportedMediaType",
            "The body is of another type than the route takes.",
        ),
        422 => ("Invalid", "The input is not valid, or a plugin refused it."),
        429 => ("TooMany", "Too many requests of this kind came from there."),
        500 => ("Failed", "The server's fault; its log says why."),
        502 => ("PluginFailed", "A plugin failed."),
        503 => ("Unavailable", "The server cannot do it now: try again."),
        507 => ("Full", "The disk is full, and nothing was written."),
        status => {
            panic!("give the status {status} a name in crates/server/src/openapi/operation.rs")
        }
    }
}
