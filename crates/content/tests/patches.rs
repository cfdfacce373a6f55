//! Changing some fields of a post, a comment or a record; what is not sent stays.

mod support;

use std::sync::Arc;

use raisfast_content::{
    CommentPatch, ContentError, Post, PostPatch, PostReplacement, PostSelection,
};
use raisfast_contract::{
    CommentInput, ContentEvent, JsonObject, PostInput,
    hook::{OnContentUpdating, OnPostUpdated, OnPostUpdating},
};
use raisfast_db::entity::{comments, contents, posts};
use raisfast_hooks::OnError;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};
use support::{TestSite, draft, invalid, published};

/// A patch as a client writes it.
fn patch(json: Value) -> PostPatch {
    serde_json::from_value(json).expect("a patch")
}

fn object(json: Value) -> JsonObject {
    serde_json::from_value(json).expect("an object")
}

/// A draft with every field.
async fn full(test: &TestSite) -> Post {
    let input = PostInput {
        title: "Title".to_owned(),
        content: "The text.".to_owned(),
        slug: Some("its-slug".to_owned()),
        excerpt: Some("Short.".to_owned()),
        category_id: Some("news".to_owned()),
        tag_ids: Some(vec!["one".to_owned(), "two".to_owned()]),
        status: None,
        cover_image: Some("/cover.png".to_owned()),
    };
    test.site.posts().create(&test.admin, input).await.unwrap()
}

#[tokio::test]
async fn a_patch_changes_what_it_has_and_nothing_else() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    let before = full(&test).await;
    let told = test.record::<OnPostUpdated>();

    let after = posts
        .patch(
            &test.admin,
            &before.id,
            patch(json!({ "status": "published" })),
        )
        .await
        .unwrap();
    let expected = Post {
        status: "published".to_owned(),
        updated_by: Some(test.admin.id.clone()),
        updated_at: after.updated_at.clone(),
        published_at: after.published_at.clone(),
        ..before.clone()
    };
    assert_eq!(after, expected);
    assert!(after.published_at.is_some());
    assert_eq!(
        posts.read("its-slug").await.unwrap().post.content,
        "The text."
    );

    let cleared =
        json!({ "excerpt": null, "category_id": null, "tag_ids": null, "cover_image": null });
    let after = posts
        .patch(&test.admin, &before.id, patch(cleared))
        .await
        .unwrap();
    assert_eq!((after.excerpt, after.category_id), (None, None));
    assert_eq!((after.tag_ids, after.cover_image), (vec![], None));
    assert_eq!(after.content, "The text.");

    test.outbox.settled().await;
    assert_eq!(told.lock().unwrap().len(), 2, "one write, one action each");
}

#[test]
fn a_patch_has_no_other_fields_and_clears_only_what_a_post_need_not_have() {
    for bad in [
        json!({ "title": null }),
        json!({ "content": null }),
        json!({ "slug": null }),
        json!({ "status": null }),
        json!({ "id": "x" }),
        json!({ "tag_ids": [1] }),
    ] {
        let parsed = serde_json::from_value::<PostPatch>(bad.clone());
        assert!(parsed.is_err(), "{bad}: {parsed:?}");
    }
    for bad in [
        json!({ "content": null }),
        json!({ "parent_id": null }),
        json!({ "post_id": "x" }),
    ] {
        let parsed = serde_json::from_value::<CommentPatch>(bad.clone());
        assert!(parsed.is_err(), "{bad}: {parsed:?}");
    }
}

#[tokio::test]
async fn a_patch_keeps_the_rules_of_the_whole_post() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    let post = full(&test).await;
    let bad = patch(json!({ "title": " ", "status": "public" }));
    let errors = invalid(posts.patch(&test.admin, &post.id, bad).await);
    let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/title", "/status"]);
    assert_eq!(
        posts
            .read_as(Some(&test.admin), &post.id)
            .await
            .unwrap()
            .post,
        post
    );

    let ada = test.author("ada").await;
    let result = posts.patch(&ada, &post.id, PostPatch::default()).await;
    assert!(matches!(result, Err(ContentError::Forbidden)), "{result:?}");
    let result = posts.patch(&ada, "nothing", PostPatch::default()).await;
    assert!(matches!(result, Err(ContentError::NotFound)), "{result:?}");
}

