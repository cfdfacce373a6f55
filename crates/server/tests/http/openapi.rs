//! The OpenAPI document: it is one, it is served, and each operation succeeds as it says.
//!
//! That every answer of every other test fits it is the work of [`crate::documented`].

use std::collections::BTreeSet;

use raisfast_plugins::pack;
use raisfast_test_documented::missing_route;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    console,
    documented::document,
    routes::{ROUTES, Who, filled},
    support::{PASSWORD, TestServer, send},
};

/// The OpenAPI Initiative's JSON Schema of OpenAPI 3.1
/// (<https://spec.openapis.org/oas/3.1/schema/2022-10-07>, Apache-2.0).
const OPENAPI: &str = include_str!("openapi-3.1.schema.json");

/// A component that imports and exports nothing.
const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

const MANIFEST: &str = "[plugin]\nid = 'com.example.quiet'\nname = 'Quiet'\nversion = '1.2.3'\nruntime = 'wasm'\nentry = 'plugin.wasm'\n";

/// Operations whose success needs a plugin that does something, or a listener: the end-to-end tests
/// have these.
const ELSEWHERE: &[&str] = &[
    // `console` has the sessions.
    "POST /api/v1/auth/session",
    "DELETE /api/v1/auth/session",
    "POST /api/v1/admin/plugins/check",
    "GET /api/v1/admin/outbox/{delivery}",
    "DELETE /api/v1/admin/outbox/{delivery}",
    "POST /api/v1/admin/outbox/{delivery}/retry",
    "POST /api/v1/admin/cron/{plugin}/{job_type}",
    "POST /api/v1/admin/plugins/{plugin}/shadow",
    "DELETE /api/v1/admin/plugins/{plugin}/shadow",
    "POST /api/v1/admin/plugins/{plugin}/promote",
    "POST /api/v1/admin/plugins/{plugin}/rollback",
    "GET /api/v1/admin/plugins/{plugin}/recording",
    "GET /api/v1/admin/plugins/{plugin}/settings",
    "PUT /api/v1/admin/plugins/{plugin}/settings",
];

#[test]
fn the_document_is_openapi() {
    let schema: Value = serde_json::from_str(OPENAPI).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(&document().json)
        .map(|error| format!("{}: {error}", error.instance_path().as_str()))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    let broken = json!({ "openapi": "3.1.0", "info": { "title": "x" }, "paths": {} });
    assert!(!validator.is_valid(&broken), "the schema says something");
}

/// These are rules of the text, which the schema of OpenAPI cannot have.
#[test]
fn its_references_lead_somewhere_and_its_ids_are_unique() {
    fn collect<'a>(json: &'a Value, references: &mut Vec<&'a str>) {
        match json {
            Value::Object(members) => {
                references.extend(members.get("$ref").and_then(Value::as_str));
                members
                    .values()
                    .for_each(|member| collect(member, references));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
            _ => {}
        }
    }
    let document = document();
    let mut references = Vec::new();
    collect(&document.json, &mut references);
    assert!(references.len() > 100, "{references:?}");
    for reference in &references {
        let pointer = reference.strip_prefix('#').expect("of this document");
        assert!(document.json.pointer(pointer).is_some(), "{reference}");
    }
    for kind in ["schemas", "responses"] {
        for name in document.json["components"][kind]
            .as_object()
            .unwrap()
            .keys()
        {
            let used = format!("#/components/{kind}/{name}");
            assert!(references.contains(&used.as_str()), "{used} is not used");
        }
    }
    let mut ids = BTreeSet::new();
    for (method, path, operation) in document.operations() {
        let id = operation["operationId"].as_str().expect("an id");
        assert!(ids.insert(id), "{id} is there twice: {method} {path}");
        let names: BTreeSet<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = operation["parameters"].as_array();
        let in_path: BTreeSet<&str> = parameters
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().expect("a name"))
            .collect();
        assert_eq!(names, in_path, "{method} {path}");
    }
}

