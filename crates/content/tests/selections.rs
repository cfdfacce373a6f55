//! Lists of posts by status, author and title, and who sees what in them; what an editor may do.

mod support;

use raisfast_accounts::{Role, User};
use raisfast_content::{ContentError, PostPatch, PostSelection};
use raisfast_contract::JsonObject;
use serde_json::json;
use support::{TestSite, draft, invalid, published};

fn selection(status: Option<&str>, author: Option<&User>, title: Option<&str>) -> PostSelection {
    PostSelection {
        status: status.map(str::to_owned),
        author: author.map(|author| author.id.clone()),
        title: title.map(str::to_owned),
    }
}

struct Authors {
    test: TestSite,
    ann: User,
    ben: User,
    editor: User,
}

impl Authors {
    /// Ann and Ben have each a draft and a published post.
    async fn new() -> Self {
        let test = TestSite::new().await;
        let ann = test.author("ann").await;
        let ben = test.author("ben").await;
        let editor = test.user("ed", Role::Editor).await;
        for (author, name) in [(&ann, "Ann"), (&ben, "Ben")] {
            for post in [
                draft(&format!("Draft of {name}")),
                published(&format!("Post of {name}")),
            ] {
                test.site.posts().create(author, post).await.unwrap();
            }
        }
        Self {
            test,
            ann,
            ben,
            editor,
        }
    }

    async fn titles(&self, reader: Option<&User>, selection: PostSelection) -> Vec<String> {
        let posts = self.test.site.posts();
        let listing = posts.select(reader, &selection, None, 100).await.unwrap();
        listing.items.into_iter().map(|post| post.title).collect()
    }
}

#[tokio::test]
async fn a_list_of_all_has_what_its_reader_may_see() {
    let site = Authors::new().await;
    let all = || selection(Some("all"), None, None);
    assert_eq!(
        site.titles(Some(&site.ann), all()).await,
        ["Post of Ben", "Post of Ann", "Draft of Ann"]
    );
    for reader in [&site.editor, &site.test.admin] {
        assert_eq!(
            site.titles(Some(reader), all()).await,
            ["Post of Ben", "Draft of Ben", "Post of Ann", "Draft of Ann"]
        );
    }
}

#[tokio::test]
async fn a_list_by_author_and_status_has_no_more_than_the_reader_may_see() {
    let site = Authors::new().await;
    for (reader, status, author, expected) in [
        (None, None, &site.ann, vec!["Post of Ann"]),
        (Some(&site.ben), Some("draft"), &site.ann, vec![]),
        (Some(&site.ben), Some("all"), &site.ann, vec!["Post of Ann"]),
        (
            Some(&site.ann),
            Some("draft"),
            &site.ann,
            vec!["Draft of Ann"],
        ),
        (
            Some(&site.editor),
            Some("draft"),
            &site.ben,
            vec!["Draft of Ben"],
        ),
        (
            Some(&site.editor),
            Some("all"),
            &site.ben,
            vec!["Post of Ben", "Draft of Ben"],
        ),
        (Some(&site.editor), Some("all"), &site.editor, vec![]),
    ] {
        let found = site
            .titles(reader, selection(status, Some(author), None))
            .await;
        assert_eq!(found, expected, "{reader:?} {status:?}");
    }
}

#[tokio::test]
async fn titles_are_searched_by_users_only_and_a_pattern_is_plain_text() {
    let site = Authors::new().await;
    let posts = site.test.site.posts();
    for title in ["100% Größe", "100 Gramm", "a_b!c", "aXb!c", "ÄRGER"] {
        posts.create(&site.ann, published(title)).await.unwrap();
    }
    for (part, expected) in [
        ("of a", vec!["Post of Ann", "Draft of Ann"]),
        ("OF A", vec!["Post of Ann", "Draft of Ann"]),
        ("100%", vec!["100% Größe"]),
        ("Größe", vec!["100% Größe"]),
        ("ÄRGER", vec!["ÄRGER"]),
        ("a_b", vec!["a_b!c"]),
        ("b!c", vec!["aXb!c", "a_b!c"]),
        ("\\", vec![]),
        ("' OR 1=1 --", vec![]),
    ] {
        let found = site
            .titles(Some(&site.ann), selection(Some("all"), None, Some(part)))
            .await;
        assert_eq!(found, expected, "{part}");
    }
    let published = site
        .titles(Some(&site.ben), selection(None, None, Some("of ann")))
        .await;
    assert_eq!(published, ["Post of Ann"]);
    for wanted in [
        selection(None, None, Some("post")),
        selection(Some("draft"), None, None),
        selection(Some("all"), None, None),
    ] {
        assert!(wanted.needs_login());
        let refused = posts.select(None, &wanted, None, 10).await;
        assert!(
            matches!(refused, Err(ContentError::Forbidden)),
            "{refused:?}"
        );
    }
    assert!(!selection(Some("published"), Some(&site.ann), None).needs_login());
}

