//! Posts: where their hooks fire, and what a plugin's answer does.

mod support;

use std::sync::Arc;

use raisfast_content::{ContentError, Post};
use raisfast_contract::{
    HookName, PostInput, PostOutput,
    hook::{
        FilterHtml, OnPostCreated, OnPostCreating, OnPostDeleted, OnPostUpdated, OnPostUpdating,
        RenderMarkdown,
    },
};
use raisfast_db::entity::posts;
use raisfast_hooks::OnError;
use sea_orm::EntityTrait;
use support::{TestSite, draft, failed, plugin, published};

/// Returns the record that plugins receive of a post that the API shows.
fn as_told(post: Post) -> PostOutput {
    PostOutput {
        id: post.id,
        title: post.title,
        slug: post.slug,
        content: post.content,
        excerpt: post.excerpt,
        status: post.status,
        created_by: post.created_by,
        updated_by: post.updated_by,
        category_id: post.category_id,
        view_count: post.view_count,
        created_at: post.created_at,
        updated_at: post.updated_at,
        published_at: post.published_at,
    }
}

#[tokio::test]
async fn a_filter_changes_what_is_stored_and_the_action_sees_it() {
    let test = TestSite::new().await;
    test.plugin::<OnPostCreating>(
        "slugs",
        OnError::Continue,
        |(post,): (Arc<PostInput>,)| async move {
            let mut post = Arc::unwrap_or_clone(post);
            post.slug = Some(format!("from-the-plugin-{}", post.title.len()));
            post.status = Some("published".to_owned());
            Ok(Some(post))
        },
    );
    let created = test.record::<OnPostCreated>();

    let post = test
        .site
        .posts()
        .create(&test.admin, draft("Title"))
        .await
        .unwrap();
    assert_eq!(post.slug, "from-the-plugin-5");
    assert_eq!(
        test.site
            .posts()
            .read("from-the-plugin-5")
            .await
            .unwrap()
            .post
            .title,
        "Title"
    );
    test.outbox.settled().await;
    let created = created.lock().unwrap();
    assert_eq!(created.len(), 1);
    assert_eq!(*created[0].0, as_told(post));
}

#[tokio::test]
async fn an_answer_that_breaks_the_rules_leaves_the_post_as_it_was() {
    let test = TestSite::new().await;
    test.plugin::<OnPostCreating>(
        "a-fine",
        OnError::Continue,
        |(post,): (Arc<PostInput>,)| async move {
            let mut post = Arc::unwrap_or_clone(post);
            post.title.push('!');
            Ok(Some(post))
        },
    );
    test.plugin::<OnPostCreating>(
        "b-broken",
        OnError::Continue,
        |(post,): (Arc<PostInput>,)| async move {
            let mut post = Arc::unwrap_or_clone(post);
            post.title = "Changed".to_owned();
            post.status = Some("public".to_owned());
            Ok(Some(post))
        },
    );
    let post = test
        .site
        .posts()
        .create(&test.admin, draft("Title"))
        .await
        .unwrap();
    assert_eq!(post.title, "Title!");
    assert_eq!(post.slug, "title");
}