#[test]
fn it_has_every_route_and_no_other() {
    let document = document();
    let documented: BTreeSet<String> = document
        .operations()
        .map(|(method, path, _)| format!("{method} {}", filled(path)))
        .collect();
    let mut served = BTreeSet::new();
    for &(method, path, who) in ROUTES {
        let route = format!("{method} {}", filled(path));
        assert!(
            documented.contains(&route),
            "{}",
            missing_route(method, path)
        );
        let (.., operation) = document
            .operations()
            .find(|(of, template, _)| format!("{of} {}", filled(template)) == route)
            .expect("it is documented");
        let refusals = &operation["responses"];
        let (needs_login, needs_admin) = (
            // A way without a login has neither a token nor a cookie.
            ways_to_log_in(operation)
                .iter()
                .all(|way| way.get("login").is_some() || way.get("session").is_some()),
            refusals.get("403").is_some()
                && [json!("For admins."), json!("For editors and admins.")]
                    .contains(&operation["description"]),
        );
        assert_eq!(
            (needs_login, needs_admin),
            (who != Who::Anybody, matches!(who, Who::Admin | Who::Editor)),
            "{route}: `.for_users()`, `.for_moderators()`, `.for_admins()` or none in crates/server/src/openapi/routes"
        );
        served.insert(route);
    }
    let gone: Vec<_> = documented.difference(&served).collect();
    assert!(
        gone.is_empty(),
        "crates/server/src/openapi/routes has what `ROUTES` in \
         crates/server/tests/http/routes.rs does not: {gone:?}"
    );
}