#[tokio::test]
async fn each_part_of_a_selection_that_is_wrong_is_named() {
    let site = Authors::new().await;
    let wrong = PostSelection {
        status: Some("secret".to_owned()),
        author: Some("x".repeat(37)),
        title: Some("x".repeat(101)),
    };
    let errors = invalid(
        site.test
            .site
            .posts()
            .select(Some(&site.ann), &wrong, None, 10)
            .await,
    );
    let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/status", "/author", "/title"]);
    assert!(errors[0].message.contains("`all`"), "{errors:?}");
}

#[tokio::test]
async fn pages_of_a_selection_hold_each_once() {
    let site = Authors::new().await;
    let posts = site.test.site.posts();
    let wanted = selection(Some("all"), None, Some("of"));
    let (mut titles, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = posts
            .select(Some(&site.editor), &wanted, cursor.as_deref(), 3)
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
        ["Post of Ben", "Draft of Ben", "Post of Ann", "Draft of Ann"]
    );
}

#[tokio::test]
async fn an_editor_reads_and_changes_what_others_wrote_and_an_author_does_not() {
    let site = Authors::new().await;
    let posts = site.test.site.posts();
    let contents = site.test.site.contents();
    let object = |value| serde_json::from_value::<JsonObject>(value).unwrap();
    let record = contents
        .create(&site.ann, "note", object(json!({ "a": 1 })))
        .await
        .unwrap();
    let drafts = posts
        .select(
            Some(&site.ann),
            &selection(Some("draft"), None, None),
            None,
            10,
        )
        .await
        .unwrap();
    let id = &drafts.items[0].id;
    let archive = || PostPatch {
        status: Some("archived".to_owned()),
        ..PostPatch::default()
    };
    let hidden = posts.read_as(Some(&site.ben), id).await;
    assert!(matches!(hidden, Err(ContentError::NotFound)), "{hidden:?}");
    let patch = object(json!({ "b": 2 }));
    for refused in [
        posts.patch(&site.ben, id, archive()).await.map(drop),
        posts.delete(&site.ben, id).await,
        contents
            .patch(&site.ben, "note", &record.id, &patch)
            .await
            .map(drop),
        contents.delete(&site.ben, "note", &record.id).await,
    ] {
        assert!(
            matches!(refused, Err(ContentError::Forbidden)),
            "{refused:?}"
        );
    }

    let editor = &site.editor;
    posts.read_as(Some(editor), id).await.unwrap();
    let archived = posts.patch(editor, id, archive()).await.unwrap();
    assert_eq!(archived.created_by, site.ann.id, "it stays ann's");
    assert_eq!(archived.updated_by.as_ref(), Some(&editor.id));
    posts.read_as(Some(editor), id).await.unwrap();
    contents
        .patch(editor, "note", &record.id, &patch)
        .await
        .unwrap();
    contents.delete(editor, "note", &record.id).await.unwrap();
    posts.delete(editor, id).await.unwrap();
}

#[tokio::test]
async fn what_a_removed_user_wrote_stays_and_is_for_editors() {
    let site = Authors::new().await;
    let (users, posts) = (&site.test.users, site.test.site.posts());
    users.remove(&site.test.admin, "ann").await.unwrap();
    assert_eq!(
        posts.read("post-of-ann").await.unwrap().post.created_by,
        site.ann.id
    );
    let again = site.test.author("ann").await;
    let hidden = posts.read_as(Some(&again), "draft-of-ann").await;
    assert!(
        matches!(hidden, Err(ContentError::NotFound)),
        "another ann: {hidden:?}"
    );
    let draft = posts
        .read_as(Some(&site.editor), "draft-of-ann")
        .await
        .unwrap();
    posts.delete(&site.editor, &draft.post.id).await.unwrap();
}
