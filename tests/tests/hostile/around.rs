//! Code of a guest that runs around the hook itself: `cabi_realloc` while its arguments are
//! written, and post-return after its answer was read.

use raisfast_tests::{Stack, malformed};

use crate::beside::Beside;

/// The reason for which a call fails that this post begins, on each stack that a guest may run on.
async fn fails(how: &str) -> [String; 2] {
    let mut reasons = [String::new(), String::new()];
    for (reason, stack) in reasons.iter_mut().zip([Stack::Callers, Stack::Own]) {
        let server = Box::pin(Beside::start(malformed(stack))).await;
        *reason = server.fails(how, "Some text.").await;
    }
    reasons
}

async fn may_not_call_the_host(how: &str) {
    for reason in fails(how).await {
        assert_eq!(
            reason,
            "the guest trapped: wasm trap: cannot leave component instance"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_realloc_that_calls_the_host() {
    may_not_call_the_host("known").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_return_that_calls_the_host() {
    may_not_call_the_host("notify").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_return_that_traps() {
    for reason in fails("crash").await {
        assert!(reason.contains("it reached `unreachable`"), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_return_that_never_returns() {
    for reason in fails("endless").await {
        assert!(reason.starts_with("no answer within 1500 ms"), "{reason}");
    }
}
