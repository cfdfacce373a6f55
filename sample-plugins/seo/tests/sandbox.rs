//! The plugin in the real sandbox. `cargo xtask build-plugins seo` builds what is tested here.

use raisfast_testkit::{
    Level, PostInput, Sandbox, SandboxedPlugin,
    hook::{FilterHtml, OnPostCreating, OnPostUpdating},
};

async fn load(sandbox: Sandbox) -> SandboxedPlugin {
    let loaded = sandbox.load("../../target/plugins/seo").await;
    loaded.unwrap_or_else(|error| panic!("{error}"))
}

fn post() -> PostInput {
    PostInput {
        title: "Größe & Form: don't panic!".into(),
        content: "# Heading\n\nThe *first* paragraph, with a [link](https://example.com).\n\nMore."
            .into(),
        ..PostInput::default()
    }
}

#[tokio::test]
async fn a_new_post_gets_slug_and_excerpt_and_nothing_else_changes() {
    let plugin = load(Sandbox::new()).await;
    let changed = plugin.filter::<OnPostCreating>(post()).await.unwrap();
    let expected = PostInput {
        slug: Some("größe-form-dont-panic".into()),
        excerpt: Some("The first paragraph, with a link.".into()),
        ..post()
    };
    assert_eq!(changed, Some(expected));
    assert_eq!(plugin.logs(), []);
}

#[tokio::test]
async fn what_the_author_has_written_stays() {
    let plugin = load(Sandbox::new()).await;
    let complete = PostInput {
        slug: Some("own".into()),
        excerpt: Some("Own words.".into()),
        ..post()
    };
    let changed = plugin.filter::<OnPostCreating>(complete).await.unwrap();
    assert_eq!(changed, None);

    let with_slug = PostInput {
        slug: Some("own".into()),
        ..post()
    };
    let changed = plugin.filter::<OnPostCreating>(with_slug).await.unwrap();
    let changed = changed.expect("the excerpt is missing");
    assert_eq!(changed.slug.as_deref(), Some("own"));
    assert_eq!(
        changed.excerpt.as_deref(),
        Some("The first paragraph, with a link.")
    );

    let with_excerpt = PostInput {
        excerpt: Some("Own words.".into()),
        ..post()
    };
    let changed = plugin.filter::<OnPostCreating>(with_excerpt).await.unwrap();
    let changed = changed.expect("the slug is missing");
    assert_eq!(changed.slug.as_deref(), Some("größe-form-dont-panic"));
    assert_eq!(changed.excerpt.as_deref(), Some("Own words."));
}

#[tokio::test]
async fn an_updated_post_gets_an_excerpt_and_never_a_slug() {
    let plugin = load(Sandbox::new()).await;
    let changed = plugin.filter::<OnPostUpdating>(post()).await.unwrap();
    let changed = changed.expect("the excerpt is missing");
    assert_eq!(changed.slug, None);
    assert_eq!(
        changed.excerpt.as_deref(),
        Some("The first paragraph, with a link.")
    );
}

#[tokio::test]
async fn a_post_that_gives_nothing_to_go_by_is_created_as_it_is() {
    let plugin = load(Sandbox::new()).await;
    let bare = PostInput {
        title: "?!".into(),
        ..PostInput::default()
    };
    let changed = plugin.filter::<OnPostCreating>(bare.clone()).await.unwrap();
    assert!(changed.is_none_or(|changed| changed == bare));
}

#[tokio::test]
async fn the_settings_are_lengths() {
    let sandbox = Sandbox::new()
        .with_config("slug_length", "10")
        .with_config("description_length", "12");
    let plugin = load(sandbox).await;
    let changed = plugin.filter::<OnPostCreating>(post()).await.unwrap();
    let changed = changed.expect("slug and excerpt are missing");
    assert_eq!(changed.slug.as_deref(), Some("größe-form"));
    assert_eq!(changed.excerpt.as_deref(), Some("The first…"));
}

#[tokio::test]
async fn a_setting_that_is_no_number_is_named_in_the_log_and_the_default_is_used() {
    let plugin = load(Sandbox::new().with_config("slug_length", "short")).await;
    let changed = plugin.filter::<OnPostCreating>(post()).await.unwrap();
    assert_eq!(
        changed.expect("it is changed").slug.as_deref(),
        Some("größe-form-dont-panic")
    );
    let [warning] = &plugin.logs()[..] else {
        panic!("one record, but {:?}", plugin.logs());
    };
    assert_eq!(warning.level, Level::Warn);
    assert_eq!(
        warning.message,
        "`slug_length` is `short`, not a number; using 60"
    );
}

#[tokio::test]
async fn a_page_is_described_by_its_first_paragraph() {
    let plugin = load(Sandbox::new()).await;
    let html = "<h1>Title</h1>\n<p>Say \"hello\" &amp; <em>wave</em>.</p>\n";
    let changed = plugin.filter::<FilterHtml>(html).await.unwrap();
    let meta =
        "<meta name=\"description\" content=\"Say &quot;hello&quot; &amp; wave.\">\n".to_owned();
    assert_eq!(changed, Some(meta + html));
}

#[tokio::test]
async fn a_page_without_paragraph_stays() {
    let plugin = load(Sandbox::new()).await;
    for html in ["", "<h1>Title</h1>", "<p>never closed"] {
        let changed = plugin.filter::<FilterHtml>(html).await.unwrap();
        assert_eq!(changed, None, "{html}");
    }
}
