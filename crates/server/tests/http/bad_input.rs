//! What clients get wrong, each with the status and the pointer that tell them so.

use reqwest::{Method, RequestBuilder, header};
use serde_json::json;

use crate::support::{TestServer, problem};

/// One bad request to a route that takes posts, comments, content or credentials.
struct Bad {
    method: Method,
    path: &'static str,
    body: &'static str,
    status: u16,
    pointer: Option<&'static str>,
    /// Part of the detail.
    says: &'static str,
}

fn bad(
    method: &str,
    path: &'static str,
    body: &'static str,
    status: u16,
    pointer: impl Into<Option<&'static str>>,
    says: &'static str,
) -> Bad {
    Bad {
        method: method.parse().expect("a method"),
        path,
        body,
        status,
        pointer: pointer.into(),
        says,
    }
}

fn bad_requests() -> Vec<Bad> {
    let posts = "/api/v1/posts";
    let comments = "/api/v1/posts/hello/comments";
    let content = "/api/v1/content/recipe";
    let login = "/api/v1/auth/login";
    vec![
        // Not JSON: 400 with the position.
        bad("POST", posts, "", 400, None, "line 1 column 0"),
        bad("POST", posts, "{", 400, None, "line 1 column 1"),
        bad("POST", posts, "title=x", 400, None, "line 1 column"),
        bad(
            "POST",
            posts,
            "{\"title\": 'x'}",
            400,
            None,
            "line 1 column 11",
        ),
        bad(
            "POST",
            posts,
            "{\"title\":\"x\",\n}",
            400,
            None,
            "line 2 column 1",
        ),
        bad("POST", posts, "{\"title\":\"x\"}{}", 400, None, "trailing"),
        bad(
            "POST",
            posts,
            "{\"title\":\"\\ud800\"}",
            400,
            None,
            "line 1 column 17",
        ),
        bad("POST", content, "{\"a\":NaN}", 400, None, "line 1 column"),
        bad("POST", login, "[", 400, None, "line 1 column 1"),
        // JSON, but not what the route takes: 422 with the field.
        bad("POST", posts, "{}", 422, "/title", "missing field"),
        bad("POST", posts, "[]", 422, "", "expected"),
        bad("POST", posts, "null", 422, "", "expected"),
        bad("POST", posts, "\"x\"", 422, "", "expected"),
        bad(
            "POST",
            posts,
            r#"{"title":1}"#,
            422,
            "/title",
            "expected a string",
        ),
        bad(
            "POST",
            posts,
            r#"{"title":null}"#,
            422,
            "/title",
            "expected a string",
        ),
        bad(
            "POST",
            posts,
            r#"{"title":"x","content":[]}"#,
            422,
            "/content",
            "expected a string",
        ),
        bad(
            "POST",
            posts,
            r#"{"title":"x","tag_ids":"a"}"#,
            422,
            "/tag_ids",
            "expected a sequence",
        ),
        bad(
            "POST",
            posts,
            r#"{"title":"x","tag_ids":["a",1]}"#,
            422,
            "/tag_ids/1",
            "expected a string",
        ),
        bad(
            "POST",
            posts,
            r#"{"title":"x","tagIds":[]}"#,
            422,
            "/tagIds",
            "unknown field",
        ),
        bad(
            "POST",
            posts,
            r#"{"title":"x","id":"1"}"#,
            422,
            "/id",
            "unknown field",
        ),
        bad(
            "POST",
            posts,
            r#"{"title":"x","title":"y"}"#,
            422,
            "/title",
            "duplicate field",
        ),
        bad("POST", posts, r#"{"title":""}"#, 422, "/title", ""),
        bad(
            "POST",
            posts,
            r#"{"title":"x","status":"secret"}"#,
            422,
            "/status",
            "draft",
        ),
        bad(
            "POST",
            posts,
            r#"{"title":"x","slug":"../etc"}"#,
            422,
            "/slug",
            "",
        ),
        bad(
            "PUT",
            "/api/v1/posts/00000000-0000-7000-8000-000000000000",
            r#"{"title":7}"#,
            422,
            "/title",
            "string",
        ),
        bad("POST", comments, "{}", 422, "/content", "missing field"),
        bad("POST", comments, r#"{"content":""}"#, 422, "/content", ""),
        bad(
            "POST",
            comments,
            r#"{"content":"x","email":"nobody"}"#,
            422,
            "/email",
            "",
        ),
        bad(
            "POST",
            comments,
            r#"{"content":"x","parent_id":5}"#,
            422,
            "/parent_id",
            "expected a string",
        ),
        bad(
            "POST",
            comments,
            r#"{"content":"x","admin":true}"#,
            422,
            "/admin",
            "unknown field",
        ),
        bad("POST", content, "[1,2]", 422, "", "expected a"),
        bad("POST", content, "7", 422, "", "expected a"),
        bad(
            "POST",
            login,
            r#"{"username":"admin"}"#,
            422,
            "/password",
            "missing field",
        ),
        bad(
            "POST",
            login,
            r#"{"username":"admin","password":1}"#,
            422,
            "/password",
            "expected a string",
        ),
        bad(
            "POST",
            login,
            r#"{"username":"a","password":"b","otp":"c"}"#,
            422,
            "/otp",
            "unknown field",
        ),
        // Not there.
        bad("GET", "/api/v1/posts/nothing-here", "", 404, None, ""),
        bad(
            "GET",
            "/api/v1/posts/nothing-here/comments",
            "",
            404,
            None,
            "",
        ),
        bad(
            "POST",
            "/api/v1/posts/nothing-here/comments",
            r#"{"content":"x"}"#,
            404,
            None,
            "",
        ),
        bad(
            "PUT",
            "/api/v1/posts/nothing-here",
            r#"{"title":"x"}"#,
            404,
            None,
            "",
        ),
        bad("DELETE", "/api/v1/posts/nothing-here", "", 404, None, ""),
        bad(
            "GET",
            "/api/v1/content/recipe/nothing-here",
            "",
            404,
            None,
            "",
        ),
        bad(
            "DELETE",
            "/api/v1/content/recipe/nothing-here",
            "",
            404,
            None,
            "",
        ),
        bad("GET", "/api/v1/nothing", "", 404, None, "/api/v1/nothing"),
        bad("GET", "/", "", 404, None, "/api/v1"),
        bad("GET", "/api/v2/posts", "", 404, None, "/api/v2/posts"),
        bad("GET", "/api/v1/posts/", "", 404, None, ""),
        // Not a name, not a query, not text.
        bad(
            "POST",
            "/api/v1/content/Recipe",
            "{}",
            422,
            "",
            "content type",
        ),
        bad("GET", "/api/v1/posts/%ff", "", 400, None, "UTF-8"),
        bad(
            "GET",
            "/api/v1/posts?limit=0",
            "",
            422,
            "/limit",
            "1 to 100",
        ),
        bad(
            "GET",
            "/api/v1/posts?limit=101",
            "",
            422,
            "/limit",
            "1 to 100",
        ),
        bad("GET", "/api/v1/posts?limit=many", "", 400, None, "limit"),
        bad("GET", "/api/v1/posts?limit=-1", "", 400, None, "limit"),
        bad("GET", "/api/v1/posts?page=2", "", 400, None, "page"),
        bad(
            "GET",
            "/api/v1/posts?cursor=x",
            "",
            422,
            "/cursor",
            "cursor",
        ),
        // Not a method of the route.
        bad("DELETE", posts, "", 405, None, "Allow"),
        bad("PATCH", "/api/v1/posts/hello", "", 405, None, "Allow"),
        bad("GET", login, "", 405, None, "Allow"),
        bad("POST", "/healthz", "", 405, None, "Allow"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_is_answered_with_its_status_and_place() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    assert_eq!(server.publish(&token, "Hello").await["slug"], "hello");

    for bad in bad_requests() {
        let about = format!("{} {} {}", bad.method, bad.path, bad.body);
        let mut request = server.request(bad.method, bad.path).bearer_auth(&token);
        if !bad.body.is_empty() || bad.status == 400 {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(bad.body);
        }
        let problem = problem(request.send().await.expect("an answer"), bad.status, &about).await;
        let pointer = problem
            .get("pointer")
            .map(|pointer| pointer.as_str().expect("text"));
        assert_eq!(pointer, bad.pointer, "{about}: {problem}");
        if let Some(pointer) = bad.pointer {
            assert_eq!(
                problem["errors"][0]["pointer"], pointer,
                "{about}: {problem}"
            );
        }
        let detail = problem["detail"].as_str().expect("text");
        assert!(detail.contains(bad.says), "{about}: {detail}");
    }
}

async fn refused(request: RequestBuilder, status: u16, about: &str) {
    problem(request.send().await.expect("an answer"), status, about).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_called_json_is_refused() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    let post = || {
        server
            .post("/api/v1/posts")
            .bearer_auth(&token)
            .body(r#"{"title":"x"}"#)
    };

    refused(post(), 415, "no content type").await;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonp",
        "",
    ] {
        refused(
            post().header(header::CONTENT_TYPE, content_type),
            415,
            content_type,
        )
        .await;
    }
    for content_type in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/merge-patch+json",
    ] {
        let response = post()
            .header(header::CONTENT_TYPE, content_type)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 201, "{content_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_have_two_mebibytes_and_not_a_byte_more() {
    const LIMIT: usize = 2 << 20;
    let server = TestServer::start().await;
    let token = server.admin().await;
    let recipe = |length: usize| {
        let empty = json!({ "text": "" }).to_string();
        let text = "x".repeat(length - empty.len());
        server
            .post("/api/v1/content/recipe")
            .bearer_auth(&token)
            .header(header::CONTENT_TYPE, "application/json")
            .body(json!({ "text": text }).to_string())
    };

    let response = recipe(LIMIT).send().await.expect("an answer");
    assert_ne!(response.status(), 413, "exactly the limit is not too large");
    refused(recipe(LIMIT + 1), 413, "one byte more").await;
    refused(recipe(4 * LIMIT), 413, "much more").await;
    // Without a length in front.
    let chunks = (0..5).map(|_| Ok::<_, std::io::Error>("x".repeat(LIMIT / 4)));
    let endless = server
        .post("/api/v1/posts/hello/comments")
        .header(header::CONTENT_TYPE, "application/json")
        .body(reqwest::Body::wrap_stream(futures::stream::iter(chunks)));
    refused(endless, 413, "in chunks").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_route_does_not_take_is_answered_with_those_it_takes() {
    let server = TestServer::start().await;
    let response = server
        .delete("/api/v1/posts")
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.headers()["allow"], "POST,GET,HEAD");
    problem(response, 405, "DELETE posts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_json_is_refused_and_the_server_lives_on() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let request = server
        .post("/api/v1/content/recipe")
        .bearer_auth(&token)
        .header(header::CONTENT_TYPE, "application/json")
        .body(deep);
    refused(request, 400, "a hundred thousand lists").await;
    let alive = server.get("/healthz").send().await.expect("an answer");
    assert_eq!(alive.status(), 200);
}
