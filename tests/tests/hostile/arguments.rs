//! Arguments that guests hand to the host's functions.

use raisfast_tests::{Stack, guest, malformed};

use crate::beside::{Beside, HOSTILE, LIMITS, beside};

#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_a_gigabyte_that_is_not_there() {
    let server = Beside::start(malformed(Stack::Callers)).await;
    let error = server.fails("gigabyte", "Some text.").await;
    assert_eq!(
        error,
        "the guest trapped: string pointer/length out of bounds of memory"
    );
}

/// A guest with room for a hundred megabytes.
async fn roomy() -> Beside {
    let limits = LIMITS.replace("max_memory_mb = 8", "max_memory_mb = 250");
    Beside::of(beside(guest("hostile"), &limits)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_hundred_megabytes_is_not_even_copied() {
    let server = roomy().await;
    let error = server.fails("huge-log", "100000000").await;
    assert!(error.contains("it hands over more than 16 MiB"), "{error}");
    assert!(
        !server
            .0
            .logged(HOSTILE)
            .iter()
            .any(|record| record.starts_with('x'))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_a_hundred_megabytes_is_not_even_copied() {
    let error = roomy().await.fails("huge-value", "100000000").await;
    assert!(error.contains("it hands over more than 16 MiB"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_a_hundred_megabytes_is_not_even_copied() {
    let error = roomy().await.fails("huge-answer", "100000000").await;
    assert!(error.contains("it hands over more than 16 MiB"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_some_megabytes_is_cut() {
    let server = roomy().await;
    let post = server.survives("huge-log", "4000000").await;
    assert_eq!(post["excerpt"], "healthy");
    let record = server.0.logs(HOSTILE, "[cut: 4000000 bytes in all]").await;
    assert!(record.len() < 9_000, "{}", record.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_beyond_the_quota_is_refused() {
    let server = roomy().await;
    let post = server.survives("huge-value", "12000000").await;
    assert_eq!(post["excerpt"], "healthy");
    server
        .0
        .logs(HOSTILE, "under [limits], kv_keys or kv_bytes")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_longer_than_a_post_may_be_is_refused() {
    let error = roomy().await.fails("huge-answer", "2000000").await;
    assert_eq!(
        error,
        "its answer is invalid: /content: must have at most 1048576 bytes, not 2000000"
    );
}
