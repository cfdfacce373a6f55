//! Opening a database: files, memory, URLs that are none.

use raisfast_db::{Database, DbError, Timestamp, entity::posts};
use raisfast_host_api::capability::{Content, Db, Scalar};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::json;

use crate::support::{AMPLE, cell, on_every_database};

fn post(slug: &str) -> posts::ActiveModel {
    let now = Timestamp::now();
    posts::ActiveModel {
        id: Set(format!("id of {slug}")),
        title: Set("A title".to_owned()),
        slug: Set(slug.to_owned()),
        content: Set("Some text".to_owned()),
        excerpt: Set(None),
        status: Set("draft".to_owned()),
        created_by: Set("somebody".to_owned()),
        updated_by: Set(None),
        category_id: Set(None),
        view_count: Set(3),
        created_at: Set(now.clone()),
        updated_at: Set(now),
        published_at: Set(None),
        tag_ids: Set("[]".to_owned()),
        cover_image: Set(None),
    }
}

#[tokio::test]
async fn a_database_in_memory_is_one_for_its_clones_and_none_for_others() {
    let one = Database::connect("sqlite::memory:").await.unwrap();
    let other = Database::connect("sqlite::memory:").await.unwrap();
    post("mine").insert(one.connection()).await.unwrap();
    let count = "SELECT COUNT(*) AS n FROM posts";
    let found = Db::query(&one.clone(), count, &[], AMPLE).await.unwrap();
    assert_eq!(cell(&found[0], "n"), json!(1));
    let found = Db::query(&other, count, &[], AMPLE).await.unwrap();
    assert_eq!(cell(&found[0], "n"), json!(0));
    // As with a file, a query cannot write.
    let error = Db::query(&one, "DELETE FROM posts", &[], AMPLE)
        .await
        .unwrap_err();
    assert!(error.message.contains("readonly"), "{error}");
}

#[tokio::test]
async fn other_urls_are_refused_without_showing_a_password() {
    for url in [
        "oracle://admin:hunter2@db/site",
        "postgres://admin:hunter2@[db/site",
        "mysql://admin:hunter2@db:port/site",
        "hunter2",
        "sqlite://x.db?mode=hunter2",
        "",
    ] {
        let error = Database::connect(url).await.unwrap_err();
        assert!(matches!(error, DbError::Url { .. }), "{url}: {error:?}");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("hunter2"), "{text}");
        for expected in ["sqlite://", "postgres://", "mysql://"] {
            assert!(text.contains(expected), "{text}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_says_what_to_do() {
    for url in [
        "postgres://admin:hunter2@127.0.0.1:9/site",
        "mysql://admin:hunter2@127.0.0.1:9/site",
    ] {
        let error = Database::connect(url).await.unwrap_err();
        assert!(matches!(error, DbError::Connect { .. }), "{url}: {error:?}");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(error.is_about_the_url(), "{text}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "sqlite://{}/missing/folder/test.db?mode=rwc",
        folder.path().display()
    );
    let error = Database::connect(&url).await.unwrap_err();
    assert!(matches!(error, DbError::NoFolder { .. }), "{error:?}");
    assert!(error.to_string().contains("make it first"), "{error}");
}

on_every_database! {

async fn opening_again_keeps_what_is_there(test: &TestDatabase) {
    post("kept")
        .insert(test.database.connection())
        .await
        .unwrap();
    let again = Database::connect(&test.url).await.unwrap();
    let posts = posts::Entity::find().all(again.connection()).await.unwrap();
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].slug, "kept");
}

async fn get_post_finds_a_post_by_its_slug_whatever_its_status(test: &TestDatabase) {
    let stored = post("a-post")
        .insert(test.database.connection())
        .await
        .unwrap();
    let found = test.database.post_by_slug("a-post").await.unwrap().unwrap().post;
    assert_eq!(found.id, "id of a-post");
    assert_eq!(found.status, "draft");
    assert_eq!(found.view_count, 3);
    assert_eq!(found.created_at, stored.created_at.as_str());
    assert_eq!(found.published_at, None);
    assert_eq!(test.database.post_by_slug("another").await.unwrap(), None);
}

async fn a_plugin_sees_times_as_rfc_3339_and_can_compare_them(test: &TestDatabase) {
    let stored = post("timed")
        .insert(test.database.connection())
        .await
        .unwrap();
    let since = "SELECT created_at FROM posts WHERE created_at > ?";
    let long_ago = [Scalar::Text("2001-01-01T00:00:00.000Z".to_owned())];
    let rows = test.query(since, &long_ago, AMPLE)
        .await
        .unwrap();
    assert_eq!(cell(&rows[0], "created_at"), json!(stored.created_at.as_str()));
    let far_off = [Scalar::Text("2999-01-01T00:00:00.000Z".to_owned())];
    assert!(
        test.query(since, &far_off, AMPLE)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn many_may_open_it_at_once(test: &TestDatabase) {
    let connects: Vec<_> = (0..3)
        .map(|_| {
            let url = test.url.clone();
            tokio::spawn(async move { Database::connect(&url).await.map(|_| ()) })
        })
        .collect();
    for connect in connects {
        connect.await.unwrap().unwrap();
    }
}

}

on_every_database! {
    async fn who_only_looks_finds_the_tables(test: &TestDatabase) {
        test.with_table("id INTEGER").await;
        let tables = Database::tables(&test.url).await.unwrap();
        for table in ["things", "posts", "plugin_migrations"] {
            assert!(tables.contains(table), "{table} in {tables:?}");
        }
    }
}

#[tokio::test]
async fn who_only_looks_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    Database::tables(&url).await.unwrap_err();
    assert!(!file.exists());
}
