//! Data folders of former releases: today's server opens them and loses nothing.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
};

use raisfast_test_databases::Server as DatabaseServer;
use raisfast_tests::{Manifest, TestServer, guest};
use serde_json::json;

const JOURNAL: &str = "com.example.journal";
const PANICS: &str = "com.example.panics";
const MIGRATION: &str = "\
CREATE TABLE own_com_example_journal__notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL, at TIMESTAMP);
INSERT INTO own_com_example_journal__notes (id, title) VALUES (1, 'kept');
";

/// Today's server on a copy of the database, with the plugins that it was written with. None where
/// the tests run on another database: the file is SQLite's.
async fn upgraded() -> Option<TestServer> {
    if DatabaseServer::asked_for().is_some() {
        return None;
    }
    let former = include_bytes!("../fixtures/former-contracts/5-deliveries.wasm");
    let journal = Manifest::new(JOURNAL, &["on-post-created"])
        .with("[permissions]\ndatabase = [\"read:posts\"]");
    let server = TestServer::with()
        .plugin("journal", former.to_vec(), journal.text())
        .migration("journal", "0001_notes.sql", MIGRATION)
        .plugin(
            "panics",
            guest("panics"),
            Manifest::new(PANICS, &["on-post-created"]).text(),
        )
        .config(|config| {
            fs::create_dir_all(&config.data_dir).expect("a data folder");
            fs::set_permissions(&config.data_dir, Permissions::from_mode(0o700))
                .expect("nobody else's");
            fs::write(
                config.data_dir.join("raisfast.db"),
                include_bytes!("../fixtures/former-data/raisfast.db"),
            )
            .expect("the former database");
        })
        .start()
        .await;
    Some(server)
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_comments_and_content_are_there() {
    let Some(server) = upgraded().await else {
        return;
    };
    let post = server.visitor.get("/api/v1/posts/a-post-of-before").await;
    assert_eq!(post.expect(200)["excerpt"], "Short");
    let comments = "/api/v1/posts/a-post-of-before/comments";
    let comments = server.visitor.get(comments).await.expect(200);
    assert!(
        comments.to_string().contains("A comment of before"),
        "{comments}"
    );
    assert_eq!(comments["items"][0]["status"], "approved");
    let recipe = "/api/v1/content/recipe/01a231dc-46c7-714b-94cd-3b67a84111ff";
    let recipe = server.visitor.get(recipe).await.expect(200);
    assert_eq!(recipe["data"], json!({"name": "Soup", "minutes": 20}));
    let draft = server.visitor.get("/api/v1/posts/a-draft-of-before").await;
    draft.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_have_their_data_and_what_was_left_for_them() {
    let Some(server) = upgraded().await else {
        return;
    };
    server.listed("journal", "running").await;
    let heard = "heard:01a231dc-4696-71e7-bbc9-65f6facdd92f";
    let heard = server.stored(JOURNAL, heard).await;
    assert!(
        heard
            .expect("its key-value data")
            .contains("A post of before")
    );
    let waiting = server.admin.get("/api/v1/admin/outbox").await.expect(200);
    assert_eq!(
        waiting["items"][0]["id"], "01a231dc-46b0-743f-b4b9-bef152919af4",
        "{waiting}"
    );
    // Its migration has run already, and is not taken for another one.
    server.publish("A post of today").await;
    assert!(server.plugin(JOURNAL).await["hooks"][0]["errors"] == 0);
}