fn ways_to_log_in(operation: &Value) -> &[Value] {
    operation["security"].as_array().expect("a list")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consoles_cookie_counts_where_it_says_so() {
    let server = TestServer::start().await;
    let mut cookie = console::cookie(&server).await;
    let schemes = &document().json["components"]["securitySchemes"];
    assert_eq!(schemes["session"]["in"], "cookie");
    let name = schemes["session"]["name"].as_str().expect("a name");
    assert!(cookie.starts_with(&format!("{name}=")), "{cookie}");
    assert_eq!(schemes["console"]["in"], "header");
    let header = schemes["console"]["name"].as_str().expect("a name");
    assert_eq!(header, console::HEADER);

    let by_cookie = json!({ "session": [], "console": [] });
    let mut counted = 0;
    for (method, path, operation) in document().operations() {
        let ways = ways_to_log_in(operation);
        if ways
            .iter()
            .any(|way| way.get("login").is_none() && way != &by_cookie)
        {
            // It serves strangers too.
            continue;
        }
        let path = filled(path);
        let request = server.request(method.parse().expect("a method"), &path);
        let request = console::ours(&server, request).header("cookie", &cookie);
        let status = request.send().await.expect("an answer").status();
        let is_documented = ways.contains(&by_cookie);
        assert_eq!(is_documented, status != 401, "{method} {path}: {status}");
        counted += usize::from(is_documented);
        // Some of them have ended the login.
        if path.starts_with("/api/v1/auth/") {
            cookie = console::cookie(&server).await;
        }
    }
    assert!(counted > 40, "{counted} operations take the cookie");
    let readers = ways_to_log_in(&document().json["paths"]["/api/v1/posts"]["get"]);
    assert!(readers.contains(&by_cookie) && readers.contains(&json!({})));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_served_to_everybody() {
    let server = TestServer::start().await;
    let response = server.get("/api/v1/openapi.json").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer, document().json);
    assert_eq!(answer["openapi"], "3.1.0");
    assert_eq!(answer["info"]["version"], env!("CARGO_PKG_VERSION"));
}

/// Requests that succeed, in an order in which they can.
struct Successes {
    server: TestServer,
    token: String,
    done: BTreeSet<String>,
}

impl Successes {
    /// Sends a request to the operation of this template, and returns the answer.
    async fn of(&mut self, operation: &str, place: &str, body: Option<Value>) -> Value {
        let (method, _) = operation.split_once(' ').expect("a method and a template");
        let method = method.parse().expect("a method");
        let mut request = self.server.request(method, place).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let (status, answer) = send(request).await;
        assert!(status < 300, "{operation}: {status}: {answer}");
        self.done.insert(operation.to_owned());
        answer
    }

    /// Those of this template that take no body.
    async fn all_of(&mut self, methods: &[&str], template: &str, place: &str) {
        for method in methods {
            self.of(&format!("{method} {template}"), place, None).await;
        }
    }
}

fn id(answer: &Value) -> &str {
    answer["id"].as_str().expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_succeeds_as_it_says() {
    let server =
        TestServer::with_plugins(&[("other", MANIFEST, EMPTY), ("quiet", MANIFEST, EMPTY)]).await;
    let token = server.admin().await;
    let mut tried = Successes {
        server,
        token,
        done: BTreeSet::new(),
    };
    posts_and_comments(&mut tried).await;
    moderation(&mut tried).await;
    typed_content(&mut tried).await;
    accounts(&mut tried).await;
    plugins(&mut tried).await;
    the_server(&mut tried).await;

    let documented: BTreeSet<String> = document()
        .operations()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    let untried: Vec<_> = documented
        .iter()
        .filter(|operation| !tried.done.contains(*operation))
        .map(String::as_str)
        .collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().copied().collect();
    assert_eq!(
        untried.into_iter().collect::<BTreeSet<_>>(),
        elsewhere,
        "add a request that succeeds to {}, or the operation to `ELSEWHERE` there",
        file!()
    );
}

async fn posts_and_comments(tried: &mut Successes) {
    let post = json!({
        "title": "A", "content": "B", "slug": "a", "excerpt": "C", "category_id": "d",
        "tag_ids": ["e"], "status": "published", "cover_image": "/f.png",
    });
    let post = tried
        .of("POST /api/v1/posts", "/api/v1/posts", Some(post))
        .await;
    let one = format!("/api/v1/posts/{}", id(&post));
    tried
        .all_of(&["GET"], "/api/v1/posts", "/api/v1/posts?limit=1")
        .await;
    tried
        .all_of(&["GET"], "/api/v1/posts/{post}", "/api/v1/posts/a")
        .await;
    let cleared =
        json!({ "excerpt": null, "category_id": null, "tag_ids": null, "cover_image": null });
    tried
        .of("PATCH /api/v1/posts/{post}", &one, Some(cleared))
        .await;
    let replacement = json!({ "title": "A", "excerpt": null, "slug": null, "status": null });
    tried
        .of("PUT /api/v1/posts/{post}", &one, Some(replacement))
        .await;
    tried
        .all_of(
            &["GET"],
            "/api/v1/posts/{post}/provenance",
            &format!("{one}/provenance"),
        )
        .await;

    let comments = "/api/v1/posts/{post}/comments";
    let comment =
        json!({ "content": "A", "nickname": "B", "email": "c@example.com", "parent_id": null });
    let comment = tried
        .of(
            &format!("POST {comments}"),
            "/api/v1/posts/a/comments",
            Some(comment),
        )
        .await;
    let answer = json!({ "content": "D", "parent_id": id(&comment) });
    tried
        .of(
            &format!("POST {comments}"),
            "/api/v1/posts/a/comments",
            Some(answer),
        )
        .await;
    tried
        .all_of(&["GET"], comments, "/api/v1/posts/a/comments")
        .await;
    let place = format!("/api/v1/comments/{}", id(&comment));
    let cleared = json!({ "content": "E", "nickname": null, "email": null });
    tried
        .of("PATCH /api/v1/comments/{comment}", &place, Some(cleared))
        .await;
    let provenance = format!("{place}/provenance");
    tried
        .all_of(
            &["GET"],
            "/api/v1/comments/{comment}/provenance",
            &provenance,
        )
        .await;
    tried
        .all_of(&["DELETE"], "/api/v1/comments/{comment}", &place)
        .await;
    tried
        .all_of(&["DELETE"], "/api/v1/posts/{post}", &one)
        .await;
}

async fn moderation(tried: &mut Successes) {
    let comments = "/api/v1/comments";
    tried.all_of(&["GET"], comments, comments).await;
    let spam = format!("{comments}?status=spam");
    tried.all_of(&["DELETE"], comments, &spam).await;
}

async fn typed_content(tried: &mut Successes) {
    let list = "/api/v1/content/{type}";
    let types = "/api/v1/content";
    let data = json!({ "a": 1e300, "b": [null, true], "c": { "d": "e" } });
    let stored = tried
        .of(&format!("POST {list}"), "/api/v1/content/x", Some(data))
        .await;
    let place = format!("/api/v1/content/x/{}", id(&stored));
    tried.all_of(&["GET"], types, types).await;
    let found = "/api/v1/content/x?text=e";
    tried.all_of(&["GET"], list, found).await;
    for method in ["PUT", "PATCH"] {
        let operation = format!("{method} {list}/{{id}}");
        tried
            .of(&operation, &place, Some(json!({ "a": 2, "f": null })))
            .await;
    }
    tried
        .all_of(
            &["GET"],
            "/api/v1/content/{type}/{id}/provenance",
            &format!("{place}/provenance"),
        )
        .await;
    tried
        .all_of(&["GET", "DELETE"], "/api/v1/content/{type}/{id}", &place)
        .await;
}

async fn accounts(tried: &mut Successes) {
    let users = "/api/v1/admin/users";
    for new in [
        json!({ "username": "ann" }),
        json!({ "username": "ben", "password": PASSWORD, "role": "admin" }),
    ] {
        tried.of(&format!("POST {users}"), users, Some(new)).await;
    }
    let ann = "/api/v1/admin/users/{username}";
    for new in [json!({}), json!({ "password": PASSWORD })] {
        let place = "/api/v1/admin/users/ann/password";
        tried
            .of(&format!("PUT {ann}/password"), place, Some(new))
            .await;
    }
    tried
        .all_of(
            &["POST"],
            &format!("{ann}/disable"),
            "/api/v1/admin/users/ann/disable",
        )
        .await;
    tried.all_of(&["GET"], users, users).await;
    tried
        .all_of(
            &["POST"],
            &format!("{ann}/enable"),
            "/api/v1/admin/users/ann/enable",
        )
        .await;

    let role = json!({ "role": "editor" });
    let one = "/api/v1/admin/users/ann";
    tried.of(&format!("PATCH {ann}"), one, Some(role)).await;
    tried.all_of(&["GET", "DELETE"], ann, one).await;
    tried
        .all_of(&["GET"], "/api/v1/auth/me", "/api/v1/auth/me")
        .await;
    let same = json!({ "current_password": PASSWORD, "new_password": PASSWORD });
    tried
        .of(
            "PUT /api/v1/auth/password",
            "/api/v1/auth/password",
            Some(same),
        )
        .await;

    let credentials = json!({ "username": "admin", "password": PASSWORD });
    for (operation, place) in [
        ("POST /api/v1/auth/logout", "/api/v1/auth/logout"),
        ("DELETE /api/v1/auth/tokens", "/api/v1/auth/tokens"),
    ] {
        tried.of(operation, place, None).await;
        let login = "POST /api/v1/auth/login";
        let token = tried
            .of(login, "/api/v1/auth/login", Some(credentials.clone()))
            .await;
        let token = token["token"].as_str().expect("a token");
        token.clone_into(&mut tried.token);
    }
}

async fn plugins(tried: &mut Successes) {
    let (list, one) = ("/api/v1/admin/plugins", "/api/v1/admin/plugins/{plugin}");
    let quiet = "/api/v1/admin/plugins/com.example.quiet";
    tried.all_of(&["GET"], list, list).await;
    tried.all_of(&["GET"], one, quiet).await;
    tried
        .all_of(&["GET"], "/api/v1/admin/figures", "/api/v1/admin/figures")
        .await;
    for part in ["logs", "failures", "figures", "releases", "storage"] {
        tried
            .all_of(
                &["GET"],
                &format!("{one}/{part}"),
                &format!("{quiet}/{part}"),
            )
            .await;
    }
    for part in ["disable", "enable", "reload", "reset"] {
        tried
            .all_of(
                &["POST"],
                &format!("{one}/{part}"),
                &format!("{quiet}/{part}"),
            )
            .await;
    }
    let adopt = format!("{quiet}/adopt?folder=quiet");
    tried
        .all_of(&["POST"], &format!("{one}/adopt"), &adopt)
        .await;
    tried.all_of(&["DELETE"], one, quiet).await;
    let removed = "/api/v1/admin/plugins/removed";
    tried.all_of(&["GET"], removed, removed).await;

    let folder = TempDir::new().expect("a temporary folder");
    let manifest = MANIFEST.replace("com.example.quiet", "com.example.second");
    std::fs::write(folder.path().join("manifest.toml"), manifest).expect("a file");
    std::fs::write(folder.path().join("plugin.wasm"), EMPTY).expect("a file");
    let archive = pack(folder.path()).expect("an archive");
    for _ in 0..2 {
        let install = tried.server.post(list).bearer_auth(&tried.token);
        let install = install.header("content-type", "application/x-tar");
        let (status, installed) = send(install.body(archive.clone())).await;
        assert!(status < 300, "{installed}");
    }
    tried.done.insert(format!("POST {list}"));

    let outbox = "/api/v1/admin/outbox";
    tried.all_of(&["GET"], outbox, outbox).await;
    let discard = format!("{outbox}?plugin=com.example.quiet&state=dead");
    tried.all_of(&["DELETE"], outbox, &discard).await;
    let retry = format!("{outbox}/retry");
    tried.all_of(&["POST"], &retry, &retry).await;
}

async fn the_server(tried: &mut Successes) {
    tried
        .all_of(&["GET"], "/api/v1/openapi.json", "/api/v1/openapi.json")
        .await;
    for (template, place) in [
        ("/healthz", "/healthz"),
        ("/readyz", "/readyz"),
        ("/metrics", "/metrics"),
        ("/api/v1/events", "/api/v1/events"),
        ("/api/v1/admin/nodes", "/api/v1/admin/nodes"),
        ("/api/v1/admin/logs/stream", "/api/v1/admin/logs/stream"),
        (
            "/api/v1/admin/plugins/{plugin}/logs/stream",
            "/api/v1/admin/plugins/com.example.second/logs/stream",
        ),
        (
            "/api/v1/admin/plugins/{plugin}/changes/stream",
            "/api/v1/admin/plugins/com.example.second/changes/stream",
        ),
    ] {
        let request = tried.server.get(place).bearer_auth(&tried.token);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{place}");
        tried.done.insert(format!("GET {template}"));
    }
}
