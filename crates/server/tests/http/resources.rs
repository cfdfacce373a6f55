//! Posts, comments and content: the way through, and the statuses and headers on it.

use std::num::NonZeroU64;

use serde_json::{Value, json};

use crate::support::{TestServer, problem, send};

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_written_read_changed_and_deleted() {
    let server = TestServer::start().await;
    let token = server.admin().await;

    let response = server
        .post("/api/v1/posts")
        .bearer_auth(&token)
        .json(&json!({ "title": "Hello, world", "content": "*Hi*", "status": "published" }))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["location"], "/api/v1/posts/hello-world");
    let post: Value = response.json().await.unwrap();
    assert_eq!(post["slug"], "hello-world");

    let (status, page) = send(server.get("/api/v1/posts/hello-world")).await;
    assert_eq!(status, 200);
    assert_eq!(page["html"], "<p><em>Hi</em></p>\n");
    assert_eq!(page["content"], "*Hi*");

    let by_id = format!("/api/v1/posts/{}", post["id"].as_str().unwrap());
    let changed = json!({ "title": "Hello again", "content": "Hi", "slug": "hello-world", "status": "published" });
    let (status, updated) = send(server.put(&by_id).bearer_auth(&token).json(&changed)).await;
    assert_eq!((status, &updated["title"]), (200, &json!("Hello again")));

    let (status, body) = send(server.delete(&by_id).bearer_auth(&token)).await;
    assert_eq!((status, body), (204, Value::Null));
    let gone = server
        .get("/api/v1/posts/hello-world")
        .send()
        .await
        .unwrap();
    problem(gone, 404, "a deleted post").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_not_public() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    let (status, draft) = send(
        server
            .post("/api/v1/posts")
            .bearer_auth(&token)
            .json(&json!({ "title": "Secret plan" })),
    )
    .await;
    assert_eq!((status, &draft["status"]), (201, &json!("draft")));

    let response = server
        .get("/api/v1/posts/secret-plan")
        .send()
        .await
        .unwrap();
    problem(response, 404, "a draft").await;
    let (_, list) = send(server.get("/api/v1/posts")).await;
    assert_eq!(list["items"], json!([]));
}

/// The way on which a text was lost: written as a draft, then published by somebody who cannot read
/// it.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_read_listed_and_published_without_losing_its_text() {
    let server = TestServer::start().await;
    let (ann, bob) = (server.author("ann").await, server.author("bob").await);
    let draft = json!({ "title": "My Draft", "content": "secret", "tag_ids": ["a"], "cover_image": "/c.png" });
    let (_, draft) = send(server.post("/api/v1/posts").bearer_auth(&ann).json(&draft)).await;
    assert_eq!(draft["tag_ids"], json!(["a"]));
    assert_eq!(draft["cover_image"], "/c.png");
    let by_id = format!("/api/v1/posts/{}", draft["id"].as_str().unwrap());

    for path in ["/api/v1/posts/my-draft", by_id.as_str()] {
        let (status, page) = send(server.get(path).bearer_auth(&ann)).await;
        assert_eq!(
            (status, &page["content"]),
            (200, &json!("secret")),
            "{path}"
        );
        assert_eq!(page["html"], "<p>secret</p>\n");
        for stranger in [server.get(path), server.get(path).bearer_auth(&bob)] {
            problem(stranger.send().await.unwrap(), 404, path).await;
        }
    }
    let drafts = "/api/v1/posts?status=draft";
    let (_, list) = send(server.get(drafts).bearer_auth(&ann)).await;
    assert_eq!(list["items"], json!([draft]));
    let (_, list) = send(server.get(drafts).bearer_auth(&bob)).await;
    assert_eq!(list["items"], json!([]));
    problem(server.get(drafts).send().await.unwrap(), 401, "a stranger").await;

    let publish = json!({ "status": "published" });
    let (status, post) = send(server.patch(&by_id).bearer_auth(&ann).json(&publish)).await;
    assert_eq!((status, &post["content"]), (200, &json!("secret")));
    assert_eq!(post["tag_ids"], json!(["a"]));
    let replacement = json!({ "title": "My Draft" });
    let (status, post) = send(server.put(&by_id).bearer_auth(&ann).json(&replacement)).await;
    assert_eq!((status, &post["content"]), (200, &json!("secret")));
    let (status, page) = send(server.get("/api/v1/posts/my-draft")).await;
    assert_eq!((status, &page["content"]), (200, &json!("secret")));
}

