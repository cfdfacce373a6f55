//! Guests that want more memory than they may have.

use raisfast_tests::{Stack, guest, malformed};

use crate::beside::Beside;

#[tokio::test(flavor = "multi_thread")]
async fn growth_is_refused_and_a_guest_may_cope() {
    let server = Beside::start(guest("hostile")).await;
    assert_eq!(server.survives("grow", "").await["excerpt"], "healthy");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allocation_that_fails_is_told_with_the_limit() {
    let error = Beside::start(guest("hostile")).await.fails("oom", "").await;
    assert!(
        error.starts_with("the guest ran out of memory: it reached `unreachable`")
            && error.contains("It may have 8 MiB; `max_memory_mb`"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_may_not_grow_is_told_as_that() {
    let wasm = malformed(Stack::Callers);
    let error = Beside::start(wasm).await.fails("table", "").await;
    assert!(
        error.starts_with("the guest trapped: it reached `unreachable`")
            && error
                .ends_with("it wanted a table of more than 100000 elements, which none may have"),
        "{error}"
    );
}
