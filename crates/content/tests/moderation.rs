//! Comments that are approved first, and who sees and changes what of them.

mod support;

use raisfast_accounts::Role;
use raisfast_content::{CommentPatch, CommentStatus, ContentError, PostPatch, Site};
use raisfast_contract::{CommentInput, hook::OnCommentCreated};
use raisfast_db::entity::comments;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use support::{TestSite, invalid, published};

fn comment(content: &str) -> CommentInput {
    CommentInput {
        content: content.to_owned(),
        ..CommentInput::default()
    }
}

/// A site where comments are approved first, with posts of ann's and of ben's.
async fn approving() -> (TestSite, Site) {
    let test = TestSite::new().await;
    for (name, title) in [("ann", "By Ann"), ("ben", "By Ben")] {
        let author = test.author(name).await;
        test.site
            .posts()
            .create(&author, published(title))
            .await
            .unwrap();
    }
    let site = test.site.clone().with_comments_approved_first(true);
    (test, site)
}

async fn texts(site: &Site, slug: &str) -> Vec<String> {
    let listed = site.comments().list(slug, None, 100).await.unwrap();
    listed
        .items
        .into_iter()
        .map(|comment| comment.content)
        .collect()
}

#[tokio::test]
async fn a_pending_comment_is_public_once_it_is_approved_and_not_as_spam() {
    let (test, site) = approving().await;
    let told = test.record::<OnCommentCreated>();
    let sent = site
        .comments()
        .create("by-ann", comment("Hello"))
        .await
        .unwrap();
    assert_eq!(sent.status, "pending");
    assert_eq!(texts(&site, "by-ann").await, Vec::<String>::new());
    let editor = test.user("ed", Role::Editor).await;
    for (status, shown) in [
        (CommentStatus::Approved, vec!["Hello"]),
        (CommentStatus::Spam, vec![]),
        (CommentStatus::Approved, vec!["Hello"]),
        (CommentStatus::Pending, vec![]),
    ] {
        let patch = CommentPatch::to_status(status);
        let changed = site
            .comments()
            .patch(&editor, &sent.id, patch)
            .await
            .unwrap();
        assert_eq!(changed.status, status.as_str());
        assert_eq!(changed.content, "Hello");
        assert_eq!(texts(&site, "by-ann").await, shown, "{status:?}");
    }
    // The contract knows no status: plugins were told once, when it was stored.
    test.outbox.settled().await;
    assert_eq!(told.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn who_moderates_needs_nobody_to_approve_and_an_author_does() {
    let (test, site) = approving().await;
    let editor = test.user("ed", Role::Editor).await;
    let author = test.author("cat").await;
    for (writer, status) in [
        (Some(&test.admin), "approved"),
        (Some(&editor), "approved"),
        (Some(&author), "pending"),
        (None, "pending"),
    ] {
        let sent = site
            .comments()
            .create_as(writer, "by-ann", comment("x"))
            .await
            .unwrap();
        assert_eq!(sent.status, status, "{writer:?}");
    }
    let open = site.with_comments_approved_first(false);
    let sent = open
        .comments()
        .create("by-ann", comment("x"))
        .await
        .unwrap();
    assert_eq!(sent.status, "approved");
}

#[tokio::test]
async fn comments_on_all_posts_are_listed_by_status_in_pages() {
    let (test, site) = approving().await;
    for number in 1..=5 {
        let slug = if number % 2 == 0 { "by-ben" } else { "by-ann" };
        site.comments()
            .create(slug, comment(&number.to_string()))
            .await
            .unwrap();
    }
    let editor = test.user("ed", Role::Editor).await;
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = site
            .comments()
            .list_all(&editor, Some("pending"), cursor.as_deref(), 2)
            .await
            .unwrap();
        seen.extend(
            page.items
                .into_iter()
                .map(|item| (item.comment.content, item.post.slug, item.post.title)),
        );
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (1..=5)
        .rev()
        .map(|number| {
            let (slug, title) = if number % 2 == 0 {
                ("by-ben", "By Ben")
            } else {
                ("by-ann", "By Ann")
            };
            (number.to_string(), slug.to_owned(), title.to_owned())
        })
        .collect();
    assert_eq!(seen, expected);
    let count = async |status| {
        let page = site.comments().list_all(&editor, status, None, 100).await;
        page.unwrap().items.len()
    };
    assert_eq!(
        (
            count(None).await,
            count(Some("approved")).await,
            count(Some("spam")).await
        ),
        (5, 0, 0)
    );
    let errors = invalid(
        site.comments()
            .list_all(&editor, Some("new"), None, 10)
            .await,
    );
    assert_eq!(errors[0].pointer, "/status");
    let errors = invalid(site.comments().list_all(&editor, None, None, 101).await);
    assert_eq!(errors[0].pointer, "/limit");
}

#[tokio::test]
async fn an_author_sees_what_is_held_on_own_posts_and_moderates_nothing() {
    let (test, site) = approving().await;
    let comments = site.comments();
    let sent = comments.create("by-ann", comment("Hello")).await.unwrap();
    let ann = test
        .users
        .login("ann", support::PASSWORD)
        .await
        .unwrap()
        .user;
    let ben = test
        .users
        .login("ben", support::PASSWORD)
        .await
        .unwrap()
        .user;
    let held = comments
        .list_by_status(&ann, "by-ann", "pending", None, 10)
        .await
        .unwrap();
    assert_eq!(held.items, std::slice::from_ref(&sent));
    let spam = comments
        .list_by_status(&ann, "by-ann", "spam", None, 10)
        .await;
    assert_eq!(spam.unwrap().items, []);
    let others = comments
        .list_by_status(&ben, "by-ann", "pending", None, 10)
        .await;
    assert!(matches!(others, Err(ContentError::Forbidden)), "{others:?}");
    for refused in [
        comments.list_all(&ann, None, None, 10).await.map(drop),
        comments
            .patch(
                &ann,
                &sent.id,
                CommentPatch::to_status(CommentStatus::Approved),
            )
            .await
            .map(drop),
        comments.delete(&ann, &sent.id).await,
    ] {
        assert!(
            matches!(refused, Err(ContentError::NotAModerator)),
            "{refused:?}"
        );
    }

    // An archived post is not there for others, and its comments stay with those who see it.
    let post = site.posts().read("by-ann").await.unwrap().post;
    let archived = PostPatch {
        status: Some("archived".to_owned()),
        ..PostPatch::default()
    };
    site.posts().patch(&ann, &post.id, archived).await.unwrap();
    let hidden = comments
        .list_by_status(&ben, "by-ann", "pending", None, 10)
        .await;
    assert!(matches!(hidden, Err(ContentError::NotFound)), "{hidden:?}");
    let editor = test.user("ed", Role::Editor).await;
    for reader in [&ann, &editor] {
        let public = comments
            .list_by_status(reader, "by-ann", "approved", None, 10)
            .await;
        assert_eq!(public.unwrap().items, []);
        let held = comments
            .list_by_status(reader, "by-ann", "pending", None, 10)
            .await;
        assert_eq!(held.unwrap().items, std::slice::from_ref(&sent));
    }
}

#[tokio::test]
async fn spam_is_deleted_a_hundred_at_a_time_and_answers_keep_their_place() {
    let (test, site) = approving().await;
    let (comments, admin) = (site.comments(), &test.admin);
    let answer = async |parent: Option<&String>, content: &str| {
        let input = CommentInput {
            parent_id: parent.cloned(),
            ..comment(content)
        };
        let sent = comments.create_as(Some(admin), "by-ann", input).await;
        sent.unwrap().id
    };
    let first = answer(None, "First").await;
    let spam = answer(Some(&first), "Spam").await;
    let more_spam = answer(Some(&spam), "More spam").await;
    let last = answer(Some(&more_spam), "Last").await;
    for id in [&spam, &more_spam] {
        let patch = CommentPatch::to_status(CommentStatus::Spam);
        comments.patch(admin, id, patch).await.unwrap();
    }
    for number in 0..100 {
        comments
            .create("by-ben", comment(&number.to_string()))
            .await
            .unwrap();
    }
    comments::Entity::update_many()
        .col_expr(comments::Column::Status, Expr::value("spam"))
        .filter(comments::Column::Status.eq("pending"))
        .exec(test.database.connection())
        .await
        .unwrap();
    let ann = test
        .users
        .login("ann", support::PASSWORD)
        .await
        .unwrap()
        .user;
    let refused = comments.delete_spam(&ann).await;
    assert!(matches!(refused, Err(ContentError::NotAModerator)));
    let editor = test.user("ed", Role::Editor).await;
    let mut deleted = Vec::new();
    for _ in 0..3 {
        deleted.push(comments.delete_spam(&editor).await.unwrap());
    }
    assert_eq!(deleted, [100, 2, 0]);
    let left = comments.list("by-ann", None, 10).await.unwrap().items;
    let left: Vec<_> = left.into_iter().map(|c| (c.id, c.parent_id)).collect();
    assert_eq!(left, [(first.clone(), None), (last, Some(first))]);
}

#[tokio::test]
async fn a_visitor_answers_public_comments_only() {
    let (test, site) = approving().await;
    let comments = site.comments();
    let parent = comments.create("by-ann", comment("Parent")).await.unwrap();
    let answer = || CommentInput {
        parent_id: Some(parent.id.clone()),
        ..comment("Answer")
    };
    let errors = invalid(comments.create("by-ann", answer()).await);
    assert_eq!(errors[0].pointer, "/parent_id");
    let approve = CommentPatch::to_status(CommentStatus::Approved);
    comments
        .patch(&test.admin, &parent.id, approve)
        .await
        .unwrap();
    comments.create("by-ann", answer()).await.unwrap();
}

#[tokio::test]
async fn each_rule_that_a_patch_breaks_is_named() {
    let (test, site) = approving().await;
    let sent = site
        .comments()
        .create("by-ann", comment("x"))
        .await
        .unwrap();
    let patch = CommentPatch {
        content: Some(" ".to_owned()),
        email: Some(Some("nobody".to_owned())),
        status: Some("public".to_owned()),
        ..CommentPatch::default()
    };
    let errors = invalid(site.comments().patch(&test.admin, &sent.id, patch).await);
    let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/content", "/email", "/status"]);
}

/// Pending comments and spam take room, too: nobody fills the database with them.
#[tokio::test]
async fn a_post_takes_no_more_comments_of_whatever_status() {
    let (test, site) = approving().await;
    let site = site.with_comments_per_post(std::num::NonZeroU64::new(2).unwrap());
    let first = site
        .comments()
        .create("by-ann", comment("x"))
        .await
        .unwrap();
    let spam = CommentPatch::to_status(CommentStatus::Spam);
    site.comments()
        .patch(&test.admin, &first.id, spam)
        .await
        .unwrap();
    site.comments()
        .create("by-ann", comment("y"))
        .await
        .unwrap();
    let refused = site.comments().create("by-ann", comment("z")).await;
    assert!(
        matches!(refused, Err(ContentError::TooManyComments(2))),
        "{refused:?}"
    );
    site.comments()
        .delete(&test.admin, &first.id)
        .await
        .unwrap();
    site.comments()
        .create("by-ann", comment("z"))
        .await
        .unwrap();
}

/// A plugin may write by SQL what no API takes.
#[tokio::test]
async fn a_comment_of_an_unknown_status_is_not_public_and_can_be_approved() {
    let (test, site) = approving().await;
    let sent = site
        .comments()
        .create("by-ann", comment("x"))
        .await
        .unwrap();
    comments::Entity::update_many()
        .col_expr(comments::Column::Status, Expr::value("odd"))
        .exec(test.database.connection())
        .await
        .unwrap();
    assert_eq!(texts(&site, "by-ann").await, Vec::<String>::new());
    let all = site
        .comments()
        .list_all(&test.admin, None, None, 10)
        .await
        .unwrap();
    assert_eq!(all.items[0].comment.status, "odd");
    let approve = CommentPatch::to_status(CommentStatus::Approved);
    site.comments()
        .patch(&test.admin, &sent.id, approve)
        .await
        .unwrap();
    assert_eq!(texts(&site, "by-ann").await, ["x"]);
}
