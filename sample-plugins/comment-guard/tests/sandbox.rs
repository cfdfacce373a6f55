//! The plugin in the real sandbox. `cargo xtask build-plugins comment-guard` builds what is tested
//! here.

use std::num::NonZeroUsize;

use raisfast_testkit::{CommentInput, Sandbox, SandboxedPlugin, hook::OnCommentCreating};

async fn load(sandbox: Sandbox) -> SandboxedPlugin {
    let loaded = sandbox.load("../../target/plugins/comment-guard").await;
    loaded.unwrap_or_else(|error| panic!("{error}"))
}

fn comment(content: &str) -> CommentInput {
    CommentInput {
        content: content.into(),
        nickname: Some("ann".into()),
        email: Some("ann@example.com".into()),
        parent_id: Some("7".into()),
    }
}

/// The text that would be stored.
async fn stored(plugin: &SandboxedPlugin, content: &str) -> String {
    let answer = plugin.filter::<OnCommentCreating>(comment(content)).await;
    answer
        .expect("the call returns")
        .map_or(content.to_owned(), |changed| changed.content)
}

#[tokio::test]
async fn an_honest_comment_stays_without_a_word() {
    let plugin = load(Sandbox::new()).await;
    let text = "Nice! See https://example.com and https://example.org";
    let answer = plugin.filter::<OnCommentCreating>(comment(text)).await;
    assert_eq!(answer.unwrap(), None);
    assert_eq!(plugin.logs(), []);
}

#[tokio::test]
async fn spam_loses_its_text_and_keeps_its_place() {
    let plugin = load(Sandbox::new()).await;
    let text = "http://a.example http://b.example https://c.example";
    let answer = plugin.filter::<OnCommentCreating>(comment(text)).await;
    assert_eq!(
        answer.unwrap(),
        Some(comment("[removed: 3 links, at most 2 are allowed]"))
    );
    assert_eq!(
        plugin.messages(),
        ["removed a comment: 3 links, at most 2 are allowed; this instance: 1 seen, 1 removed"]
    );
}

#[tokio::test]
async fn the_manifests_words_are_blocked() {
    let plugin = load(Sandbox::new()).await;
    assert_eq!(
        stored(&plugin, "Take a Payday-Loan!").await,
        "[removed: the word \"payday loan\" is not allowed]"
    );
    assert_eq!(stored(&plugin, "the loan desk").await, "the loan desk");
}

#[tokio::test]
async fn an_operators_settings_replace_the_manifests() {
    let sandbox = Sandbox::new()
        .with_config("blocked_words", "pineapple")
        .with_config("max_links", "0");
    let plugin = load(sandbox).await;
    assert_eq!(
        stored(&plugin, "PINEAPPLE?").await,
        "[removed: the word \"pineapple\" is not allowed]"
    );
    assert_eq!(stored(&plugin, "casino royale").await, "casino royale");
    assert_eq!(
        stored(&plugin, "http://a.example").await,
        "[removed: 1 links, at most 0 are allowed]"
    );
}

#[tokio::test]
async fn shouting_is_calmed() {
    let plugin = load(Sandbox::new()).await;
    assert_eq!(
        stored(&plugin, "THIS IS SO GREAT!").await,
        "this is so great!"
    );
    assert_eq!(stored(&plugin, "NASA, OK").await, "NASA, OK");
}

#[tokio::test]
async fn an_instance_remembers_the_comments_it_has_seen() {
    let plugin = load(Sandbox::new().with_instances(NonZeroUsize::MIN)).await;
    assert_eq!(stored(&plugin, "First!").await, "First!");
    assert_eq!(stored(&plugin, "Second!").await, "Second!");
    assert_eq!(
        stored(&plugin, " first! ").await,
        "[removed: the same comment was made before]"
    );
    let log = plugin.messages();
    assert!(
        log[0].ends_with("this instance: 3 seen, 1 removed"),
        "{log:?}"
    );
}

#[tokio::test]
async fn instances_share_no_memory() {
    let two = NonZeroUsize::new(2).expect("two");
    let plugin = load(Sandbox::new().with_instances(two)).await;
    for number in 1..=4 {
        stored(&plugin, &format!("casino {number}")).await;
    }
    let mut counts: Vec<String> = plugin
        .messages()
        .iter()
        .filter_map(|message| message.split("this instance: ").nth(1))
        .map(str::to_owned)
        .collect();
    counts.sort_unstable();
    let (one, two) = ("1 seen, 1 removed", "2 seen, 2 removed");
    assert_eq!(counts, [one, one, two, two]);
}

#[tokio::test]
async fn hostile_comments_are_judged_like_any_other() {
    let plugin = load(Sandbox::new()).await;
    for text in ["\u{202e}", "http:/", "🦀".repeat(10_000).as_str()] {
        assert_eq!(stored(&plugin, text).await, text);
    }
    let links = "http://a.co ".repeat(800);
    assert_eq!(
        stored(&plugin, &links).await,
        "[removed: 800 links, at most 2 are allowed]"
    );
}
