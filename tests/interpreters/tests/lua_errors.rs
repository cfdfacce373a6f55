//! Failures of a script, with their places.

use raisfast_test_interpreters::{Interpreter, Script, World, types::PostInput};

fn post() -> PostInput {
    PostInput {
        title: "Title".into(),
        content: "Content".into(),
        slug: None,
        excerpt: None,
        category_id: None,
        tag_ids: None,
        status: None,
        cover_image: None,
    }
}

#[test]
fn a_syntax_error_has_its_line_and_where_it_can_be_known_its_column() {
    let failure = Script::lua_failure("local a = 1\nlocal b = = 2\n");
    assert_eq!(failure.message, "unexpected symbol near '='");
    assert_eq!(failure.file.as_deref(), Some("init.lua"));
    assert_eq!((failure.line, failure.column), (Some(2), None));

    let failure = Script::lua_failure("local a = 1\nlocal ü = 2\nlocal 5x = 3");
    assert_eq!(failure.line, Some(2));

    let failure = Script::lua_failure("x = 1\n  local function then() end");
    assert_eq!(failure.message, "<name> expected near 'then'");
    assert_eq!((failure.line, failure.column), (Some(2), Some(18)));

    let failure = Script::lua_failure("if x then\n\n");
    assert_eq!(
        failure.message,
        "'end' expected (to close 'if' at line 1) near <eof>"
    );
    assert_eq!(failure.line, Some(3));
}

#[test]
fn an_error_of_the_top_level_is_one_of_the_load() {
    let failure = Script::lua_failure("local t\nlocal function f() return t.x end\nlocal y = f()");
    assert_eq!(
        failure.message,
        "attempt to index a nil value (upvalue 't')"
    );
    assert_eq!(
        (failure.file.as_deref(), failure.line),
        (Some("init.lua"), Some(2))
    );
    assert_eq!(
        failure.stack.as_deref(),
        Some("init.lua:2: f\ninit.lua:3: top level")
    );
}

#[test]
fn an_error_in_a_handler_has_the_scripts_own_frames() {
    let world = World::of(
        "init.lua",
        "local lib = require('lib.deep')\nfunction Plugin.on_cron_tick() lib.go(3) end",
    )
    .with(
        "lib/deep.lua",
        "local M = {}\nlocal function down(n)\n  if n == 0 then error('at the bottom') end\n  local x = down(n - 1)\n  return x\nend\nfunction M.go(n)\n  local x = down(n)\n  return x\nend\nreturn M",
    );
    let mut script = Script::loaded(Interpreter::lua(), world);
    assert_eq!(
        script.tick(None).unwrap_err(),
        "lib/deep.lua:3: at the bottom\n\
         lib/deep.lua:3: down\n\
         lib/deep.lua:4: down\n\
         lib/deep.lua:4: down\n\
         lib/deep.lua:4: down\n\
         lib/deep.lua:8: go\n\
         init.lua:2: function"
    );
}

#[test]
fn a_deep_stack_is_cut_in_its_middle() {
    let error = Script::lua_fails(
        "local function f(n) if n == 0 then error('x') end return 1 + f(n - 1) end f(500)",
    );
    let lines: Vec<_> = error.lines().collect();
    assert!(lines.len() < 60, "{error}");
    assert!(lines.iter().any(|line| line.contains("more …")), "{error}");
    assert!(lines.last().unwrap().starts_with("init.lua:2: "), "{error}");
}

#[test]
fn whatever_is_raised_is_told() {
    for (body, expected) in [
        ("error('text', 0)", "init.lua:2: text\n"),
        ("error()", "error() was called with a nil, not with a text"),
        (
            "error({code = 1})",
            "error() was called with a table, not with a text",
        ),
        (
            "error(setmetatable({}, {__tostring = function() return 'in its own words' end}))",
            "init.lua:2: in its own words",
        ),
        ("error(42)", "init.lua:2: 42"),
        (
            "coroutine.wrap(function() local x = nil + 1 end)()",
            "attempt to perform arithmetic on a nil value",
        ),
        (
            "sdk.nosuch()",
            "attempt to call a nil value (field 'nosuch')",
        ),
        (
            "Host.jsonDecode('{')",
            "init.lua:2: jsonDecode: not JSON: expected a name in quotes at byte 1",
        ),
        (
            "Host.getConfig()",
            "init.lua:2: getConfig: key: expected a text, found nothing",
        ),
        (
            "Host.setData('key', print)",
            "a function cannot be handed to the host",
        ),
        (
            "local t = {} t[{}] = 1 Host.jsonEncode(t)",
            "a table cannot be the name of a field here",
        ),
    ] {
        let error = Script::lua_fails(body);
        assert!(error.contains(expected), "{body}: {error}");
    }
}

#[test]
fn what_a_handler_returns_wrongly_is_told_by_its_name() {
    for (text, expected) in [
        (
            "return 5",
            "on_post_creating returned a number; expected an object or nothing",
        ),
        (
            "return 'no json'",
            "on_post_creating returned a text that is not JSON",
        ),
        (
            "return {title = 5.5}",
            "on_post_creating returned `title` as a number; expected a text",
        ),
        (
            "return {tag_ids = 'a'}",
            "on_post_creating returned `tag_ids` as a text; expected a list of texts",
        ),
        (
            "return {1, 2}",
            "on_post_creating returned a list; expected an object or nothing",
        ),
        (
            "return {content = '\\xff'}",
            "`content` as bytes; expected a text",
        ),
    ] {
        let mut script = Script::lua(&format!(
            "function Plugin.on_post_creating(post) {text} end"
        ));
        let error = script.post(&post()).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_missing_file_is_told() {
    let world = World {
        entry: "main.lua".into(),
        ..World::of("init.lua", "")
    };
    let failure = Script::instance(Interpreter::lua(), world)
        .load()
        .unwrap_err();
    assert_eq!(
        failure.message,
        "there is no file `main.lua` in the plugin's folder"
    );
}
