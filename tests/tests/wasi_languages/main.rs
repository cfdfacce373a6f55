//! WASI preview 1 as real compilers and their libraries use it: Go's runtime and collector, and
//! wasi-libc.

use std::fs;

use raisfast_testkit::{CallError, Sandbox, SandboxedPlugin, hook::RenderMarkdown};
use raisfast_tests::{Author, Manifest};

const RAISFAST: &str = env!("CARGO_BIN_EXE_raisfast-under-test");

/// A project of this language with this source, whose plugin has one instance.
async fn built(language: &str, file: &str, source: &str) -> SandboxedPlugin {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let author = Author::new(RAISFAST, folder.path());
    author.succeeds(&["plugin", "new", "wasi", "--lang", language]);
    let project = folder.path().join("wasi");
    fs::write(project.join(file), source).expect("the source is written");
    let manifest = Manifest::new("com.example.wasi", &["render-markdown"]);
    let manifest = manifest.with("[pool]\nsize = 1\n[permissions]\ntimeout_ms = 20000");
    fs::write(project.join("manifest.toml"), manifest.text()).expect("the manifest is written");
    author.succeeds(&["plugin", "build", "wasi"]);
    Sandbox::new()
        .load(project.join("dist"))
        .await
        .expect("the plugin loads")
}

async fn call(plugin: &SandboxedPlugin, command: &str) -> Result<String, CallError> {
    let answer = plugin.filter::<RenderMarkdown>(command).await?;
    Ok(answer.expect("the plugin answers"))
}

async fn run(plugin: &SandboxedPlugin, command: &str) -> String {
    call(plugin, command).await.expect("the call succeeds")
}

/// Runs a command that ends the plugin, and returns the error.
async fn ends(plugin: &SandboxedPlugin, command: &str) -> String {
    call(plugin, command).await.expect_err(command).to_string()
}

fn logged(plugin: &SandboxedPlugin, line: &str) -> bool {
    plugin.messages().iter().any(|message| message == line)
}

#[tokio::test(flavor = "multi_thread")]
async fn go_may_collect_garbage_whenever_it_likes() {
    let plugin = built("go", "plugin.go", include_str!("plugin.go")).await;
    let around_2400 = (2_300..2_500).step_by(7);
    let sizes = (1..64)
        .chain((64..2_300).step_by(119))
        .chain(around_2400)
        .chain([4_095, 4_096, 24_000, 65_536, 262_144, 1_000_000, 1 << 20]);
    let mut calls = 0;
    for size in sizes {
        let text: String = ('a'..='z').cycle().take(size).collect();
        for _ in 0..3 {
            let answer = run(&plugin, &format!("upper {text}")).await;
            assert!(answer == text.to_uppercase(), "{size} bytes");
            calls += 1;
        }
    }
    let collections: u32 = run(&plugin, "collections").await.parse().expect("a number");
    assert!(
        collections > 50,
        "{collections} collections in {calls} calls"
    );
    assert_eq!(plugin.messages(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn gos_library_finds_what_there_is() {
    let plugin = built("go", "plugin.go", include_str!("plugin.go")).await;
    let seconds: u64 = run(&plugin, "time").await.parse().expect("a number");
    assert!(seconds > 1_700_000_000, "{seconds}");
    let slept: u64 = run(&plugin, "sleep").await.parse().expect("a number");
    assert!(slept >= 10_000_000, "{slept}");
    let first = run(&plugin, "random").await;
    assert_eq!(first.len(), 32, "{first}");
    assert_ne!(first, run(&plugin, "random").await);
    assert_eq!(run(&plugin, "goroutines").await, "4950");
    assert_eq!(run(&plugin, "environment").await, "0 variables");
    let refused = run(&plugin, "open").await;
    assert!(refused.starts_with("open /etc/passwd: "), "{refused}");

    run(&plugin, "print").await;
    assert!(logged(&plugin, "to stdout") && logged(&plugin, "to stderr"));
    let error = ends(&plugin, "exit").await;
    assert!(
        error.contains("it ended itself with exit status 3"),
        "{error}"
    );
    let error = ends(&plugin, "panic").await;
    assert!(error.contains("unreachable"), "{error}");
    assert!(
        plugin
            .messages()
            .iter()
            .any(|line| line.starts_with("panic: as it was told"))
    );
    // Others took their places.
    assert_eq!(run(&plugin, "upper x").await, "X");
}

#[tokio::test(flavor = "multi_thread")]
async fn wasi_libc_finds_what_there_is() {
    let plugin = built("c", "plugin.c", include_str!("plugin.c")).await;
    let seconds: u64 = run(&plugin, "time").await.parse().expect("a number");
    assert!(seconds > 1_700_000_000, "{seconds}");
    assert_eq!(run(&plugin, "sleep").await, "slept");
    let first = run(&plugin, "random").await;
    assert_ne!(first, run(&plugin, "random").await);
    assert_eq!(run(&plugin, "environment").await, "no PATH");
    assert_eq!(run(&plugin, "open").await, "not opened");
    assert_eq!(run(&plugin, "read").await, "end of file");

    run(&plugin, "print").await;
    for line in ["a line", "to stderr", "no newline"] {
        assert!(logged(&plugin, line), "{line}: {:?}", plugin.messages());
    }
    let error = ends(&plugin, "exit").await;
    assert!(
        error.contains("it ended itself with exit status 4"),
        "{error}"
    );
    let error = ends(&plugin, "abort").await;
    assert!(error.contains("unreachable"), "{error}");
}
