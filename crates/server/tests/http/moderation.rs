//! Comments that are approved before everybody reads them, and lists of posts for those who may see
//! more.

use raisfast_accounts::Role;
use serde_json::{Value, json};

use crate::support::{TestServer, problem, send};

const COMMENTS: &str = "/api/v1/posts/a-post/comments";

async fn approving() -> (TestServer, String) {
    let server = TestServer::configured(|config| config.comments.approve_first = true).await;
    let ann = server.author("ann").await;
    server.publish(&ann, "A post").await;
    (server, ann)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_public_once_an_editor_has_approved_it() {
    let (server, ann) = approving().await;
    let editor = server.user("ed", Role::Editor).await;
    let new = json!({ "content": "Hello", "nickname": "Eve", "email": "eve@example.com" });
    let (status, sent) = send(server.post(COMMENTS).json(&new)).await;
    assert_eq!(
        (status, &sent["status"]),
        (201, &json!("pending")),
        "{sent}"
    );
    let (_, public) = send(server.get(COMMENTS)).await;
    assert_eq!(public["items"], json!([]));

    // Strangers are not told what waits, the post's author is.
    let pending = format!("{COMMENTS}?status=pending");
    problem(
        server.get(&pending).send().await.unwrap(),
        401,
        "a stranger",
    )
    .await;
    let (_, held) = send(server.get(&pending).bearer_auth(&ann)).await;
    assert_eq!(held["items"], json!([sent]));
    let ben = server.author("ben").await;
    let refused = server.get(&pending).bearer_auth(&ben).send().await.unwrap();
    problem(refused, 403, "another author").await;

    let queue = "/api/v1/comments?status=pending&limit=10";
    let (_, list) = send(server.get(queue).bearer_auth(&editor)).await;
    assert_eq!(list["items"][0]["id"], sent["id"]);
    assert_eq!(
        list["items"][0]["post"],
        json!({ "slug": "a-post", "title": "A post" })
    );
    assert!(!list.to_string().contains("eve@"), "{list}");
    let one = format!("/api/v1/comments/{}", sent["id"].as_str().unwrap());
    for (status, shown) in [("approved", 1), ("spam", 0), ("approved", 1)] {
        let patch = json!({ "status": status });
        let (code, changed) = send(server.patch(&one).bearer_auth(&editor).json(&patch)).await;
        assert_eq!((code, &changed["status"]), (200, &json!(status)));
        let (_, public) = send(server.get(COMMENTS)).await;
        assert_eq!(public["items"].as_array().unwrap().len(), shown);
        let (_, public) = send(server.get(&format!("{COMMENTS}?status=approved"))).await;
        assert_eq!(public["items"].as_array().unwrap().len(), shown);
    }
    let (status, _) = send(server.delete(&one).bearer_auth(&editor)).await;
    assert_eq!(status, 204);
    let (_, list) = send(server.get("/api/v1/comments").bearer_auth(&editor)).await;
    assert_eq!(list["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_a_selection_is_said() {
    let (server, ann) = approving().await;
    let editor = server.user("ed", Role::Editor).await;
    let posts = |query: &str| format!("/api/v1/posts?{query}");
    for (path, token, status, says) in [
        (
            "/api/v1/comments?status=new".to_owned(),
            &editor,
            422,
            "`spam`",
        ),
        (
            "/api/v1/comments?limit=101".to_owned(),
            &editor,
            422,
            "1 to 100",
        ),
        ("/api/v1/comments?post=x".to_owned(), &editor, 400, "post"),
        (format!("{COMMENTS}?status=new"), &ann, 422, "`spam`"),
        (posts("status=secret"), &ann, 422, "`all`"),
        (posts("title="), &ann, 422, "1 to 100"),
        (posts("author="), &ann, 422, "1 to 36"),
    ] {
        let answer = server.get(&path).bearer_auth(token).send().await.unwrap();
        let problem = problem(answer, status, &path).await;
        assert!(problem.to_string().contains(says), "{says} in {problem}");
    }
    for query in ["", "?status=pending", "?status=spam&limit=1"] {
        let path = format!("/api/v1/comments{query}");
        let answer = server.delete(&path).bearer_auth(&editor).send().await;
        problem(answer.unwrap(), 400, &path).await;
    }
    let one = "/api/v1/comments/nothing";
    let patch = json!({ "status": "approved" });
    let answer = server.patch(one).bearer_auth(&editor).json(&patch);
    problem(answer.send().await.unwrap(), 404, one).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_are_listed_by_status_author_and_title() {
    let (server, ann) = approving().await;
    let editor = server.user("ed", Role::Editor).await;
    let draft = json!({ "title": "A draft" });
    let (_, draft) = send(server.post("/api/v1/posts").bearer_auth(&ann).json(&draft)).await;
    let author = draft["created_by"].as_str().unwrap();
    let slugs = async |token: &str, query: &str| -> Vec<Value> {
        let request = server
            .get(&format!("/api/v1/posts?{query}"))
            .bearer_auth(token);
        let (_, list) = send(request).await;
        let items = list["items"].as_array().unwrap();
        items.iter().map(|post| post["slug"].clone()).collect()
    };
    assert_eq!(slugs(&editor, "status=all").await, ["a-draft", "a-post"]);
    assert_eq!(slugs(&editor, "status=all&title=DRAFT").await, ["a-draft"]);
    assert_eq!(
        slugs(&editor, &format!("status=draft&author={author}")).await,
        ["a-draft"]
    );
    let ben = server.author("ben").await;
    assert_eq!(slugs(&ben, "status=all").await, ["a-post"]);
    for query in ["status=all", "status=draft", "title=x"] {
        let path = format!("/api/v1/posts?{query}");
        problem(server.get(&path).send().await.unwrap(), 401, &path).await;
    }
}
