//! Script plugins in JavaScript: what an author sees of one that does not load, and of one that
//! fails.

use raisfast_tests::{Manifest, TestServer};
use serde_json::json;

const ID: &str = "com.example.script";

#[tokio::test(flavor = "multi_thread")]
async fn failures_have_their_place_and_the_former_version_goes_on() {
    let text = "import { fail } from 'sdk';\n\
                let seen = 0;\n\
                export function on_post_creating(input) {\n\
                  const { title } = JSON.parse(input);\n\
                  if (title === 'No') { throw fail(409, 'taken'); }\n\
                  if (title === 'Bad') { throw new Error('not this one'); }\n\
                  if (title === 'Never') { return new Promise(() => {}); }\n\
                  seen += 1;\n\
                  return { excerpt: `${seen} seen` };\n\
                }\n";
    let one = Manifest::script(ID, "js", &["on-post-creating"]).with("[pool]\nsize = 1");
    let other = Manifest::script("com.example.other", "js", &["on-login"]);
    let server = TestServer::with()
        .script("script", &one, &[("main.js", text)])
        .script("other", &other, &[("main.js", "export const x = 1;\n")])
        .start()
        .await;
    let failed = server.listed("other", "failed").await;
    let reason = failed["last_error"].as_str().unwrap();
    assert!(
        reason.contains("export function on_login(input)"),
        "{reason}"
    );

    server.reaches(ID, "running", 1).await;
    assert_eq!(server.publish("One").await["excerpt"], "1 seen");
    assert_eq!(server.publish("Two").await["excerpt"], "2 seen");
    let post = json!({"title": "No", "content": ""});
    let refused = server.admin.post("/api/v1/posts", &post).await;
    assert_eq!(refused.expect(409)["detail"], "taken");
    assert_eq!(server.publish("Bad").await["title"], "Bad");
    let record = server.logs(ID, "not this one").await;
    assert!(record.contains("main.js:6:"), "{record}");
    server.publish("Never").await;
    server.logs(ID, "a promise that never settles").await;

    let broken = "export function on_post_creating() {\n  let = ;\n}\n";
    server.write("script", "main.js", broken);
    let outdated = server.listed("script", "outdated").await;
    let reason = outdated["last_error"].as_str().unwrap();
    assert!(reason.starts_with("main.js:2:"), "{reason}");
    assert!(reason.contains("\n2 |   let = ;"), "{reason}");
    let excerpt = server.publish("Three").await["excerpt"].to_string();
    assert!(excerpt.ends_with(" seen\""), "{excerpt}");
}
