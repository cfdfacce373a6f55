//! WASI 0.2 with nothing granted: what works, and how the rest fails.

use raisfast_testkit::{
    CallError, HookName, Level, Sandbox, SandboxedPlugin, hook::RenderMarkdown,
};
use raisfast_tests::{Manifest, guest};

async fn wasi(more: &str) -> SandboxedPlugin {
    let manifest = Manifest::new("com.example.wasi", &["render-markdown"])
        .with("[pool]\nsize = 1")
        .with(more);
    Sandbox::new()
        .load_parts(manifest.text(), guest("wasi"))
        .await
        .expect("the guest loads")
}

async fn call(plugin: &SandboxedPlugin, command: &str) -> Result<String, CallError> {
    let answer = plugin.filter::<RenderMarkdown>(command).await?;
    Ok(answer.expect("the guest answers"))
}

async fn run(plugin: &SandboxedPlugin, command: &str) -> String {
    call(plugin, command).await.expect("the call succeeds")
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_and_names_are_refused_and_stdin_is_at_its_end() {
    let plugin = wasi("").await;
    for command in ["tcp", "udp"] {
        let found = run(&plugin, command).await;
        assert!(found.contains("access-denied"), "{command}: {found}");
    }
    for name in ["localhost", "example.com", "127.0.0.1"] {
        let found = run(&plugin, &format!("resolve {name}")).await;
        assert!(
            found.contains("permanent-resolver-failure"),
            "{name}: {found}"
        );
    }
    assert_eq!(run(&plugin, "stdin").await, "StreamError::Closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn output_becomes_records_of_the_hook_in_the_order_of_printing() {
    let plugin = wasi("").await;
    run(&plugin, "print stdout one\ntwo").await;
    run(&plugin, "print stderr three").await;
    let long = "aß".repeat(10_000);
    run(&plugin, &format!("print stdout {long}")).await;
    run(&plugin, "bytes").await;
    let logs = plugin.logs();
    assert!(
        logs.iter()
            .all(|entry| entry.hook == Some(HookName::RenderMarkdown))
    );
    let records: Vec<_> = logs
        .iter()
        .map(|entry| (entry.level, entry.message.as_str()))
        .collect();
    assert_eq!(
        records[..3],
        [
            (Level::Info, "one"),
            (Level::Info, "two"),
            (Level::Warn, "three")
        ]
    );
    let (bytes, pieces) = records[3..].split_last().expect("more records");
    assert_eq!(
        pieces.iter().map(|(_, text)| *text).collect::<String>(),
        long
    );
    assert!(pieces.iter().all(|(_, text)| text.len() <= 8 << 10));
    assert_eq!(*bytes, (Level::Info, "\u{fffd}\0\u{fffd} text"));
}

#[tokio::test(flavor = "multi_thread")]
async fn exiting_fails_the_call_and_says_so() {
    let plugin = wasi("").await;
    for _ in 0..2 {
        let error = call(&plugin, "exit").await.unwrap_err().to_string();
        assert!(
            error.contains("it ended itself with exit status 1"),
            "{error}"
        );
    }
    assert_eq!(run(&plugin, "random 32").await, "32");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_works_and_ends_at_the_deadline() {
    let plugin = wasi("[permissions]\ntimeout_ms = 500").await;
    let passed: u64 = run(&plugin, "sleep 10000000").await.parse().unwrap();
    assert!(passed >= 10_000_000, "{passed}");
    let error = call(&plugin, &format!("sleep {}", u64::MAX))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("no answer within 500 ms"), "{error}");
}

/// The test's one thread serves both: a guest that blocked it would keep the other from ever being
/// called.
#[tokio::test]
async fn a_guest_that_waits_does_not_hold_its_thread() {
    let (waiting, other) = (wasi("").await, wasi("").await);
    let for_ever = format!("sleep {}", u64::MAX);
    tokio::select! {
        biased;
        ended = call(&waiting, &for_ever) => panic!("{ended:?}"),
        found = run(&other, "random 8") => assert_eq!(found, "8"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_random_bytes_than_anybody_needs_are_refused() {
    let plugin = wasi("").await;
    assert_eq!(run(&plugin, "random 1048576").await, "1048576");
    let error = call(&plugin, "random 1048577").await.unwrap_err();
    assert!(
        error.to_string().contains("exceeds limit 1048576"),
        "{error}"
    );
}
