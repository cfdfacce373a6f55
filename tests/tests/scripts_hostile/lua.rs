//! The worst that a script in Lua can do. Its patterns take the place of regular expressions.

use crate::beside::{Beside, State};

const SCRIPT: &str = include_str!("script.lua");

const ENDLESS: [&str; 15] = [
    "loop",
    "caught",
    "host",
    "pattern",
    "pattern-long",
    "coroutines",
    "coroutine",
    "close",
    "collected",
    "index-key",
    "text",
    "sort",
    "gsub",
    "load",
    "log",
];

const STACK: &[&str] = &["stack overflow"];
const MEMORY: &[&str] = &["not enough memory"];
const MUCH: &[&str] = &["it hands over more than 16 MiB"];
const DEEP: &[&str] = &["more than 128"];

const FAILING: [(&str, &[&str]); 30] = [
    ("recursion", STACK),
    ("recursion-caught", &["deep"]),
    ("recursion-index", STACK),
    ("recursion-coroutine", STACK),
    ("recursion-load", &["overflow"]),
    ("memory", MEMORY),
    ("memory-table", MEMORY),
    ("memory-coroutines", MEMORY),
    ("giant", &["resulting string too large"]),
    ("giant-sum", MEMORY),
    ("giant-format", &["invalid format"]),
    ("giant-concat", &["invalid value"]),
    ("giant-unpack", &["too many results to unpack"]),
    ("deep-json", DEEP),
    ("deep-data", DEEP),
    ("deep-answer", DEEP),
    ("cyclic-answer", &["one contains itself"]),
    (
        "function-answer",
        &["a function cannot be handed to the host"],
    ),
    ("wrong-answer", &["on_post_updating returned a number"]),
    ("bytes-answer", &["`title` as bytes"]),
    ("huge-answer", MUCH),
    ("huge-value", MUCH),
    ("compiled", &["a compiled script"]),
    ("dumped", &["unable to dump"]),
    ("load-throws", &["evaluated"]),
    ("require", &["there is no module `os`"]),
    ("require-outside", &["there is no module"]),
    ("raised", &["again"]),
    ("poison", &["the state is spoilt"]),
    ("pollute", &["polluted: 9007199254740993 index true"]),
];

const SURVIVED: [&str; 2] = ["huge-log", "large-value"];

#[tokio::test(flavor = "multi_thread")]
async fn what_a_script_in_lua_does_ends_its_call_and_nothing_else() {
    let server = Beside::start("lua", SCRIPT, State::Kept).await;
    server.bounds_hold(&SURVIVED).await;
    for (act, reasons) in FAILING {
        server.fails(act, reasons).await;
    }
    for act in ENDLESS {
        server.never_ends(act).await;
    }
    for (text, expected) in [
        ("while true do end", "no instance was ready within"),
        (
            "local t = {} while true do t[#t + 1] = ('x'):rep(1e5) .. #t end",
            "memory",
        ),
        ("error('not today')", "init.lua:1: not today"),
    ] {
        server.fails_to_start(text, expected).await;
    }
    server.has_ended_each_as_expected();
}
