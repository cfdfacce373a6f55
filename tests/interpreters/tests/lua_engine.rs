//! Lua itself, in the sandbox: errors, numbers, libraries, bounds.

use raisfast_test_interpreters::Script;

/// Runs a text as the body of `on_cron_tick`, and returns what it has printed.
fn printed(body: &str) -> Vec<String> {
    let mut script = Script::lua(&format!("function Plugin.on_cron_tick()\n{body}\nend"));
    script.tick(None).unwrap_or_else(|error| panic!("{error}"));
    let log = &script.world().log;
    log.iter().map(|(_, text)| text.clone()).collect()
}

#[test]
fn errors_are_caught_with_their_place() {
    let lines = printed(
        r#"
        print(pcall(error, "plain"))
        print(pcall(function() local x = nil; return x.field end))
        print(select(2, pcall(error, {code = 7})).code)
        print(xpcall(function() error("deep") end, function(m) return "handled " .. m end))
        "#,
    );
    assert_eq!(
        lines,
        [
            "false\tplain",
            "false\tinit.lua:4: attempt to index a nil value (local 'x')",
            "7",
            "false\thandled init.lua:6: deep",
        ]
    );
}

#[test]
fn a_million_caught_errors_need_no_memory() {
    let lines = printed(
        r"
        collectgarbage()
        local before = collectgarbage('count')
        for i = 1, 1000000 do pcall(error) end
        collectgarbage()
        print(collectgarbage('count') - before < 64)
        ",
    );
    assert_eq!(lines, ["true"]);
}
