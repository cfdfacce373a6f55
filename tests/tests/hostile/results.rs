//! Answers that are not values of the contract.

use raisfast_tests::{Stack, malformed};

use crate::beside::Beside;

/// Returns the message for the author of a guest whose answer is malformed in this way.
async fn told(how: &str) -> String {
    let server = Beside::start(malformed(Stack::Callers)).await;
    server.fails(how, "Some text.").await
}

macro_rules! refused {
    ($($name:ident: $how:literal, $reason:literal;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                assert_eq!(told($how).await, concat!("the guest trapped: ", $reason));
            }
        )*
    };
}

refused! {
    a_text_that_is_no_utf_8: "utf-8", "invalid utf-8 sequence of 1 bytes from index 0";
    a_text_that_begins_beyond_the_memory: "pointer", "string pointer/length out of bounds of memory";
    a_text_that_ends_beyond_the_memory: "length", "string pointer/length out of bounds of memory";
    a_list_of_four_billion_texts: "billions", "list pointer/length out of bounds of memory";
    an_answer_that_lies_beyond_the_memory: "result", "pointer out of bounds of memory";
    an_answer_that_is_not_aligned: "misaligned", "return pointer not aligned";
    an_answer_that_is_neither_none_nor_some: "discriminant", "invalid option discriminant";
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_thousands_of_times() {
    let error = told("again").await;
    assert!(error.contains("it hands over more than"), "{error}");
}
