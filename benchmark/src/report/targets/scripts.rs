//! Plugins that are scripts, against the same engines without a sandbox.

use super::{Quotient, Wanted};

pub(super) const POST: &str = "script: on-post-creating 2 KB";
const FIB: &str = "script: fib(20)";

/// The time of a script for a post, divided by its engine's.
const fn post(
    name: &'static str,
    script: &'static str,
    other: &'static str,
) -> (&'static str, Quotient) {
    (name, Quotient::Of((POST, script), 1.0, (POST, other)))
}

/// The same for recursion.
const fn fib(
    name: &'static str,
    script: &'static str,
    other: &'static str,
) -> (&'static str, Quotient) {
    (name, Quotient::Of((FIB, script), 1.0, (FIB, other)))
}

pub(super) const RATIOS: &[(&str, Quotient)] = &[
    post(
        "script, post: JavaScript ÷ QuickJS, a VM per request",
        "JavaScript script",
        "QuickJS, a VM per request",
    ),
    post(
        "script, post: Lua ÷ Lua, a VM per request",
        "Lua script",
        "Lua 5.4, a VM per request",
    ),
    post(
        "script, post: Rhai ÷ Rhai, a VM per request",
        "Rhai script",
        "Rhai, a VM per request",
    ),
    post(
        "script, post: JavaScript ÷ QuickJS, reused",
        "JavaScript script",
        "QuickJS, reused",
    ),
    post(
        "script, post: Lua ÷ Lua, reused",
        "Lua script",
        "Lua 5.4, reused",
    ),
    post(
        "script, post: Rhai ÷ Rhai, reused",
        "Rhai script",
        "Rhai, reused",
    ),
    post(
        "script, post: JavaScript, max_calls = 1 ÷ QuickJS, a VM per request",
        "JavaScript script, max_calls = 1",
        "QuickJS, a VM per request",
    ),
    post(
        "script, post: Lua, max_calls = 1 ÷ Lua, a VM per request",
        "Lua script, max_calls = 1",
        "Lua 5.4, a VM per request",
    ),
    post(
        "script, post: Rhai, max_calls = 1 ÷ Rhai, a VM per request",
        "Rhai script, max_calls = 1",
        "Rhai, a VM per request",
    ),
    fib(
        "script, fib: JavaScript ÷ QuickJS, reused",
        "JavaScript script",
        "QuickJS, reused",
    ),
    fib(
        "script, fib: Lua ÷ Lua, reused",
        "Lua script",
        "Lua 5.4, reused",
    ),
    fib(
        "script, fib: Rhai ÷ Rhai, reused",
        "Rhai script",
        "Rhai, reused",
    ),
    (
        "server start: 100 scripts ÷ 100 plugins",
        Quotient::Of(
            ("server start", "100 scripts"),
            1.0,
            ("server start", "100 plugins"),
        ),
    ),
    (
        "memory: a further idle script ÷ a further idle plugin",
        Quotient::Of(
            ("memory", "a further idle script"),
            1.0,
            ("memory", "a further idle plugin"),
        ),
    ),
];

pub(super) const WANTED: &[Wanted] = &[
    Wanted::ratio("script, post: JavaScript ÷ QuickJS, a VM per request", 0.25),
    Wanted::ratio("script, post: Lua ÷ Lua, a VM per request", 0.25),
    Wanted::ratio("script, post: Rhai ÷ Rhai, a VM per request", 0.25),
    Wanted::ratio("script, post: JavaScript ÷ QuickJS, reused", 1.5),
    Wanted::ratio("script, post: Lua ÷ Lua, reused", 2.0),
    Wanted::ratio("script, post: Rhai ÷ Rhai, reused", 2.5),
    Wanted::ratio(
        "script, post: JavaScript, max_calls = 1 ÷ QuickJS, a VM per request",
        1.5,
    ),
    Wanted::ratio(
        "script, post: Lua, max_calls = 1 ÷ Lua, a VM per request",
        1.5,
    ),
    Wanted::ratio(
        "script, post: Rhai, max_calls = 1 ÷ Rhai, a VM per request",
        1.5,
    ),
    Wanted::ratio("script, fib: JavaScript ÷ QuickJS, reused", 2.5),
    Wanted::ratio("script, fib: Lua ÷ Lua, reused", 2.5),
    Wanted::milliseconds(("loading a JavaScript script", "to 4 instances"), 20.0),
    Wanted::milliseconds(("loading a Lua script", "to 4 instances"), 20.0),
    Wanted::milliseconds(("loading a Rhai script", "to 4 instances"), 20.0),
];
