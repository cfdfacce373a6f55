//! The console: its files, and its login by cookie.

use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{PASSWORD, RequestBuilder, TestServer, problem};

const SESSION: &str = "/api/v1/auth/session";
const ME: &str = "/api/v1/auth/me";
const PLUGINS: &str = "/api/v1/admin/plugins";
/// The header of the console's page.
pub(crate) const HEADER: &str = "x-raisfast-console";

/// A request of the console's own page.
pub(crate) fn ours(server: &TestServer, request: RequestBuilder) -> RequestBuilder {
    request
        .header(HEADER, "1")
        .header("origin", format!("http://{}", server.server.addr()))
        .header("sec-fetch-site", "same-origin")
}

async fn answer(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

/// The cookie of an admin who has logged in, as a browser sends it.
pub(crate) async fn cookie(server: &TestServer) -> String {
    let request = server.post(SESSION);
    let credentials = json!({ "username": "admin", "password": PASSWORD });
    let response = answer(ours(server, request).json(&credentials)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let set = response.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .to_owned();
    let (cookie, attributes) = set.split_once("; ").expect("attributes");
    assert_eq!(attributes, "Path=/api/v1; HttpOnly; SameSite=Strict");
    let body: serde_json::Value = response.json().await.expect("JSON");
    assert_eq!(body["user"]["username"], "admin");
    let token = cookie.split_once('=').expect("a value").1;
    assert!(!body.to_string().contains(token), "the token is in {body}");
    cookie.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consoles_page_is_logged_in_by_its_cookie_until_it_logs_out() {
    let server = TestServer::start().await;
    let cookie = cookie(&server).await;
    let request = |method: Method, path: &str| {
        ours(&server, server.request(method, path)).header("cookie", &cookie)
    };
    for path in [ME, PLUGINS, "/api/v1/posts?status=draft"] {
        let response = answer(request(Method::GET, path)).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
    }
    let written = request(Method::POST, "/api/v1/posts").json(&json!({ "title": "x" }));
    assert_eq!(answer(written).await.status(), 201);

    let ended = answer(request(Method::DELETE, SESSION)).await;
    assert_eq!(ended.status(), 204);
    let taken = ended.headers()["set-cookie"].to_str().unwrap();
    assert!(
        taken.starts_with("raisfast_session=; ") && taken.ends_with("; Max-Age=0"),
        "{taken}"
    );
    problem(answer(request(Method::GET, ME)).await, 401, "logged out").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_alone_opens_nothing_to_another_site() {
    let server = TestServer::start().await;
    let cookie = cookie(&server).await;
    let origin = format!("http://{}", server.server.addr());
    let other = "https://evil.example";
    // Headers that a browser sends for a page of another site, or for none.
    let cases: &[&[(&str, &str)]] = &[
        &[],
        &[("origin", &origin), ("sec-fetch-site", "same-origin")],
        &[(HEADER, "1"), ("origin", other)],
        &[(HEADER, "1"), ("origin", "null")],
        &[
            (HEADER, "1"),
            ("origin", &origin),
            ("sec-fetch-site", "cross-site"),
        ],
        &[
            (HEADER, "1"),
            ("origin", &origin),
            ("sec-fetch-site", "same-site"),
        ],
        &[(HEADER, "1"), ("sec-fetch-site", "none")],
    ];
    for headers in cases {
        let with = |mut request: RequestBuilder| {
            for (name, value) in *headers {
                request = request.header(*name, *value);
            }
            request.header("cookie", &cookie)
        };
        let about = format!("{headers:?}");
        for (method, path) in [
            (Method::GET, ME),
            (Method::GET, PLUGINS),
            (Method::GET, "/api/v1/events"),
            (Method::GET, "/api/v1/posts?status=draft"),
            (Method::DELETE, SESSION),
            (Method::POST, "/api/v1/posts"),
            (Method::POST, "/api/v1/admin/outbox/retry"),
            (Method::DELETE, "/api/v1/auth/tokens"),
        ] {
            let response = answer(with(server.request(method.clone(), path))).await;
            problem(response, 403, &format!("{method} {path} with {about}")).await;
        }
        // What is public is so for everybody.
        let public = answer(with(server.get("/api/v1/posts"))).await;
        assert_eq!(public.status(), 200, "{about}");
        assert!(!public.headers().contains_key("server-timing"), "{about}");
    }
    // It has ended nothing.
    let still = ours(&server, server.get(ME)).header("cookie", &cookie);
    assert_eq!(answer(still).await.status(), 200);
    // Without an origin a read may pass, and a change may not.
    let bare = |method, path| {
        server
            .request(method, path)
            .header(HEADER, "1")
            .header("cookie", &cookie)
    };
    assert_eq!(answer(bare(Method::GET, ME)).await.status(), 200);
    problem(
        answer(bare(Method::DELETE, SESSION)).await,
        403,
        "no origin",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_site_logs_a_browser_in() {
    let server = TestServer::start().await;
    let credentials = json!({ "username": "admin", "password": PASSWORD });
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let request = server.post(SESSION).header(HEADER, "1").header(name, value);
        let refused = answer(request.json(&credentials)).await;
        assert!(!refused.headers().contains_key("set-cookie"), "{name}");
        problem(refused, 403, name).await;
    }
    let bare = answer(server.post(SESSION).json(&credentials)).await;
    problem(bare, 403, "no header").await;
    let wrong = json!({ "username": "admin", "password": "wrong" });
    let wrong = answer(ours(&server, server.post(SESSION)).json(&wrong)).await;
    assert!(!wrong.headers().contains_key("set-cookie"));
    problem(wrong, 401, "a wrong password").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_its_own_header_counts_wherever_it_comes_from() {
    let server = TestServer::start().await;
    let (admin, cookie) = (server.author("ann").await, cookie(&server).await);
    let request = server
        .get(ME)
        .bearer_auth(&admin)
        .header("origin", "https://evil.example");
    assert_eq!(answer(request).await.status(), 200);
    // And is stronger than a cookie beside it.
    let both = ours(&server, server.get(ME))
        .bearer_auth(&admin)
        .header("cookie", &cookie);
    let who: serde_json::Value = answer(both).await.json().await.expect("JSON");
    assert_eq!(who["username"], "ann");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_speaks_tls_gets_a_cookie_for_tls_alone() {
    let server = TestServer::start().await;
    let credentials = json!({ "username": "admin", "password": PASSWORD });
    let request = server
        .post(SESSION)
        .header(HEADER, "1")
        .header("host", "example.com")
        .header("origin", "https://example.com")
        .json(&credentials);
    let response = answer(request).await;
    let set = response.headers()["set-cookie"].to_str().unwrap();
    assert!(
        set.ends_with("; HttpOnly; SameSite=Strict; Secure"),
        "{set}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_there_or_says_how_to_get_it() {
    let server = TestServer::start().await;
    for path in ["/admin", "/admin/", "/admin/plugins/com.example.seo"] {
        let response = answer(server.get(path)).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        let policy = header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        if raisfast_console::page().is_some() {
            assert_eq!(response.status(), 200, "{path}");
            assert_eq!(header("content-type"), "text/html; charset=utf-8", "{path}");
            assert_eq!(header("cache-control"), "no-cache", "{path}");
            assert!(
                policy.starts_with("default-src 'self';"),
                "{path}: {policy}"
            );
        } else {
            assert_eq!(response.status(), 404, "{path}");
            assert_eq!(
                header("content-type"),
                "text/plain; charset=utf-8",
                "{path}"
            );
            let text = response.text().await.expect("text");
            assert!(text.contains("cargo xtask console"), "{text}");
        }
    }
    for path in ["/admin/assets/gone.js", "/admin/gone.svg"] {
        problem(answer(server.get(path)).await, 404, path).await;
    }
    let post = answer(server.post("/admin/")).await;
    assert_eq!(post.headers()["allow"], "GET, HEAD");
    problem(post, 405, "POST").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_console_there_is_no_login_by_cookie() {
    let server = TestServer::start().await;
    let cookie = cookie(&server).await;
    let server = TestServer::configured(|config| config.console.enabled = false).await;
    for path in ["/admin", "/admin/", "/admin/plugins"] {
        let off = problem(answer(server.get(path)).await, 404, path).await;
        assert!(
            off["detail"].as_str().unwrap().contains("console.enabled"),
            "{off}"
        );
    }
    let read = ours(&server, server.get(ME)).header("cookie", &cookie);
    problem(answer(read).await, 401, "the cookie").await;
    let credentials = json!({ "username": "admin", "password": PASSWORD });
    let login = ours(&server, server.post(SESSION)).json(&credentials);
    problem(answer(login).await, 405, "the login").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_asks_for_is_known_before_it_is_installed() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    let given = tempfile::TempDir::new().unwrap();
    let manifest = "[plugin]\nid = \"com.example.quiet\"\nname = \"Quiet\"\nversion = \"1.2.0\"\n\
         [hooks.filter-html]\non_error = \"abort\"\ntimeout_ms = 250\n\
         [permissions]\nhttp = [\"https://api.example.com\"]\nmax_memory_mb = 1024\n[limits]\nkv_keys = 7\n\
         [[settings]]\nkey = \"api_key\"\nlabel = \"API key\"\ntype = \"secret\"\nrequired = true\n\
         [[settings]]\nkey = \"tone\"\nlabel = \"Tone\"\ntype = \"string\"\ndefault = \"dry\"";
    let filter = wat::parse_str(include_str!("../../../../tests/guests/component.wat")).unwrap();
    std::fs::write(given.path().join("manifest.toml"), manifest).unwrap();
    std::fs::write(given.path().join("plugin.wasm"), &filter).unwrap();
    let send = async |archive: Vec<u8>| {
        let request = server
            .post("/api/v1/admin/plugins/check")
            .bearer_auth(&token);
        answer(
            request
                .header("content-type", "application/x-tar")
                .body(archive),
        )
        .await
    };

    let response = send(raisfast_plugins::pack(given.path()).unwrap()).await;
    assert_eq!(response.status(), 200);
    let terms: serde_json::Value = response.json().await.expect("JSON");
    assert_eq!(terms["id"], "com.example.quiet");
    assert_eq!(terms["version"], "1.2.0");
    assert_eq!(terms["replaces"], serde_json::Value::Null);
    assert_eq!(
        terms["permissions"]["http"],
        json!(["https://api.example.com"])
    );
    let hook =
        json!({ "hook": "filter-html", "priority": 100, "timeout_ms": 250, "on_error": "abort" });
    assert_eq!(terms["hooks"], json!([hook]));
    assert_eq!(terms["limits"]["kv_keys"], 7);
    assert_eq!(terms["max_memory"], 256 << 20, "no more than the ceiling");
    assert_eq!(terms["exceeded"].as_array().unwrap().len(), 1, "{terms}");

    let settings = terms["settings"].as_array().unwrap().iter();
    assert_eq!(
        settings
            .map(|setting| (&setting["key"], &setting["type"], &setting["is_set"]))
            .collect::<Vec<_>>(),
        [
            (&json!("api_key"), &json!("secret"), &json!(false)),
            (&json!("tone"), &json!("string"), &json!(true)),
        ]
    );
    let needs = terms["needs_settings"].as_array().unwrap();
    assert_eq!(needs.len(), 1, "{terms}");
    assert_eq!(needs[0]["key"], "api_key");

    // Nothing is installed, and nothing is left.
    assert!(server.server.plugins().list().is_empty());
    let left = std::fs::read_dir(server.plugin_dir()).unwrap().count();
    assert_eq!(left, 0);

    std::fs::write(given.path().join("plugin.wasm"), "no wasm").unwrap();
    let refused = send(raisfast_plugins::pack(given.path()).unwrap()).await;
    problem(refused, 422, "no wasm").await;
    problem(send(b"no archive".to_vec()).await, 422, "no archive").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_all_plugins_is_one_stream() {
    use raisfast_host_api::capability::{Level, Log, LogRecord};
    let server = TestServer::start().await;
    let write = |plugin: &str, level, message| {
        server.server.plugin_log().record(LogRecord {
            plugin: &plugin.parse().unwrap(),
            hook: None,
            call: None,
            level,
            message,
            limits: &[],
        });
    };
    write("com.example.one", Level::Info, "left out");
    write("com.example.one", Level::Warn, "before");
    let request = server
        .get("/api/v1/admin/logs/stream?level=warn")
        .bearer_auth(server.admin().await);
    let mut stream = answer(request).await;
    assert_eq!(stream.status(), 200);
    write("com.example.two", Level::Error, "after");
    let mut read = String::new();
    while !read.contains("after") {
        let chunk = stream.chunk().await.expect("a chunk").expect("more");
        read.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(read.find("before") < read.find("after"), "{read}");
    assert!(!read.contains("left out"), "{read}");

    let wrong = server
        .get("/api/v1/admin/logs/stream?level=loud")
        .bearer_auth(server.admin().await);
    problem(answer(wrong).await, 400, "no level").await;
}
