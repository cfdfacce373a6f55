//! Script plugins in JavaScript: text files in a folder, and what a user sees of them.

use raisfast_tests::{Manifest, TestServer};
use serde_json::json;

const ID: &str = "com.example.script";

/// A server with a script of these files.
async fn with(hooks: &[&str], files: &[(&str, &str)]) -> TestServer {
    let manifest = Manifest::script(ID, "js", hooks);
    TestServer::with()
        .script("script", &manifest, files)
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_of_modules_changes_what_is_stored_and_keeps_its_state() {
    let server = with(
        &["on-post-creating"],
        &[
            (
                "main.js",
                "import { mark } from './lib/mark.js';\n\
                 import { extractJson } from 'sdk';\n\
                 export function on_post_creating(input) {\n\
                   return { title: mark(extractJson(input, 'title')) };\n\
                 }\n",
            ),
            (
                "lib/mark.js",
                "export const mark = (text) => text.toUpperCase() + '!';\n",
            ),
        ],
    )
    .await;
    server.listed("script", "running").await;
    let post = server.publish("Hello").await;
    assert_eq!(post["title"], "HELLO!");
    assert_eq!(post["content"], "Some text.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_syntax_error_is_shown_with_its_line_and_the_former_version_goes_on() {
    let good = "export function on_post_creating() { return { excerpt: 'one' }; }\n";
    let server = with(&["on-post-creating"], &[("main.js", good)]).await;
    server.reaches(ID, "running", 1).await;
    server.write(
        "script",
        "main.js",
        "export function on_post_creating() {\n  let = ;\n}\n",
    );
    let outdated = server.listed("script", "outdated").await;
    let reason = outdated["last_error"].as_str().unwrap();
    assert!(reason.starts_with("main.js:2:"), "{reason}");
    assert!(reason.contains("\n2 |   let = ;"), "{reason}");
    assert_eq!(server.publish("Hello").await["excerpt"], "one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_without_a_function_is_a_load_error() {
    let server = with(&["on-login"], &[("main.js", "export const x = 1;\n")]).await;
    let failed = server.listed("script", "failed").await;
    let reason = failed["last_error"].as_str().unwrap();
    assert!(
        reason.contains("export function on_login(input)"),
        "{reason}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fail_refuses_and_an_exception_has_its_line() {
    let text = "import { fail } from 'sdk';\n\
                export function on_post_creating(input) {\n\
                  const { title } = JSON.parse(input);\n\
                  if (title === 'No') { return fail(409, 'taken'); }\n\
                  if (title === 'Bad') { throw new Error('not this one'); }\n\
                }\n";
    let server = with(&["on-post-creating"], &[("main.js", text)]).await;
    server.listed("script", "running").await;
    let post = json!({"title": "No", "content": ""});
    let refused = server.admin.post("/api/v1/posts", &post).await;
    assert_eq!(refused.expect(409)["detail"], "taken");
    assert_eq!(server.publish("Bad").await["title"], "Bad");
    let record = server.logs(ID, "not this one").await;
    assert!(record.contains("main.js:5:"), "{record}");
}