#[tokio::test]
async fn a_plugins_slug_becomes_what_the_title_would_give() {
    let test = TestSite::new().await;
    // As the first plugin that anybody writes makes it.
    test.plugin::<OnPostCreating>(
        "slugs",
        OnError::Abort,
        |(post,): (Arc<PostInput>,)| async move {
            let mut post = Arc::unwrap_or_clone(post);
            post.slug = Some(post.title.to_lowercase().replace(' ', "-"));
            Ok(Some(post))
        },
    );
    for (title, slug) in [
        ("What's new?", "what-s-new"),
        ("C++ & Rust: a comparison", "c-rust-a-comparison"),
        ("Grüße aus Köln", "grüße-aus-köln"),
        ("?!", "post"),
        ("日本語", "日本語"),
    ] {
        let post = test.site.posts().create(&test.admin, draft(title)).await;
        assert_eq!(post.unwrap().slug, slug, "{title}");
    }
    // A user's own invalid input is refused.
    let sent = PostInput {
        slug: Some("What's new?".to_owned()),
        ..draft("Title")
    };
    let refused = test.site.posts().create(&test.admin, sent).await;
    assert!(
        matches!(refused, Err(ContentError::Invalid(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn abort_stores_nothing_and_says_who() {
    let test = TestSite::new().await;
    let created = test.record::<OnPostCreated>();
    test.plugin::<OnPostCreating>("strict", OnError::Abort, |_: (Arc<PostInput>,)| async {
        failed()
    });

    let error = test
        .site
        .posts()
        .create(&test.admin, draft("Title"))
        .await
        .unwrap_err();
    let ContentError::Aborted(aborted) = error else {
        panic!("{error:?}")
    };
    assert_eq!(aborted.plugin, plugin("strict"));
    assert_eq!(aborted.hook, HookName::OnPostCreating);
    assert!(
        aborted.reason.contains("out of order"),
        "{}",
        aborted.reason
    );
    assert_eq!(
        posts::Entity::find()
            .all(test.database.connection())
            .await
            .unwrap(),
        []
    );
    test.outbox.settled().await;
    assert!(created.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_failure_is_passed_over_where_the_manifest_does_not_say_abort() {
    let test = TestSite::new().await;
    test.plugin::<OnPostCreating>("broken", OnError::Continue, |_: (Arc<PostInput>,)| async {
        failed()
    });
    let post = test
        .site
        .posts()
        .create(&test.admin, draft("Title"))
        .await
        .unwrap();
    assert_eq!(post.title, "Title");
}

#[tokio::test]
async fn an_update_runs_its_own_filter_and_action() {
    let test = TestSite::new().await;
    let created = test.record::<OnPostCreated>();
    let updated = test.record::<OnPostUpdated>();
    test.plugin::<OnPostUpdating>(
        "edits",
        OnError::Continue,
        |(post,): (Arc<PostInput>,)| async move {
            let mut post = Arc::unwrap_or_clone(post);
            post.excerpt = Some(format!("About {}", post.title));
            Ok(Some(post))
        },
    );
    let posts = test.site.posts();
    let post = posts.create(&test.admin, draft("Old")).await.unwrap();
    assert_eq!(post.excerpt, None);
    let post = posts
        .update(&test.admin, &post.id, draft("New"))
        .await
        .unwrap();
    assert_eq!(post.excerpt.as_deref(), Some("About New"));
    test.outbox.settled().await;
    assert_eq!(created.lock().unwrap().len(), 1);
    let updated = updated.lock().unwrap();
    assert_eq!(updated.len(), 1);
    assert_eq!(*updated[0].0, as_told(post));
}

#[tokio::test]
async fn an_update_that_aborts_changes_nothing() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    let post = posts.create(&test.admin, published("Old")).await.unwrap();
    test.plugin::<OnPostUpdating>("strict", OnError::Abort, |_: (Arc<PostInput>,)| async {
        failed()
    });
    let result = posts.update(&test.admin, &post.id, draft("New")).await;
    assert!(
        matches!(result, Err(ContentError::Aborted(_))),
        "{result:?}"
    );
    assert_eq!(posts.read("old").await.unwrap().post.title, "Old");
}

#[tokio::test]
async fn plugins_do_not_hear_of_requests_that_are_refused() {
    let test = TestSite::new().await;
    let posts = test.site.posts();
    let post = posts.create(&test.admin, draft("Title")).await.unwrap();
    let bob = test.author("bob").await;
    test.plugin::<OnPostUpdating>("strict", OnError::Abort, |_: (Arc<PostInput>,)| async {
        failed()
    });
    // Had the filter run, the error would be its own.
    assert!(matches!(
        posts.update(&bob, &post.id, draft("x")).await,
        Err(ContentError::Forbidden)
    ));
    assert!(matches!(
        posts.update(&bob, "none", draft("x")).await,
        Err(ContentError::NotFound)
    ));
    assert!(matches!(
        posts.update(&test.admin, &post.id, draft("")).await,
        Err(ContentError::Invalid(_))
    ));
}

#[tokio::test]
async fn deleting_tells_the_id_once() {
    let test = TestSite::new().await;
    let deleted = test.record::<OnPostDeleted>();
    let posts = test.site.posts();
    let post = posts.create(&test.admin, draft("Title")).await.unwrap();
    posts.delete(&test.admin, &post.id).await.unwrap();
    assert!(matches!(
        posts.delete(&test.admin, &post.id).await,
        Err(ContentError::NotFound)
    ));
    test.outbox.settled().await;
    let deleted = deleted.lock().unwrap();
    assert_eq!(
        deleted.iter().map(|(id,)| id.as_ref()).collect::<Vec<_>>(),
        [post.id]
    );
}

#[tokio::test]
async fn the_first_renderer_wins_and_its_html_is_sanitised() {
    let test = TestSite::new().await;
    test.plugin::<RenderMarkdown>("a-none", OnError::Continue, |_: (Arc<str>,)| async {
        Ok(None)
    });
    test.plugin::<RenderMarkdown>(
        "b-some",
        OnError::Continue,
        |(text,): (Arc<str>,)| async move {
            Ok(Some(format!("<h2>{text}</h2><script>alert(1)</script>")))
        },
    );
    test.plugin::<RenderMarkdown>("c-late", OnError::Continue, |_: (Arc<str>,)| async {
        Ok(Some("too late".to_owned()))
    });
    test.site
        .posts()
        .create(&test.admin, published("Rendered"))
        .await
        .unwrap();
    assert_eq!(
        test.site.posts().read("rendered").await.unwrap().html,
        "<h2>Some text.</h2>"
    );
}

#[tokio::test]
async fn html_filters_form_a_chain_and_may_add_what_users_may_not() {
    let test = TestSite::new().await;
    let input = PostInput {
        content: "Text <script>users()</script>".to_owned(),
        ..published("Page")
    };
    test.site.posts().create(&test.admin, input).await.unwrap();
    test.plugin::<FilterHtml>(
        "a-widget",
        OnError::Continue,
        |(html,): (Arc<str>,)| async move {
            Ok(Some(format!("{html}<script src=\"/widget.js\"></script>")))
        },
    );
    test.plugin::<FilterHtml>("b-broken", OnError::Continue, |_: (Arc<str>,)| async {
        failed()
    });
    test.plugin::<FilterHtml>(
        "c-frame",
        OnError::Continue,
        |(html,): (Arc<str>,)| async move { Ok(Some(format!("<main>{html}</main>"))) },
    );
    let html = test.site.posts().read("page").await.unwrap().html;
    assert_eq!(
        html,
        "<main><p>Text </p>\n<script src=\"/widget.js\"></script></main>"
    );
}

#[tokio::test]
async fn a_plugin_that_goes_during_a_request_hears_of_the_change_when_it_is_back() {
    let test = TestSite::new().await;
    let never = test.record::<OnPostCreated>();
    let bus = test.bus.clone();
    test.plugin::<OnPostCreating>("unloads", OnError::Continue, move |_: (Arc<PostInput>,)| {
        // While the filter runs, the plugin with the action goes.
        bus.remove(&plugin(&format!("records-{}", HookName::OnPostCreated)));
        async { Ok(None) }
    });
    let posts = test.site.posts();
    let first = posts.create(&test.admin, draft("First")).await.unwrap();
    posts.create(&test.admin, draft("Second")).await.unwrap();
    test.outbox.settled().await;
    assert!(never.lock().unwrap().is_empty());

    let created = test.record::<OnPostCreated>();
    test.outbox.settled().await;
    let created = created.lock().unwrap();
    assert_eq!(
        created.iter().map(|(post,)| &post.id).collect::<Vec<_>>(),
        [&first.id],
        "the second began without the plugin"
    );
}
