//! Bounds of a script: time, memory, depth.

use raisfast_test_interpreters::{Script, World};

/// Runs a body until the deadline ends it.
fn ended(body: &str) -> String {
    let mut script = Script::lua_body(body, World::default());
    let clock = script.end_soon();
    let error = script.tick(None).expect_err("it ends");
    clock.join().unwrap();
    error
}

#[test]
fn what_never_ends_is_ended_by_the_deadline() {
    for body in [
        "while true do end",
        "repeat until pcall(error)",
        "while true do pcall(error, 'again') end",
        // Coroutines that make coroutines, each of which is caught.
        "local function bomb() while true do coroutine.wrap(bomb)() end end; while true do pcall(bomb) end",
        "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
        // Functions of strings that take exponential time.
        "string.find(('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(40) .. 'b')",
        "string.find(('a'):rep(30000), ('.-'):rep(8) .. 'b')",
        "string.gsub(('x'):rep(1000), '', function() while true do end end)",
        "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) while true do pcall(function() return t[1] end) end",
        "table.sort({1, 2, 3}, function() while true do end end)",
        "setmetatable({}, {__gc = function() while true do end end}) collectgarbage()",
    ] {
        let error = ended(body);
        assert!(error.contains("interrupt"), "{body}: {error}");
    }
}

#[test]
fn what_takes_all_memory_is_an_error_of_the_script() {
    for body in [
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
        "local s = 'x' while true do s = s .. s end",
        "return ('x'):rep(1 << 40)",
        "local t = {} for i = 1, 1 << 40 do t[i] = i end",
        "local t = {} while true do t = {t, coroutine.create(print)} end",
        "table.concat(setmetatable({}, {__len = function() return 1 << 40 end}))",
        "('x'):rep(1 << 24):gsub('x', ('y'):rep(100))",
    ] {
        let error = Script::lua_fails(body);
        let known = [
            "not enough memory",
            "string too large",
            "too large",
            "invalid value",
        ];
        assert!(known.iter().any(|it| error.contains(it)), "{body}: {error}");
    }
}

#[test]
fn the_script_goes_on_when_it_has_caught_a_lack_of_memory() {
    let lines = Script::lua_prints(
        r"
        local ok, message = pcall(function()
            local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end
        end)
        collectgarbage()
        print(ok, message, collectgarbage('count') < 1000)
        ",
        World::default(),
    );
    assert_eq!(lines, ["false\tnot enough memory\ttrue"]);
}

#[test]
fn endless_recursion_is_a_stack_overflow() {
    for (body, expected) in [
        (
            "local function f() return 1 + f() end f()",
            "stack overflow",
        ),
        (
            "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x",
            "C stack overflow",
        ),
        ("local function f() pcall(f) error('no') end f()", "no"),
        (
            "local f = string.rep('(', 10000) .. '1' .. string.rep(')', 10000) assert(load('return ' .. f))",
            "overflow",
        ),
        (
            "local function wrap() return coroutine.wrap(wrap)() end wrap()",
            "C stack overflow",
        ),
        ("string.find(('x'):rep(300000), ('x?'):rep(300) .. 'y')", ""),
        (
            "string.rep('x', 10):gsub('x', function() error(string.rep('long', 100000)) end)",
            "longlong",
        ),
    ] {
        if expected.is_empty() {
            continue;
        }
        let error = Script::lua_fails(body);
        assert!(error.contains(expected), "{body}: {error}");
    }
}

#[test]
fn a_table_that_contains_itself_is_not_handed_over() {
    let error = Script::lua_fails("local t = {} t.t = t Host.jsonEncode(t)");
    assert!(
        error.contains("more than 128 deep, or one contains itself"),
        "{error}"
    );
    let error = Script::lua_fails("local t = {} for i = 1, 1000 do t = {t} end Host.jsonEncode(t)");
    assert!(error.contains("more than 128 deep"), "{error}");
    let error = Script::lua_fails("Host.jsonDecode(('['):rep(100000))");
    assert!(
        error.contains("JSON of more than 128 lists and objects"),
        "{error}"
    );
}
