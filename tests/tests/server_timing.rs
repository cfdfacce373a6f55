//! The time that a request took, as an admin and nobody else sees it.

use raisfast_tests::{Client, Manifest, TestServer};
use reqwest::{Method, Response};
use serde_json::json;

const STAMP: &str = "com.example.stamp";
const RECORDER: &str = "com.example.recorder";

async fn server() -> TestServer {
    let hooks = ["on-post-creating", "filter-html"];
    let server = TestServer::with()
        .guest("stamp", &Manifest::new(STAMP, &hooks))
        .guest("recorder", &Manifest::new(RECORDER, &["filter-html"]))
        .start()
        .await;
    server.publish("Here").await;
    server
}

async fn get(client: &Client, path: &str) -> Response {
    let request = client.request(Method::GET, path);
    request.send().await.expect("the server answers")
}

fn timing(response: &Response) -> Option<&str> {
    let header = response.headers().get("server-timing")?;
    Some(header.to_str().expect("the header is text"))
}

/// Name, description and milliseconds of each metric of a header that follows the grammar of Server
/// Timing: <https://www.w3.org/TR/server-timing/#the-server-timing-header-field>.
fn metrics(header: &str) -> Vec<(String, Option<String>, f64)> {
    let is_token = |text: &str| {
        let extra = "!#$%&'*+-.^_`|~";
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
    };
    let mut metrics = Vec::new();
    let mut rest = header;
    while !rest.is_empty() {
        let (mut description, mut duration) = (None, None);
        let end = rest.find([';', ',']).unwrap_or(rest.len());
        let name = rest[..end].trim();
        assert!(is_token(name), "`{name}` in {header}");
        rest = &rest[end..];
        while let Some(parameter) = rest.strip_prefix(';') {
            let (key, value) = parameter.split_once('=').expect(header);
            let (value, after) = match value.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').expect(header),
                None => value.split_at(value.find([';', ',']).unwrap_or(value.len())),
            };
            match key.trim() {
                "desc" => description = Some(value.to_owned()),
                "dur" => {
                    assert!(is_token(value), "`{value}` in {header}");
                    duration = Some(value.parse().expect("a number"));
                }
                other => panic!("`{other}` in {header}"),
            }
            rest = after;
        }
        metrics.push((name.to_owned(), description, duration.expect(header)));
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    metrics
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sees_each_plugins_share() {
    let server = server().await;
    let page = get(&server.admin, "/api/v1/posts/here").await;
    let mut metrics = metrics(timing(&page).expect("the header"));
    let (name, description, total) = metrics.remove(0);
    assert_eq!((name.as_str(), description), ("total", None));
    let plugins: f64 = metrics.iter().map(|(_, _, duration)| duration).sum();
    assert!(0.0 < plugins && plugins <= total, "{plugins} of {total}");
    metrics.sort_by(|one, other| one.0.cmp(&other.0));
    let told: Vec<_> = metrics
        .iter()
        .map(|(name, description, _)| (name.as_str(), description.as_deref()))
        .collect();
    let once = Some("filter-html, 1 call");
    assert_eq!(told, [(RECORDER, once), (STAMP, once)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_measured_too_and_so_is_a_refusal() {
    let server = server().await;
    let post = json!({"title": "Measured"});
    let request = server.admin.request(Method::POST, "/api/v1/posts");
    let created = request.json(&post).send().await.expect("an answer");
    assert_eq!(created.status(), 201);
    let header = timing(&created).expect("the header");
    assert!(
        header.contains(&format!("{STAMP};desc=\"on-post-creating, 1 call\"")),
        "{header}"
    );

    let request = server.admin.request(Method::POST, "/api/v1/posts");
    let refused = request.json(&json!({})).send().await.expect("an answer");
    assert_eq!(refused.status(), 422);
    let metrics = metrics(timing(&refused).expect("the header"));
    assert_eq!(metrics.len(), 1, "no plugin was called: {metrics:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_is_told() {
    let server = server().await;
    let path = "/api/v1/posts/here";
    assert_eq!(timing(&get(&server.visitor, path).await), None);

    let request = server.visitor.request(Method::GET, path);
    let stranger = request.bearer_auth("no token").send().await;
    let stranger = stranger.expect("an answer");
    assert_eq!((stranger.status().as_u16(), timing(&stranger)), (200, None));
    assert_eq!(timing(&get(&server.visitor, "/metrics").await), None);
}
