//! Recursion without end, on both stacks that a guest may run on.

use raisfast_tests::{Stack, guest, malformed};

use crate::beside::Beside;

const EXHAUSTED: &str =
    "the guest trapped: its call stack is exhausted; is there a recursion without end?";

async fn exhausts(stack: Stack, how: &str) {
    let wasm = malformed(stack);
    let error = Beside::start(wasm).await.fails(how, "").await;
    assert!(error.starts_with(EXHAUSTED), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stack_of_its_own() {
    exhausts(Stack::Own, "stack").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_callers_stack() {
    exhausts(Stack::Callers, "stack").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_called_with_the_least_of_its_own_stack_left() {
    exhausts(Stack::Own, "host").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_called_with_the_least_of_its_callers_stack_left() {
    exhausts(Stack::Callers, "host").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stack_that_a_compiler_keeps_in_the_memory() {
    let error = Beside::start(guest("hostile"))
        .await
        .fails("recurse", "")
        .await;
    assert_eq!(
        error,
        "the guest trapped: it went beyond its memory, as too deep a recursion or wrong unsafe code does"
    );
}
