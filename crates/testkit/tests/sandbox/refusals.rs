//! The reasons for refusing a plugin that cannot be loaded.

use std::path::Path;

use raisfast_testkit::{LoadError, PostOutput, Sandbox};

use crate::guests::{guest, manifest};

async fn refused(sandbox: Sandbox, manifest: &str, wasm: Vec<u8>) -> LoadError {
    let loaded = sandbox.load_parts(manifest, wasm).await;
    loaded.expect_err("it should not load")
}

async fn refused_world(sandbox: Sandbox) -> String {
    let manifest = manifest("[hooks.on-login]");
    refused(sandbox, &manifest, guest("recorder"))
        .await
        .to_string()
}

#[tokio::test]
async fn a_folder_that_is_not_there() {
    let loaded = Sandbox::new().load("no/such/plugin").await;
    let error = loaded.expect_err("it should not load");
    let path = Path::new("no/such/plugin/manifest.toml");
    let text = error.to_string();
    assert!(matches!(error, LoadError::Unreadable { path: found, .. } if found == path));
    assert!(text.contains("build the plugin first"), "{text}");
}

#[tokio::test]
async fn a_wrong_manifest() {
    let manifest = manifest("[hooks.on-post-crating]");
    let error = refused(Sandbox::new(), &manifest, guest("recorder")).await;
    assert!(matches!(error, LoadError::Manifest(_)));
    assert!(
        error
            .to_string()
            .contains("did you mean `on-post-creating`?"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_wasm() {
    let manifest = manifest("[hooks.on-login]");
    let error = refused(Sandbox::new(), &manifest, b"#!/bin/sh".to_vec()).await;
    assert!(
        error.to_string().contains("not a WebAssembly file"),
        "{error}"
    );
}

#[tokio::test]
async fn a_hook_that_the_guest_does_not_export() {
    let manifest = manifest("[hooks.render-markdown]");
    let error = refused(Sandbox::new(), &manifest, guest("partial")).await;
    assert!(error.to_string().contains("render-markdown"), "{error}");
}

#[tokio::test]
async fn a_post_without_slug() {
    let post = PostOutput {
        title: "Nameless".into(),
        ..PostOutput::default()
    };
    let error = refused_world(Sandbox::new().with_post(post)).await;
    assert!(error.contains("\"Nameless\" has no slug"), "{error}");
}

#[tokio::test]
async fn two_posts_with_one_slug() {
    let post = PostOutput {
        slug: "same".into(),
        ..PostOutput::default()
    };
    let error = refused_world(Sandbox::new().with_post(post.clone()).with_post(post)).await;
    assert!(error.contains("`same` cannot be stored"), "{error}");
}

#[tokio::test]
async fn a_post_at_no_time() {
    let post = PostOutput {
        slug: "a".into(),
        updated_at: "yesterday".into(),
        ..PostOutput::default()
    };
    let error = refused_world(Sandbox::new().with_post(post)).await;
    assert!(
        error.contains("\"yesterday\" is not a valid time for updated_at"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_outside_of_the_plugins_tree() {
    let error = refused_world(Sandbox::new().with_file("../other", "")).await;
    assert!(error.contains("`../other` cannot be stored"), "{error}");
}

#[tokio::test]
async fn an_answer_for_no_url() {
    let error = refused_world(Sandbox::new().with_http("api.example.com", 200, "")).await;
    assert!(error.contains("`api.example.com` is not a URL"), "{error}");
}
