//! Calls that end abnormally. What a guest without imports that wait says, `failures.rs` beside
//! this folder shows.

use raisfast_tests::guest;

use crate::beside::{Beside, HOSTILE};

#[tokio::test(flavor = "multi_thread")]
async fn a_trap() {
    let error = Beside::hostile("").await.fails("trap", "").await;
    assert_eq!(
        error,
        "the guest trapped: it reached `unreachable`, as a panic or a failed allocation does; the plugin's log may say more"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_leaves_its_words_in_the_log() {
    let server = Beside::hostile("").await;
    let error = server.fails("panic", "").await;
    assert!(error.contains("the plugin's log may say more"), "{error}");
    server.0.logs(HOSTILE, "the post asked for a panic").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spoilt_state_is_gone_with_its_instance() {
    let server = Beside::hostile("").await;
    // Both instances are called again afterwards, and neither says `poisoned`.
    let error = server.fails("poison", "").await;
    assert!(error.starts_with("the guest trapped: "), "{error}");
    let post = server.survives("fine", "").await;
    assert_eq!(post["excerpt"], "healthy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_always_fails_fails_alone() {
    let server = Beside::start(guest("hostile")).await;
    for title in ["trap", "poison", "oom", "recurse"] {
        server.fails(title, "").await;
    }
    let discarded = server.is_whole().await["pool"]["discarded"].clone();
    assert_eq!(discarded, 4);
}
