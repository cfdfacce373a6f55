//! Engines that have started before there is an instance.

use raisfast_test_interpreters::{Interpreter, Script, World, built};

#[test]
fn every_interpreter_is_built_with_its_engine_started() {
    for language in ["js", "lua", "rhai"] {
        let wasm = built(language);
        let has = |text: &str| wasm.windows(text.len()).any(|it| it == text.as_bytes());
        assert!(has("raisfast:plugin-wit/interpreter"), "{language}");
        assert!(!has("initialize-interpreter"), "{language}");
    }
}

/// Returns what a script logs while it loads, in an instance that is told other identifiers.
fn logged(interpreter: &Interpreter, file: &str, text: &str, ids: u32) -> Vec<String> {
    let world = World {
        ids,
        ..World::of(file, text)
    };
    let mut script = Script::loaded(interpreter, world);
    let log = &script.world().log;
    log.iter().map(|(_, text)| text.clone()).collect()
}

#[test]
fn random_numbers_are_those_of_the_instance() {
    for (interpreter, file, text) in [
        (
            Interpreter::js(),
            "main.js",
            "console.log(Math.random(), Math.random())",
        ),
        (
            Interpreter::lua(),
            "init.lua",
            "print(math.random(1 << 30), math.random(1 << 30))",
        ),
    ] {
        let numbers = |ids| logged(interpreter, file, text, ids);
        assert_eq!(numbers(0).len(), 1, "{file}");
        // The same host, the same numbers.
        assert_eq!(numbers(0), numbers(0), "{file}");
        assert_ne!(numbers(0), numbers(1), "{file}");
    }
}

#[test]
fn a_map_of_javascript_finds_its_keys_with_the_hashes_of_the_instance() {
    let text = "const map = new Map();
        for (let n = 0; n < 1000; n++) map.set(`key ${n}`, n).set(n / 4, -n);
        let found = 0;
        for (let n = 0; n < 1000; n++) found += map.get(`key ${n}`) === n && map.get(n / 4) === -n;
        console.log(found);";
    for ids in 0..3 {
        assert_eq!(logged(Interpreter::js(), "main.js", text, ids), ["1000"]);
    }
}

#[test]
fn javascript_counts_time_from_when_the_instance_begins() {
    let text = "console.log(performance.timeOrigin, performance.now(), Date.now())";
    let lines = logged(Interpreter::js(), "main.js", text, 0);
    assert_eq!(lines, ["1796169600000 0 1796169600000"]);
}

#[test]
fn lua_finds_everything_by_its_name_with_the_hashes_of_the_instance() {
    let text = r#"
        local count, seen = 0, {}
        local function look(all)
          seen[all] = true
          for key, value in pairs(all) do
            -- Made anew, so that it has to be hashed.
            local same = type(key) == "string" and table.concat({key:sub(1, 1), key:sub(2)}) or key
            assert(rawget(all, same) == value, key)
            count = count + 1
            if type(value) == "table" and not seen[value] then look(value) end
          end
        end
        look(_G)
        look(require("sdk"))
        look(getmetatable(""))
        print(count > 150, Host.dbPh ~= nil, ("x"):upper())
    "#;
    for ids in 0..5 {
        let lines = logged(Interpreter::lua(), "init.lua", text, ids);
        assert_eq!(lines, ["true\ttrue\tX"], "{ids}");
    }
}
