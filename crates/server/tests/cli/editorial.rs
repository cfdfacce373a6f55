//! `raisfast comment` and `raisfast post`.

use reqwest::Client;
use serde_json::{Value, json};

use crate::{admin::login_as, run::Folder, serve::Serving};

/// A site that approves comments first, with a published post and this many comments.
async fn site(folder: &Folder, comments: usize) -> Serving {
    let environment = [
        ("RAISFAST_ADMIN_PASSWORD", "correct horse"),
        ("COMMENTS_APPROVE_FIRST", "true"),
    ];
    let serving = Serving::start(folder, &environment);
    let (_, login) = login_as(&serving, "admin", "correct horse").await;
    let client = Client::builder().no_proxy().build().unwrap();
    let posts = format!("http://{}/api/v1/posts", serving.addr);
    let post = json!({ "title": "A post", "status": "published" });
    let token = login["token"].as_str().expect("a token");
    let made = client.post(&posts).bearer_auth(token).json(&post).send();
    assert_eq!(made.await.unwrap().status(), 201);
    for number in 1..=comments {
        let comment = json!({ "content": format!("Number {number}\nof many"), "nickname": "Eve" });
        let sent = client
            .post(format!("{posts}/a-post/comments"))
            .json(&comment);
        assert_eq!(sent.send().await.unwrap().status(), 201);
    }
    serving
}

/// The comments of a status, as the command prints them for programs.
fn listed(folder: &Folder, status: &str) -> Vec<Value> {
    let done = folder.run(&["comment", "list", "--status", status, "--json"], &[]);
    assert_eq!(done.code, 0, "{done:?}");
    let page: Value = serde_json::from_str(&done.stdout).expect("JSON");
    page["items"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn posts_are_listed_archived_and_published() {
    let folder = Folder::new();
    let serving = site(&folder, 0).await;
    let page = folder.run(&["post", "list", "--json"], &[]);
    let page: Value = serde_json::from_str(&page.stdout).expect("JSON");
    let id = page["items"][0]["id"].as_str().expect("an id");
    for (command, status) in [("archive", "archived"), ("publish", "published")] {
        let done = folder.run(&["post", command, id], &[]);
        assert_eq!(done.stdout, format!("a-post is {status}\n"), "{done:?}");
        let list = ["post", "list", "--status", status, "--title", "POST"];
        let listed = folder.run(&list, &[]);
        assert!(listed.stdout.contains(id), "{listed:?}");
    }
    let none = folder.run(&["post", "list", "--status", "draft"], &[]);
    assert_eq!(none.stdout, "there are no such posts\n");
    let unknown = folder.run(&["post", "publish", "a-post"], &[]);
    assert!(
        unknown.stderr.contains("not an id; `list` shows ids"),
        "{unknown:?}"
    );
    for arguments in [
        &["post", "publish"][..],
        &["post", "list", "--status", "new"],
    ] {
        assert_eq!(folder.run(arguments, &[]).code, 2, "{arguments:?}");
    }
    assert_eq!(serving.terminate().code, 0);
}

#[tokio::test]
async fn comments_are_listed_approved_marked_as_spam_and_deleted() {
    let folder = Folder::new();
    let serving = site(&folder, 3).await;
    let pending = listed(&folder, "pending");
    let ids: Vec<_> = pending
        .iter()
        .map(|comment| comment["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(ids.len(), 3);
    let shown = folder.run(&["comment", "list"], &[]).stdout;
    for part in ["Number 1 of many", "a-post", "pending", "Eve", ids[0]] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let first = folder.run(&["comment", "list", "--limit", "2"], &[]).stdout;
    let cursor = first
        .lines()
        .find_map(|line| line.strip_prefix("There are more: --cursor "))
        .expect("a cursor");
    let rest = folder.run(&["comment", "list", "--cursor", cursor], &[]);
    assert!(rest.stdout.contains("Number 1") && !rest.stdout.contains("Number 2"));

    let done = folder.run(&["comment", "approve", ids[0], ids[1]], &[]);
    assert_eq!(done.stdout, "2 comments: everybody can read\n", "{done:?}");
    assert_eq!(listed(&folder, "approved").len(), 2);
    let done = folder.run(&["comment", "spam", ids[1], "--json"], &[]);
    let answer: Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!(answer["items"][0]["status"], "spam");
    let done = folder.run(&["comment", "delete", ids[1]], &[]);
    assert_eq!(done.stdout, "1 comment: deleted\n", "{done:?}");
    let left = (listed(&folder, "spam").len(), listed(&folder, "all").len());
    assert_eq!(left, (0, 2));
    let none = folder.run(&["comment", "list", "--status", "spam"], &[]);
    assert_eq!(none.stdout, "no comment is spam\n");

    for id in [ids[0], ids[2]] {
        folder.run(&["comment", "spam", id], &[]);
    }
    let done = folder.run(&["comment", "delete", "--all-spam"], &[]);
    assert_eq!(done.stdout, "2 comments: deleted\n", "{done:?}");
    assert_eq!(listed(&folder, "all").len(), 0);

    let gone = folder.run(&["comment", "approve", ids[1]], &[]);
    assert_eq!(gone.code, 1, "{gone:?}");
    assert!(gone.stderr.contains("there is nothing here"), "{gone:?}");
    for arguments in [
        &["comment", "approve"][..],
        &["comment", "delete"],
        &["comment", "delete", "the-first"],
        &["comment", "delete", "--all-spam", ids[0]],
        &["comment", "list", "--status", "new"],
        &["comment", "list", "--limit", "101"],
    ] {
        assert_eq!(folder.run(arguments, &[]).code, 2, "{arguments:?}");
    }
    assert_eq!(serving.terminate().code, 0);
}

/// Elsewhere, an editor logs in and moderates; an author does not.
#[tokio::test]
async fn an_editor_s_token_is_enough() {
    let folder = Folder::new();
    let serving = site(&folder, 1).await;
    let chosen = [("RAISFAST_USER_PASSWORD", "another horse")];
    folder.run(&["user", "create", "ed", "--role", "editor"], &chosen);
    folder.run(&["user", "create", "ann"], &chosen);
    for (name, code, says) in [
        ("ed", 0, "Number 1"),
        ("ann", 1, "only an editor or an admin"),
    ] {
        let (_, login) = login_as(&serving, name, "another horse").await;
        let token = [("RAISFAST_TOKEN", login["token"].as_str().expect("a token"))];
        let list = ["comment", "list", "--addr", &serving.addr];
        let done = folder.run(&list, &token);
        assert_eq!(done.code, code, "{done:?}");
        assert!(
            done.stdout.contains(says) || done.stderr.contains(says),
            "{done:?}"
        );
    }
    assert_eq!(serving.terminate().code, 0);
}
