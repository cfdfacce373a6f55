//! Memory that a language's runtime leaves behind at each call: none that it does not use again.

use std::fs;

use raisfast_testkit::{PostInput, Sandbox, hook::OnPostCreating};
use raisfast_tests::Author;

/// Bytes of the post that each call is given and answers with.
const POST: usize = 50_000;

/// Calls one instance of the template's plugin, whose memory is bounded, with more than would fit
/// if each call left its post behind.
async fn nothing_is_lost(language: &str, memory_mb: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let author = Author::new(env!("CARGO_BIN_EXE_raisfast-under-test"), folder.path());
    author.succeeds(&["plugin", "new", "hello", "--lang", language]);
    let manifest = folder.path().join("hello/manifest.toml");
    let text = fs::read_to_string(&manifest).expect("the template's");
    let limits = format!(
        "\n[permissions]\nmax_memory_mb = {memory_mb}\ntimeout_ms = 20000\n[pool]\nsize = 1\n"
    );
    fs::write(&manifest, text + &limits).expect("written");
    author.succeeds(&["plugin", "build", "hello"]);
    let plugin = Sandbox::new()
        .load(folder.path().join("hello/dist"))
        .await
        .expect("the plugin loads");

    for _ in 0..2 * (memory_mb << 20) / POST {
        let post = PostInput {
            title: "A post".to_owned(),
            content: "x".repeat(POST),
            ..PostInput::default()
        };
        let changed = plugin.filter::<OnPostCreating>(post).await;
        let changed = changed.expect("memory is left").expect("an excerpt");
        assert_eq!(changed.excerpt.map(|text| text.len()), Some(160));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_javascript() {
    nothing_is_lost("js", 32).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_python() {
    nothing_is_lost("python", 64).await;
}
