//! `require`: the module `sdk`, and the plugin's own files.

use raisfast_test_interpreters::{Interpreter, Script, World};

fn prints(world: World) -> Vec<String> {
    let mut script = Script::loaded(Interpreter::lua(), world);
    let log = &script.world().log;
    log.iter().map(|(_, text)| text.clone()).collect()
}

fn failure(world: World) -> String {
    let mut script = Script::instance(Interpreter::lua(), world);
    script.load().expect_err("it does not load").message
}

#[test]
fn a_file_is_found_under_each_spelling_and_runs_once() {
    let world = World::of(
        "init.lua",
        "local a, b, c, d = require('lib.dates'), require('lib/dates'), require('./lib/dates'), require 'lib/dates.lua'
         print(a == b, b == c, c == d, a.year, require('shapes').name, package.loaded['lib/dates.lua'] == a)",
    )
    .with("lib/dates.lua", "print('once', ...) return {year = 2026}")
    .with("shapes/init.lua", "return {name = 'round'}");
    assert_eq!(
        prints(world),
        ["once\tlib/dates.lua", "true\ttrue\ttrue\t2026\tround\ttrue"]
    );
}

#[test]
fn the_sdk_is_a_module_and_host_a_global() {
    let lines = prints(World::of(
        "init.lua",
        "local sdk = require('sdk')
         print(sdk == require 'sdk', type(sdk.dbQuery), Host == RaisFastHost, type(Host.dbQuery), Host.null == sdk.null)",
    ));
    assert_eq!(lines, ["true\tfunction\ttrue\tfunction\ttrue"]);
}

#[test]
fn a_file_without_a_value_is_true_and_its_globals_are_seen() {
    let world = World::of("init.lua", "print(require('globals'), greeting)")
        .with("globals.lua", "greeting = 'hello'");
    assert_eq!(prints(world), ["true\thello"]);
}

#[test]
fn a_module_may_be_left_in_a_global_also_around_another_one() {
    let world = World::of(
        "init.lua",
        "local a, b = require('./a.lua'), require('b')
         print(a.name(), b.name, require('a') == a, _module)",
    )
    .with(
        "a.lua",
        "_module = {}
         local b = require('./b.lua')
         function _module.name() return 'a with ' .. b.name end",
    )
    .with("b.lua", "_module = {name = 'b'}");
    assert_eq!(prints(world), ["a with b\tb\ttrue\tnil"]);
}

#[test]
fn a_missing_module_is_told() {
    assert_eq!(
        failure(World::of("init.lua", "require('socket')")),
        "there is no module `socket`: neither `sdk` nor a file `socket.lua` in the plugin's folder"
    );
    for path in ["../other/init", "/etc/passwd", "", "lib/"] {
        let message = failure(World::of("init.lua", &format!("require({path:?})")));
        assert!(message.starts_with("there is no module"), "{message}");
    }
    let long = "x".repeat(10_000);
    let message = failure(World::of("init.lua", &format!("require({long:?})")));
    assert!(message.starts_with("there is no module"), "{message}");
}

#[test]
fn files_that_require_each_other_are_told_so() {
    let world = World::of("init.lua", "require('a')")
        .with("a.lua", "require('b')")
        .with("b.lua", "require('a')");
    assert_eq!(
        failure(world),
        "`a.lua` is required while it is still running: two files require each other"
    );
}

#[test]
fn an_error_in_a_file_has_its_place_and_the_file_can_be_required_again() {
    let world = World::of(
        "init.lua",
        "tries = 0
         print(pcall(require, 'bad'))
         print(pcall(require, 'bad'))
         print(pcall(require, 'wrong'))",
    )
    .with(
        "bad.lua",
        "tries = tries + 1\nif tries < 2 then error('not yet') end\nreturn 'now'",
    )
    .with("wrong.lua", "local = 1");
    assert_eq!(
        prints(world),
        [
            "false\tbad.lua:2: not yet",
            "true\tnow",
            "false\twrong.lua:1: <name> expected near '='",
        ]
    );
}

#[test]
fn handlers_are_found_in_the_returned_table_then_in_the_global_one() {
    let load = |text: &str| {
        let mut script = Script::instance(Interpreter::lua(), World::of("init.lua", text));
        script.load().unwrap()
    };
    assert_eq!(
        load(
            "return {on_post_creating = print, renderMarkdown = print, on_load = print, other = print}"
        ),
        ["on-post-creating", "render-markdown", "on-load"]
    );
    assert_eq!(
        load("Plugin = {snapshot = print, restore = print}"),
        ["snapshot", "restore"]
    );
    assert_eq!(load("function Plugin.onCronTick() end"), ["on-cron-tick"]);
    assert_eq!(
        load("local M = {} function M.on_login() end function Plugin.on_unload() end return M"),
        ["on-login", "on-unload"]
    );
    assert_eq!(load("Plugin.on_login = 5"), [""; 0]);
    assert_eq!(load("Plugin = nil return 5"), [""; 0]);
}
