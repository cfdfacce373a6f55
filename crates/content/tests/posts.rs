//! Posts: their life without plugins.

mod support;

use std::{collections::BTreeSet, time::Duration};

use raisfast_content::{ContentError, Posts};
use raisfast_contract::PostInput;
use raisfast_db::entity::posts;
use sea_orm::{ConnectionTrait, EntityTrait};
use support::{TestSite, draft, invalid, published};
use tokio::time::timeout;

#[tokio::test]
async fn a_post_is_stored_as_it_was_submitted() {
    let test = TestSite::new().await;
    let input = PostInput {
        title: "A title".to_owned(),
        content: "# Text".to_owned(),
        slug: Some("its-own-slug".to_owned()),
        excerpt: Some("Short.".to_owned()),
        category_id: Some("news".to_owned()),
        tag_ids: Some(vec!["one".to_owned(), "two".to_owned()]),
        status: Some("published".to_owned()),
        cover_image: Some("/cover.png".to_owned()),
    };
    let post = test.site.posts().create(&test.admin, input).await.unwrap();
    assert_eq!(post.slug, "its-own-slug");
    assert_eq!(post.excerpt.as_deref(), Some("Short."));
    assert_eq!(post.category_id.as_deref(), Some("news"));
    assert_eq!(post.created_by, test.admin.id);
    assert_eq!(post.updated_by, None);
    assert_eq!(post.view_count, 0);
    assert_eq!(post.published_at.as_ref(), Some(&post.created_at));

    let row = posts::Entity::find_by_id(&post.id)
        .one(test.database.connection())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.tag_ids, r#"["one","two"]"#);
    assert_eq!(row.cover_image.as_deref(), Some("/cover.png"));
}

#[tokio::test]
async fn invalid_input_is_refused_with_every_broken_rule() {
    let test = TestSite::new().await;
    let input = PostInput {
        title: " ".to_owned(),
        status: Some("public".to_owned()),
        ..PostInput::default()
    };
    let errors = invalid(test.site.posts().create(&test.admin, input).await);
    let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/title", "/status"]);
    assert!(errors[1].message.contains("`draft`"), "{}", errors[1]);
    assert_eq!(
        posts::Entity::find()
            .all(test.database.connection())
            .await
            .unwrap(),
        []
    );
}

#[tokio::test]
async fn without_status_a_post_is_a_draft_which_nobody_can_read() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    let post = posts.create(&test.admin, draft("Secret")).await.unwrap();
    assert_eq!(post.status, "draft");
    assert_eq!(post.published_at, None);
    assert!(matches!(
        posts.read(&post.slug).await,
        Err(ContentError::NotFound)
    ));
    assert_eq!(posts.list(None, 10).await.unwrap().items, []);
    assert!(matches!(
        test.site.comments().list(&post.slug, None, 10).await,
        Err(ContentError::NotFound)
    ));
}

#[tokio::test]
async fn reading_counts_views_of_the_published_post() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    posts
        .create(&test.admin, published("Read me"))
        .await
        .unwrap();
    assert_eq!(posts.read("read-me").await.unwrap().post.view_count, 1);
    assert_eq!(posts.read("read-me").await.unwrap().post.view_count, 2);
    assert!(matches!(
        posts.read("nothing").await,
        Err(ContentError::NotFound)
    ));
}

/// The views of the only post, as everybody but its reader sees them.
async fn written_views(posts: &Posts) -> i64 {
    posts.list(None, 1).await.unwrap().items[0].view_count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_does_not_wait_for_somebody_who_holds_the_database() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    posts
        .create(&test.admin, published("Read me"))
        .await
        .unwrap();
    let writer = test.database.begin().await.unwrap();
    let hold = "UPDATE posts SET excerpt = 'Held'";
    writer.execute_unprepared(hold).await.unwrap();
    // More readers than connections.
    for views in 1..=30 {
        let read = posts.read("read-me").await.expect("the page");
        assert_eq!(read.post.view_count, views);
    }
    writer.rollback().await.unwrap();
    posts.write_views().await.unwrap();
    assert_eq!(written_views(posts).await, 30);
    assert_eq!(posts.read("read-me").await.unwrap().post.view_count, 31);
}

#[tokio::test]
async fn views_are_written_soon_by_themselves() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    posts
        .create(&test.admin, published("Read me"))
        .await
        .unwrap();
    for round in 1..=2 {
        posts.read("read-me").await.unwrap();
        posts.read("read-me").await.unwrap();
        let written = async {
            while written_views(posts).await < 2 * round {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(30), written).await.unwrap();
    }
    assert_eq!(written_views(posts).await, 4);
}

#[tokio::test]
async fn what_an_author_writes_cannot_run_in_a_reader_s_browser() {
    let test = TestSite::new().await;
    let input = PostInput {
        content:
            "**Bold** <script>alert(1)</script> <b onclick=\"x()\">b</b> [link](javascript:x())"
                .to_owned(),
        ..published("Hostile")
    };
    test.site.posts().create(&test.admin, input).await.unwrap();
    let html = test.site.posts().read("hostile").await.unwrap().html;
    assert!(html.contains("<strong>Bold</strong>"), "{html}");
    for harm in ["script", "onclick", "alert"] {
        assert!(!html.contains(harm), "{html}");
    }
}

