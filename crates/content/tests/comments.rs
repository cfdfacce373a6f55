//! Comments and their hooks.

mod support;

use std::{num::NonZeroU64, sync::Arc};

use raisfast_content::ContentError;
use raisfast_contract::{
    CommentInput,
    hook::{OnCommentCreated, OnCommentCreating},
};
use raisfast_db::entity::comments;
use raisfast_hooks::OnError;
use sea_orm::EntityTrait;
use support::{TestSite, draft, failed, invalid, published};

fn comment(content: &str) -> CommentInput {
    CommentInput {
        content: content.to_owned(),
        ..CommentInput::default()
    }
}

async fn stored(test: &TestSite) -> Vec<comments::Model> {
    comments::Entity::find()
        .all(test.database.connection())
        .await
        .unwrap()
}

async fn with_post() -> TestSite {
    let test = TestSite::new().await;
    test.site
        .posts()
        .create(&test.admin, published("Post"))
        .await
        .unwrap();
    test
}

#[tokio::test]
async fn comments_are_listed_oldest_first_without_addresses() {
    let test = with_post().await;
    let comments = test.site.comments();
    let first = CommentInput {
        nickname: Some("Ada".to_owned()),
        email: Some("ada@example.com".to_owned()),
        ..comment("First")
    };
    let first = comments.create("post", first).await.unwrap();
    let answer = CommentInput {
        parent_id: Some(first.id.clone()),
        ..comment("Second")
    };
    let second = comments.create("post", answer).await.unwrap();
    assert_eq!(second.parent_id.as_deref(), Some(first.id.as_str()));
    let listed = comments.list("post", None, 10).await.unwrap();
    assert_eq!(listed.items, [first.clone(), second]);

    let shown = serde_json::to_string(&first).unwrap();
    assert!(
        shown.contains("Ada") && !shown.contains("example.com"),
        "{shown}"
    );
    assert_eq!(
        stored(&test).await[0].email.as_deref(),
        Some("ada@example.com")
    );
}