#[tokio::test(flavor = "multi_thread")]
async fn content_and_comments_are_patched() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    let record = json!({ "name": "Tea", "price": 3.5 });
    let created = server
        .post("/api/v1/content/product")
        .bearer_auth(&token)
        .json(&record);
    let (_, created) = send(created).await;
    let path = format!(
        "/api/v1/content/product/{}",
        created["id"].as_str().unwrap()
    );
    let cheaper = json!({ "price": 3 });
    let (status, changed) = send(server.patch(&path).bearer_auth(&token).json(&cheaper)).await;
    assert_eq!(
        (status, &changed["data"]),
        (200, &json!({ "name": "Tea", "price": 3 }))
    );

    server.publish(&token, "Hello").await;
    let comment = json!({ "content": "spam", "nickname": "Ann" });
    let (_, comment) = send(server.post("/api/v1/posts/hello/comments").json(&comment)).await;
    let path = format!("/api/v1/comments/{}", comment["id"].as_str().unwrap());
    let moderated = json!({ "content": "(moderated)" });
    let (status, changed) = send(server.patch(&path).bearer_auth(&token).json(&moderated)).await;
    assert_eq!((status, &changed["content"]), (200, &json!("(moderated)")));
    assert_eq!(changed["nickname"], "Ann");
    let (status, _) = send(server.delete(&path).bearer_auth(&token)).await;
    assert_eq!(status, 204);
    let gone = server
        .delete(&path)
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    problem(gone, 404, "a deleted comment").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_page_by_page() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    for n in 1..=5 {
        server.publish(&token, &format!("Post {n}")).await;
    }
    let mut titles = Vec::new();
    let mut path = "/api/v1/posts?limit=2".to_owned();
    loop {
        let (status, page) = send(server.get(&path)).await;
        assert_eq!(status, 200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        titles.extend(
            items
                .iter()
                .map(|post| post["title"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/posts?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(titles, ["Post 5", "Post 4", "Post 3", "Post 2", "Post 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_comment_without_a_login() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    server.publish(&token, "Hello").await;
    let comments = "/api/v1/posts/hello/comments";

    let comment = json!({ "content": "First!", "nickname": "Zoë", "email": "zoe@example.com" });
    let (status, created) = send(server.post(comments).json(&comment)).await;
    assert_eq!((status, &created["content"]), (201, &json!("First!")));
    let (status, list) = send(server.get(comments)).await;
    assert_eq!(status, 200);
    assert_eq!(list["items"][0]["nickname"], "Zoë");
    assert!(
        !list.to_string().contains("zoe@example.com"),
        "an address is nobody else's: {list}"
    );
}

/// 3,000 comments and ten readers took 1.8 GB.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_send_and_read_only_so_many_comments() {
    let server = TestServer::configured(|config| {
        config.comments.per_minute = 3;
        config.comments.per_post = NonZeroU64::new(105).unwrap();
    })
    .await;
    let token = server.admin().await;
    server.publish(&token, "Hello").await;
    let comments = "/api/v1/posts/hello/comments";
    let comment = json!({ "content": "First!" });
    for _ in 0..3 {
        let (status, _) = send(server.post(comments).json(&comment)).await;
        assert_eq!(status, 201);
    }
    let response = server.post(comments).json(&comment).send().await.unwrap();
    let wait: u64 = response.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    let problem_document = problem(response, 429, "one comment too many").await;
    let detail = problem_document["detail"].as_str().unwrap();
    assert!(detail.contains("too many comments"), "{detail}");

    // Who has logged in is known, and writes on until the post is full.
    let as_user = || server.post(comments).bearer_auth(&token).json(&comment);
    for _ in 3..105 {
        assert_eq!(send(as_user()).await.0, 201);
    }
    let full = problem(as_user().send().await.unwrap(), 409, "a full post").await;
    assert_eq!(
        full["detail"],
        "this post has 105 comments, and takes no more"
    );

    let (_, list) = send(server.get(comments)).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 100);
    let rest = format!("{comments}?cursor={}", list["next"].as_str().unwrap());
    let (_, list) = send(server.get(&rest)).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 5);
    assert_eq!(list["next"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn content_of_any_type_is_kept_as_it_is() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    let data = json!({ "name": "Soup", "minutes": 20, "tags": ["hot", null], "big": 9_007_199_254_740_993_i64 });

    let response = server
        .post("/api/v1/content/recipe")
        .bearer_auth(&token)
        .json(&data)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 201);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let created: Value = response.json().await.unwrap();
    assert_eq!(created["content_type"], "recipe");
    assert_eq!(created["data"], data);

    let (status, read) = send(server.get(&location)).await;
    assert_eq!((status, &read), (200, &created));
    let (status, list) = send(server.get("/api/v1/content/recipe")).await;
    assert_eq!((status, &list["items"]), (200, &json!([created])));

    let (status, changed) = send(
        server
            .put(&location)
            .bearer_auth(&token)
            .json(&json!({ "name": "Stew" })),
    )
    .await;
    assert_eq!(
        (status, &changed["data"]),
        (200, &json!({ "name": "Stew" }))
    );
    let (status, _) = send(server.delete(&location).bearer_auth(&token)).await;
    assert_eq!(status, 204);
    problem(
        server.get(&location).send().await.unwrap(),
        404,
        "deleted content",
    )
    .await;
}

/// As text: a parser would make the numbers of the expectation what it makes of the answer's.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_come_back_as_they_were_sent() {
    let server = TestServer::start().await;
    let token = server.admin().await;
    let numbers = [
        "115.20400100618605",
        "123456789.12345679",
        "123456789012345678901234567890",
        "12345678901234567890.123456789",
        "-0.0",
        "1e400",
        "18446744073709551616",
    ];
    for number in numbers {
        let data = format!(r#"{{"v":{number},"list":[{number},{{"w":{number}}}]}}"#);
        let sent = server
            .post("/api/v1/content/measure")
            .bearer_auth(&token)
            .header("content-type", "application/json")
            .body(data.clone());
        let response = sent.send().await.unwrap();
        assert_eq!(response.status(), 201, "{number}");
        let path = response.headers()["location"].to_str().unwrap().to_owned();
        let created = response.text().await.unwrap();
        let expected = format!(r#""data":{data},"#);
        assert!(created.contains(&expected), "{created}");
        let read = server
            .get(&path)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert!(read.contains(&expected), "{read}");
        let change = server
            .patch(&path)
            .bearer_auth(&token)
            .json(&json!({ "more": 1 }));
        let patched = change.send().await.unwrap().text().await.unwrap();
        let kept = format!(r#""list":[{number},{{"w":{number}}}],"more":1"#);
        assert!(patched.contains(&kept), "{patched}");
        let list = server.get("/api/v1/content/measure").send().await.unwrap();
        assert!(list.text().await.unwrap().contains(&kept), "{number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_neither_search_content_nor_see_its_types() {
    let server = TestServer::start().await;
    let token = server.author("ann").await;
    let place = "/api/v1/content/product";
    let tea = server.post(place).bearer_auth(&token);
    send(tea.json(&json!({ "name": "Tea" }))).await;
    for path in ["/api/v1/content", "/api/v1/content/product?text=tea"] {
        let stranger = server.get(path).send().await.unwrap();
        problem(stranger, 401, path).await;
        let (status, found) = send(server.get(path).bearer_auth(&token)).await;
        assert_eq!(
            (status, found["items"].as_array().map(Vec::len)),
            (200, Some(1))
        );
        assert_eq!(found["items"][0]["content_type"], "product");
    }
    let (_, none) = send(
        server
            .get(&format!("{place}?text=coffee"))
            .bearer_auth(&token),
    )
    .await;
    assert_eq!(none["items"], json!([]));
    let (_, public) = send(server.get(place)).await;
    assert_eq!(public["items"][0]["data"]["name"], "Tea");
}
