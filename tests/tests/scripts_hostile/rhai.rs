//! The worst that a script in Rhai can do. It has neither regular expressions nor coroutines, and
//! no state of its own that a call could spoil.

use crate::beside::{Beside, State};

const SCRIPT: &str = include_str!("script.rhai");

const ENDLESS: [&str; 9] = [
    "loop", "caught", "host", "range", "closure", "callback", "sort", "eval", "log",
];

const STACK: &[&str] = &["Stack overflow"];
/// The interpreter ends where it gets no memory, and where its own stack ends.
const ENDED: &[&str] = &["the guest ran out of memory", "the guest trapped"];
const MUCH: &[&str] = &["it hands over more than 16 MiB"];
const DEEP: &[&str] = &["JSON of more than 128 lists"];

const FAILING: [(&str, &[&str]); 26] = [
    ("recursion", STACK),
    ("recursion-again", STACK),
    ("recursion-closure", STACK),
    ("recursion-eval", &["maximum complexity"]),
    ("memory", ENDED),
    ("memory-map", ENDED),
    ("memory-pad", ENDED),
    ("memory-blob", ENDED),
    ("giant", ENDED),
    ("giant-sum", ENDED),
    ("deep-json", DEEP),
    ("deep-data", DEEP),
    ("deep-value", ENDED),
    ("deep-answer", &["on_post_updating returned `tag_ids`"]),
    ("wrong-answer", &["on_post_updating returned a number"]),
    ("huge-answer", MUCH),
    ("huge-value", MUCH),
    ("overflow", &["overflow"]),
    ("zero", &["zero"]),
    ("beyond", &["out of bounds"]),
    ("eval-throws", &["evaluated"]),
    ("eval-syntax", &["Unexpected"]),
    ("eval-function", &["unction"]),
    ("import", &["os"]),
    ("import-outside", &["passwd"]),
    ("throw", &["deep"]),
];

const SURVIVED: [&str; 2] = ["huge-log", "large-value"];

#[tokio::test(flavor = "multi_thread")]
async fn what_a_script_in_rhai_does_ends_its_call_and_nothing_else() {
    let server = Beside::start("rhai", SCRIPT, State::None).await;
    server.bounds_hold(&SURVIVED).await;
    for (act, reasons) in FAILING {
        server.fails(act, reasons).await;
    }
    server.fails("pollute", &["polluted: map i64"]).await;
    for act in ENDLESS {
        server.never_ends(act).await;
    }
    for (text, expected) in [
        ("loop { }", "no instance was ready within"),
        (
            "let t = []; loop { t.push(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" + t.len); }",
            "memory",
        ),
        ("throw \"not today\";", "init.rhai:1:1: not today"),
    ] {
        server.fails_to_start(text, expected).await;
    }
    server.has_ended_each_as_expected();
}