#[tokio::test]
async fn an_update_replaces_the_post_but_for_slug_and_status_left_out() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    let input = PostInput {
        excerpt: Some("Short.".to_owned()),
        ..published("First title")
    };
    let before = posts.create(&test.admin, input).await.unwrap();
    posts.read("first-title").await.unwrap();
    posts.write_views().await.unwrap();

    let after = posts
        .update(&test.admin, &before.id, draft("Second title"))
        .await
        .unwrap();
    assert_eq!(after.title, "Second title");
    assert_eq!(after.slug, "first-title");
    assert_eq!(after.status, "published");
    assert_eq!(after.excerpt, None);
    assert_eq!(after.view_count, 1);
    assert_eq!(after.created_at, before.created_at);
    assert_eq!(after.published_at, before.published_at);
    assert_eq!(after.updated_by.as_deref(), Some(test.admin.id.as_str()));
}

#[tokio::test]
async fn a_post_keeps_the_time_of_its_first_publication() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    let post = posts.create(&test.admin, draft("Slow")).await.unwrap();
    let with_status = |status: &str| PostInput {
        status: Some(status.to_owned()),
        ..draft("Slow")
    };
    let first = posts
        .update(&test.admin, &post.id, with_status("published"))
        .await
        .unwrap();
    assert!(first.published_at >= Some(post.created_at));
    let archived = posts
        .update(&test.admin, &post.id, with_status("archived"))
        .await
        .unwrap();
    assert!(matches!(
        posts.read("slow").await,
        Err(ContentError::NotFound)
    ));
    let again = posts
        .update(&test.admin, &post.id, with_status("published"))
        .await
        .unwrap();
    assert_eq!(archived.published_at, first.published_at);
    assert_eq!(again.published_at, first.published_at);
}

#[tokio::test]
async fn an_update_may_take_a_slug_that_is_free_and_keep_its_own() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    posts.create(&test.admin, draft("Taken")).await.unwrap();
    let post = posts.create(&test.admin, draft("Other")).await.unwrap();
    let with_slug = |slug: &str| PostInput {
        slug: Some(slug.to_owned()),
        ..draft("Other")
    };
    for (wanted, got) in [
        ("other", "other"),
        ("new", "new"),
        ("taken", "taken-2"),
        ("taken-2", "taken-2"),
    ] {
        let after = posts
            .update(&test.admin, &post.id, with_slug(wanted))
            .await
            .unwrap();
        assert_eq!(after.slug, got);
    }
}

#[tokio::test]
async fn only_its_author_or_an_admin_changes_a_post() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    let (ada, bob) = (test.author("ada").await, test.author("bob").await);
    let post = posts.create(&ada, draft("By Ada")).await.unwrap();

    assert!(matches!(
        posts.update(&bob, &post.id, draft("x")).await,
        Err(ContentError::Forbidden)
    ));
    assert!(matches!(
        posts.delete(&bob, &post.id).await,
        Err(ContentError::Forbidden)
    ));
    posts
        .update(&ada, &post.id, draft("By Ada herself"))
        .await
        .unwrap();
    posts
        .update(&test.admin, &post.id, draft("By the admin"))
        .await
        .unwrap();
    posts.delete(&ada, &post.id).await.unwrap();
    assert!(matches!(
        posts.update(&ada, &post.id, draft("x")).await,
        Err(ContentError::NotFound)
    ));
    assert!(matches!(
        posts.delete(&ada, &post.id).await,
        Err(ContentError::NotFound)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_posts_of_one_title_at_once_get_twenty_slugs() {
    let test = TestSite::new().await;
    let writers: Vec<_> = (0..20)
        .map(|_| {
            let (site, admin) = (test.site.clone(), test.admin.clone());
            tokio::spawn(async move { site.posts().create(&admin, draft("Same title")).await })
        })
        .collect();
    let mut slugs = BTreeSet::new();
    for writer in writers {
        slugs.insert(writer.await.unwrap().unwrap().slug);
    }
    let mut expected: BTreeSet<_> = (2..=20)
        .map(|number| format!("same-title-{number}"))
        .collect();
    expected.insert("same-title".to_owned());
    assert_eq!(slugs, expected);
}

#[tokio::test]
async fn pages_of_a_list_hold_each_post_once() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    for number in 1..=5 {
        posts
            .create(&test.admin, published(&format!("Post {number}")))
            .await
            .unwrap();
    }
    posts.create(&test.admin, draft("Not shown")).await.unwrap();

    let mut titles = Vec::new();
    let mut cursor = None;
    let mut sizes = Vec::new();
    loop {
        let page = posts.list(cursor.as_deref(), 2).await.unwrap();
        sizes.push(page.items.len());
        titles.extend(page.items.into_iter().map(|post| post.title));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(titles, ["Post 5", "Post 4", "Post 3", "Post 2", "Post 1"]);
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(posts.list(None, 5).await.unwrap().next, None);
}

#[tokio::test]
async fn a_bad_cursor_or_limit_is_an_error() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    assert_eq!(
        invalid(posts.list(Some("nonsense"), 10).await)[0].pointer,
        "/cursor"
    );
    for limit in [0, 101] {
        assert_eq!(invalid(posts.list(None, limit).await)[0].pointer, "/limit");
    }
}
