//! Calling hooks.

use std::sync::Arc;

use raisfast_testkit::{
    CallError, CommentInput, ContentEvent, HookName, PostInput, PostOutput, Sandbox,
    SandboxedPlugin,
    hook::{
        FilterHtml, OnCommentCreating, OnContentCreating, OnContentDeleted, OnCronTick, OnLogin,
        OnPostCreated, OnPostCreating, RenderMarkdown,
    },
};
use serde_json::{Value, json};

use crate::guests::{guest, manifest, scripted};

async fn recorder(more: &str) -> SandboxedPlugin {
    Sandbox::new()
        .load_parts(&manifest(more), guest("recorder"))
        .await
        .expect("the recorder loads")
}

#[tokio::test]
async fn a_filters_answer_is_what_the_guest_returned() {
    let plugin = recorder(
        "[hooks.on-post-creating]\n[hooks.on-comment-creating]\n[hooks.render-markdown]\n[hooks.filter-html]",
    )
    .await;
    let post = PostInput {
        title: "Größe".into(),
        tag_ids: Some(vec!["a".into(), "b".into()]),
        ..PostInput::default()
    };
    let changed = plugin.filter::<OnPostCreating>(post.clone()).await.unwrap();
    let marked = PostInput {
        title: "Größe [on-post-creating]".into(),
        ..post
    };
    assert_eq!(changed, Some(marked));

    let comment = CommentInput {
        content: "Hi".into(),
        ..CommentInput::default()
    };
    let changed = plugin.filter::<OnCommentCreating>(comment).await.unwrap();
    assert_eq!(changed.unwrap().content, "Hi [on-comment-creating]");

    let html = plugin.filter::<RenderMarkdown>("*x*").await.unwrap();
    assert_eq!(html.as_deref(), Some("<article>*x*</article>"));
    let html = plugin.filter::<FilterHtml>("<p>").await.unwrap();
    assert_eq!(html.as_deref(), Some("<p><!--filter-html-->"));
}

#[tokio::test]
async fn an_action_gets_all_its_parameters() {
    let plugin =
        recorder("[hooks.on-post-created]\n[hooks.on-content-deleted]\n[hooks.on-login]").await;
    let post = PostOutput {
        id: "1".into(),
        view_count: -3,
        ..PostOutput::default()
    };
    plugin
        .call::<OnPostCreated>((Arc::new(post),))
        .await
        .unwrap();
    plugin
        .call::<OnContentDeleted>(("recipe".into(), "42".into()))
        .await
        .unwrap();
    plugin.call::<OnLogin>(("7".into(),)).await.unwrap();

    let data = plugin.data().await;
    let recorded = |hook: &str| -> Value { serde_json::from_str(&data[hook]).unwrap() };
    assert_eq!(recorded("hook:on-post-created")["view_count"], -3);
    assert_eq!(
        recorded("hook:on-content-deleted"),
        json!({"content_type": "recipe", "id": "42"})
    );
    assert_eq!(recorded("hook:on-login"), json!({"user_id": "7"}));
}

#[tokio::test]
async fn a_cron_entry_fires_with_its_own_payload() {
    let plugin = recorder(
        "[[cron]]\nlabel = \"Nightly\"\njob_type = \"night\"\ncron_expr = \"0 0 * * *\"\npayload = '{\"deep\": true}'",
    )
    .await;
    let due = "2026-01-02T03:04:05Z".parse().unwrap();
    plugin.fire_cron_at("night", due).await.unwrap();

    let recorded: String = serde_json::from_str(&plugin.data().await["hook:on-cron-tick"]).unwrap();
    let tick: Value = serde_json::from_str(&recorded).unwrap();
    assert_eq!(
        tick,
        json!({
            "job_type": "night",
            "label": "Nightly",
            "payload": {"deep": true},
            "scheduled_at": "2026-01-02T03:04:05.000Z",
        })
    );
    plugin.fire_cron("night").await.unwrap();
    assert_eq!(plugin.data().await["count:on-cron-tick"], "2");
}

#[tokio::test]
async fn an_unknown_cron_entry_is_refused_with_those_there_are() {
    let plugin =
        recorder("[[cron]]\nlabel = \"A\"\njob_type = \"night\"\ncron_expr = \"@daily\"").await;
    let error = plugin.fire_cron("nihgt").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "manifest.toml has no [[cron]] entry with job_type `nihgt`; it has `night`"
    );
    let plugin = recorder("[hooks.on-login]").await;
    let error = plugin.fire_cron("night").await.unwrap_err();
    assert!(error.to_string().ends_with("it has none"), "{error}");
}

#[tokio::test]
async fn a_hook_that_the_manifest_leaves_out_is_not_called() {
    // The recorder exports all sixteen.
    let plugin = recorder("[hooks.on-login]").await;
    let post = PostInput::default();
    let error = plugin.filter::<OnPostCreating>(post).await.unwrap_err();
    let hook = HookName::OnPostCreating;
    assert_eq!(error, CallError::NotSubscribed { hook });
    assert!(error.to_string().ends_with("add [hooks.on-post-creating]"));

    let tick = (Arc::new(None),);
    let error = plugin.call::<OnCronTick>(tick).await.unwrap_err();
    assert!(error.to_string().contains("[[cron]]"), "{error}");
}

#[tokio::test]
async fn content_of_a_type_that_the_manifest_leaves_out_is_not_shown() {
    let plugin = recorder("[hooks.on-content-creating]\ncontent_types = [\"recipe\"]").await;
    let event = |content_type: &str| ContentEvent {
        content_type: content_type.into(),
        data: "{}".into(),
        id: None,
    };
    let changed = plugin
        .filter::<OnContentCreating>(event("recipe"))
        .await
        .unwrap();
    assert_eq!(changed.unwrap().data, r#"{"on-content-creating":true}"#);
    let error = plugin
        .filter::<OnContentCreating>(event("poem"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`poem`"), "{error}");
}

#[tokio::test]
async fn a_trap_is_an_error_and_the_next_call_works() {
    let plugin = Sandbox::new()
        .load_parts(&scripted(""), guest("all-functions"))
        .await
        .unwrap();
    let script = |trap: bool| ContentEvent {
        content_type: "call".into(),
        data: json!({"function": "set-data", "args": ["trapped", trap.to_string()], "trap": trap})
            .to_string(),
        id: None,
    };
    let trapped = plugin.filter::<OnContentCreating>(script(true)).await;
    let Err(CallError::Failed(error)) = trapped else {
        panic!("the guest should trap, but the call gave {trapped:?}");
    };
    assert!(error.to_string().contains("unreachable"), "{error}");
    assert_eq!(plugin.data().await["trapped"], "true");

    let returned = plugin.filter::<OnContentCreating>(script(false)).await;
    assert!(matches!(returned, Ok(Some(_))), "{returned:?}");
    assert_eq!(plugin.data().await["trapped"], "false");
}

#[tokio::test]
async fn a_guest_that_does_not_return_ends_at_the_manifests_deadline() {
    let manifest = scripted("[permissions]\ntimeout_ms = 50");
    let plugin = Sandbox::new()
        .load_parts(&manifest, guest("all-functions"))
        .await
        .unwrap();
    let event = ContentEvent {
        content_type: "call".into(),
        data: json!({"calls": [], "spin": true}).to_string(),
        id: None,
    };
    let error = plugin.filter::<OnContentCreating>(event).await.unwrap_err();
    assert!(
        error.to_string().contains("no answer within 50 ms"),
        "{error}"
    );
}
