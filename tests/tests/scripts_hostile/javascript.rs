//! The worst that a script in JavaScript can do.

use crate::beside::{Beside, State};

const SCRIPT: &str = include_str!("script.js");

const ENDLESS: [&str; 13] = [
    "loop",
    "caught",
    "host",
    "regex",
    "promises",
    "generator",
    "proxy",
    "answer",
    "argument",
    "sort",
    "eval",
    "function",
    "log",
];

const STACK: &[&str] = &["Maximum call stack size exceeded", "stack overflow"];
/// The words of either: where the engine itself recurses, the stack may end before its own bound.
const EITHER_STACK: &[&str] = &[
    "Maximum call stack size exceeded",
    "stack overflow",
    "its call stack is exhausted",
];
const MEMORY: &[&str] = &["out of memory", "invalid", "too long"];
const MUCH: &[&str] = &["it hands over more than 16 MiB"];

const FAILING: [(&str, &[&str]); 24] = [
    ("recursion", STACK),
    ("recursion-proxy", STACK),
    ("recursion-json", EITHER_STACK),
    ("recursion-regex", EITHER_STACK),
    ("recursion-eval", EITHER_STACK),
    ("memory", MEMORY),
    ("memory-array", MEMORY),
    ("memory-buffer", MEMORY),
    ("giant", MEMORY),
    ("giant-sum", MEMORY),
    ("deep-json", EITHER_STACK),
    ("deep-data", &["JSON of more than 128 lists"]),
    ("deep-answer", &["more than 128 lists"]),
    ("cyclic-answer", &["contains itself"]),
    ("wrong-answer", &["on_post_updating returned a number"]),
    ("huge-answer", MUCH),
    ("huge-value", MUCH),
    ("promise-never", &["a promise that never settles"]),
    ("promise-rejected", &["Error: rejected"]),
    ("eval-throws", &["Error: evaluated"]),
    ("import", &["there is no such module"]),
    ("import-outside", &["outside of the plugin's folder"]),
    ("poison", &["the state is spoilt"]),
    (
        "pollute",
        &["polluted: 9007199254740993 index index 1 denied"],
    ),
];

const SURVIVED: [&str; 4] = [
    "huge-log",
    "large-value",
    "open-transaction",
    "rejected-beside",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_a_script_in_javascript_does_ends_its_call_and_nothing_else() {
    let server = Beside::start("js", SCRIPT, State::Kept).await;
    server.bounds_hold(&SURVIVED).await;
    for (act, reasons) in FAILING {
        server.fails(act, reasons).await;
    }
    for act in ENDLESS {
        server.never_ends(act).await;
    }
    for (text, expected) in [
        ("for (;;);", "no instance was ready within"),
        (
            "const t = []; for (;;) t.push('x'.repeat(1e5) + t.length);",
            "memory",
        ),
        ("throw new Error('not today');", "main.js:1:"),
        ("await new Promise(() => {});", "never settles"),
    ] {
        server.fails_to_start(text, expected).await;
    }
    server.has_ended_each_as_expected();
}