#[tokio::test]
async fn a_filter_sees_the_whole_post_and_changes_what_it_likes() {
    let test = TestSite::new().await;
    let post = full(&test).await;
    test.plugin::<OnPostUpdating>(
        "excerpts",
        OnError::Abort,
        |(input,): (Arc<PostInput>,)| async move {
            let mut input = Arc::unwrap_or_clone(input);
            input.excerpt = Some(format!(
                "{} | {} | {} | {} | {}",
                input.title,
                input.content,
                input.slug.as_deref().unwrap_or_default(),
                input.status.as_deref().unwrap_or_default(),
                input.tag_ids.as_deref().unwrap_or_default().join(","),
            ));
            Ok(Some(input))
        },
    );
    let after = test
        .site
        .posts()
        .patch(&test.admin, &post.id, patch(json!({ "title": "New" })))
        .await
        .unwrap();
    assert_eq!(
        after.excerpt.as_deref(),
        Some("New | The text. | its-slug | draft | one,two")
    );
}

/// Somebody else writes between the patch's filters and its write.
#[tokio::test]
async fn what_others_change_meanwhile_stays() {
    let test = TestSite::new().await;
    let post = full(&test).await;
    let record = object(json!({ "mine": 1, "theirs": 1 }));
    let content = test
        .site
        .contents()
        .create(&test.admin, "thing", record)
        .await
        .unwrap();
    let (database, id) = (test.database.clone(), post.id.clone());
    test.plugin::<OnPostUpdating>("slow", OnError::Abort, move |_| {
        let (database, id) = (database.clone(), id.clone());
        async move {
            posts::Entity::update_many()
                .col_expr(posts::Column::Content, Expr::value("Theirs."))
                .filter(posts::Column::Id.eq(id))
                .exec(database.connection())
                .await
                .unwrap();
            Ok(None)
        }
    });
    let after = test
        .site
        .posts()
        .patch(&test.admin, &post.id, patch(json!({ "title": "Mine" })))
        .await
        .unwrap();
    assert_eq!(
        (after.title.as_str(), after.content.as_str()),
        ("Mine", "Theirs.")
    );

    let (database, id) = (test.database.clone(), content.id.clone());
    let calls = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    test.plugin::<OnContentUpdating>("slow", OnError::Abort, move |_: (Arc<ContentEvent>,)| {
        let (database, id) = (database.clone(), id.clone());
        let first = counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        async move {
            if first {
                contents::Entity::update_many()
                    .col_expr(
                        contents::Column::Data,
                        Expr::value(r#"{"mine":1,"theirs":2}"#),
                    )
                    .filter(contents::Column::Id.eq(id))
                    .exec(database.connection())
                    .await
                    .unwrap();
            }
            Ok(None)
        }
    });
    let after = test
        .site
        .contents()
        .patch(
            &test.admin,
            "thing",
            &content.id,
            &object(json!({ "mine": 2 })),
        )
        .await
        .unwrap();
    assert_eq!(after.data, object(json!({ "mine": 2, "theirs": 2 })));
    assert_eq!(calls.load(std::sync::atomic::Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_replacement_without_text_does_not_erase_it() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    let post = full(&test).await;
    let replacement = |json: Value| serde_json::from_value::<PostReplacement>(json).unwrap();
    let publish = replacement(json!({ "title": "Title", "status": "published" }));
    let after = posts.update(&test.admin, &post.id, publish).await.unwrap();
    assert_eq!(after.content, "The text.");
    assert_eq!(after.slug, "its-slug");
    // As documented for the fields that a post need not have.
    assert_eq!((after.excerpt, after.tag_ids), (None, vec![]));
    let emptied = replacement(json!({ "title": "Title", "content": "" }));
    let after = posts.update(&test.admin, &post.id, emptied).await.unwrap();
    assert_eq!(after.content, "");
}

#[tokio::test]
async fn drafts_are_for_their_author_and_admins() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    let (ada, bob) = (test.author("ada").await, test.author("bob").await);
    let mine = posts.create(&ada, draft("By Ada")).await.unwrap();
    posts.create(&bob, draft("By Bob")).await.unwrap();
    posts.create(&ada, published("Out")).await.unwrap();

    for name in [mine.id.as_str(), "by-ada"] {
        for reader in [&ada, &test.admin] {
            let page = posts.read_as(Some(reader), name).await.unwrap();
            assert_eq!(page.post, mine);
            assert_eq!(page.html, "<p>Some text.</p>\n");
        }
        for stranger in [None, Some(&bob)] {
            let result = posts.read_as(stranger, name).await;
            assert!(matches!(result, Err(ContentError::NotFound)), "{result:?}");
        }
    }
    posts.write_views().await.unwrap();
    let page = posts.read_as(Some(&ada), "by-ada").await.unwrap();
    assert_eq!(page.post.view_count, 0, "a draft has no readers");

    let titles = async |reader, status| -> Vec<String> {
        let listing = posts
            .select(Some(reader), &of_status(status), None, 10)
            .await
            .unwrap();
        listing.items.into_iter().map(|post| post.title).collect()
    };
    assert_eq!(titles(&ada, "draft").await, ["By Ada"]);
    assert_eq!(titles(&bob, "draft").await, ["By Bob"]);
    assert_eq!(titles(&test.admin, "draft").await, ["By Bob", "By Ada"]);
    assert_eq!(titles(&ada, "archived").await, Vec::<String>::new());
    assert_eq!(titles(&bob, "published").await, ["Out"]);
    let errors = invalid(
        posts
            .select(Some(&ada), &of_status("secret"), None, 10)
            .await,
    );
    assert_eq!(errors[0].pointer, "/status");
}

fn of_status(status: &str) -> PostSelection {
    PostSelection {
        status: Some(status.to_owned()),
        ..PostSelection::default()
    }
}

#[tokio::test]
async fn pages_of_drafts_hold_each_once() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    for number in 1..=5 {
        let title = format!("Draft {number}");
        posts.create(&test.admin, draft(&title)).await.unwrap();
    }
    let (mut titles, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = posts
            .select(Some(&test.admin), &of_status("draft"), cursor.as_deref(), 2)
            .await
            .unwrap();
        titles.extend(page.items.into_iter().map(|post| post.title));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(
        titles,
        ["Draft 5", "Draft 4", "Draft 3", "Draft 2", "Draft 1"]
    );
}

#[tokio::test]
async fn a_record_is_patched_as_json_merge_patch_says() {
    let test = TestSite::new().await;
    let contents = test.site.contents();
    let record =
        object(json!({ "name": "Tea", "price": 3.5, "maker": { "name": "A", "city": "B" } }));
    let ada = test.author("ada").await;
    let stored = contents.create(&ada, "product", record).await.unwrap();
    let change = object(json!({ "price": 4, "name": null, "maker": { "city": "C" } }));
    let after = contents
        .patch(&ada, "product", &stored.id, &change)
        .await
        .unwrap();
    let expected = json!({ "price": 4, "maker": { "name": "A", "city": "C" } });
    assert_eq!(after.data, object(expected));
    assert_eq!(after.created_at, stored.created_at);

    let bob = test.author("bob").await;
    let result = contents.patch(&bob, "product", &stored.id, &change).await;
    assert!(matches!(result, Err(ContentError::Forbidden)), "{result:?}");
    let too_large = object(json!({ "text": "x".repeat(1 << 20) }));
    invalid(
        contents
            .patch(&ada, "product", &stored.id, &too_large)
            .await,
    );
}

#[tokio::test]
async fn an_admin_changes_and_deletes_comments() {
    let test = TestSite::new().await;
    test.site
        .posts()
        .create(&test.admin, published("Post"))
        .await
        .unwrap();
    let comments = test.site.comments();
    let comment = |content: &str, parent: Option<&str>| CommentInput {
        content: content.to_owned(),
        nickname: Some("Ann".to_owned()),
        email: Some("ann@example.com".to_owned()),
        parent_id: parent.map(str::to_owned),
    };
    let create = async |content, parent| {
        comments
            .create("post", comment(content, parent))
            .await
            .unwrap()
    };
    let first = create("First", None).await;
    let second = create("Second", Some(&first.id)).await;
    let third = create("Third", Some(&second.id)).await;

    let change = |json: Value| serde_json::from_value::<CommentPatch>(json).unwrap();
    let moderated = change(json!({ "content": "(moderated)", "nickname": null }));
    let after = comments
        .patch(&test.admin, &second.id, moderated.clone())
        .await
        .unwrap();
    assert_eq!(after.content, "(moderated)");
    assert_eq!(after.nickname, None);
    assert_eq!(after.parent_id.as_deref(), Some(first.id.as_str()));
    let row = comments::Entity::find_by_id(&second.id)
        .one(test.database.connection())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.email.as_deref(), Some("ann@example.com"));
    let empty = change(json!({ "content": "" }));
    assert_eq!(
        invalid(comments.patch(&test.admin, &second.id, empty).await)[0].pointer,
        "/content"
    );

    let ada = test.author("ada").await;
    let result = comments.patch(&ada, &second.id, moderated).await;
    assert!(
        matches!(result, Err(ContentError::NotAModerator)),
        "{result:?}"
    );
    let result = comments.delete(&ada, &second.id).await;
    assert!(
        matches!(result, Err(ContentError::NotAModerator)),
        "{result:?}"
    );

    comments.delete(&test.admin, &second.id).await.unwrap();
    let row = comments::Entity::find_by_id(&third.id)
        .one(test.database.connection())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.parent_id.as_deref(), Some(first.id.as_str()));
    let result = comments.delete(&test.admin, &second.id).await;
    assert!(matches!(result, Err(ContentError::NotFound)), "{result:?}");
}