#[tokio::test]
async fn pages_of_comments_hold_each_once() {
    let test = with_post().await;
    let comments = test.site.comments();
    for number in 1..=5 {
        let comment = comment(&format!("Comment {number}"));
        comments.create("post", comment).await.unwrap();
    }
    let (mut texts, mut sizes, mut cursor) = (Vec::new(), Vec::new(), None::<String>);
    loop {
        let page = comments.list("post", cursor.as_deref(), 2).await.unwrap();
        sizes.push(page.items.len());
        texts.extend(page.items.into_iter().map(|comment| comment.content));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (1..=5).map(|number| format!("Comment {number}")).collect();
    assert_eq!(texts, expected);
    assert_eq!(sizes, [2, 2, 1]);
    for limit in [0, 101] {
        let errors = invalid(comments.list("post", None, limit).await);
        assert_eq!(errors[0].pointer, "/limit");
    }
    let errors = invalid(comments.list("post", Some("x"), 10).await);
    assert_eq!(errors[0].pointer, "/cursor");
}

/// Also where many come at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_post_takes_as_many_comments_as_it_may() {
    let test = with_post().await;
    let site = test
        .site
        .clone()
        .with_comments_per_post(NonZeroU64::new(5).unwrap());
    let writers: Vec<_> = (0..12)
        .map(|number| {
            let comments = site.comments().clone();
            tokio::spawn(async move { comments.create("post", comment(&number.to_string())).await })
        })
        .collect();
    let mut refused = 0;
    for writer in writers {
        match writer.await.unwrap() {
            Ok(_) => {}
            Err(ContentError::TooManyComments(5)) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(refused, 7);
    assert_eq!(stored(&test).await.len(), 5);
}

#[tokio::test]
async fn only_published_posts_take_comments() {
    let test = with_post().await;
    test.site
        .posts()
        .create(&test.admin, draft("Hidden"))
        .await
        .unwrap();
    for slug in ["hidden", "nothing"] {
        let result = test.site.comments().create(slug, comment("x")).await;
        assert!(
            matches!(result, Err(ContentError::NotFound)),
            "{slug}: {result:?}"
        );
    }
    assert_eq!(stored(&test).await, []);
}

#[tokio::test]
async fn an_answer_belongs_to_the_same_post() {
    let test = with_post().await;
    test.site
        .posts()
        .create(&test.admin, published("Other"))
        .await
        .unwrap();
    let elsewhere = test
        .site
        .comments()
        .create("other", comment("Elsewhere"))
        .await
        .unwrap();
    for parent in [elsewhere.id.as_str(), "nothing"] {
        let input = CommentInput {
            parent_id: Some(parent.to_owned()),
            ..comment("Answer")
        };
        let errors = invalid(test.site.comments().create("post", input).await);
        assert_eq!(errors[0].pointer, "/parent_id");
    }
}

#[tokio::test]
async fn invalid_input_is_refused_with_every_broken_rule() {
    let test = with_post().await;
    let input = CommentInput {
        content: "x".repeat(10_001),
        email: Some("nobody".to_owned()),
        ..CommentInput::default()
    };
    let errors = invalid(test.site.comments().create("post", input).await);
    let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/content", "/email"]);
}

#[tokio::test]
async fn a_filter_changes_what_is_stored_and_the_action_sees_it() {
    let test = with_post().await;
    test.plugin::<OnCommentCreating>(
        "polite",
        OnError::Continue,
        |(comment,): (Arc<CommentInput>,)| async move {
            let mut comment = Arc::unwrap_or_clone(comment);
            comment.content = comment.content.replace("damn", "d**n");
            Ok(Some(comment))
        },
    );
    let created = test.record::<OnCommentCreated>();
    let shown = test
        .site
        .comments()
        .create("post", comment("damn good"))
        .await
        .unwrap();
    assert_eq!(shown.content, "d**n good");
    assert_eq!(stored(&test).await[0].content, "d**n good");
    test.outbox.settled().await;
    let created = created.lock().unwrap();
    assert_eq!(created.len(), 1);
    assert_eq!(*created[0].0, comment("d**n good"));
}

#[tokio::test]
async fn spam_is_refused_where_the_plugin_may_abort() {
    let test = with_post().await;
    let created = test.record::<OnCommentCreated>();
    test.plugin::<OnCommentCreating>(
        "guard",
        OnError::Abort,
        |(comment,): (Arc<CommentInput>,)| async move {
            if comment.content.contains("casino") {
                failed()
            } else {
                Ok(None)
            }
        },
    );
    let comments = test.site.comments();
    let result = comments.create("post", comment("casino")).await;
    assert!(
        matches!(result, Err(ContentError::Aborted(_))),
        "{result:?}"
    );
    comments.create("post", comment("hello")).await.unwrap();
    assert_eq!(
        comments.list("post", None, 10).await.unwrap().items.len(),
        1
    );
    test.outbox.settled().await;
    assert_eq!(created.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_filter_cannot_tie_a_comment_to_another_one() {
    let test = with_post().await;
    let comments = test.site.comments();
    let parent = comments.create("post", comment("Parent")).await.unwrap();
    let elsewhere = parent.id.clone();
    test.plugin::<OnCommentCreating>(
        "moves",
        OnError::Continue,
        move |(comment,): (Arc<CommentInput>,)| {
            let mut comment = Arc::unwrap_or_clone(comment);
            comment.content = "moved".to_owned();
            comment.parent_id = Some(elsewhere.clone());
            async { Ok(Some(comment)) }
        },
    );
    let stored = comments.create("post", comment("Stays")).await.unwrap();
    assert_eq!((stored.content.as_str(), stored.parent_id), ("Stays", None));
}

#[tokio::test]
async fn comments_go_with_their_post() {
    let test = with_post().await;
    test.site
        .comments()
        .create("post", comment("x"))
        .await
        .unwrap();
    let post = test.site.posts().read("post").await.unwrap().post;
    test.site
        .posts()
        .delete(&test.admin, &post.id)
        .await
        .unwrap();
    assert_eq!(stored(&test).await, []);
}
